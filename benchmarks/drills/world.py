"""What a drill has to do with: a mirror on loopback, an output, the command line; and how a drill ends.

A drill disturbs a build. Then the same build is run until it succeeds, at most thrice. What then stands there must be
verified clean, and have the digest of a build that nothing disturbed; or the run that failed said why in one line.
"""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

import pyarrow.parquet as pq

from benchmarks.commands import MEDCONCEPT, Ended, medconcept
from benchmarks.drills.places import Place
from benchmarks.loopback import Served

#: Seconds that a command may take on a loaded machine before it hangs.
PATIENCE = 600

#: How often a plain run is tried after a disturbance.
RUNS = 3

ENGINES = {
    "inline": ["--engine", "inline"],
    "local": ["--workers", "2"],
    "ray": ["--engine", "ray"],
    "ray3": ["--engine", "ray"],
    "beam": ["--engine", "beam"],
}


class Settled(NamedTuple):
    """What became of a disturbed build. `line`: the last word of a run that failed, or what was said of damage."""

    fault: str
    line: str = ""
    runs: int = 0
    lost: int = 0
    doubled: int = 0


class Result(NamedTuple):
    """How a drill ended. `runs`: plain runs until one succeeded; `redone`: articles fetched again, of all."""

    kind: str
    name: str
    engine: str
    store: str
    fault: str
    line: str
    runs: int
    lost: int
    doubled: int
    redone: float
    seconds: float


class Truth(NamedTuple):
    """What nothing disturbed: the digest, the ids of the triplets, the number of articles."""

    digest: str
    rows: Counter[str]
    articles: int


@dataclass
class World:
    """The surroundings of one drill. `cluster` is the process above a Ray cluster, where there is one; `source` is the
    server unless it is named, `damaged` a file that was harmed."""

    folder: Path
    engine: str
    store: str
    server: Served
    mirror: Path
    place: Place
    recipe: Path
    chance: Random
    source: str = ""
    damaged: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    cluster: int = 0
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    _kept: ExitStack = field(default_factory=ExitStack)

    def arguments(self, *options: object) -> list[str]:
        source = (
            self.source or self.server.uri,
            self.place.uri,
            "--recipe",
            self.recipe,
            *ENGINES[self.engine],
            *options,
        )
        return ["build", *map(str, source)]

    def build(self, *options: object) -> Ended:
        """Build to the end."""
        return medconcept(*self.arguments(*options), timeout=PATIENCE, **self.environment)

    def start(self, *prefix: str) -> "Driver":
        """A build in the background, in a session of its own."""
        number = len(self.started)
        said = (self.folder / f"said-{number}.txt").open("w+")
        environment = os.environ | self.environment
        command = [*prefix, *MEDCONCEPT, *self.arguments()]
        process = subprocess.Popen(
            command, stdout=said, stderr=said, text=True, env=environment, start_new_session=True
        )
        self.started.append(process)
        return Driver(process, Path(said.name), self.place)

    def keep(self, context: AbstractContextManager[None]) -> None:
        """Enter what is to last until the drill is over."""
        self._kept.enter_context(context)

    def close(self) -> None:
        """End whatever the drill left running, and what it keeps."""
        for process in self.started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._kept.close()


class Driver(NamedTuple):
    """A build in the background."""

    process: "subprocess.Popen[str]"
    said: Path
    place: Place

    def until(self, reached: Callable[[list[str]], bool], timeout: float = PATIENCE) -> bool:
        """Wait until the files of the output are so; False where the build ended before."""
        over = time.monotonic() + timeout
        while self.process.poll() is None and time.monotonic() < over:
            if reached(self.place.paths()):
                return True
            time.sleep(0.02)
        return False

    def kill(self, number: int = signal.SIGKILL) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    def wait(self) -> Ended:
        """How it ended."""
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return Ended(124, "", f"hung for {PATIENCE} s: {self.said.read_text()[-500:]}")
        return Ended(self.process.returncode, "", self.said.read_text())


def descendants(*roots: int) -> list[int]:
    """The processes below these, themselves not among them."""
    parents = dict[int, int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found, grown = set(roots), True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return sorted(found - set(roots))


def workers(driver: int) -> list[int]:
    """The workers below a driver: neither the server that they are forked from, nor the tracker of resources."""
    return [pid for pid in descendants(driver) if _forked(pid)]


def _forked(pid: int) -> bool:
    with suppress(OSError):
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        return b"forkserver" in Path(f"/proc/{parent}/cmdline").read_bytes()
    return False


def rows(place: Place) -> Counter[str]:
    """The ids of the triplets in the published shards."""
    filesystem, root = place.filesystem()
    found = Counter[str]()
    for path in place.paths():
        if path.startswith("dataset/data/") and path.endswith(".parquet"):
            found.update(
                pq.read_table(f"{root}/{path}", columns=["panel_id"], filesystem=filesystem)["panel_id"].to_pylist()
            )
    return found


def undisturbed(world: World) -> Truth:
    """Build where nothing goes wrong; raises SystemExit where something does."""
    ended = world.build()
    if not ended.whole:
        raise SystemExit(f"the undisturbed build failed: {ended.error}")
    verify = medconcept("verify", world.place.uri, **world.environment)
    if not verify.whole:
        raise SystemExit(f"the undisturbed build is not clean: {verify.output}{verify.error}")
    return Truth(digest(world), rows(world.place), len(world.server.articles()))


def digest(world: World) -> str:
    return medconcept("digest", world.place.uri, timeout=PATIENCE, **world.environment).output.strip()


def settle(world: World, truth: Truth) -> Settled:
    """Run until it succeeds, and look at what then stands there."""
    line, ended, runs = "", world.build(), 1
    while not ended.whole:
        line = ended.last
        if not ended.clear:
            return Settled(f"a run ended with {ended.status}: {ended.error[-600:]}", line, runs)
        if runs == RUNS:
            return Settled(f"no run of {RUNS} succeeded: {line}", line, runs)
        ended, runs = world.build(), runs + 1
    if world.damaged and not line:
        line = next((said for said in ended.error.splitlines() if world.damaged in said), "made anew without a word")
    found = rows(world.place)
    settled = Settled("", line, runs, sum((truth.rows - found).values()), sum((found - truth.rows).values()))
    verify = medconcept("verify", world.place.uri, timeout=PATIENCE, **world.environment)
    if not verify.whole:
        return settled._replace(fault=f"verify: {verify.output[-400:]}{verify.error[-400:]}")
    return settled if digest(world) == truth.digest else settled._replace(fault="another digest")
