"""`status`: the truth of a run from its output alone, at 80 columns, in few requests, and nothing is written."""

import io
import json
import os
from collections import Counter
from contextlib import redirect_stdout
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.commands.status import status
from pipeline.reports.status import WIDTH, describe, document
from pipeline.storage import lease as leases
from pipeline.storage import s3
from pipeline.storage.lease import Held, Holder
from pipeline.storage.store import open_store
from pipeline.watch.record import Cause, PhaseRecord, Progress, Slow, StageSum
from pipeline.watch.status import PhaseStatus, Status, read_status
from schemas.errors import UserError

BEGAN = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)


def at(seconds):
    return BEGAN + timedelta(seconds=seconds)


def phase(name="curate", items=10, resumed=2, done=6, ended=None, **more):
    return PhaseRecord(
        name=name, folder="units", items=items, resumed=resumed, done=done, started=at(10), ended=ended,
        last=at(40) if done > resumed else None, **more,
    )  # fmt: skip


def progress(*phases, told=50, run="aaaaaaaaaaaa", **more):
    return Progress(run=run, command="build", engine="local", started=BEGAN, told=at(told), phases=list(phases), **more)


def put(store, document):
    store.write("progress.json", document.model_dump_json().encode())


def hold(store, age=0.0, **changes):
    """The lease of a driver elsewhere, which beat `age` seconds ago."""
    stated = {"host": "other", "machine": "other", "token": "a" * 32} | changes
    store.write("lease.json", leases._this_process().model_copy(update=stated).model_dump_json().encode())
    if age:
        place = f"{store.root}/lease.json"
        os.utime(place, (os.stat(place).st_mtime - age,) * 2)


@pytest.fixture
def disk(tmp_path):
    return open_store(str(tmp_path / "out"))


@pytest.fixture(params=["disk", "s3"])
def store(request, tmp_path):
    if request.param == "disk":
        return request.getfixturevalue("disk")
    request.getfixturevalue("moto")
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bucket")
    return open_store(f"s3://bucket/{tmp_path.name}/out")


def test_a_run_that_goes_on(store):
    hold(store)
    put(store, progress(phase("plan", 1, 0, 1, ended=at(9)), phase()))
    found = read_status(store)
    assert found.state == "running"
    assert (found.held.holder.host, found.held.alive) == ("other", True)
    curate = found.phases[1]
    assert (curate.state, curate.done) == ("running", 6)
    assert curate.seconds == pytest.approx(40, abs=5)  # from its start to what was told, and since
    assert curate.rate == pytest.approx(4 / 40, rel=0.15)
    assert curate.left == pytest.approx(40, rel=0.15)
    assert curate.idle == pytest.approx(10, abs=5)


@pytest.mark.parametrize(
    ("held", "told", "state"),
    [
        ({}, progress(phase()), "running"),
        ({}, None, "starting"),
        ({"token": "b" * 32}, progress(phase(), outcome="done"), "starting"),
        ({"age": 100}, progress(phase()), "dead"),
        ({"age": 100}, None, "dead"),
        ({"age": 100, "token": "b" * 32}, progress(phase(), outcome="done"), "dead"),
        (None, progress(phase()), "dead"),  # its lease was deleted by hand
        (None, progress(phase(ended=at(45)), outcome="done"), "done"),
        ({"age": 100}, progress(phase(ended=at(45)), outcome="done"), "done"),  # the store was away at its end
        (None, progress(phase(), outcome="failed", error="no room"), "failed"),
        (None, progress(phase(), outcome="interrupted"), "interrupted"),
    ],
)
def test_what_lease_and_progress_say_together(disk, held, told, state):
    if held is not None:
        hold(disk, **held)
    if told:
        put(disk, told)
    assert read_status(disk).state == state
    assert list(describe(read_status(disk)))


def test_no_run(disk):
    with pytest.raises(UserError, match="holds no run"):
        read_status(disk)
    disk.write("run.json", b"{}")
    with pytest.raises(UserError, match=r"holds no progress.json: it was built by an earlier version"):
        read_status(disk)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"version": 2}', b"\xff"])
def test_progress_that_cannot_be_read_is_none(disk, data):
    hold(disk)
    disk.write("progress.json", data)
    assert read_status(disk).state == "starting"


def receipts(store, *units, age=0.0, key="k"):
    for unit in units:
        path = f"units/{unit}/{key}.json"
        store.write(path, b"{}")
        store.write(f"units/{unit}/panels-{key}.parquet", b"")
        if age:
            place = f"{store.root}/{path}"
            os.utime(place, (os.stat(place).st_mtime - age,) * 2)


def test_a_dead_run_is_counted_by_its_receipts(store):
    """The driver told of 6 before it died; two of these stood before, and its workers committed 7."""
    put(store, progress(phase()))
    receipts(store, *(f"train-{number}" for number in range(7)))
    (curate,) = read_status(store).phases
    assert (curate.state, curate.done, curate.left) == ("stopped", 9, None)


def test_receipts_that_stood_before_are_not_counted_again(disk):
    """Units that change: their older receipts lie beside the new ones until the phase ends."""
    receipts(disk, *(f"train-{number}" for number in range(10)), age=100, key="old")
    put(disk, progress(phase(resumed=4, done=5)))
    receipts(disk, "train-7", "train-8", "train-9")
    (curate,) = read_status(disk).phases
    assert curate.done == 7


