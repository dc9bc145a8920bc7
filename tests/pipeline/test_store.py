"""A store shows a file whole or not at all."""

import errno
import hashlib
import os
import pickle
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from http.server import ThreadingHTTPServer
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import Relay

from pipeline.storage import backend, s3, s3_client
from pipeline.storage.backend import GAP, coalesce
from pipeline.storage.store import open_store
from schemas.errors import Outage, UserError
from tests.races import at_once


def test_a_file_is_stamped_with_its_size_and_checksum(tmp_path):
    store = open_store(str(tmp_path / "new"))
    assert store.write("a/b.txt", b"text") == {"bytes": 4, "sha256": hashlib.sha256(b"text").hexdigest()}
    assert store.read("a/b.txt") == b"text"
    assert (store.size("a/b.txt"), store.size("a/c.txt")) == (4, None)
    assert store.files("a") == ["a/b.txt"]
    assert store.files("z") == []


def test_a_write_that_fails_leaves_nothing_and_keeps_what_was_there(tmp_path):
    store = open_store(str(tmp_path))
    store.write("kept", b"before")
    for path in ("kept", "new"):
        with pytest.raises(OSError, match="full"), store.create(path) as sink:  # noqa: PT012
            sink.write(b"half")
            raise OSError(errno.ENOSPC, "disk full")
    assert store.files("") == ["kept"]
    assert store.read("kept") == b"before"


def test_files_and_folders_are_deleted(tmp_path):
    store = open_store(str(tmp_path))
    store.write("a/b/c", b"")
    store.write("a/d", b"")
    store.delete("a/b")
    store.delete("a/d")
    assert store.files("a") == []


DATA = bytes(n % 251 for n in range(4 * GAP))

#: Parts of DATA, two of them beyond its end, as they are asked for and as they are read.
SPANS = [(3 * GAP, 4), (0, 10), (GAP, 10), (5, 10), (4 * GAP - 2, 4), (6 * GAP, 4)]
COVERING = [(0, GAP + 10), (3 * GAP, GAP + 2), (6 * GAP, 4)]


def test_parts_of_a_file_are_read_with_what_lies_between_neighbours(tmp_path):
    store = open_store(str(tmp_path))
    store.write("a", DATA)
    assert store.read_spans("a", SPANS) == [DATA[start : start + length] for start, length in SPANS]
    assert coalesce(sorted(SPANS)) == COVERING
    assert store.read_spans("a", []) == []
    with pytest.raises(FileNotFoundError):
        store.read_spans("b", SPANS)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), min_size=1), st.integers(0, 9))
def test_each_part_lies_in_one_that_is_read(spans, gap):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "GAP", gap)
        covering = coalesce(sorted(spans))
    for start, length in spans:
        assert any(first <= start and start + length <= first + size for first, size in covering)
    assert all(first + size + gap < later for (first, size), (later, _) in pairwise(covering))


def test_workers_share_a_store_by_pickling_it(tmp_path):
    store = pickle.loads(pickle.dumps(open_store(str(tmp_path))))
    store.write("a", b"1")
    assert store.read("a") == b"1"


def test_an_output_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="not a directory"):
        open_store(str(tmp_path / "file"))


# On a disk


def test_contents_are_synced_before_names_and_names_before_the_end(tmp_path, monkeypatch):
    """So that a power cut finds no file of 0 bytes, and nothing that is gone again."""
    calls = traced(monkeypatch)
    store = open_store(str(tmp_path / "out"))
    store.write("a/b/c", b"text")
    assert calls == [
        "mkdir out", "fsync .", "mkdir a", "fsync out", "mkdir b", "fsync a", "fsync draft", "replace c", "fsync b",
    ]  # fmt: skip
    calls.clear()
    assert store.claim("a/d", b"text")
    assert calls == ["fsync draft", "link d", "fsync a"]
    calls.clear()
    store.delete("a/d")
    store.delete_all(["a/b/c", "a/b/gone"])
    assert calls == ["fsync a", "fsync b"]


