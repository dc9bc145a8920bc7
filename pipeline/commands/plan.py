"""`medconcept plan`: what a build of a source takes, and which machines to take for it."""

import re
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.options import Connections, Limit, Requests, Snapshot, Source

#: Hours of a unit of time.
HOURS = {"m": 1 / 60, "h": 1.0, "d": 24.0}

_TIME = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([mhd])")


def plan(
    source: Source,
    limit: Limit = None,
    snapshot: Snapshot = None,
    cores: Annotated[int | None, typer.Option(min=1, help="cores of the cluster", show_default="64")] = None,
    gpus: Annotated[int | None, typer.Option(min=0, help="GPUs of the cluster", show_default="none")] = None,
    core_hour: Annotated[float | None, typer.Option(min=0, help="price of a core for an hour")] = None,
    gpu_hour: Annotated[float | None, typer.Option(min=0, help="price of a GPU for an hour")] = None,
    machine: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE[:COUNT]", help="machines instead of --cores and --gpus; may be given several times"),
    ] = None,
    deadline: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="30m, 48h or 2d: compare machines on which build and verify end in that time, of the types that"
            " --machine names, else of all",
        ),
    ] = None,
    machines: Annotated[
        Path | None, typer.Option(metavar="FILE", help="types and prices, laid out as pipeline/commands/machines.yaml")
    ] = None,
    like: Annotated[
        str | None, typer.Option(metavar="OUT", help="reckon by what the build of OUT took, a sample of SOURCE")
    ] = None,
    requests: Requests = 1000,
    connections: Connections = 256,
) -> None:
    """Count what SOURCE holds, and tell what each phase of a build takes and costs; no picture is read.

    GPUs do the networks of curate; machines that have some are let go after it where others stay.
    """
    from pipeline.commands.estimate import Wanted, estimate
    from pipeline.commands.layouts import Deadline
    from pipeline.commands.machines import any_cores, check_region, load_machines, parse_layout

    given = {"--cores": cores, "--gpus": gpus, "--core-hour": core_hour, "--gpu-hour": gpu_hour}
    if (machine or deadline) and (named := [name for name, value in given.items() if value is not None]):
        raise typer.BadParameter(f"--machine and --deadline bring machines and prices: leave out {', '.join(named)}")
    if deadline and (counted := next((each for each in machine or () if ":" in each), None)):
        raise typer.BadParameter(
            f"--deadline finds how many machines are taken: --machine {counted} must name no count"
        )
    end = Deadline(deadline, _hours(deadline)) if deadline is not None else None
    known = load_machines(machines)
    layout = parse_layout(machine, known) if machine else any_cores(known, cores or 64, gpus or 0, core_hour, gpu_hour)
    types = layout.machines if machine else tuple(known.machines.values())
    if end is None:
        check_region(layout)
    wanted = Wanted(known, layout, types, end, limit, snapshot and snapshot.date(), like, requests, connections)
    for line in estimate(source, wanted):
        typer.echo(line)


def _hours(deadline: str) -> float:
    """The hours of a text such as 48h; raises BadParameter."""
    found = _TIME.fullmatch(deadline)
    if not found or not float(found[1]):
        raise typer.BadParameter(f"--deadline is a time such as 30m, 48h or 2d, not {deadline}")
    return float(found[1]) * HOURS[found[2]]