def test_the_driver_s_clock_is_compared_with_no_other(disk):
    """It is a day ahead, or behind: the ages of what it wrote are those of the store."""
    for days in (-1, 1):
        shift = timedelta(days=days)
        record = phase().model_copy(update={"started": at(10) + shift, "last": at(40) + shift})
        put(disk, progress(record).model_copy(update={"told": at(50) + shift}))
        hold(disk)
        (curate,) = read_status(disk).phases
        assert curate.seconds == pytest.approx(40, abs=5)
        assert curate.idle == pytest.approx(10, abs=5)


def test_nothing_is_written(disk, tmp_path):
    put(disk, progress(phase()))
    hold(disk)
    receipts(disk, "train-1")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    read_status(disk)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before


def test_few_requests_however_large_the_output_is(moto, tmp_path, monkeypatch):
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bucket")
    store = open_store(f"s3://bucket/{tmp_path.name}")
    receipts(store, *(f"train-{number:02}" for number in range(30)))
    put(store, progress(phase(items=40)))
    hold(store)
    asked, request = Counter(), s3.request

    def counting(bucket, endpoint, region, operation, **parameters):
        asked[operation] += 1
        return request(bucket, endpoint, region, operation, **parameters)

    monkeypatch.setattr(s3, "request", counting)
    assert read_status(store).state == "running"
    assert asked == {"get_object": 2}  # its driver takes care of the numbers
    asked.clear()
    store.delete("lease.json")
    asked.clear()
    assert read_status(store).phases[0].done == 32
    assert asked == {"get_object": 2, "list_objects_v2": 1}  # a thousand keys a request, and no receipt is read


def shown(store, **options):
    with redirect_stdout(io.StringIO()) as output:
        status(store.uri, **options)
    return output.getvalue()


def test_the_screen(disk):
    hold(disk)
    failing = {"failed": 2, "causes": [Cause(error="the source is away", items=2, last="units/train-00003")]}
    worked = {
        "worked": 7200.0, "retries": 3, "rejects": {"license_excluded": 1234, "no_figures": 3},
        "stages": {"panels": StageSum(seconds=75), "jats": StageSum(seconds=25)},
        "slowest": [Slow(item="units/train-00002", seconds=34.2)],
    }  # fmt: skip
    put(disk, progress(phase(items=31072, resumed=0, done=20480, **failing, **worked)))
    lines = shown(disk, core_hour=0.04).splitlines()
    assert lines[1] == "  state    running"
    assert lines[2].startswith("  lease    pid ")
    assert "  phase                         done failed     time   worked     rate     left" in lines
    (row,) = [line for line in lines if line.startswith("  curate  ")]
    assert "█████··· 20,480/31,072      2" in row
    assert "2:00:00" in row
    assert "  curate: 2 failed: the source is away (last units/train-00003)" in lines
    assert "  rejected: 1,234 license_excluded, 3 no_figures" in lines
    assert "  curate by stage: panels 75%, jats 25%" in lines
    assert "  slowest: units/train-00002 34.2 s" in lines
    assert "  3 attempts were repeated" in lines
    assert "  cost of the work so far: 2.00 core hours, 0.08 at 0.04 an hour" in lines


def test_no_price_no_cost(disk):
    put(disk, progress(phase(worked=3600.0)))
    assert "cost of" not in shown(disk)
    assert json.loads(shown(disk, as_json=True))["cost"] is None


def test_the_document_for_machines(disk):
    hold(disk)
    put(disk, progress(phase(worked=3600.0, rejects={"no_figures": 1})))
    found = json.loads(shown(disk, as_json=True, core_hour=0.5))
    assert (found["state"], found["core_hours"], found["cost"]) == ("running", 1.0, 0.5)
    assert found["lease"]["host"] == "other"
    (curate,) = found["phases"]
    assert (curate["items"], curate["done"], curate["rejects"]) == (10, 6, {"no_figures": 1})
    assert curate["left_s"] > 0


WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=120)
COUNTS = st.integers(0, 10**7)


@st.composite
def statuses(draw):
    items = draw(COUNTS)
    done = draw(st.integers(0, items))
    record = PhaseRecord(
        name=draw(WORDS), folder=draw(WORDS), items=items, resumed=0, done=done, failed=draw(COUNTS), started=BEGAN,
        worked=draw(st.floats(0, 1e9)), rejects=draw(st.dictionaries(WORDS, COUNTS, max_size=9)),
        stages={name: StageSum(seconds=1) for name in draw(st.lists(WORDS, max_size=9))},
        slowest=[Slow(item=name, seconds=1e5) for name in draw(st.lists(WORDS, max_size=5))],
        causes=[Cause(error=name * 3, items=3, last=name) for name in draw(st.lists(WORDS, max_size=5))],
    )  # fmt: skip
    state = draw(st.sampled_from(["running", "stopped", "done"]))
    taken, idle = draw(st.floats(0, 1e6)), draw(st.none() | st.floats(0, 1e6))
    holder = Holder(host=draw(WORDS), pid=2**31 - 1, token="t", machine="", process="", started="", beat="")
    whole = draw(st.sampled_from(["running", "starting", "dead", "done", "failed", "interrupted"]))
    phases = [PhaseStatus(record, state, done, taken, idle, draw(st.none() | st.floats(0, 1e6)))]
    return Status(draw(WORDS), whole, Held(holder, 1e4, True), progress(record, error=draw(WORDS)), 1e4, phases)


@given(statuses(), st.none() | st.floats(0, 100))
def test_no_line_is_wider_than_80_columns(status, core_hour):
    lines = list(describe(status, core_hour))
    assert max(map(len, lines)) <= WIDTH
    json.dumps(document(status, core_hour))