def traced(monkeypatch):
    """The calls that make files last, as they are made."""
    calls, fsync = [], os.fsync

    def trace(name, target):
        call = getattr(os, name)

        def traced_call(*arguments):
            calls.append(f"{name} {os.path.basename(arguments[target])}")
            call(*arguments)

        monkeypatch.setattr(os, name, traced_call)

    def traced_fsync(descriptor):
        place = os.readlink(f"/proc/self/fd/{descriptor}")
        name = os.path.basename(place) if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "draft"
        calls.append(f"fsync {'.' if name.startswith('test_') else name}")
        fsync(descriptor)

    for name, target in (("mkdir", 0), ("replace", 1), ("link", 1)):
        trace(name, target)
    monkeypatch.setattr(os, "fsync", traced_fsync)
    return calls


def test_drafts_are_named_and_never_listed(tmp_path):
    store = open_store(str(tmp_path))
    store.write("a/kept", b"12")
    with store.create("a/new") as sink:
        sink.write(b"half")
        (draft,) = store.drafts("")
        assert store.listing("a") == {"a/kept": 2}
        assert os.path.dirname(draft) == "a"
    assert store.listing("") == {"a/kept": 2, "a/new": 4}
    assert store.drafts("") == []


def test_two_writers_of_a_file_never_share_a_draft(tmp_path):
    """Two containers have one process number, two attempts one process."""
    store = open_store(str(tmp_path))
    with store.create("a") as first, store.create("a") as second:
        first.write(b"first")
        second.write(b"2")
    assert store.read("a") == b"first"
    assert store.files("") == ["a"]


KILLED = """
import os, signal, sys
from pipeline.storage.store import open_store
os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
open_store(sys.argv[1]).write("a", b"after")
"""


def test_a_kill_between_draft_and_rename_leaves_the_file_before_and_a_draft(tmp_path):
    store = open_store(str(tmp_path))
    store.write("a", b"before")
    assert subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)]).returncode == -signal.SIGKILL
    assert store.read("a") == b"before"
    (draft,) = store.drafts("")
    store.delete_all([draft])
    assert store.files("") == ["a"]


@pytest.mark.parametrize("links", [True, False])
def test_one_of_two_who_claim_a_path_at_once_gets_it(links, tmp_path, monkeypatch):
    if not links:
        monkeypatch.setattr(os, "link", failing(OSError(errno.EPERM, "no links here")))
    store = open_store(str(tmp_path))
    assert_one_claims(store)
    assert store.drafts("") == []


def assert_one_claims(store, rounds=20):
    """Two claim each path at once."""
    names = (b"first", b"second")
    for n in range(rounds):
        claims = at_once(*(partial(store.claim, f"receipts/{n}", name) for name in names))
        assert sorted(claims) == [False, True]
        assert store.read(f"receipts/{n}") == names[claims.index(True)]


def failing(*errors, then=None):
    """A function that raises each of these in turn, the last one for ever if nothing comes then."""
    left = list(errors)

    def call(*arguments, **named):
        if left:
            raise left.pop(0) if then or len(left) > 1 else left[0]
        return then(*arguments, **named)

    return call


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO, errno.ETIMEDOUT])
def test_a_disk_that_is_away_for_a_moment_is_asked_again(number, tmp_path, monkeypatch):
    store = open_store(str(tmp_path))
    away = OSError(number, os.strerror(number))
    for name in ("fsync", "replace", "link", "scandir"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, failing(away, then=getattr(os, name)))
            store.write("a", name.encode())
            assert store.claim(f"claims/{name}", b"mine")
            assert set(store.listing("")) >= {"a", f"claims/{name}"}
        assert store.read("a") == name.encode()
    assert store.drafts("") == []


def test_a_claim_whose_end_was_not_heard_of_is_still_ours(tmp_path, monkeypatch):
    store, sync = open_store(str(tmp_path)), os.fsync
    store.write("a", b"")
    monkeypatch.setattr(os, "fsync", lambda fd: (stale if stat.S_ISDIR(os.fstat(fd).st_mode) else sync)(fd))
    stale = failing(OSError(errno.ESTALE, "stale"), then=sync)
    assert store.claim("b", b"mine")
    assert not store.claim("b", b"another's")


