"""kill -9 of the driver and of its workers, and signals that ask it to end."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from benchmarks.drills.drill import Drill
from benchmarks.drills.world import World, descendants, workers

#: What is in the output when a phase is on its way: a prefix, and how many files of it there must be.
PHASES = (
    ("plan/", 1),
    ("units/", 1),
    ("units/", 12),
    ("dedup/", 1),
    ("dataset/data/", 1),
    ("dataset/data/", 3),
    ("audit/", 1),
)

DEADLY = {"inline": 6, "local": 6, "ray": 2, "ray3": 2, "beam": 2}


def drills(engine: str, store: str) -> Iterator[Drill]:
    phases = PHASES if engine in ("inline", "local") else PHASES[1::2]
    for prefix, count in phases:
        yield Drill(f"driver killed when {prefix} has {count}", partial(_kill_at, prefix, count))
    for number in range(DEADLY[engine]):
        yield Drill(f"driver killed at a random moment, {number + 1}", _kill_anywhere)
    if engine in ("inline", "local"):
        yield Drill("driver killed five times in a row", _kill_often)
    if engine == "local":
        for count in (1, 4, 8):
            yield Drill(f"a worker killed when units/ has {count}", partial(_kill_worker, count))
        yield Drill("driver and workers killed together", _kill_group)
    if engine.startswith("ray"):
        for count in (1, 6):
            yield Drill(f"a worker killed when units/ has {count}", partial(_kill_ray_worker, count))
    for name in ("SIGTERM", "SIGINT"):
        for prefix, count in (("units/", 2), ("dataset/data/", 1)) if engine == "local" else (("units/", 2),):
            yield Drill(f"{name} when {prefix} has {count}", partial(_ask, getattr(signal, name), prefix, count))


def has(prefix: str, count: int, paths: list[str]) -> bool:
    """Whether there are so many files below the prefix."""
    return sum(path.startswith(prefix) for path in paths) >= count


def _kill_at(prefix: str, count: int, world: World) -> str:
    driver = world.start()
    driver.until(partial(has, prefix, count))
    driver.kill()
    driver.wait()
    return ""


def _kill_anywhere(world: World) -> str:
    driver = world.start()
    driver.until(partial(has, "plan/", 1))
    time.sleep(world.chance.uniform(0, 6 if world.engine in ("inline", "local") else 12))
    driver.kill()
    driver.wait()
    return ""


def _kill_often(world: World) -> str:
    for _ in range(5):
        driver = world.start()
        driver.until(partial(has, "units/", world.chance.randrange(1, 20)))
        time.sleep(world.chance.uniform(0, 0.5))
        driver.kill()
        driver.wait()
    return ""


def _kill_worker(count: int, world: World) -> str:
    """The run goes on, for a worker that dies costs its item only."""
    driver = world.start()
    driver.until(partial(has, "units/", count))
    for pid in workers(driver.process.pid)[:1]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    ended = driver.wait()
    return "" if ended.clear else f"the run whose worker was killed ended with {ended.status}: {ended.error[-600:]}"


def _kill_group(world: World) -> str:
    driver = world.start()
    driver.until(partial(has, "units/", 3))
    os.killpg(driver.process.pid, signal.SIGKILL)
    driver.wait()
    return ""


def _kill_ray_worker(count: int, world: World) -> str:
    driver = world.start()
    driver.until(partial(has, "units/", count))
    for pid in descendants(world.cluster or driver.process.pid):
        with suppress(OSError):
            if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ray::"):
                os.kill(pid, signal.SIGKILL)
                break
    ended = driver.wait()
    return "" if ended.clear else f"the run whose worker was killed ended with {ended.status}: {ended.error[-600:]}"


def _ask(number: int, prefix: str, count: int, world: World) -> str:
    driver = world.start()
    if not driver.until(partial(has, prefix, count)):
        return ""
    driver.kill(number)
    ended = driver.wait()
    said = ended.error.strip().splitlines()
    if "Traceback" in ended.error or not said or not said[-1].startswith("medconcept: "):
        return f"after the signal it said: {ended.error[-400:]}"
    return "" if ended.status in (0, 128 + number, 1, -number) else f"after the signal its status was {ended.status}"
