"""Disks: a power cut, seen as what a loop device holds at some moment; a disk that is full. Both need root."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.drills.drill import Drill
from benchmarks.drills.kills import PHASES, has
from benchmarks.drills.places import Disk
from benchmarks.drills.world import World

SIZE = 192 << 20  # of the loop device
FULL = (6, 12, 18, 19, 20, 24)  # MB; the vocabulary and the encoder of an output take most of it


def drills(engine: str) -> Iterator[Drill]:
    for prefix, count in PHASES:
        yield Drill(f"power cut when {prefix} has {count}", partial(_power_cut, prefix, count, ""))
    for number in range(3):
        yield Drill(
            f"power cut at a random moment, no write in between, {number + 1}",
            partial(_power_cut, "plan/", 1, "commit=600"),
        )
    for size in FULL:
        yield Drill(f"a disk of {size} MB", partial(_full, size))


def _power_cut(prefix: str, count: int, options: str, world: World) -> str:
    """What the device holds is copied while the build is stopped; the build goes on with the copy."""
    memory = Path("/dev/shm") / f"drill-{os.getpid()}.img"  # a copy takes no time there
    copy = world.folder / "copy.img"
    try:
        with memory.open("wb") as file:
            file.truncate(SIZE)
        _call("mkfs.ext4", "-q", "-F", memory)
        with mounted(memory, world.folder / "disk", options):
            world.place = Disk(world.folder / "disk" / "out")
            driver = world.start()
            driver.until(partial(has, prefix, count))
            if options:
                time.sleep(world.chance.uniform(0, 5))
            _signal_all(driver.process, signal.SIGSTOP)
            _call("cp", "--sparse=always", memory, copy)
            _signal_all(driver.process, signal.SIGKILL)
            driver.wait()
            time.sleep(0.5)
        world.keep(mounted(copy, world.folder / "after", ""))
    finally:
        memory.unlink(missing_ok=True)
    world.place = Disk(world.folder / "after" / "out")
    return ""


def _full(size: int, world: World) -> str:
    disk = world.folder / "small"
    disk.mkdir()
    _call("mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", disk)
    world.keep(_unmounting(disk))
    world.place = Disk(disk / "out")
    ended = world.build()
    _call("mount", "-o", "remount,size=300m", disk)
    return "" if ended.clear else f"on the full disk it ended with {ended.status}: {ended.error[-600:]}"


@contextmanager
def mounted(image: Path, folder: Path, options: str) -> Iterator[None]:
    """The file system in a file, after what a start of the machine does to it."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["e2fsck", "-p", str(image)], capture_output=True, check=False)  # 1: it mended something
    _call("mount", "-o", ",".join(filter(None, ("loop", options))), image, folder)
    with _unmounting(folder):
        yield


@contextmanager
def _unmounting(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        for _ in range(50):
            if subprocess.run(["umount", str(folder)], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.2)


def _signal_all(process: "subprocess.Popen[str]", number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _call(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True)


def possible() -> bool:
    """Whether this user may mount."""
    return os.geteuid() == 0 and shutil.which("mkfs.ext4") is not None and Path("/dev/loop-control").exists()
