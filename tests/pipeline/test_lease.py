"""An output has one driver at a time."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial

import boto3
import pytest

from pipeline.storage import lease as leases
from pipeline.storage import s3, s3_client
from pipeline.storage.lease import Holder, Lease, lease
from pipeline.storage.store import open_store
from schemas.errors import UserError
from tests.races import at_once

#: No process has this number.
GONE = 1 << 30

HOLDING = """
import sys, time
from pipeline.storage.lease import lease
from pipeline.storage.store import open_store
with lease(open_store(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=["disk", "s3"])
def store(request, tmp_path):
    if request.param == "disk":
        return open_store(str(tmp_path / "out"))
    request.getfixturevalue("moto")
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bucket")
    return open_store(f"s3://bucket/{tmp_path.name}/out")  # moto remembers


@pytest.fixture
def disk(tmp_path):
    return open_store(str(tmp_path / "out"))


def leave(store, age=0.0, **changes):
    """The lease that another driver left, which beat `age` seconds ago by the store's clock."""
    left = leases._this_process().model_copy(update={"host": "other", "machine": "other", "token": "t"} | changes)
    store.write("lease.json", left.model_dump_json().encode())
    if age:
        place = f"{store.root}/lease.json"
        os.utime(place, (os.stat(place).st_mtime - age,) * 2)


def test_a_lease_is_held_for_the_block_and_says_who_holds_it(store):
    with lease(store) as held:
        held.lost()
        found = json.loads(store.read("lease.json"))
        assert (found["pid"], found["host"]) == (os.getpid(), socket.gethostname())
    assert store.files("") == []


def test_a_second_driver_is_refused_in_one_line(store):
    line = rf"out is worked on by pid {os.getpid()} on {socket.gethostname()} since 2.* \(last sign [0-9]+ s ago\)$"
    with lease(store) as held:
        with pytest.raises(UserError, match=line), lease(store):
            pass
        held.lost()


def test_a_killed_driver_of_this_machine_is_dead_at_once(disk):
    driver = subprocess.Popen([sys.executable, "-c", HOLDING, disk.uri], stdout=subprocess.PIPE)
    assert driver.stdout.readline() == b"held\n"
    with pytest.raises(UserError, match=f"pid {driver.pid} "), lease(disk):
        pass
    driver.send_signal(signal.SIGKILL)
    while leases._process(driver.pid) != "zombie":  # nobody has waited for it yet
        time.sleep(0.01)
    with lease(disk) as held:
        held.lost()
    driver.wait()
    with lease(disk):
        pass


def test_a_number_that_another_process_has_got_since_is_no_sign_of_life(disk):
    leave(disk, machine=leases._machine(), pid=os.getppid(), process="1")
    with lease(disk):
        pass


@pytest.mark.parametrize("changes", [{}, {"machine": ""}, {"pid": GONE}])
def test_a_driver_of_another_machine_is_dead_after_a_minute(disk, changes):
    leave(disk, age=50, **changes)
    with pytest.raises(UserError, match=r"on other since .* \(last sign 50 s ago\)"), lease(disk):
        pass
    leave(disk, age=61, **changes)
    with lease(disk) as held:
        held.lost()


def test_a_driver_whose_clock_is_an_hour_off_is_alive(disk, monkeypatch):
    leave(disk, started="2026-01-01T00:00:00+00:00", beat="2026-01-01T00:00:00+00:00")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    with pytest.raises(UserError, match="last sign 0 s ago"), lease(disk):
        pass


@pytest.mark.parametrize("data", [b"", b'{"host": "a"', b"\xff", b'{"pid": -1}'])
def test_a_broken_lease_counts_by_its_age(disk, data):
    disk.write("lease.json", data)
    with pytest.raises(UserError, match="is worked on by another driver"), lease(disk):
        pass
    os.utime(f"{disk.root}/lease.json", (1, 1))
    with lease(disk):
        pass


def test_a_driver_that_lost_its_lease_stops(store):
    with lease(store) as held:
        leave(store)
        held.beat()
        with pytest.raises(UserError, match=rf"out was taken over by pid {os.getpid()} on other"):
            held.lost()
    assert json.loads(store.read("lease.json"))["token"] == "t"  # what is not ours is left


def test_a_driver_that_was_stopped_looks_before_it_goes_on(store, monkeypatch):
    with lease(store) as held:
        leave(store)
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 31)
        with pytest.raises(UserError, match="taken over"):
            held.lost()


