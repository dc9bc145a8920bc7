"""Processes that work for a driver end with it, even where it is killed and cannot end them. Needs Linux's /proc."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

#: Seconds that a worker is given to unwind when the run ends.
GRACE = 3.0

#: Reads "PID START" lines until the driver is gone, whatever ended it; then kills those that are still the same.
_GUARD = """
import os, signal, sys
for line in sys.stdin.read().splitlines():
    pid, start = line.split()
    try:
        with open(f"/proc/{pid}/stat") as stat:
            if stat.read().rpartition(")")[2].split()[19] == start:
                os.kill(int(pid), signal.SIGKILL)
    except OSError:
        pass
"""

_guards: list[subprocess.Popen[str]] = []


class Driver(NamedTuple):
    """A process: its number and start, and the boot and namespace in which they mean something."""

    pid: int
    start: str
    place: str

    @classmethod
    def here(cls) -> "Driver":
        """This process."""
        return cls(os.getpid(), _status(os.getpid())[1], _place())


def end_with(driver: Driver) -> None:
    """End this process when the driver is gone, also in the midst of an item; nothing where it runs elsewhere."""
    if driver.pid != os.getpid() and driver.place and driver.place == _place():
        threading.Thread(target=_watch, args=(driver,), name="driver", daemon=True).start()


def _watch(driver: Driver) -> None:
    while _status(driver.pid)[1] == driver.start:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


def guard_descendants() -> None:
    """Kill every process that descends from this one, as of now, when this one has ended."""
    known = {int(folder.name): _status(int(folder.name)) for folder in Path("/proc").glob("[0-9]*")}
    found, generation = set[int](), {os.getpid()}
    while generation:
        generation = {pid for pid, (parent, _) in known.items() if parent in generation}
        found |= generation
    # In a session of its own: Ctrl-C at a terminal is not for it.
    command = [sys.executable, "-I", "-S", "-c", _GUARD]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
    assert guard.stdin is not None
    guard.stdin.write("".join(f"{pid} {known[pid][1]}\n" for pid in found))
    guard.stdin.flush()
    _guards.append(guard)  # what closes its standard input is the end of this process


def _status(pid: int) -> tuple[int, str]:
    """The parent of a process and when it started; (0, "") where there is none, or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0, ""
    return (int(fields[1]), fields[19]) if fields[0] != "Z" else (0, "")


def _place() -> str:
    """The boot of a kernel and the namespace of process numbers; "" where it cannot be told."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text() + os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
