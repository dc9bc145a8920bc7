"""Several drivers of one output: at once, in containers with one pid, after one that died; and older outputs."""

import json
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

from benchmarks.commands import MEDCONCEPT
from benchmarks.drills.drill import Drill
from benchmarks.drills.kills import has
from benchmarks.drills.world import World

#: The last commit before an article's place was its hash.
OLDER = "824343a"

ROOT = Path(__file__).parents[2]


def drills(store: str) -> Iterator[Drill]:
    for prefix, count in (("plan/", 1), ("units/", 3), ("dataset/data/", 1)):
        yield Drill(f"a second driver when {prefix} has {count}", partial(_second, prefix, count))
    yield Drill("two drivers started at one moment", _together)
    if shutil.which("unshare"):
        yield Drill("a second driver in a container of its own, with the same pid", _containers)
        yield Drill("a driver that died in another container", _died_elsewhere)
    if store == "disk":
        yield Drill("the output of an older version", _older)
        yield Drill("a run.json of a later version", _later, finished=True)


def _second(prefix: str, count: int, world: World) -> str:
    """The second is refused in one line, the first goes on."""
    first = world.start()
    first.until(partial(has, prefix, count))
    running = first.process.poll() is None
    second = world.build()
    ended = first.wait()
    if not ended.whole:
        return f"the first driver ended with {ended.status}: {ended.error[-400:]}"
    if running and second.status == 0 and not first.said.read_text():
        return "the second driver was let in"
    return "" if second.clear else f"the second driver ended with {second.status}: {second.error[-400:]}"


def _together(world: World) -> str:
    drivers = [world.start(), world.start()]
    ended = [driver.wait() for driver in drivers]
    unclear = [each for each in ended if not each.clear]
    if unclear:
        return f"one of two ended with {unclear[0].status}: {unclear[0].error[-400:]}"
    return "" if any(each.whole for each in ended) else f"neither went on: {ended[0].last}; {ended[1].last}"


def _container(host: str) -> tuple[str, ...]:
    """Runs a command with the pid 1 of namespaces of its own, on a host of this name."""
    inside = f'hostname {host}; exec "$@"'
    return ("unshare", "--fork", "--pid", "--mount-proc", "--uts", "--kill-child", "sh", "-c", inside, "sh")


def _containers(world: World) -> str:
    first = world.start(*_container("first"))
    first.until(partial(has, "units/", 1))
    second = world.start(*_container("second"))
    ended = [first.wait(), second.wait()]
    unclear = [each for each in ended if not each.clear]
    if unclear:
        return f"one of two ended with {unclear[0].status}: {unclear[0].error[-400:]}"
    return "" if any(each.whole for each in ended) else f"neither went on: {ended[0].last}; {ended[1].last}"


def _died_elsewhere(world: World) -> str:
    """Whoever comes next must wait until the beat is old, for the pid says nothing here."""
    first = world.start(*_container("elsewhere"))
    first.until(partial(has, "units/", 2))
    first.kill()
    first.wait()
    ended = world.build()
    if not ended.clear:
        return f"the next driver ended with {ended.status}: {ended.error[-400:]}"
    if not ended.whole:
        time.sleep(65)
    return ""


def _older(world: World) -> str:
    """An output of the commit OLDER is read, or refused in one line."""
    packed = subprocess.run(["git", "archive", OLDER], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        return ""  # a copy without its history
    before = world.folder / "before"
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(before, filter="data")
    arguments = [*MEDCONCEPT, *world.arguments()]
    done = subprocess.run(arguments, cwd=before, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"the older version failed: {done.stderr[-300:]}"
    ended = world.build()
    if not ended.clear:
        return f"over an older output it ended with {ended.status}: {ended.error[-400:]}"
    return "" if ended.whole else _replace(world)


def _later(world: World) -> str:
    """A run.json with what this version does not know."""
    stated = json.loads(world.place.read("run.json"))
    world.place.write("run.json", json.dumps(stated | {"of_a_later_version": 1}).encode())
    ended = world.build()
    if not ended.clear:
        return f"over a later output it ended with {ended.status}: {ended.error[-400:]}"
    return "" if ended.whole else _replace(world)


def _replace(world: World) -> str:
    """What is refused is built anew in its place where that is said, or else in a new one."""
    ended = world.build("--replace")
    if not ended.whole:
        for path in world.place.paths():
            world.place.delete(path)
    return "" if ended.clear else f"with --replace it ended with {ended.status}: {ended.error[-400:]}"
