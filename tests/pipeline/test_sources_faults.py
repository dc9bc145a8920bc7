"""What can go wrong with one object or the whole source, and what comes of it."""

import json
import threading
import time
from dataclasses import replace
from itertools import repeat

import pytest
import urllib3
from servers import BUCKET, QUICK, cut_off, damaged, drip, free_ports, md5, status

from pipeline.sources import XML, ObjectRef, SourceReject, open_source, transport
from pipeline.sources.http import Web
from pipeline.sources.local import Folder
from pipeline.sources.retry import Client
from schemas.errors import Outage, UserError
from schemas.rejects import Reason

IMAGE = b"not really an image, but long enough to be cut in two"
REF = ObjectRef("a.jpg", f"s3://{BUCKET}/PMC1.1/a.jpg", md5(IMAGE))
PATH = "/PMC1.1/a.jpg"


@pytest.fixture
def server(mirror, serve):
    return serve(mirror.add("PMC1.1", media={"a.jpg": IMAGE}).inventory().root)


@pytest.fixture
def source(server):
    return open_source(server.uri, policy=QUICK)


def reason(call, *args) -> Reason:
    with pytest.raises(SourceReject) as caught:
        call(*args)
    return caught.value.reason


@pytest.mark.parametrize("fault", [status(429), status(500), status(503, b"<Code>SlowDown</Code>"), cut_off, damaged])
def test_once_and_then_good(server, source, fault):
    server.faults[PATH] = iter([fault])
    assert source.read("PMC1v1", REF) == IMAGE
    assert server.count[PATH] == 2


@pytest.mark.parametrize(
    ("fault", "expected", "requests"),
    [
        (status(403), Reason.IMAGE_MISSING, 1),
        (status(404), Reason.IMAGE_MISSING, 1),
        (status(400), Reason.FETCH_FAILED, 1),
        (status(403, b"<Error><Code>ExpiredToken</Code></Error>"), Reason.FETCH_FAILED, None),
        (status(429), Reason.FETCH_FAILED, None),
        (status(500), Reason.FETCH_FAILED, None),
        (cut_off, Reason.FETCH_FAILED, None),
        (damaged, Reason.MD5_MISMATCH, 2),
    ],
)
def test_for_good(server, source, fault, expected, requests):
    server.faults[PATH] = repeat(fault)
    began = time.monotonic()
    assert reason(source.read, "PMC1v1", REF) is expected
    if requests:
        assert server.count[PATH] == requests
    else:  # again and again as long as patience lasts
        assert server.count[PATH] >= 3
        assert time.monotonic() - began >= QUICK.patience


def test_the_reason_says_what_is_missing(source):
    gone = ObjectRef("b", f"s3://{BUCKET}/PMC1.1/b")
    assert reason(source.read, "PMC1v1", gone) is Reason.IMAGE_MISSING
    assert reason(source.read, "PMC1v1", gone, XML) is Reason.XML_MISSING
    assert reason(source.metadata, "PMC2v1", "") is Reason.METADATA_MISSING
    assert reason(source.size, "PMC1v1", gone) is Reason.IMAGE_MISSING


def test_a_server_that_drips_hits_the_deadline(server):
    server.faults[PATH] = repeat(drip)
    source = open_source(server.uri, policy=replace(QUICK, deadline=0.3))
    assert reason(source.read, "PMC1v1", REF) is Reason.FETCH_FAILED
    assert server.count[PATH] == 1


def test_a_server_that_says_nothing(server):
    server.faults[PATH] = repeat(lambda handler, _: threading.Event().wait(2))
    client = Client(Web(server.uri, 1, urllib3.Timeout(0.1)), QUICK)
    with pytest.raises(SourceReject, match="Read timed out"):
        client.get(PATH[1:])


def test_a_body_without_a_length_is_checked_by_its_md5(server, source):
    def unmeasured(handler, data):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(data[:10])
        handler.close_connection = True

    server.faults[PATH] = iter([unmeasured])
    assert source.read("PMC1v1", REF) == IMAGE


def test_a_dead_server_is_an_outage_once_patience_is_over_and_then_at_once():
    source = open_source(f"http://127.0.0.1:{free_ports(1)[0]}", policy=QUICK)
    began = time.monotonic()
    for _ in range(50):
        with pytest.raises(Outage, match=r"is down, .*Connection refused"):
            source.read("PMC1v1", REF)
    assert QUICK.patience <= time.monotonic() - began < QUICK.patience + 1


def test_an_answer_ends_the_row(server, source):
    server.faults[PATH] = repeat(status(500))
    missing = ObjectRef("b", f"s3://{BUCKET}/PMC1.1/b")
    for _ in range(3):
        assert [reason(source.read, "PMC1v1", REF) for _ in range(9)] == [Reason.FETCH_FAILED] * 9
        assert reason(source.read, "PMC1v1", missing) is Reason.IMAGE_MISSING