def test_beats_keep_a_lease_alive_and_a_deleted_one_is_made_again(store, monkeypatch):
    monkeypatch.setattr(leases, "BEAT", 0.05)
    with lease(store) as held:
        first = store.backend.look("lease.json")
        time.sleep(1.1)
        second = store.backend.look("lease.json")
        assert first.data != second.data
        store.delete("lease.json")
        time.sleep(0.3)
        assert held._is_ours(store.backend.look("lease.json"))
        held.lost()


def test_a_beat_that_finds_the_store_away_ends_nothing(disk, monkeypatch):
    monkeypatch.setattr(leases, "BRIEF", 0)
    with lease(disk) as held:
        os.rename(disk.root, f"{disk.root}.away")
        open(disk.root, "w").close()
        held.beat()
        held.lost()
        os.unlink(disk.root)
        os.rename(f"{disk.root}.away", disk.root)
        held.beat()
        held.lost()
    assert disk.files("") == []


def test_one_of_two_who_take_over_at_once_gets_it(disk):
    for _ in range(20):
        leave(disk, age=100)
        assert sorted(at_once(*2 * [partial(take, disk)])) == [False, True]
        disk.delete("lease.json")
        assert disk.files("") == []


def test_who_moved_a_living_lease_away_puts_it_back(disk):
    leave(disk)
    dead = replace(disk.backend.look("lease.json"), data=b"what was there before")
    assert not disk.backend.seize("lease.json", dead, b"mine")
    assert Holder.model_validate_json(disk.read("lease.json")).token == "t"


def test_one_of_two_who_take_over_at_once_gets_it_on_a_server_that_heeds_conditions(bucket):
    for n in range(10):
        store = open_store(f"s3://bucket/out{n}")
        leave(store, machine=leases._machine(), pid=GONE)
        assert sorted(at_once(*2 * [partial(take, store)])) == [False, True]


def test_a_server_without_conditional_replacement_will_do(store, monkeypatch):
    if store.uri.startswith("s3:"):
        call = s3.Bucket.call

        def refuse(self, operation, **parameters):
            if "IfMatch" in parameters:
                raise s3_client.os_error("NotImplemented", "no such header here", 501, self.name)
            return call(self, operation, **parameters)

        monkeypatch.setattr(s3.Bucket, "call", refuse)
    leave(store, machine=leases._machine(), pid=GONE)
    with lease(store) as held:
        held.beat()
        held.lost()
        seen = store.look("lease.json")
        held.beat()
        assert not store.refresh("lease.json", replace(seen, data=b"what was there before"), b"")
    assert store.files("") == []


def take(store):
    """Whether one who tries gets the lease."""
    try:
        leases._take(Lease(store, leases._this_process()))
    except UserError:
        return False
    return True


def test_who_lost_the_lease_sweeps_nothing(run, demo, small_units, tmp_path, monkeypatch):
    out = shutil.copytree(demo, tmp_path / "out")
    theirs = out / "units" / "train-00000" / "panels-of-the-other.parquet"
    theirs.write_bytes(b"PAR1")

    def lost(self):
        raise UserError("it was taken over")

    monkeypatch.setattr(Lease, "lost", lost)
    status, _, error = run("build", "demo", out, "--recipe", small_units, "--engine", "inline")
    assert (status, "it was taken over" in error) == (1, True)
    assert theirs.exists()
