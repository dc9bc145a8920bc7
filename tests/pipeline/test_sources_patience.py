"""Outages that pass: nothing ends and nothing is lost. Outages that do not: one clear end, for all at once."""

import errno
import os
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import repeat

import pytest
from servers import BUCKET, QUICK, cut_off, empty, hang_up, kill, page, redirect, start_server, status, upload
from test_sources_legacy import FILES, tar

from pipeline.phases.fetch import FetchArticles
from pipeline.sources import XML, Away, Policy, SourceReject, open_source
from schemas.articles import PLANNED
from schemas.errors import Outage
from schemas.rejects import Reason

#: Longer than any outage here.
PATIENT = Policy(patience=20, wait=0.01, max_wait=0.05, deadline=60)

#: How long sources are ill here; a real one may be for a minute, with a patience of 90 s.
ILL = 0.4

NAMES = [f"PMC{n}" for n in range(1, 25)]


@pytest.fixture
def many(mirror):
    for name in NAMES:
        mirror.add(f"{name}.1", name.encode())
    return mirror.inventory()


def article(source, name: str) -> str:
    return source.read(f"{name}v1", source.metadata(f"{name}v1", "").xml, XML).decode()


def all_of(source) -> list[str]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(partial(article, source), NAMES))


def after(seconds: float, action) -> threading.Thread:
    timer = threading.Timer(seconds, action)
    timer.start()
    return timer


PASSING = {
    "500": status(500),
    "502 with a page": status(502, b"<html>Bad Gateway</html>"),
    "503": status(503),
    "SlowDown": status(503, b"<Error><Code>SlowDown</Code></Error>"),
    "429": status(429),
    "408": status(408),
    "RequestTimeout": status(400, b"<Error><Code>RequestTimeout</Code></Error>"),
    "an old token": status(403, b"<Error><Code>ExpiredToken</Code></Error>"),
    "bodies that are cut off": cut_off,
    "no answer": hang_up,
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("begun", [False, True], ids=["from the start", "in between"])
def test_an_outage_that_passes(many, serve, fault, begun):
    server = serve(many.root)
    source = open_source(server.uri, concurrency=8, policy=PATIENT)
    if begun:
        assert all_of(source) == NAMES
    server.ill = fault
    timer = after(ILL, partial(setattr, server, "ill", None))
    assert all_of(source) == NAMES
    timer.join()


#: How a source that is ill looks as if each of its objects were.
DISGUISED = {
    "403": status(403),
    "404": status(404),
    "no bucket": status(404, b"<Error><Code>NoSuchBucket</Code></Error>"),
    "401": status(401),
    "pages": page,
    "nothing": empty,
    "a login": redirect("http://login.example.org/"),
}


@pytest.mark.parametrize("fault", DISGUISED.values(), ids=DISGUISED)
def test_an_outage_in_disguise(many, serve, fault):
    server = serve(many.root)
    source = open_source(server.uri, concurrency=8, policy=PATIENT)
    assert article(source, "PMC1") == "PMC1"
    server.ill = fault
    timer = after(ILL, partial(setattr, server, "ill", None))
    assert all_of(source) == NAMES
    timer.join()


@pytest.mark.parametrize("fault", DISGUISED.values(), ids=DISGUISED)
def test_an_outage_in_disguise_that_stays(many, serve, fault):
    server = serve(many.root)
    source = open_source(server.uri, concurrency=8, policy=QUICK)
    assert article(source, "PMC1") == "PMC1"
    server.ill = fault
    with pytest.raises(Outage, match="is down"):
        all_of(source)


def test_a_source_that_only_throttles_is_not_said_to_be_away(many, serve):
    server = serve(many.root)
    server.ill = status(503, b"<Error><Code>SlowDown</Code></Error>")
    with pytest.raises(Outage, match=r"throttles us: HTTP 503 SlowDown; for \d+ s it gave nothing"):
        all_of(open_source(server.uri, concurrency=8, policy=QUICK))


def test_objects_that_changed_while_others_did_not_are_no_outage(many):
    source = open_source(str(many.root), policy=QUICK)
    assert article(source, "PMC1") == "PMC1"
    (many.root / "metadata" / "PMC1.1.json").write_bytes(b"{}")
    (many.root / "PMC2.1" / "PMC2.1.xml").unlink()
    with pytest.raises(SourceReject, match="xml_missing"):
        article(source, "PMC2")


def test_a_snapshot_during_an_outage(many, serve):
    server = serve(many.root)
    server.ill = status(503)
    after(ILL, partial(setattr, server, "ill", None))
    assert len(open_source(server.uri, policy=PATIENT).snapshot().articles) == len(NAMES)


def test_a_server_that_is_started_again(many, serve):
    server = serve(many.root)
    source = open_source(server.uri, concurrency=8, policy=PATIENT)
    assert article(source, "PMC1") == "PMC1"
    kill(server)
    again = []
    timer = after(ILL, lambda: again.append(start_server(many.root, server.server_port)))
    assert all_of(source) == NAMES
    timer.join()
    kill(again[0])


def test_an_s3_server_that_is_started_again(many, credentials, monkeypatch):
    from moto.server import ThreadedMotoServer

    def started(port: int):
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
        server.start()
        return server

    server = started(0)
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    upload(many.root)
    source = open_source(f"s3://{BUCKET}", concurrency=8, policy=PATIENT)
    assert article(source, "PMC1") == "PMC1"
    server.stop()
    again = []
    timer = after(ILL, lambda: again.append(started(port)))
    assert all_of(source) == NAMES
    timer.join()
    again[0].stop()


def test_a_server_that_refuses_nine_of_ten_requests(many, serve):
    server = serve(many.root)
    turns = iter(range(10**6))
    server.faults = {
        f"/{path.relative_to(many.root)}": (status(503) if next(turns) % 10 else None for _ in repeat(None))
        for path in many.root.rglob("*")
        if path.is_file()
    }
    assert all_of(open_source(server.uri, concurrency=8, policy=PATIENT)) == NAMES


def test_there_is_no_storm_while_a_source_is_down(many, serve):
    server = serve(many.root)
    source = open_source(server.uri, concurrency=16, policy=Policy(patience=20, wait=0.05, max_wait=0.1))
    assert article(source, "PMC1") == "PMC1"
    server.ill = status(503)
    before = server.count["requests"]
    asked = []
    after(1, lambda: (asked.append(server.count["requests"] - before), setattr(server, "ill", None)))
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(partial(article, source), NAMES)) == NAMES
    assert asked[0] <= 16 + 3 + 1 / 0.1 + 5  # those under way, those that showed it, and a probe every 0.1 s