def test_connections_are_kept_and_bounded(server):
    source = open_source(server.uri, concurrency=2, policy=QUICK)
    server.faults[PATH] = iter([cut_off, status(404), damaged])
    assert reason(source.read, "PMC1v1", REF) is Reason.IMAGE_MISSING
    threads = [threading.Thread(target=lambda: [source.read("PMC1v1", REF) for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.count[PATH] == 2 + 1 + 8 * 20
    assert server.count["connections"] <= 4


def test_an_object_above_the_limit(server, source, mirror, monkeypatch):
    monkeypatch.setattr("pipeline.sources.http.MAX_BYTES", 20)
    monkeypatch.setattr(transport, "MAX_BYTES", 20)
    assert reason(source.read, "PMC1v1", REF) is Reason.IMAGE_TOO_LARGE
    assert reason(open_source(str(mirror.root)).read, "PMC1v1", REF) is Reason.IMAGE_TOO_LARGE


def test_a_bucket_elsewhere_names_its_region(server, source):
    def moved(handler, _):
        handler.send_response(301)
        handler.send_header("x-amz-bucket-region", "eu-west-1")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.faults[PATH] = repeat(moved)
    with pytest.raises(UserError, match="AWS_REGION"):
        source.read("PMC1v1", REF)


@pytest.mark.parametrize(
    "key", ["../secret", "PMC1.1/../../secret", "/etc/passwd", "%2e%2e/secret", "a%00b", "x" * 300]
)
def test_a_key_that_leads_out_of_the_source(mirror, key):
    (mirror.root.parent / "secret").write_bytes(b"secret")
    mirror.add("PMC1.1").inventory()
    source = open_source(str(mirror.root), policy=QUICK)
    assert reason(source.read, "PMC1v1", ObjectRef("x", f"s3://{BUCKET}/{key}")) is Reason.IMAGE_MISSING


def test_a_disk_that_fails(mirror):
    class Broken(Folder):
        def get(self, key, until):
            raise transport.Transient("Input/output error")

    client = Client(Broken(mirror.root), QUICK)
    for key in ("a", "b"):
        with pytest.raises(Outage, match="Input/output error"):
            client.get(key)


URL = f"s3://{BUCKET}/PMC1.1/PMC1.1.xml"


@pytest.mark.parametrize(
    "fields",
    [
        {"version": "1"},
        {"is_retracted": "no"},
        {"is_pmc_openaccess": None},
        {"media_urls": [URL, 3]},
        {"media_urls": {"a": URL}},
        {"media_urls": ["https://elsewhere.org/a.jpg"]},
        {"xml_url": f"{URL}?md5=xyz"},
        {"pmcid": "PMC2"},
        {"version": 2},
    ],
    ids=str,
)
def test_metadata_of_the_wrong_kind(mirror, fields):
    mirror.add("PMC1.1", **fields)
    source = open_source(str(mirror.root))
    assert reason(source.metadata, "PMC1v1", mirror.etags["PMC1.1"]) is Reason.METADATA_INVALID


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"pmcid": "PMC1"}'])
def test_metadata_that_is_no_document(mirror, data):
    mirror.add_json("PMC1.1", data)
    source = open_source(str(mirror.root))
    assert reason(source.metadata, "PMC1v1", md5(data)) is Reason.METADATA_INVALID


def test_metadata_that_changed_since_the_snapshot(mirror):
    mirror.add("PMC1.1").inventory()
    source = open_source(str(mirror.root), policy=QUICK)
    etag = source.snapshot().articles["etag"][0].as_py()
    mirror.add("PMC1.1", doi="10.1/changed")
    assert reason(source.metadata, "PMC1v1", etag) is Reason.MD5_MISMATCH


def test_what_may_be_null_or_new_in_the_metadata(mirror):
    fields = {"pmid": None, "doi": None, "license_code": None, "xml_url": None, "media_urls": None, "funder": [1]}
    mirror.add("PMC1.1", **fields)
    metadata = open_source(str(mirror.root)).metadata("PMC1v1", "d41d8cd98f00b204e9800998ecf8427e-2")
    assert (metadata.pmid, metadata.doi, metadata.license, metadata.xml, metadata.media) == (None, None, None, None, [])


def test_an_object_without_a_stated_md5(mirror):
    mirror.add("PMC1.1", xml_url=URL)
    source = open_source(str(mirror.root))
    xml = source.metadata("PMC1v1", json.dumps(None)).xml
    assert (xml.md5, source.read("PMC1v1", xml)) == ("", b"<article/>")
