"""How much less the curate phase costs than in another checkout: CPU seconds, stage by stage, of both in turn.

usage: python -m benchmarks.curate MIRROR CHECKOUT [--rounds 3] [--limit N]

MIRROR is a source of `medconcept build`, CHECKOUT the folder of another checkout, as `git worktree add` makes it. Both
build the mirror by the engine inline, as far as the curate phase; what counts are the seconds, user and system, that
the process spends in it, opening its models included. Of the rounds the best counts. Last come the panels that the two
differ in, column by column.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

OURS = Path(__file__).resolve().parents[1]


class Timed:
    """A stage that keeps account of its CPU seconds."""

    def __init__(self, stage: Any, spent: Counter[str]) -> None:
        self._stage, self._spent = stage, spent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stage, name)

    def setup(self) -> None:
        self._kept("opening", self._stage.setup)

    def __call__(self, table: pa.Table) -> pa.Table:
        return self._kept(self._stage.name, self._stage, table)

    def _kept(self, name: str, work: Any, *arguments: Any) -> Any:
        started = time.process_time()
        try:
            return work(*arguments)
        finally:
            self._spent[name] += time.process_time() - started


def build(arguments: list[str]) -> None:
    """Build by the package that is imported, as far as its curate phase; print its CPU seconds by stage, as JSON."""
    from dags import inline

    spent, plain = Counter[str](), inline.run

    def run(graph: Any, items: list[Any], *beat: Any) -> Iterator[Any]:
        if graph.name != "curate":
            yield from plain(graph, items, *beat)
            return
        stages = tuple(Timed(stage, spent) for stage in graph.stages)
        started = time.process_time()
        yield from plain(replace(graph, stages=stages), items, *beat)
        spent["all"] = time.process_time() - started
        spent["reading and writing"] = 2 * spent["all"] - spent.total()
        print(json.dumps(spent), flush=True)
        os._exit(0)  # the phases that follow are another matter

    inline.run = run
    from pipeline.cli import main

    sys.argv = ["medconcept", "build", *arguments, "--engine", "inline"]
    main()


def measure(checkout: Path, arguments: list[str]) -> dict[str, float]:
    """The CPU seconds of one build by a checkout."""
    surroundings = os.environ | {"PYTHONPATH": str(checkout)}
    command = [sys.executable, __file__, "--build", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=checkout, env=surroundings)
    if done.returncode:
        raise SystemExit(done.stderr)
    spent: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return spent


def panels(output: Path) -> dict[str, dict[str, Any]]:
    """The panels of a build by their ids; of those of the first version of the package as well."""
    files = sorted(output.glob("units/**/*panels*.parquet"))
    tables = [pq.ParquetFile(file).read() for file in files]
    return {row["panel_id"]: row for table in tables for row in table.to_pylist()}


def differences(theirs: dict[str, dict[str, Any]], ours: dict[str, dict[str, Any]]) -> None:
    print(f"\n{len(theirs)} and {len(ours)} panels, {len(theirs.keys() ^ ours.keys())} of them not in both")
    found = defaultdict(list)
    for name in sorted(theirs.keys() & ours.keys()):
        for column in sorted(theirs[name].keys() & ours[name].keys()):
            if theirs[name][column] != ours[name][column]:
                found[column].append(name)
    for column, names in found.items():
        print(f"{column:<24}{len(names):>6} differ: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}")


def main() -> None:
    if sys.argv[1:2] == ["--build"]:
        build(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror")
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    limit = ["--limit", str(arguments.limit)] if arguments.limit else []
    best: dict[str, dict[str, float]] = {}
    made: dict[str, dict[str, dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.rounds):
            for name, checkout in (("theirs", arguments.checkout.resolve()), ("ours", OURS)):
                output = Path(folder, f"{name}-{number}")
                spent = measure(checkout, [arguments.mirror, str(output), *limit])
                print(f"{name:<8}{spent['all']:8.2f} CPU seconds, load {os.getloadavg()[0]:.1f}", flush=True)
                best[name] = min(spent, best.get(name, spent), key=lambda each: each["all"])
                made[name] = panels(output)
    figures = len({row["graphic_id"] for row in made["ours"].values()})
    print(f"\n{figures} pictures\n{'CPU seconds':<24}{'theirs':>10}{'ours':>10}{'times':>8}")
    for stage in best["ours"]:
        before, after = (best[name].get(stage, 0.0) for name in ("theirs", "ours"))
        print(f"{stage:<24}{before:>10.2f}{after:>10.2f}{before / max(after, 1e-3):>8.2f}")
    rates = [figures / best[name]["all"] for name in ("theirs", "ours")]
    differences(made["theirs"], made["ours"])
    print(f"\n{rates[0]:.2f} and {rates[1]:.2f} pictures a CPU second: {rates[1] / rates[0]:.2f} times as many")


if __name__ == "__main__":
    main()