def test_once_patience_is_over_all_threads_end_at_once(many, serve):
    server = serve(many.root)
    source = open_source(server.uri, concurrency=8, policy=QUICK)
    assert all_of(source) == NAMES
    server.ill = status(503)
    began = time.monotonic()

    def outage(name: str) -> bool:
        with pytest.raises(Outage, match="HTTP 503"):
            article(source, name)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(outage, NAMES * 10))
    assert time.monotonic() - began < QUICK.patience + 2


def test_a_source_that_comes_back_after_an_outage_is_used_again(many, serve):
    server = serve(many.root)
    source = open_source(server.uri, policy=QUICK)
    server.ill = status(503)
    with pytest.raises(Outage):
        article(source, "PMC1")
    server.ill = None
    time.sleep(2 * QUICK.max_wait)
    assert all_of(source) == NAMES


def test_each_outage_gets_the_whole_patience(many, serve):
    server = serve(many.root)
    source = open_source(server.uri, policy=replace(QUICK, patience=1, deadline=0.4))
    server.ill = status(503)
    with pytest.raises(SourceReject, match="fetch_failed"):
        article(source, "PMC1")
    time.sleep(1.1)  # nobody asks
    timer = after(0.2, partial(setattr, server, "ill", None))
    assert article(source, "PMC1") == "PMC1"
    timer.join()


