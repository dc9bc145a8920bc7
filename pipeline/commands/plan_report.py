"""What `medconcept plan` prints, in lines of at most 80 columns."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pipeline.commands.layouts import Choice
from pipeline.commands.like import FOLDERS, LEAST, Built
from pipeline.commands.machines import Layout, Machines
from pipeline.commands.needs import Need, Site, Work
from pipeline.commands.rates import Amounts, Rates

#: Columns of a line, and of the label before it.
WIDTH, LABEL = 80, 11

#: What a build and its status call the steps of dedup.
STEPS = "centroids, describe, compare, components, members, groups and selection"

#: The columns of the table of phases, and the width of each; behind the first, which names the phase.
PHASE = 10
COLUMNS = {
    "core h": 8, "GPU h": 8, "driver h": 9, "wall h": 8, "GB in": 8, "GB out": 8, "GETs": 6, "PUTs": 6, "cost": 9,
}  # fmt: skip


def like_lines(built: Built, factors: Mapping[str, float]) -> Iterator[str]:
    """What was learnt of the build of another output."""
    counts = f"{built.articles:,} articles, {built.figures:,} figures, {built.panels:,} panels"
    taken = ", ".join(f"{name} {factor:.2g} times" for name, factor in factors.items())
    rest = ", ".join(name for name in FOLDERS if name not in factors)
    yield from labelled("like", f"{built.output} ({counts}): of the work by our rates it took {taken or 'too little'}")
    if rest:
        yield from labelled("", f"by our rates alone: {rest}, which took less than {LEAST:g} s there")


def choices(found: Sequence[Choice], deadline: float, currency: str) -> Iterator[str]:
    """The table of layouts, the cheapest first."""
    yield ""
    yield f"Within {_short(deadline)} hours, the cheapest of each type alone and the best mix; cost in {currency}:"
    yield ""
    yield f"{'':2}{'wall h':>7}{'cost':>10}{'cores':>7}{'GPUs':>5} {'bound by':<13} machines"
    for number, choice in enumerate(found):
        layout, need = choice.layout, choice.need
        yield (
            f"{'' if number else '>':2}{_short(need.wall_h):>7}{need.cost:>10,.2f}{layout.total('workers'):>7,.0f}"
            f"{layout.total('gpus'):>5,.0f} {need.bound:<13} {layout}"
        )


def phases(works: Mapping[str, Work], layout: Layout, site: Site) -> Iterator[str]:
    """The table of phases on one layout."""
    needs = {name: Need.of(work, layout, site) for name, work in works.items()}
    yield ""
    yield from labelled("machines", _machines(layout))
    yield ""
    yield f"{'phase':{PHASE}}" + "".join(f"{name:>{width}}" for name, width in COLUMNS.items())
    yield from (_row(name, need) for name, need in needs.items())
    yield _row("all", Need.total(list(needs.values())))
    yield ""


def totals(total: Need, layout: Layout, site: Site, currency: str) -> Iterator[str]:
    """Time and money of all phases."""
    yield from labelled("time", f"about {_short(total.wall_h)} hours, bound by {_bounds(total)}")
    yield from labelled("cost", _cost(total, layout, site, currency))


def moves(total: Need, source_gb: float, layout: Layout) -> Iterator[str]:
    """What moves between source, machines and output."""
    asked = f"{_short(source_gb)} GB by {total.source_gets:,.0f} GETs"
    output = f"{_short(total.read_gb - source_gb)} GB from the output and {_short(total.written_gb)} GB to it"
    yield from labelled("moves", f"{asked} from the source; {output}, best in {layout.machines[0].region}, too")


def region(source: str | None, source_gb: float, layout: Layout, site: Site, currency: str) -> Iterator[str]:
    """What it costs that the bucket is in a region (None: its server does not tell) and the machines in another."""
    machine = layout.machines[0]
    if source == machine.region:
        yield from labelled("region", f"source and machines are both in {source}: no transfer has a price")
        return
    prices = site.clouds.get("aws", site.cloud(layout))
    price = prices.between_regions if machine.cloud == "aws" else prices.internet
    yield from labelled(
        "region",
        f"the source is in {source or 'a region that it does not tell'}, the machines in {machine.region}:"
        f" {'if that is another, ' if source is None else ''}{source_gb * price:,.2f} {currency} of transfer, at"
        f" {price:g} a GB, on the bill of the bucket's owner",
    )


def grounds(
    amounts: Amounts, rates: Rates, layout: Layout, site: Site, known: Machines, built: Built | None
) -> Iterator[str]:
    """What must be there, and what all of that is reckoned by."""
    where = rates.measured
    assumed = [
        *([f"the source answers {site.requests:,.0f} requests a second"] if site.requests else []),
        *([] if built else ["every picture of an article is a figure"]),
        f"a GPU runs the networks as fast as {rates.assumed.gpu_speedup:g} cores (no GPU was at hand to measure it)",
        f"list prices, remembered on {known.dated}",
        "a Ray cluster's head and disks are not counted",
    ]
    yield from labelled("memory", _memory(layout, amounts, rates))
    yield from labelled("phases", f"build and status tell dedup as {STEPS}; verify is a command of its own")
    yield from labelled("measured", f"{where.date}, {where.machine}: {where.corpora}; by {', '.join(where.commands)}")
    yield from labelled("assumed", "; ".join(assumed))


def labelled(label: str, text: str) -> list[str]:
    """A text behind its label, in as many lines as it needs."""
    indent = " " * LABEL
    return textwrap.wrap(
        text, WIDTH, initial_indent=f"{label:{LABEL}}", subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _machines(layout: Layout) -> str:
    cores, gpus = (float(np.asarray(layout.total(name))) for name in ("workers", "gpus"))
    devices = "no GPU" if not gpus else "1 GPU" if gpus == 1 else f"{gpus:,.0f} GPUs"
    parts = f"{cores:,.0f} cores, {devices}"
    return parts if layout.machines[0].name == "core" else f"{layout} ({parts})"


def _bounds(total: Need) -> str:
    """What bounds the hours, the most first; what is next to nothing is left out."""
    bounds = sorted(total.bounds.items(), key=lambda one: -one[1])
    return ", ".join(f"{name} {hours / total.wall_h:.1%}" for name, hours in bounds if hours >= 0.0005 * total.wall_h)


def _memory(layout: Layout, amounts: Amounts, rates: Rates) -> str:
    driver, worker = rates.memory_mib.driver.of(amounts), rates.memory_mib.worker
    text = f"driver about {driver / 1024:,.1f} GiB, each worker up to {worker / 1024:,.1f} GiB"
    idle = [
        f"{machine.cores - machine.workers} of {machine.cores} cores of {machine.name}"
        for machine in layout.machines
        if machine.workers < machine.cores
    ]
    return text + (f"; without the memory of a worker are {', '.join(idle)}" if idle else "")


def _cost(total: Need, layout: Layout, site: Site, currency: str) -> str:
    kept = layout.without_gpus()
    later = f", {float(kept.hour):,.2f} when the GPUs are let go after curate" if kept.hour != layout.hour else ""
    month = total.written_gb * site.cloud(layout).gb_month
    return (
        f"about {total.cost:,.2f} {currency}, at {float(layout.hour):,.2f} an hour{later}; then {month:,.2f} a month"
        " to keep the output in a bucket"
    )


def _row(name: str, need: Need) -> str:
    """A line of the table."""
    hours = (need.core_h, need.gpu_h, need.driver_h, need.wall_h, need.read_gb, need.written_gb)
    shown = [*map(_short, hours), _count(need.gets), _count(need.puts), f"{need.cost:,.2f}"]
    return f"{name:{PHASE}}" + "".join(f"{each:>{width}}" for each, width in zip(shown, COLUMNS.values(), strict=True))


def _short(value: float) -> str:
    """A number to one digit up to three; what is next to nothing is 0."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{3 if value >= 10 else 2 if value >= 0.01 else 1}g}" if value > 1e-4 else "0"


def _count(value: float) -> str:
    """A count in thousands or millions: 999, 12k, 4.6M."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= 0.9995 * size:
            return f"{value / size:,.{0 if value >= 10 * size else 1}f}{unit}"
    return f"{value:.0f}"
