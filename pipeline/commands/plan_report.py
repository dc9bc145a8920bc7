"""What `medconcept plan` prints, in lines of at most 80 columns."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pipeline.commands.layouts import NEAR, Choice
from pipeline.commands.like import FOLDERS, LEAST, Built
from pipeline.commands.machines import Layout, Machines
from pipeline.commands.needs import CORES, DRIVER, GPUS, ITEMS, REQUESTS, WORKER, Need, Site, Work
from pipeline.commands.rates import Amounts, Rates
from pipeline.config.recipe import Config

#: Columns of a line, and of the label before it.
WIDTH, LABEL = 80, 11

#: What a build and its status call the steps of dedup.
STEPS = "centroids, describe, compare, components, members, groups and selection"

#: What takes most of the hours of a build that cannot end in time.
BOUNDS = {
    CORES: "what the cores compute",
    ITEMS: "phases that have fewer items than there are cores",
    GPUS: "the networks on the GPUs",
    REQUESTS: "{gets:,.0f} requests to the source, {pace:,.0f} a second by --requests {requests:,}",
    WORKER: "a step that one worker does alone",
    DRIVER: "the driver, which works alone",
}

#: Columns before the machines in the table of layouts; hours from which on it says something what bounds them.
LAYOUT, LEAST_BOUND = 45, 1 / 60

#: The columns of the table of phases, and the width of each; behind the first, which names the phase.
PHASE = 10
COLUMNS = {
    "core h": 8, "GPU h": 8, "driver h": 9, "wall h": 8, "GB in": 8, "GB out": 8, "GETs": 6, "PUTs": 6, "cost": 9,
}  # fmt: skip


def like_lines(uri: str, built: Built, factors: Mapping[str, float]) -> Iterator[str]:
    """What was learnt of the build of another output, for a plan of the source at `uri`."""
    counts = f"{built.articles:,} articles, {built.figures:,} figures, {built.panels:,} panels"
    taken = ", ".join(f"{name} {factor:.2g} times" for name, factor in factors.items())
    rest = ", ".join(name for name in FOLDERS if name not in factors)
    yield from labelled("like", f"{built.output} ({counts}): of the work by our rates it took {taken or 'too little'}")
    if rest:
        yield from labelled("", f"by our rates alone: {rest}, which took less than {LEAST:g} s there")
    if built.source != Config(source=uri, output=built.output).source:
        yield from labelled("", f"it was built from another source, {built.source}")


def choices(found: Sequence[Choice], deadline: str, site: Site, currency: str) -> Iterator[str]:
    """The table of layouts, the cheapest first."""
    yield ""
    head = f"Within {deadline}, the cheapest of each type alone and the best mix; cost in {currency}:"
    yield from _wrapped(head, "", 0)
    yield ""
    yield f"{'':1}{'wall h':>7}{'cost':>10}{'cores':>7}{'GPUs':>5} {'bound by':<13} machines"
    for number, choice in enumerate(found):
        layout, need = choice.layout, choice.need
        figures = (
            f"{'' if number else '>':1}{_short(need.wall_h):>7}{need.cost:>10,.2f}{layout.total('workers'):>7,.0f}"
            f"{layout.total('gpus'):>5,.0f} {need.bound:<13} "
        )
        yield from _wrapped(str(layout), figures, LAYOUT)
    if site.requests:
        yield ""
        yield "No cost holds the transfer from the source, which its owner pays."


def too_late(deadline: str, first: float, near: Choice, site: Site, currency: str) -> str:
    """Why nothing ends by a deadline: the earliest end is after `first` hours; `near` is the cheapest about then."""
    need = near.need
    bound = BOUNDS[need.bound].format(gets=need.source_gets, pace=site.pace, requests=site.requests)
    return (
        f"nothing ends within {deadline}: {_short(need.bounds[need.bound])} hours go to {bound}; the earliest end is"
        f" after {_short(first)} hours; the cheapest within {NEAR:.0%} of that is {near.layout}:"
        f" {_short(need.wall_h)} hours, {need.cost:,.2f} {currency}"
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
    yield from labelled("time", f"about {_short(total.wall_h)} hours{_bounds(total)}")
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
        *([f"{site.pace:,.0f} requests a second to the source, of --requests {site.requests:,}"] if site.pace else []),
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
    return _wrapped(text, f"{label:{LABEL}}", LABEL)


def _wrapped(text: str, first: str, indent: int) -> list[str]:
    """A text behind what its first line begins with."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=" " * indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _machines(layout: Layout) -> str:
    cores, gpus = (float(np.asarray(layout.total(name))) for name in ("workers", "gpus"))
    devices = "no GPU" if not gpus else "1 GPU" if gpus == 1 else f"{gpus:,.0f} GPUs"
    parts = f"{cores:,.0f} cores, {devices}"
    return parts if layout.generic else f"{layout} ({parts})"


def _bounds(total: Need) -> str:
    """What bounds the hours, the most first; what is next to nothing is left out, and all where they are too few."""
    if total.wall_h < LEAST_BOUND:
        return ""
    shares = sorted(((hours / total.wall_h, name) for name, hours in total.bounds.items()), reverse=True)
    return ", bound by " + ", ".join(f"{name} {share:.1%}" for share, name in shares if share >= 0.0005)


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
