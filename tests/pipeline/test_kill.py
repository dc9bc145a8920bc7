"""kill -9 of the driver at random moments: the next run ends with the digest of a run that nothing disturbed."""

import json
import os
import random
import signal
import subprocess
import time

import pytest

from tests.running import MEDCONCEPT, digest, medconcept


def whole_or_absent(out):
    """Each unit that has a receipt has every file that the receipt names, in its size."""
    for marker in out.glob("units/*/_SUCCESS.json"):
        receipt = json.loads(marker.read_text())
        assert all((out / path).stat().st_size == stamp["bytes"] for path, stamp in receipt["files"].items())


def kill_after(seconds, *arguments):
    """Start a build and kill its process after some seconds; False where it was done before."""
    command = [*MEDCONCEPT, "build", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return True


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "kills", "longest"), [("inline", 10, 4.0), ("ray", 10, 12.0)])
def test_killed_and_resumed(demo, small_units, tmp_path, engine, kills, longest):
    moments = random.Random(engine)
    arguments = ("demo", tmp_path / "out", "--recipe", small_units, "--engine", engine)
    killed = 0
    for _ in range(kills):
        started = time.monotonic()
        killed += kill_after(moments.uniform(0.5, longest), *arguments)
        assert time.monotonic() - started < longest + 60
        whole_or_absent(tmp_path / "out")
    assert killed
    medconcept("build", *arguments)
    assert digest(tmp_path / "out") == digest(demo)
    medconcept("verify", tmp_path / "out")
