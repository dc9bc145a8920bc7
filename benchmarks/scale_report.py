"""What benchmarks/scale.py says of its sizes: a table for each, exponents, and what TARGET panels would take."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.commands.rates import Amounts, load_rates
from transforms.duplicates.cells import CELL

TARGET, CORES = 60_000_000, 64
#: What curate would work on, of as many panels.
AMOUNTS: Amounts = {"article": 8e6, "figure": 30e6, "panel": 60e6}
#: What the driver and a worker may hold, in MiB, the hours that a phase may take on CORES cores, the driver's share.
DRIVER, WORKER, HOURS, SHARE = 2048, 3072, 2.0, 0.02
#: Exponents are of the sizes from here on: smaller ones are mostly starts of processes.
LEAST = 60_000

#: Phases of one item: one worker does it, however many there are.
ALONE = ("centroids", "components", "selection")
#: The phase whose work goes with how many panels a cell is for.
COMPARING = ("matches", "compare")

COLUMNS = {
    "items": "items", "item cpu": "worker s", "driver cpu": "driver s", "item peak": "worker MiB",
    "driver peak": "driver MiB", "read": "MB read", "written": "MB written", "reads": "reads", "opened": "opened",
    "made": "made", "listed": "listed",
}  # fmt: skip
REQUESTS = {"GET": "GET", "PUT": "PUT", "LIST": "LIST", "HEAD": "HEAD", "POST": "POST", "DELETE": "DELETE"}
#: What may grow no faster than the corpus.
GROWING = ("item cpu", "driver cpu", "read", "written", "reads", "opened", "made")

Size = dict[str, Any]


def phases(size: Size) -> dict[str, dict[str, float]]:
    """The phases of a size, without the stages inside them."""
    return {name: values for name, values in size["phases"].items() if not name.startswith("stage ")}


def told(size: Size) -> Iterator[str]:
    """A size as a table."""
    clock = " + ".join(f"{each:.0f}" for each in size["seconds"])
    parts = (f"{name} {count / 1e6:,.0f} MB" for name, count in size["bytes"].items() if count > 1e6)
    columns = REQUESTS if size["s3"] else COLUMNS
    yield ""
    yield (
        f"{size['panels']:,} panels, {size['units']} units, {size['shards']} shards, {size['triplets']:,} triplets,"
        f" cells for {size['cell']:,}; {size['faults']} faults; {clock} s by the clock; {', '.join(parts)}"
    )
    yield f"| phase | {' | '.join(columns.values())} |"
    yield f"|---|{'---|' * len(columns)}"
    for phase, values in phases(size).items():
        yield f"| {phase} | {' | '.join(_number(values.get(name, 0)) for name in columns)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2g}"


def exponents(sizes: list[Size], phase: str) -> dict[str, float]:
    """By what is to grow with the corpus: its exponent in a phase, where there is enough of it to tell."""
    logs, found = np.log([size["panels"] for size in sizes]), {}
    for name in GROWING:
        values = [size["phases"].get(phase, {}).get(name, 0) for size in sizes]
        if len(values) > 1 and min(values) > 0:
            found[name] = float(np.polyfit(logs, np.log(values), 1)[0])
    return found


def extrapolated(sizes: list[Size]) -> Iterator[str]:
    """What TARGET panels would take on CORES cores: the last size by the exponents, but no less than in proportion.

    Comparing goes with the panels of a cell as well, which are more in the product.
    """
    last = sizes[-1]
    times, denser = TARGET / last["panels"], CELL / last["cell"]
    yield ""
    yield f"{TARGET:,} panels on {CORES} cores, by the exponents from {LEAST:,} panels on (at least 1)"
    heads = " | ".join(f"exponent of {COLUMNS[name]}" for name in GROWING)
    yield f"| phase | {heads} | worker h | driver h | hours | |"
    yield f"|---|{'---|' * (len(GROWING) + 4)}"
    total = driver = 0.0
    for phase, values in phases(last).items():
        powers = exponents(sizes, phase)
        worker, own = (
            values.get(name, 0) * times ** max(1.0, powers.get(name, 1.0)) / 3600 for name in ("item cpu", "driver cpu")
        )
        worker *= denser if phase in COMPARING else 1
        alone = phase in ALONE
        hours = worker / (1 if alone else CORES) + own
        shown = " | ".join(f"{powers[name]:.2f}" if name in powers else "" for name in GROWING)
        late = phase != "curate" and hours > HOURS
        note = " ".join([*(["by one worker"] if alone else []), *([f"over {HOURS:g} h"] if late else [])])
        yield f"| {phase} | {shown} | {worker:.2f} | {own:.2f} | {hours:.2f} | {note} |"
        if phase != "curate":
            total, driver = total + hours, driver + own
    yield ""
    real = load_rates().phases["curate"].worker_s.of(AMOUNTS) / 3600 / CORES
    share = driver / (total + real)
    yield (
        f"All phases but curate take {total:.1f} h, curate of real pictures {real:.0f} h by rates.yaml. Of these the"
        f" driver alone works {driver:.2f} h, {share:.1%} (at most {SHARE:.0%})."
    )
    yield from _memory(sizes)


def _memory(sizes: list[Size]) -> Iterator[str]:
    """What the driver and a worker held.

    No straight line leads on from there: an item is of bounded bytes (BYTES of compare.py, PART of index.py), the
    driver adds up a bounded number of rows (ROWS of coverage/partials.py), and its plan is measured by planning.py.
    """
    for who, most in (("driver", DRIVER), ("item", WORKER)):
        held = [max(values.get(f"{who} peak", 0) for values in phases(size).values()) for size in sizes]
        name = {"driver": "The driver", "item": "A worker"}[who]
        yield f"{name} held {', '.join(f'{each:,.0f}' for each in held)} MiB (at most {most:,})."
