"""How much faster two workers are than one process: a corpus built inline and by the local engine, in turn.

usage: python benchmarks/engines.py MIRROR [--units 16] [--workers 2] [--rounds 2]

MIRROR is a source of `medconcept build`. It is cut into so many units, about equal. The best of the rounds counts: a
machine that does other work as well makes both slower, but not alike, so measure while it does none.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = [sys.executable, "-m", "pipeline"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror")
    parser.add_argument("--units", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder, "recipe.yaml")
        recipe.write_text(f"unit_articles: {max(1, _articles(arguments.mirror) // arguments.units)}\n")
        for number in range(arguments.rounds):
            for engine in (["inline"], ["local", "--workers", str(arguments.workers)]):
                out = Path(folder, f"{number}-{engine[0]}")
                started = time.monotonic()
                told = _told("build", arguments.mirror, str(out), "--recipe", str(recipe), "--engine", *engine)
                seconds, curate = time.monotonic() - started, _curate_seconds(told)
                print(f"{engine[0]:<8}{seconds:8.1f} s, curation {curate:8.1f} s")
                for name, value in ((engine[0], seconds), (f"{engine[0]} curation", curate)):
                    best[name] = min(value, best.get(name, value))
    print(f"{arguments.workers} workers: curation {best['inline curation'] / best['local curation']:.2f} times inline,")
    print(f"the whole build with its start {best['inline'] / best['local']:.2f} times")


def _articles(mirror: str) -> int:
    found = re.search(r"^articles\s+([\d,]+)", _told("plan", mirror), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{mirror} lists no article")
    return int(found[1].replace(",", ""))


def _curate_seconds(told: str) -> float:
    """What a build said at the end of curation: "curate: 18/18 in 74.1 s" or "in 1:14"."""
    found = re.findall(r"^curate: (\d+)/\1 in (?:(\d+):)?([\d.]+)", told, re.MULTILINE)
    if not found:
        raise SystemExit("the build did not say how long it curated")
    _, minutes, seconds = found[-1]
    return 60 * int(minutes or 0) + float(seconds)


def _told(*arguments: str) -> str:
    done = subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
