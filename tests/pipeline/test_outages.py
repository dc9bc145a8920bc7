"""Surroundings that fail: a full disk, a server that dies. One clear error, and a run that goes on afterwards."""

import os
import resource
import shutil
import subprocess
import threading
import time
from itertools import repeat

import pytest
from servers import kill, start_server, status

from pipeline.sources.demo.cache import demo_mirror
from tests.running import MEDCONCEPT, digest, medconcept, verify


def told_once(done, *words):
    """The run ended with one line of error that holds the words, and no traceback."""
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if line.startswith("medconcept: ")]
    (line,) = [line for line in told if "are likely to take" not in line]  # a warning at the start
    assert "Traceback" not in done.stderr
    assert all(word in line for word in words), line


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"only root may mount a small disk: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(demo, small_units, small_disk):
    arguments = ("build", "demo", small_disk / "out", "--recipe", small_units)
    told_once(medconcept(*arguments, check=False), "No space left")
    assert not list(small_disk.rglob("*.part"))
    subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
    medconcept(*arguments)
    assert digest(small_disk / "out") == digest(demo)


def test_a_limit_on_the_size_of_files_is_told(small_units, tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    command = [*MEDCONCEPT, "build", "demo", str(tmp_path), "--recipe", str(small_units)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, timeout=300)
    told_once(done, "File too large")


def while_it_builds(out, begin, end, seconds: float) -> threading.Thread:
    """Call `begin` as soon as there is an output, and `end` some time later."""

    def outage():
        while not (out / "run.json").exists():
            time.sleep(0.05)
        begin()
        time.sleep(seconds)
        end()

    thread = threading.Thread(target=outage)
    thread.start()
    return thread


@pytest.mark.slow
def test_a_server_that_dies_is_told_and_the_run_goes_on_when_it_is_back(demo, small_units, serve, tmp_path):
    server = serve(demo_mirror())
    arguments = ("build", server.uri, tmp_path, "--recipe", small_units, "--patience", "3")
    thread = while_it_builds(tmp_path, lambda: kill(server), lambda: None, 0)
    told_once(medconcept(*arguments, check=False), "run it again to resume")
    thread.join()
    again = start_server(demo_mirror(), server.server_port)
    medconcept(*arguments)
    kill(again)
    assert digest(tmp_path) == digest(demo)


@pytest.mark.slow
@pytest.mark.full
def test_articles_that_fail_for_good_are_told_and_healed_by_the_next_run(demo, small_units, serve, tmp_path):
    server = serve(demo_mirror())
    dead = {path.name for path in demo_mirror().glob("PMC*") if path.name > "PMC9000010"}
    files = [f"/{file.relative_to(demo_mirror())}" for name in dead for file in (demo_mirror() / name).iterdir()]
    server.faults = {path: repeat(status(503)) for path in [*files, *(f"/metadata/{name}.json" for name in dead)]}
    arguments = ("build", server.uri, tmp_path, "--recipe", small_units, "--patience", "3")
    assert "run it again to confirm or heal them" in medconcept(*arguments).stderr
    server.faults.clear()
    medconcept(*arguments)
    assert digest(tmp_path) == digest(demo)


@pytest.mark.slow
@pytest.mark.full
def test_one_object_that_fails_is_a_reject_and_tried_again_by_the_next_run(demo, small_units, serve, tmp_path):
    server = serve(demo_mirror())
    picture = min(demo_mirror().glob("PMC9000001.1/*.jpg")).relative_to(demo_mirror())
    server.faults = {f"/{picture}": repeat(status(503))}
    arguments = ("build", server.uri, tmp_path, "--recipe", small_units, "--patience", "3")
    assert "1 objects are missing or damaged" in (told := medconcept(*arguments).stderr)
    assert "run it again" in told
    verify(tmp_path)
    server.faults.clear()
    medconcept(*arguments)
    assert digest(tmp_path) == digest(demo)


@pytest.mark.slow
@pytest.mark.full
def test_a_server_that_is_away_for_a_while_ends_nothing(demo, small_units, serve, tmp_path):
    first, again = serve(demo_mirror()), []
    begin, end = lambda: kill(first), lambda: again.append(start_server(demo_mirror(), first.server_port))
    thread = while_it_builds(tmp_path, begin, end, 6)
    medconcept("build", first.uri, tmp_path, "--recipe", small_units)
    thread.join()
    kill(again[0])
    assert digest(tmp_path) == digest(demo)


@pytest.mark.slow
@pytest.mark.parametrize("empty", [False, pytest.param(True, marks=pytest.mark.full)], ids=["gone", "empty"])
def test_a_mount_that_is_away_for_a_while_ends_nothing(demo, small_units, tmp_path, empty):
    mirror, out = shutil.copytree(demo_mirror(), tmp_path / "mirror"), tmp_path / "out"

    def begin():
        os.rename(mirror, tmp_path / "away")
        if empty:
            mirror.mkdir()

    def end():
        if empty:
            mirror.rmdir()
        os.rename(tmp_path / "away", mirror)

    thread = while_it_builds(out, begin, end, 6)
    medconcept("build", mirror, out, "--recipe", small_units)
    thread.join()
    assert digest(out) == digest(demo)