def test_objects_that_fail_by_themselves_are_rejects_and_share_their_patience(many, serve):
    server = serve(many.root)
    source = open_source(server.uri, concurrency=8, policy=QUICK)
    bad = NAMES[::2]
    for name in bad:
        server.faults[f"/{name}.1/{name}.1.xml"] = repeat(status(500))

    def reason(name: str) -> Reason | None:
        try:
            article(source, name)
        except SourceReject as error:
            return error.reason
        return None

    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(NAMES, pool.map(reason, NAMES), strict=True))
    assert found == {name: Reason.FETCH_FAILED if name in bad else None for name in NAMES}
    assert time.monotonic() - began < 4 * QUICK.patience  # not once for each


def test_the_first_object_asked_for_may_fail_by_itself(many, serve):
    server = serve(many.root)
    server.faults["/metadata/PMC1.1.json"] = repeat(status(500))
    source = open_source(server.uri, policy=QUICK)
    with pytest.raises(SourceReject, match="fetch_failed"):
        article(source, "PMC1")
    assert article(source, "PMC2") == "PMC2"


# A directory on a mount


def moved_away(root):
    """The mount point is gone."""
    os.rename(root, f"{root}-away")
    return lambda: os.rename(f"{root}-away", root)


def emptied(root):
    """The mount point is an empty folder."""
    back = moved_away(root)
    os.mkdir(root)
    return lambda: (os.rmdir(root), back())


def without_metadata(root):
    """A part of the mirror is a mount of its own."""
    os.rename(root / "metadata", root / "away")
    return lambda: os.rename(root / "away", root / "metadata")


@pytest.mark.parametrize("away", [moved_away, emptied, without_metadata])
def test_a_mirror_that_is_away_for_a_while(many, away):
    source = open_source(str(many.root), concurrency=8, policy=PATIENT)
    assert article(source, "PMC1") == "PMC1"
    timer = after(ILL, away(many.root))
    assert all_of(source) == NAMES
    timer.join()


@pytest.mark.parametrize("away", [moved_away, emptied])
def test_a_mirror_that_stays_away_is_an_outage(many, away):
    source = open_source(str(many.root), concurrency=8, policy=QUICK)
    away(many.root)
    with pytest.raises(Outage, match="is down"):
        all_of(source)


@pytest.mark.parametrize("away", [moved_away, emptied])
def test_a_snapshot_of_a_mirror_that_is_away(many, away):
    source = open_source(str(many.root), policy=PATIENT)
    expected = source.snapshot().checksum
    timer = after(ILL, away(many.root))
    assert source.snapshot().checksum == expected
    timer.join()


def failing(monkeypatch, code: int, below):
    """The file system answers with this error for all files below a folder; gives what ends it."""
    ill = [True]
    for name in ("stat", "open", "scandir"):
        real = getattr(os, name)

        def call(path, *args, real=real, **options):
            if ill[0] and isinstance(path, str | os.PathLike) and os.fspath(path).startswith(str(below)):
                raise OSError(code, os.strerror(code), os.fspath(path))
            return real(path, *args, **options)

        monkeypatch.setattr(os, name, call)
    return ill.clear, lambda: ill.__setitem__(slice(None), [False])


CODES = [errno.ENOTCONN, errno.ESTALE, errno.EIO, errno.ETIMEDOUT, errno.EHOSTDOWN]


@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
def test_a_file_system_that_is_ill_for_a_while(many, monkeypatch, code):
    source = open_source(str(many.root), concurrency=8, policy=PATIENT)
    _, well = failing(monkeypatch, code, many.root)
    timer = after(ILL, well)
    assert all_of(source) == NAMES
    timer.join()


def test_a_file_that_is_missing_while_the_mirror_is_there(many):
    (many.root / "PMC1.1" / "PMC1.1.xml").unlink()
    source = open_source(str(many.root), policy=PATIENT)
    with pytest.raises(SourceReject, match=r"xml_missing: PMC1\.1/PMC1\.1\.xml: not there"):
        article(source, "PMC1")


def test_one_bad_sector(many, monkeypatch):
    source = open_source(str(many.root), policy=QUICK)
    failing(monkeypatch, errno.EIO, many.root / "PMC1.1")
    with pytest.raises(SourceReject, match=r"fetch_failed: .*Input/output error"):
        article(source, "PMC1")
    assert article(source, "PMC2") == "PMC2"


