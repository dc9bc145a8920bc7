"""`medconcept status`: how far a run is, or where it stopped, from its output alone."""

import json
from typing import Annotated

import typer

from pipeline.commands.options import Out


def status(
    out: Out,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document, for machines")] = False,
    core_hour: Annotated[
        float | None, typer.Option(min=0, help="price of a core for an hour; the cost so far is told if given")
    ] = None,
) -> None:
    """Tell how far the run of OUT is: phases, failures, rate, time left; from any machine, and nothing is written."""
    from pipeline.reports.status import describe, document
    from pipeline.storage.store import open_store
    from pipeline.watch.status import read_status

    found = read_status(open_store(out))
    if as_json:
        typer.echo(json.dumps(document(found, core_hour), indent=1, ensure_ascii=False))
        return
    for line in describe(found, core_hour):
        typer.echo(line)
