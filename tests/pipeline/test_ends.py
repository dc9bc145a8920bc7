"""However a build ends, no process of it is left, whichever engine has started which."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.running import MEDCONCEPT

ENGINES = {
    "inline": [],
    "local": ["--workers", "2"],
    "beam": ["--", "--direct_num_workers", "2", "--direct_running_mode", "multi_processing"],
    "ray": [],
}


def processes():
    """The parent, group and state of each process that has not ended."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if state != "Z":
            found[int(folder.name)] = (int(parent), int(group))
    return found


def family(pid):
    """A process and all that descend from it, or are in its group."""
    known = processes()
    found, generation = {pid}, {pid}
    while generation:
        generation = {each for each, (parent, group) in known.items() if parent in generation or group == pid} - found
        found |= generation
    return found & known.keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.full), signal.SIGTERM, signal.SIGKILL]
)
@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_left_after_the_end(engine, number, tmp_path):
    command = [*MEDCONCEPT, "build", "demo", str(tmp_path / "out"), "--engine", engine, *ENGINES[engine]]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: [signal.signal(each, signal.SIG_DFL) for each in (signal.SIGINT, signal.SIGHUP)],
    )
    end = time.monotonic() + 120
    while not any(path.name.endswith(".part") for path in (tmp_path / "out" / "units").rglob("*")):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.05)
    started = family(process.pid)
    # Ctrl-C reaches all processes of a terminal, the rest is sent to the driver alone.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    end = time.monotonic() + 30
    _, said = process.communicate(timeout=20)
    while left := started & processes().keys():
        assert time.monotonic() < end, left
        time.sleep(0.1)
    if number != signal.SIGKILL:
        assert said.splitlines()[-1] == f"medconcept: interrupted by {number.name}; the same command resumes it"
        assert "Traceback" not in said
        assert process.returncode == 128 + number
