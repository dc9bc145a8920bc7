"""Thousands of mutated inputs through the readers, and a build of a mirror of mutated articles.

    python -m benchmarks.mutated [--inputs 5000] [--articles 300] [--only KIND] [--number N] [OUTPUT.md]

The inputs are real ones (../shared/data/pmc, else the demo mirror), changed by seeded chance: each is always the same.
An exception that no reader declares, more than 20 s of a core or more than 1 GB for one input fails the script; so does
a build that ends with a traceback, an output with a fault, or an article that is not accounted for.
"""

import argparse
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.mutations import MUTATIONS
from benchmarks.readers import Readers, Sample, content, samples
from pipeline.sources.demo.cache import demo_mirror

SHARED = Path(__file__).parents[2] / "shared" / "data" / "pmc"

#: What one input may take: seconds of a core, bytes of memory; and seconds by the clock before it hangs.
SECONDS, MEMORY, PATIENCE = 20, 1 << 30, 240

#: How many inputs of twenty are of each kind.
SHARES = {"jats": 6, "picture": 5, "metadata": 3, "package": 3, "inventory": 1, "manifest": 1, "file list": 1}


class Outcome(NamedTuple):
    """What became of an input. `fault` is empty where all is as it should be."""

    number: int
    kind: str
    mutation: str
    word: str
    seconds: float
    memory: int
    fault: str = ""


def drawn(number: int, found: dict[str, list[Sample]]) -> tuple[Sample, str, bytes]:
    """Input `number`: the sample that it was made of, what was done to it, the bytes."""
    chance = Random(number)
    kind = chance.choices(list(SHARES), list(SHARES.values()))[0]
    sample = chance.choice(found[kind])
    mutation, data = chance.choice(MUTATIONS[kind]), content(sample)
    return sample, mutation.__name__, mutation(chance, data)


def _work(connection: Connection, mirror: Path, folder: Path) -> None:
    """The life of the process that reads: numbers in, outcomes out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    readers, found = Readers(folder), samples(mirror)
    while (number := connection.recv()) is not None:
        sample, mutation, data = drawn(number, found)
        connection.send((sample.kind, mutation))
        before, started, fault, word = _peak(afresh=True), time.process_time(), "", ""
        try:
            word = readers.by_kind[sample.kind](sample, data)
        except Exception:  # what this script is to find
            fault = traceback.format_exc()
        seconds, memory = time.process_time() - started, _peak() - before
        if seconds > SECONDS:
            fault = fault or f"{seconds:.0f} s"
        if memory > MEMORY:
            fault = fault or f"{memory / 1e9:.2f} GB"
        connection.send(Outcome(number, sample.kind, mutation, word or "a fault", seconds, memory, fault))


def _peak(afresh: bool = False) -> int:
    """The most memory that this process held, from now on or since it was last measured afresh."""
    if afresh:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def outcomes(numbers: Iterable[int], mirror: Path) -> Iterator[Outcome]:
    """Each input's outcome; a process that dies or hangs is that of the input that it read."""
    context = multiprocessing.get_context("spawn")
    process = ours = None
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            if process is None or ours is None:
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, mirror, Path(folder) / "mirror"), daemon=True)
                process.start()
                theirs.close()
            ours.send(number)
            kind, mutation = "?", "?"
            try:
                kind, mutation = ours.recv()
                if not ours.poll(PATIENCE):
                    raise EOFError(f"no answer in {PATIENCE} s")
                yield ours.recv()
            except (EOFError, ConnectionError) as error:
                process.kill()
                process.join()
                yield Outcome(number, kind, mutation, "a fault", 0, 0, f"{error} (exit status {process.exitcode})")
                process = None
        if process is not None and ours is not None:
            ours.send(None)
            process.join()


def table(found: list[Outcome]) -> Iterator[str]:
    """The outcomes as Markdown."""
    yield "| kind | inputs | faults | most s | most MB | outcomes |"
    yield "|---|---|---|---|---|---|"
    for kind in [*SHARES, ""]:
        rows = [outcome for outcome in found if not kind or outcome.kind == kind]
        if not rows:
            continue
        words = ", ".join(f"{count} {word}" for word, count in Counter(row.word for row in rows).most_common(8))
        faults = sum(bool(row.fault) for row in rows)
        most = max(row.seconds for row in rows), max(row.memory for row in rows) / 1e6
        yield f"| {kind or 'all'} | {len(rows)} | {faults} | {most[0]:.1f} | {most[1]:.0f} | {words} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("--inputs", type=int, default=5000)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--only", choices=MUTATIONS)
    parser.add_argument("--number", type=int, help="this input alone, with its traceback")
    given = parser.parse_args()
    mirror = SHARED if SHARED.is_dir() else demo_mirror()
    numbers: Iterable[int] = range(given.inputs) if given.number is None else [given.number]
    if given.only:
        stock = list(SHARES), list(SHARES.values())
        numbers = (number for number in numbers if Random(number).choices(*stock)[0] == given.only)
    found = []
    for outcome in outcomes(numbers, mirror):
        found.append(outcome)
        if outcome.fault:
            print(f"input {outcome.number} ({outcome.kind}, {outcome.mutation}): {outcome.fault}", file=sys.stderr)
    lines, whole = list(table(found)), not any(outcome.fault for outcome in found)
    if given.articles and given.number is None:
        from benchmarks.mutated_mirror import built

        told, sound = built(mirror, given.articles)
        lines, whole = [*lines, "", *told], whole and sound
    print(*lines, sep="\n")
    if given.output:
        given.output.write_text("\n".join([*lines, ""]))
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
