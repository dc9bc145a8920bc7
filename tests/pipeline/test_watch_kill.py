"""A run that is killed in the middle: `status` from another process tells the truth at each step."""

import json
import os
import signal
import subprocess
import time

import boto3
import pytest

from benchmarks.drills.world import workers
from pipeline.sources.demo import write_mirror
from pipeline.storage.receipts import is_receipt
from pipeline.storage.store import open_store
from tests.pipeline.servers import slow
from tests.running import MEDCONCEPT, digest, medconcept
from tests.watching import Watch, curate, curated

#: Two worker processes of Beam's.
BEAM = ("--", "--direct_num_workers=2", "--direct_running_mode=multi_processing")

#: Each engine on a disk or in a bucket, and options of its command.
PLACES = [
    ("inline", "disk", ()),
    pytest.param("local", "s3", ("--workers", "2"), marks=pytest.mark.full),
    pytest.param("ray", "disk", (), marks=pytest.mark.full),
    pytest.param("beam", "disk", BEAM, marks=pytest.mark.full),
]


def status(out):
    return json.loads(medconcept("status", out, "--json").stdout)


def units(store):
    """The units that stand."""
    return len({path.rpartition("/")[0] for path in store.listing("units") if is_receipt(path)})


def until(holds, process, seconds=240):
    end = time.monotonic() + seconds
    while not holds():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def place(request, tmp_path):
    def place(kind):
        if kind == "disk":
            return str(tmp_path / "out")
        request.getfixturevalue("moto")
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="watched")
        return f"s3://watched/{tmp_path.name}"

    return place


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "kind", "options"), PLACES, ids=["inline", "local", "ray", "beam"])
def test_killed_in_the_middle(demo, place, tmp_path, engine, kind, options):
    out = place(kind)
    recipe = tmp_path / "smallest.yaml"
    recipe.write_text("unit_articles: 1\nshard_rows: 8\n")  # many units: not all stand while a status is asked
    store = open_store(out)
    arguments = ["demo", out, "--recipe", str(recipe), "--engine", engine, *options]
    command = [*MEDCONCEPT, "build", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    try:
        until(lambda: store.size("lease.json"), process)
        assert status(out)["state"] in ("starting", "running")
        until(lambda: units(store) >= 2, process)
        os.killpg(process.pid, signal.SIGSTOP)
        told, stand = status(out), units(store)
        assert (told["state"], told["lease"]["pid"], told["lease"]["alive"]) == ("running", process.pid, True)
        assert told["run"]["engine"] == engine
        whole = curate(told)["items"]
        assert 0 <= curate(told)["done"] <= stand < whole
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    settled(store)
    told, stand = status(out), units(store)
    assert (told["state"], told["lease"]["alive"]) == ("dead", False)
    assert (curate(told)["state"], curate(told)["done"], curate(told)["items"]) == ("stopped", stand, whole)
    assert curate(told)["last_receipt_age_s"] < 120
    medconcept("build", *arguments)
    told = status(out)
    assert (told["state"], told["lease"]) == ("done", None)
    assert (curate(told)["resumed"], curate(told)["done"], curate(told)["items"]) == (stand, whole, whole)
    assert all(phase["done"] == phase["items"] for phase in told["phases"])
    assert digest(out) == digest(demo)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_beam_worker_is_killed_then_the_driver_then_it_is_resumed(serve, tmp_path):
    """Its workers answer to nobody while a job runs: what stands is counted by the receipts."""
    write_mirror(tmp_path / "mirror")
    source, out, recipe = serve(tmp_path / "mirror"), str(tmp_path / "out"), tmp_path / "smallest.yaml"
    source.ill = slow(8.0)  # the run lasts until it has been looked at
    recipe.write_text("unit_articles: 1\nshard_rows: 8\n")
    arguments = [source.uri, out, "--recipe", str(recipe), "--engine", "beam", *BEAM]
    watch, store = Watch(out), open_store(out)
    watch.nothing()

    with Build(arguments) as driver:
        until(lambda: store.size("lease.json"), driver)
        watch.until(lambda told: curated(told) >= 1, "starting", "running")
        os.kill(workers(driver.pid)[0], signal.SIGKILL)
        assert driver.wait(240) == 1
    failed = watch.says("failed")
    assert "a worker died (exit status -9)" in failed["run"]["error"]
    assert "left without a receipt by the Beam job: a worker died" in curate(failed)["causes"][0]["error"]

    with Build(arguments) as driver:
        watch.until(lambda told: curated(told) > curated(failed), "failed", "starting", "running")
        driver.kill()
    dead = watch.says("dead")

    source.ill = None
    medconcept("build", *arguments)
    done = watch.says("done")
    assert curated(failed) < curated(dead) <= curate(done)["resumed"]
    assert all((phase["done"], phase["failed"]) == (phase["items"], 0) for phase in done["phases"])
    medconcept("build", source.uri, tmp_path / "inline", "--recipe", recipe, "--engine", "inline")
    assert digest(out) == digest(tmp_path / "inline")


class Build(subprocess.Popen):
    """A build that runs until the block ends."""

    def __init__(self, arguments):
        super().__init__([*MEDCONCEPT, "build", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def __exit__(self, *raised):
        self.kill()
        super().__exit__(*raised)


def settled(store):
    """Wait until the workers of a dead driver are gone: a second without another receipt."""
    before, since = units(store), time.monotonic()
    while time.monotonic() - since < 3:
        time.sleep(0.2)
        if (now := units(store)) != before:
            before, since = now, time.monotonic()
