"""What each engine costs: one corpus built by each of them in turn, and where the seconds of its workers go.

    python -m benchmarks.engines MIRROR [--copies 3] [--engine NAME]... [--units 16] [--workers 2] [--rounds 1]

MIRROR is a folder in the PMC Cloud layout; so many copies of it, under other ids, are one corpus, in which no duplicate
is left out. It is cut into so many units, about equal. All that is told is of 1,000 figures with pictures, in seconds
of a worker, from the log of the build and the receipts that it left; but for the last lines it adds up to workers times
wall:

    start                  until the first item is begun: imports, source, plan, the engine itself
    a stage                work of curate, as its receipts state it; `dedup` and `publish`: work of these phases
    idle, phase begins     until a phase after the first has begun an item
    idle                   from then to its last commit: too few items, or not handed out
    idle, phase ends       until the driver knows that it has ended
    driver                 between the phases
    end                    after the last phase: the audit, and the way out

A second of a worker is one of the clock: what the driver does beside it, on the same cores, makes it longer. The best
of the rounds counts, so measure while the machine does nothing else. `inline` has one worker, and Ray takes all cores:
let `--workers` be as many.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.commands import MEDCONCEPT, succeed
from pipeline.storage.receipts import is_receipt
from tests.pipeline.servers import Mirror

#: The phases beside curate and publish are dedup's.
WHOLE = ("curate", "publish")

#: Copies of an article have numbers that lie so far apart.
APART = 100_000_000


class Cost(NamedTuple):
    """Seconds of a build by the clock; `spent` says on what its workers spent theirs."""

    wall: float
    figures: int
    spent: dict[str, float]


class Phase(NamedTuple):
    """A phase that had work to do: when it and its first item began, when its last item and it ended, and the work."""

    began: float
    first: float
    last: float
    ended: float
    work: Counter[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--engine", action="append", choices=("inline", "local", "ray", "beam"))
    parser.add_argument("--units", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    engines = given.engine or ["inline", "local", "ray", "beam"]
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")
    best: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory() as name:
        folder, digests = Path(name), set[str]()
        articles = write_copies(given.mirror, folder / "mirror", given.copies)
        recipe = folder / "recipe.yaml"
        recipe.write_text(f"unit_articles: {max(1, articles // given.units)}\nduplicates: keep\n")
        for number in range(given.rounds):
            for engine in engines:
                out = folder / f"{number}-{engine}"
                command = ["build", str(folder / "mirror"), str(out), "--recipe", str(recipe)]
                workers = 1 if engine == "inline" else given.workers
                cost = measured([*command, *options(engine, given.workers)], out, folder / "log", workers)
                print(f"{engine:<8} {cost.wall:.1f} s, {cost.figures} figures", flush=True)
                best[engine] = min(best.get(engine, cost), cost)
                digests.add(succeed("digest", out).output)
    if len(digests) > 1:
        raise SystemExit(f"the engines built {len(digests)} different corpora")
    print(*table(best), sep="\n")


def options(engine: str, workers: int) -> list[str]:
    """The options of a build by an engine with so many workers."""
    more = {
        "local": ["--workers", str(workers)],
        "beam": ["--", "--direct_running_mode=multi_processing", f"--direct_num_workers={workers}"],
    }
    return ["--engine", engine, *more.get(engine, [])]


def write_copies(mirror: Path, root: Path, copies: int) -> int:
    """A mirror of so many copies of each article; returns how many articles it has."""
    made = Mirror(root)
    for path in sorted((mirror / "metadata").glob("*.json")):
        stated = json.loads(path.read_text())
        folder, number = mirror / path.stem, int(stated["pmcid"].removeprefix("PMC"))
        media = {each.name: each.read_bytes() for each in folder.iterdir() if each.suffix not in (".json", ".xml")}
        fields = {name: value for name, value in stated.items() if name not in ("pmcid", "xml_url", "media_urls")}
        for copy in range(copies):
            name = f"PMC{number + copy * APART}.{stated['version']}"
            made.add(name, (folder / f"{path.stem}.xml").read_bytes(), media, **fields)
    return len(made.inventory().etags)


def measured(command: list[str], out: Path, log: Path, workers: int) -> Cost:
    """Run a build to its end; raises SystemExit with what it said where it fails."""
    log.unlink(missing_ok=True)
    began = time.time()
    done = subprocess.run([*MEDCONCEPT, command[0], "--log", str(log), *command[1:]], capture_output=True, text=True)
    ended = time.time()
    if done.returncode:
        raise SystemExit(done.stderr)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    items = [event for event in events if event["event"] == "item_done" and event["phase"] == "curate"]
    figures = sum(event["stages"]["panels"]["rows_in"] for event in items)
    return Cost(ended - began, figures, account(phases(events, out), began, ended, workers))


def phases(events: list[dict[str, Any]], out: Path) -> list[Phase]:
    """The phases of a build, of its log and of the moments at which its receipts were written."""
    times: dict[str, dict[str, float]] = defaultdict(dict)
    items: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        if event["event"] in ("phase_started", "phase_ended"):
            times[event["phase"]][event["event"]] = datetime.fromisoformat(event["time"]).timestamp()
        elif event["event"] == "item_done":
            items[event["phase"]].append(event)
    return [_phase(name, times[name], done, out) for name, done in items.items()]


def _phase(name: str, times: dict[str, float], items: list[dict[str, Any]], out: Path) -> Phase:
    spans, work = list[tuple[float, float]](), Counter[str]()
    for item in items:
        (receipt,) = (path for path in (out / item["item"]).glob("*.json") if is_receipt(path.name))
        spans.append((receipt.stat().st_mtime - item["seconds"], receipt.stat().st_mtime))
        for stage, spent in item["stages"].items():
            work[stage if name == "curate" else name if name in WHOLE else "dedup"] += spent["seconds"]
    first, last = min(began for began, _ in spans), max(ended for _, ended in spans)
    return Phase(times["phase_started"], first, last, times["phase_ended"], work)


def account(phases: list[Phase], began: float, ended: float, workers: int) -> dict[str, float]:
    """The seconds of the workers of a build by what they went into; together workers times wall."""
    work = sum((each.work for each in phases), Counter[str]())
    return {
        "start": workers * (phases[0].first - began),
        **dict(work.most_common()),
        "idle, phase begins": workers * sum(each.first - each.began for each in phases[1:]),
        "idle": sum(workers * (each.last - each.first) - each.work.total() for each in phases),
        "idle, phase ends": workers * sum(each.ended - each.last for each in phases),
        "driver": workers * sum(later.began - each.ended for each, later in pairwise(phases)),
        "end": workers * (ended - phases[-1].ended),
    }


def table(costs: dict[str, Cost]) -> list[str]:
    """The lines of a table with a column for each engine."""
    base = costs.get("local", next(iter(costs.values())))
    rows = list(dict.fromkeys(name for cost in costs.values() for name in cost.spent))
    scale = {engine: 1000 / cost.figures for engine, cost in costs.items()}
    lines = [f"| | {' | '.join(costs)} |", f"|---|{'---:|' * len(costs)}"]
    for name in rows:
        stated = (f"{cost.spent.get(name, 0.0) * scale[engine]:.1f}" for engine, cost in costs.items())
        lines.append(f"| {name} | {' | '.join(stated)} |")
    total = (f"{sum(cost.spent.values()) * scale[engine]:.1f}" for engine, cost in costs.items())
    wall = (f"{cost.wall * scale[engine]:.1f}" for engine, cost in costs.items())
    return [
        *lines,
        f"| workers x wall | {' | '.join(total)} |",
        f"| wall | {' | '.join(wall)} |",
        f"| wall, times local | {' | '.join(f'{cost.wall / base.wall:.2f}' for cost in costs.values())} |",
    ]


if __name__ == "__main__":
    main()