def test_a_disk_that_is_broken_is_told_at_the_second_error(tmp_path, monkeypatch):
    store = open_store(str(tmp_path))
    monkeypatch.setattr(os, "fsync", failing(OSError(errno.EIO, "Input/output error")))
    with pytest.raises(Outage, match=f"^{tmp_path}/a/b: Input/output error$"):
        store.write("a/b", b"")
    assert store.files("") == []


def test_a_file_that_outgrows_its_room_is_named_though_its_buffer_cannot_be_emptied_either(tmp_path):
    store = open_store(str(tmp_path))
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    try:
        with pytest.raises(UserError, match=r"a/b\.bin: "), store.create("a/b.bin") as sink:  # noqa: PT012
            for _ in range(1 << 10):
                sink.write(b"some bytes" * 10)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert store.files("a") == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_what_a_disk_refuses_is_told_at_once(number, tmp_path, monkeypatch):
    store = open_store(str(tmp_path))
    monkeypatch.setattr(os, "open", failing(OSError(number, os.strerror(number))))
    for call in (store.write, store.claim):
        with pytest.raises(Outage, match=f"^{tmp_path}/a/b: {os.strerror(number)}$"):
            call("a/b", b"")


# In a bucket


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(s3, "PART", 5 << 20)


@pytest.mark.usefixtures("small_parts")
def test_objects_small_and_large_are_written_listed_and_deleted(bucket):
    store = pickle.loads(pickle.dumps(open_store("s3://bucket/out")))
    large = os.urandom(12 << 20)
    with store.create("a/large") as sink:
        for start in range(0, len(large), 1 << 20):
            sink.write(memoryview(large)[start : start + (1 << 20)])
    assert sink.stamp() == {"bytes": 12 << 20, "sha256": hashlib.sha256(large).hexdigest()}
    assert store.read("a/large") == large
    with store.create("table.parquet") as sink:
        pq.write_table(pa.table({"n": [1, 2]}), sink)
    with store.open("table.parquet") as file:
        assert pq.read_table(file)["n"].to_pylist() == [1, 2]
    bucket.put_object(Bucket="bucket", Key="outer/other", Body=b"")
    assert list(store.listing("")) == ["a/large", "table.parquet"]
    assert store.listing("a") == {"a/large": 12 << 20}
    assert (store.size("a/large"), store.size("a")) == (12 << 20, None)
    store.delete_all(["table.parquet", "gone"])
    store.delete("a")
    assert store.files("") == []
    with pytest.raises(FileNotFoundError):
        store.read("a/large")


def test_parts_of_an_object_cost_a_request_for_neighbours(relay):
    store = open_store("s3://bucket/out")
    store.write("a", DATA)
    before = relay.count["GET"]
    assert store.read_spans("a", SPANS) == [DATA[start : start + length] for start, length in SPANS]
    assert relay.count["GET"] - before == len(COVERING)
    with pytest.raises(FileNotFoundError):
        store.read_spans("b", SPANS)


def test_one_of_two_processes_claims_a_key(bucket):
    assert_one_claims(open_store("s3://bucket/out"))


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_an_upload_that_fails_in_the_middle_leaves_the_object_before(error, bucket):
    store = open_store("s3://bucket/out")
    store.write("a", b"before")
    with pytest.raises(error), store.create("a") as sink:  # noqa: PT012
        sink.write(bytes(11 << 20))
        assert len(bucket.list_multipart_uploads(Bucket="bucket")["Uploads"]) == 1
        raise error
    assert store.read("a") == b"before"
    assert "Uploads" not in bucket.list_multipart_uploads(Bucket="bucket")


def test_uploads_that_nobody_finishes_are_aborted(bucket):
    store = open_store("s3://bucket/out")
    for key in ("out/a", "out/b", "other/c"):
        bucket.create_multipart_upload(Bucket="bucket", Key=key)
    assert store.discard_drafts() == 2
    assert [each["Key"] for each in bucket.list_multipart_uploads(Bucket="bucket")["Uploads"]] == ["other/c"]


