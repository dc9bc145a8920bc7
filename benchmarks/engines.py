"""What each engine costs: one corpus built by each of them in turn, in wall and in CPU seconds, against `local`.

usage: python -m benchmarks.engines MIRROR [--engine NAME]... [--units 16] [--workers 2] [--rounds 2] [--limit N]

MIRROR is a source of `medconcept build`. It is cut into so many units, about equal. The best of the rounds counts: a
machine that does other work as well makes all slower, but not alike, so measure while it does none; the CPU seconds
(of all processes of a build, the engine's own included) depend less on it. Ray takes all cores of the machine: let
`--workers` be as many.
"""

import argparse
import ctypes
import os
import re
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.commands import MEDCONCEPT, succeed

#: prctl: who loses its parent becomes a child of this process, as Ray's servers do, so that its CPU seconds count.
PR_SET_CHILD_SUBREAPER = 36

#: The phases whose seconds a build tells: "curate: 18/18 in 74.1 s" or "in 1:14".
PHASES = re.compile(r"^(\w+): (\d+)/\2 in (?:(\d+):)?([\d.]+)", re.MULTILINE)


class Cost(NamedTuple):
    """Seconds of a build: on the clock, of CPU, and on the clock of its phases but curation and of curation."""

    wall: float
    cpu: float
    curate: float
    others: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror")
    parser.add_argument("--engine", action="append", choices=("inline", "local", "ray", "beam"))
    parser.add_argument("--units", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--limit", type=int)
    given = parser.parse_args()
    engines = given.engine or ["inline", "local", "ray", "beam"]
    limit = ["--limit", str(given.limit)] if given.limit else []
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")
    costs: dict[str, list[Cost]] = {engine: [] for engine in engines}
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder, "recipe.yaml")
        recipe.write_text(f"unit_articles: {max(1, (given.limit or _articles(given.mirror)) // given.units)}\n")
        for number in range(given.rounds):
            for engine in engines:
                out = str(Path(folder, f"{number}-{engine}"))
                command = ["build", given.mirror, out, *limit, "--recipe", str(recipe)]
                cost = _cost([*command, *options(engine, given.workers)])
                costs[engine].append(cost)
                print(f"{engine:<8}" + "".join(f" {name} {value:.1f} s" for name, value in cost._asdict().items()))
    best = {engine: Cost(*map(min, zip(*found, strict=True))) for engine, found in costs.items()}
    base = best.get("local", next(iter(best.values())))
    print(f"| engine | {' | '.join(f'{name} (s)' for name in Cost._fields)} | wall, times local | CPU, times local |")
    print(f"|---|{'---:|' * (len(Cost._fields) + 2)}")
    for engine, cost in best.items():
        stated = " | ".join(f"{value:.1f}" for value in cost)
        print(f"| {engine} | {stated} | {cost.wall / base.wall:.2f} | {cost.cpu / base.cpu:.2f} |")


def options(engine: str, workers: int) -> list[str]:
    """The options of a build by an engine with so many workers."""
    more = {
        "local": ["--workers", str(workers)],
        "beam": ["--", "--direct_running_mode=multi_processing", f"--direct_num_workers={workers}"],
    }
    return ["--engine", engine, *more.get(engine, [])]


def _articles(mirror: str) -> int:
    found = re.search(r"^articles\s+([\d,]+)", succeed("plan", mirror).output, re.MULTILINE)
    if found is None:
        raise SystemExit(f"{mirror} lists no article")
    return int(found[1].replace(",", ""))


def _cost(command: list[str]) -> Cost:
    """Run a build to its end; raises SystemExit with what it said where it fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([*MEDCONCEPT, *command], capture_output=True, text=True)
    wall = time.monotonic() - started
    if done.returncode:
        raise SystemExit(done.stderr)
    _reap()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    phases = {
        name: 60 * int(minutes or 0) + float(seconds) for name, _, minutes, seconds in PHASES.findall(done.stderr)
    }
    curate = phases.pop("curate", 0.0)
    return Cost(wall, cpu, curate, sum(phases.values()))


def _reap() -> None:
    """Wait for what a build left behind."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    main()