@pytest.fixture
def mounted(many, tmp_path):
    """The mirror behind a real mount."""
    point = tmp_path / "mnt"
    point.mkdir()
    command = ["mount", "--bind", many.root, point]
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        pytest.skip(f"only root may mount: {done.stderr.decode().strip()}")
    yield point, partial(subprocess.run, command, check=True)
    subprocess.run(["umount", point])


def test_a_mount_that_is_away_for_a_while(mounted):
    point, mount = mounted
    source = open_source(str(point), concurrency=8, policy=PATIENT)
    assert article(source, "PMC1") == "PMC1"
    subprocess.run(["umount", point], check=True)
    timer = after(ILL, mount)
    assert all_of(source) == NAMES
    timer.join()


def test_a_worker_that_opens_the_mirror_while_it_is_away(many):
    stage = FetchArticles(partial(open_source, str(many.root), policy=PATIENT), "all", 8)
    timer = after(ILL, moved_away(many.root))
    stage.setup()
    timer.join()
    planned = PLANNED.empty_table().from_pylist([{"article_id": "PMC1v1", "etag": ""}], schema=PLANNED)
    assert stage(planned)["xml"].to_pylist() == [b"PMC1"]


@pytest.mark.parametrize("layout", ["mirror", "packages"])
@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
def test_a_worker_that_opens_the_source_while_its_file_system_is_ill(
    many, packages, tmp_path, monkeypatch, layout, code
):
    root = tmp_path / layout
    _, well = failing(monkeypatch, code, root)
    with pytest.raises(Away, match=re.escape(os.strerror(code))):
        open_source(str(root))
    stage = FetchArticles(partial(open_source, str(root), policy=PATIENT), "all", 8)
    timer = after(ILL, well)
    stage.setup()
    timer.join()


# Legacy packages


@pytest.fixture
def packages(tmp_path):
    root = tmp_path / "packages"
    for name in NAMES:
        folder = root / "oa_package" / name[-1]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.tar.gz").write_bytes(tar([*FILES.items(), (f"{name}.nxml", name.encode())], name))
    return root


def unpacked(source) -> list[str]:
    etags = dict(zip(*(column.to_pylist() for column in source.snapshot().articles.columns), strict=True))

    def one(name: str) -> str:
        found = source.metadata(f"{name}v1", etags[f"{name}v1"])
        return source.read(f"{name}v1", found.xml, XML).decode()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, NAMES))


@pytest.mark.parametrize("away", [moved_away, emptied])
@pytest.mark.parametrize("known", [False, True], ids=["before the snapshot", "after the snapshot"])
def test_packages_that_are_away_for_a_while(packages, away, known):
    source = open_source(str(packages), concurrency=8, policy=PATIENT)
    if known:
        source.snapshot()
    timer = after(ILL, away(packages))
    assert unpacked(source) == NAMES
    timer.join()


@pytest.mark.parametrize("away", [moved_away, emptied])
def test_packages_that_stay_away_are_an_outage(packages, away):
    source = open_source(str(packages), policy=QUICK)
    source.snapshot()
    away(packages)
    with pytest.raises(Outage):
        source.metadata("PMC1v1", "")
    with pytest.raises(Outage):
        source.snapshot()


def test_a_folder_of_packages_that_cannot_be_read_is_not_passed_over(packages, monkeypatch):
    source = open_source(str(packages), policy=QUICK)
    failing(monkeypatch, errno.EIO, packages / "oa_package" / "3")
    with pytest.raises(Outage, match="Input/output error"):
        source.snapshot()


@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
def test_packages_on_a_file_system_that_is_ill_for_a_while(packages, monkeypatch, code):
    source = open_source(str(packages), concurrency=8, policy=PATIENT)
    _, well = failing(monkeypatch, code, packages)
    timer = after(ILL, well)
    assert unpacked(source) == NAMES
    timer.join()


def test_a_package_that_is_missing_while_the_tree_is_there(packages):
    source = open_source(str(packages), policy=PATIENT)
    source.snapshot()
    (packages / "oa_package" / "1" / "PMC1.tar.gz").unlink()
    with pytest.raises(SourceReject, match=r"metadata_missing: .*PMC1\.tar\.gz: not there"):
        source.metadata("PMC1v1", "")
