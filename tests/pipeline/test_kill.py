"""kill -9 of the driver at random moments: the next run ends with the digest of a run that nothing disturbed."""

import json
import os
import random
import signal
import subprocess
import time

import pytest

from tests.running import MEDCONCEPT, digest, medconcept, verify


def receipts(out):
    """The receipts of units; each unit that has one has every file that it names, in its size."""
    markers = list(out.glob("units/*/*.json"))
    for marker in markers:
        files = json.loads(marker.read_text())["files"]
        assert all((out / stamp["path"]).stat().st_size == stamp["bytes"] for stamp in files.values())
    return len(markers)


def kill_on_the_way(moments, out, *arguments):
    """Start a build, and kill its process at a random moment after up to two more units; False where it ended first."""
    command = [*MEDCONCEPT, "build", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    goal = receipts(out) + moments.randint(0, 2)
    while process.poll() is None and len(list(out.glob("units/*/*.json"))) < goal:
        time.sleep(0.01)
    time.sleep(moments.uniform(0, 0.5))
    if process.poll() is not None:
        return False
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return True


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["inline", pytest.param("ray", marks=pytest.mark.full)])
def test_killed_and_resumed(demo, small_units, tmp_path, engine):
    moments = random.Random(engine)
    out = tmp_path / "out"
    arguments = ("demo", out, "--recipe", small_units, "--engine", engine)
    kills = 0
    for _ in range(10):
        kills += kill_on_the_way(moments, out, *arguments)
        receipts(out)
    assert kills > 3
    medconcept("build", *arguments)
    assert digest(out) == digest(demo)
    verify(out)
