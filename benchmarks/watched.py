"""A build with an eye on the memory of its processes: benchmarks/matrix.py."""

import os
import re
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.commands import MEDCONCEPT

#: Seconds between two looks.
LOOK = 1.0

#: The line by which a build says that curation has ended.
CURATED = re.compile(r"curate: (\d+)/\1 in")


class Memory(NamedTuple):
    """MB that a process had at most while a build curated, in the first and the last third of the time."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}, {self.last} MB"

    @classmethod
    def of(cls, samples: list[int]) -> "Memory":
        """Of samples in the order of time."""
        third = max(1, len(samples) // 3)
        return cls(max(samples[:third], default=0), max(samples[-third:], default=0))


class Watched(NamedTuple):
    """How a build went: its seconds, the memory of its driver, and of whichever worker had the most."""

    seconds: float
    driver: Memory
    worker: Memory

    def __str__(self) -> str:
        return f"{self.seconds:7.1f} s  driver {self.driver}, worker {self.worker}"


def watch(*arguments: str, **environment: str) -> Watched:
    """Run a command line that builds; raises SystemExit with what it said where it fails."""
    started, said = time.monotonic(), list[str]()
    drivers, workers = list[int](), list[int]()
    process = subprocess.Popen(
        [*MEDCONCEPT, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )

    curated = threading.Event()

    def look() -> None:
        while process.poll() is None and not curated.wait(LOOK):
            found = {pid: _private(pid) for pid in _descendants(os.getpid())}
            drivers.append(found.pop(process.pid, 0))
            workers.append(max(found.values(), default=0))

    eye = threading.Thread(target=look)
    eye.start()
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)
        if CURATED.match(line):
            curated.set()
    eye.join()
    if process.wait():
        raise SystemExit("".join(said))
    return Watched(time.monotonic() - started, Memory.of(drivers), Memory.of(workers))


def _descendants(root: int) -> set[int]:
    """The processes that descend from one."""
    parents = {int(folder.name): _stated(int(folder.name), "PPid") for folder in Path("/proc").glob("[0-9]*")}
    found, generation = set[int](), {root}
    while generation:
        generation = {pid for pid, parent in parents.items() if parent in generation} - found
        found |= generation
    return found


def _private(pid: int) -> int:
    """The MB of a process that are its own: no files, no memory that it shares, as an object store is."""
    return _stated(pid, "RssAnon") >> 10


def _stated(pid: int, name: str) -> int:
    """A number of /proc/PID/status; 0 where the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