def test_a_busy_server_never_costs_the_object_before(relay):
    """A 503 while `run.json` was written once deleted the good one for ever."""
    store = replace(open_store("s3://bucket/out"), patience=0.5)
    store.write("run.json", b"before")
    relay.fault = lambda method, path: "busy" if method in ("PUT", "POST") else None
    with pytest.raises(Outage, match=r"^s3://bucket/out/run.json: Reduce your rate \(SlowDown\)$"):
        store.write("run.json", b"after")
    assert store.read("run.json") == b"before"
    answers = iter(["busy", "busy"])
    relay.fault = lambda method, path: next(answers, None)
    patient = replace(store, patience=60)
    patient.write("run.json", b"after")
    assert patient.read("run.json") == b"after"


@pytest.mark.usefixtures("small_parts")
def test_answers_that_are_lost_change_nothing(relay):
    store = open_store("s3://bucket/out")

    def lose_each_first():
        seen = set()
        relay.fault = lambda method, path: None if (method, path) in seen else seen.add((method, path)) or "unheard"

    for n in range(3):
        lose_each_first()
        assert store.claim(f"claim{n}", b"mine")
        assert not store.claim(f"claim{n}", b"another's")
    lose_each_first()
    with store.create("large") as sink:
        sink.write(bytes(11 << 20))
    lose_each_first()
    assert store.size("large") == 11 << 20
    store.delete("large")
    assert list(store.listing("")) == ["claim0", "claim1", "claim2"]


def test_a_server_that_is_away_for_seconds_is_waited_for(relay):
    port = relay.server_port
    relay.shutdown()
    relay.server_close()
    store = open_store("s3://bucket/out")
    returned = ThreadingHTTPServer(("127.0.0.1", port), Relay, bind_and_activate=False)
    returned.target, returned.fault, returned.count = relay.target, relay.fault, relay.count

    def come_back():
        returned.server_bind()
        returned.server_activate()
        returned.serve_forever(poll_interval=0.02)

    threading.Timer(3, come_back).start()
    started = time.monotonic()
    store.write("a", b"1")
    assert time.monotonic() - started > 2
    assert store.read("a") == b"1"
    returned.shutdown()
    returned.server_close()


def test_a_bucket_that_is_not_there_is_told_at_once(moto):
    store = open_store("s3://nowhere/out")
    calls = [store.read, store.listing, lambda path: store.write(path, b""), lambda path: store.claim(path, b"")]
    for call in calls:
        with pytest.raises(Outage, match=r"^s3://nowhere/out/a: there is no bucket nowhere$"):
            call("a")


def test_a_bucket_that_may_only_be_read_is_told_at_once(bucket, monkeypatch):
    open_store("s3://bucket/out").write("a", b"1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    s3_client._client.cache_clear()
    with pytest.raises(Outage, match=r"^s3://bucket/out/a: .*\(SignatureDoesNotMatch\)$"):
        open_store("s3://bucket/out").write("a", b"")
    s3_client._client.cache_clear()


def test_a_listing_costs_a_request_a_thousand_objects(relay):
    store = open_store("s3://bucket/out")
    for n in range(5):
        store.write(f"a/{n}", b"")
    relay.count.clear()
    assert len(store.listing("a")) == 5
    assert relay.count == {"GET": 1}
    store.delete_all([f"a/{n}" for n in range(5)])
    assert relay.count == {"GET": 1, "POST": 1}


@pytest.mark.parametrize("kind", ["disk", "s3"])
def test_ages_are_those_of_the_store(kind, request, tmp_path):
    if kind == "s3":
        request.getfixturevalue("bucket")
    store = open_store(str(tmp_path / "out") if kind == "disk" else f"s3://bucket/{tmp_path.name}")
    store.write("a/old", b"1")
    if kind == "disk":
        os.utime(tmp_path / "out" / "a" / "old", (0, 0))
    store.write("a/new", b"22")
    store.write("b", b"333")
    ages = store.ages("a")
    assert sorted(ages) == ["a/new", "a/old"]
    assert -1 <= ages["a/new"] < 60
    assert (ages["a/old"] > 1e9) is (kind == "disk")
    assert store.peek("b").data == b"333"
    assert -1 <= store.peek("b").age < 60
    assert store.peek("none") is None
