"""What comes in place of an object, and what never ends: one reason each, none that blames the article, in bounds."""

import gzip
import json
import socket
import ssl
import subprocess
import time
from dataclasses import replace
from itertools import count, repeat

import pytest
from servers import (
    BUCKET,
    PAGE,
    QUICK,
    cut_off,
    damaged,
    drip,
    empty,
    kill,
    md5,
    page,
    raw,
    redirect,
    start_server,
    status,
)
from test_sources_inventory import LINE, NEW, OLD, REPORTS, replace_shards, taken

from pipeline.sources import IMAGE, XML, ObjectRef, SourceReject, inventory, listing, open_source
from pipeline.sources.http import Web, _followed
from pipeline.sources.transport import Diverted
from schemas.errors import Outage, UserError

PICTURE = b"not really an image, but long enough to be cut in two"
FILES = {
    "metadata": "/metadata/PMC1.1.json",
    "xml": "/PMC1.1/PMC1.1.xml",
    "image": "/PMC1.1/a.jpg",
}


@pytest.fixture
def two_days(mirror):
    mirror.add("PMC1.1").inventory(OLD)
    return mirror.add("PMC2.1").inventory(NEW)


@pytest.fixture
def small(mirror):
    return mirror.add("PMC1.1", media={"a.jpg": PICTURE}).inventory()


@pytest.fixture
def server(small, serve):
    return serve(small.root)


def outcome(source, small, checksums: bool = True) -> str | None:
    """Why the article or its picture cannot be had."""
    etag = small.etags["PMC1.1"] if checksums else "d41d8cd98f00b204e9800998ecf8427e-2"
    try:
        found = source.metadata("PMC1v1", etag)
        source.read("PMC1v1", found.xml if checksums else replace(found.xml, md5=""), XML)
        source.read("PMC1v1", found.media[0] if checksums else replace(found.media[0], md5=""), IMAGE)
    except SourceReject as error:
        return error.reason.value
    return None


def elsewhere(handler, data):
    redirect("http://login.example.org/?next=%2F")(handler, data)


def to_a_page(handler, data):
    if handler.path == "/login":
        page(handler, data)
    else:
        redirect("/login")(handler, data)


def compressed(handler, data):
    body = gzip.compress(data)
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


ILL = {
    "403": (status(403), "{}_missing"),
    "404": (status(404), "{}_missing"),
    "404 with a page": (status(404, PAGE), "{}_missing"),
    "410": (status(410), "{}_missing"),
    "400": (status(400), "fetch_failed"),
    "401": (status(401), "fetch_failed"),
    "451": (status(451), "fetch_failed"),
    "page": (page, "md5_mismatch"),
    "a wrong byte": (damaged, "md5_mismatch"),
    "empty": (empty, "md5_mismatch"),
    "cut": (cut_off, "fetch_failed"),
    "500": (status(500), "fetch_failed"),
    "compressed": (compressed, "fetch_failed"),
    "redirect elsewhere": (elsewhere, "fetch_failed"),
    "redirect in a circle": (lambda handler, data: redirect(handler.path)(handler, data), "fetch_failed"),
}


@pytest.mark.parametrize(("fault", "expected"), ILL.values(), ids=ILL)
@pytest.mark.parametrize("file", FILES)
def test_what_comes_in_place_of_an_object_is_one_reject(server, small, file, fault, expected):
    server.faults[FILES[file]] = repeat(fault)
    assert outcome(open_source(server.uri, policy=QUICK), small) == expected.format(file)


@pytest.mark.parametrize("file", FILES)
def test_a_redirect_to_a_page_for_login(server, small, file):
    server.faults[FILES[file]] = repeat(to_a_page)
    server.faults["/login"] = repeat(to_a_page)
    assert outcome(open_source(server.uri, policy=QUICK), small) == "md5_mismatch"


def half(handler, data):
    """Half the body, by a server that states no length."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(data[: len(data) // 2])
    handler.close_connection = True


@pytest.mark.parametrize(
    ("file", "fault"),
    [*((file, fault) for file in FILES for fault in (page, empty)), ("metadata", half)],
)
def test_without_an_md5_the_article_is_not_blamed(server, small, file, fault):
    server.faults[FILES[file]] = repeat(fault)
    assert outcome(open_source(server.uri, policy=QUICK), small, checksums=False) == "fetch_failed"


def test_with_the_right_md5_the_article_is(mirror, serve):
    mirror.add_json("PMC1.1", PAGE)
    source = open_source(serve(mirror.root).uri, policy=QUICK)
    with pytest.raises(SourceReject, match="metadata_invalid"):
        source.metadata("PMC1v1", md5(PAGE))


def test_a_page_is_no_etag_of_a_listing(mirror, serve):
    """Listed without an inventory, an article has the MD5 of its own JSON, and not that of a page."""
    mirror.add("PMC1.1")
    server = serve(mirror.root)
    server.faults[FILES["metadata"]] = iter([page])
    source = open_source(server.uri, policy=QUICK)
    (row,) = source.snapshot().articles.to_pylist()
    assert row["etag"] == ""
    assert source.metadata(**row).pmid == "31"


# Redirects and names


@pytest.mark.parametrize(
    "target",
    [
        "http://other.org/a",
        "http://127.0.0.1:1/a",
        "https://127.0.0.1/a",
        "//other.org/a",
        "ftp://127.0.0.1/a",
        "file:///etc/passwd",
        "http://[",
        "http://127.0.0.1:x/",
        "http://user:secret@other.org/",
    ],
)
def test_a_redirect_that_leads_to_another_server(server, small, target):
    server.faults[FILES["image"]] = repeat(redirect(target))
    source = open_source(server.uri, policy=QUICK)
    with pytest.raises(SourceReject, match=r"fetch_failed: .*redirected to") as caught:
        source.read("PMC1v1", ObjectRef("a.jpg", f"s3://{BUCKET}/PMC1.1/a.jpg", md5(PICTURE)))
    assert "secret" not in str(caught.value)
    assert server.count[FILES["image"]] == 1


def test_a_redirect_from_https_to_http():
    assert _followed("https://host/a", "https://host:443/b") == "https://host:443/b"
    for target in ("http://host/a", "http://host:443/a", "https://host:8443/a"):
        with pytest.raises(Diverted):
            _followed("https://host/a", target)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_server_is_followed(server, small, code):
    server.faults[FILES["image"]] = repeat(redirect("/PMC1.1/b.jpg", code))
    (small.root / "PMC1.1" / "b.jpg").write_bytes(PICTURE)
    assert outcome(open_source(server.uri, policy=QUICK), small) is None


def test_a_whole_server_that_wants_a_login_is_told(server):
    server.ill = elsewhere
    with pytest.raises(UserError, match=r"redirected to http://login\.example\.org"):
        open_source(server.uri, policy=QUICK).snapshot()


def test_a_password_is_sent_and_told_to_nobody(server, small, tmp_path, monkeypatch):
    sent = []
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password s@cret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    def closed(handler, data):
        sent.append(handler.headers["Authorization"])
        status(401)(handler, data)

    server.faults[FILES["image"]] = repeat(closed)
    source = open_source(server.uri, policy=QUICK)
    source.snapshot()
    found = source.metadata("PMC1v1", small.etags["PMC1.1"])
    with pytest.raises(SourceReject) as caught:
        source.read("PMC1v1", found.media[0])
    server.ill = status(503)
    with pytest.raises(Outage) as outage:
        source.metadata("PMC1v1", "")
    told = f"{caught.value} {caught.value.detail} {outage.value} {found} {source._client.uri}"
    assert set(sent) == {"Basic dXNlcjpzQGNyZXQ="}
    assert not any(word in told for word in ("user", "s@cret", "dXNlcjpzQGNyZXQ="))


@pytest.mark.parametrize("address", ["s3://key:secret@bucket/prefix", "http://user:secret@127.0.0.1/"])
def test_an_address_with_a_password_is_refused_without_it(address):
    with pytest.raises(UserError, match="an address holds no user name, password or token") as caught:
        open_source(address)
    assert "secret" not in str(caught.value)


def test_a_password_goes_to_its_server_only(server, small, serve):
    other, sent = serve(small.root), []

    def moved(handler, data):
        sent.append(handler.headers["Authorization"])
        redirect(f"{other.uri}{handler.path}")(handler, data)

    server.ill = moved
    web = Web(server.uri, 1, headers={"Authorization": "Basic c2VjcmV0"})
    with pytest.raises(Diverted) as caught:
        web.get("PMC1.1/a.jpg", time.monotonic() + 5)
    assert (sent, other.count["requests"]) == (["Basic c2VjcmV0"], 0)
    assert "c2VjcmV0" not in str(caught.value)


# What never ends

SLOW = {
    "status line": raw(b"", b"H"),
    "headers": raw(b"HTTP/1.1 200 OK\r\nX: ", b"a"),
    "more headers": raw(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n", 0.05),
    "many headers": raw(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n" * 50),
    "a long header": raw(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 10_000),
    "continue": raw(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": drip,
    "body of an error": raw(b"HTTP/1.1 503 Slow\r\n\r\n", b"x"),
    "body without a length": raw(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "chunks": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "size of a chunk": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "nothing": raw(b"", b"", 0.1),
}


@pytest.mark.parametrize("fault", SLOW.values(), ids=SLOW)
@pytest.mark.parametrize("file", ["metadata", "image"])
def test_an_answer_that_drips_ends_by_the_deadline(server, small, file, fault):
    server.faults[FILES[file]] = repeat(fault)
    began = time.monotonic()
    assert outcome(open_source(server.uri, policy=replace(QUICK, deadline=0.4)), small) == "fetch_failed"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("fault", SLOW.values(), ids=SLOW)
def test_a_source_that_drips_is_an_outage(server, fault):
    server.ill = fault
    began = time.monotonic()
    with pytest.raises(Outage):
        open_source(server.uri, policy=replace(QUICK, deadline=0.4)).snapshot()
    assert time.monotonic() - began < 3


def test_a_body_without_end(server, small, monkeypatch):
    monkeypatch.setattr("pipeline.sources.http.MAX_BYTES", 1 << 20)
    server.faults[FILES["image"]] = repeat(raw(b"HTTP/1.1 200 OK\r\n\r\n", bytes(1 << 16), 0))
    assert outcome(open_source(server.uri, policy=QUICK), small) == "fetch_failed"


def bucket(token, names=()):
    """A page of a listing that says that there is another."""

    def answer(handler, _):
        nodes = "".join(f"<CommonPrefixes><Prefix>{name}/</Prefix></CommonPrefixes>" for name in names)
        body = f"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>{next(token)}"
        status(200, f"{body}</NextContinuationToken>{nodes}</ListBucketResult>".encode())(handler, b"")

    return answer


def test_a_listing_that_comes_back_to_a_page(server):
    server.faults["/"] = repeat(bucket(repeat("again")))
    with pytest.raises(Outage, match="names a page twice"):
        open_source(server.uri, policy=QUICK).snapshot()


def test_a_listing_whose_pages_do_not_end(server):
    server.faults["/"] = repeat(bucket(count()))
    began = time.monotonic()
    with pytest.raises(Outage, match="deadline"):
        open_source(server.uri, policy=replace(QUICK, deadline=0.5)).snapshot()
    assert time.monotonic() - began < 2


def test_a_listing_of_too_many_names(server, monkeypatch):
    monkeypatch.setattr(listing, "_MAX_NAMES", 10)
    server.faults["/"] = repeat(bucket(count(), ["a", "b"]))
    with pytest.raises(Outage, match="more than 10 names"):
        open_source(server.uri, policy=QUICK).snapshot()


def test_an_index_page_with_links_that_are_none(mirror, serve):
    mirror.add("PMC1.1")
    server = serve(mirror.root)
    links = b"".join(
        b'<a href="%s">x</a>' % link for link in (b"http://[", b"//[x", b"PMC1.1.json", b"../", b"?a", b"\xff")
    )

    def index(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(links)))
        handler.end_headers()
        handler.wfile.write(links)

    server.faults["/metadata/"] = repeat(index)
    assert taken(server.uri) == ("listing", ["PMC1v1"])


def test_a_page_of_a_listing_that_is_too_large(server, monkeypatch):
    monkeypatch.setattr(listing, "_MAX_INDEX", 100)
    server.faults["/"] = repeat(status(404))
    with pytest.raises(Outage, match="cannot be listed"):
        open_source(server.uri, policy=QUICK).snapshot()


def test_a_time_out_of_a_server_that_accepts_and_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = open_source(f"http://127.0.0.1:{silent.getsockname()[1]}", policy=replace(QUICK, deadline=0.6))
        with pytest.raises(Outage, match="deadline"):
            source.snapshot()


@pytest.fixture
def secure(small, tmp_path, monkeypatch):
    """The mirror over TLS, with a certificate of its own."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    try:
        subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs openssl")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = start_server(small.root, context=context)
    server.uri = f"https://localhost:{server.server_port}"
    yield server
    kill(server)


def test_over_tls_as_well(secure, small):
    source = open_source(secure.uri, policy=replace(QUICK, deadline=0.4))
    assert [outcome(source, small) for _ in range(3)] == [None] * 3
    assert secure.count["connections"] == 1
    for fault in (SLOW["headers"], SLOW["body"]):
        secure.faults[FILES["image"]] = repeat(fault)
        assert outcome(source, small) == "fetch_failed"


# Bombs

BOMBS = {
    "white space": b" " * (20 << 20),
    "no article": b'"b","metadata/index.html","2026","1"\r\n' * (1 << 19),
    "one article": (LINE + b"\r\n") * (1 << 18),
    "one line": b'"' + b"a" * (20 << 20),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_shard_that_is_a_bomb(two_days, bomb):
    replace_shards(two_days, gzip.compress(bomb))
    assert taken(two_days.root) == (OLD, ["PMC1v1"])


def test_an_inventory_that_is_nothing_but_a_bomb_is_told(mirror):
    mirror.add("PMC1.1").inventory(NEW)
    replace_shards(mirror, gzip.compress(BOMBS["white space"]))
    with pytest.raises(UserError, match=r"0\.csv\.gz unzips to more than 100 times its size"):
        taken(mirror.root)


def test_an_inventory_of_too_many_articles(two_days, monkeypatch):
    monkeypatch.setattr(inventory, "_MAX_ARTICLES", 1)
    assert taken(two_days.root) == (OLD, ["PMC1v1"])


def test_a_manifest_of_too_many_shards(two_days):
    path = two_days.root / REPORTS / NEW / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"] *= inventory._MAX_SHARDS
    path.write_text(json.dumps(manifest))
    assert taken(two_days.root) == (OLD, ["PMC1v1"])


@pytest.mark.parametrize("role", [XML, IMAGE], ids=["xml", "image"])
def test_a_body_that_unpacks_to_a_bomb_is_not_unpacked(server, role):
    server.faults[FILES["image"]] = repeat(lambda handler, _: compressed(handler, bytes(50 << 20)))
    source = open_source(server.uri, policy=QUICK)
    with pytest.raises(SourceReject, match=r"fetch_failed: .*encoded as gzip"):
        source.read("PMC1v1", ObjectRef("a.jpg", f"s3://{BUCKET}/PMC1.1/a.jpg"), role)


def test_a_server_that_calls_a_gz_encoded(two_days, serve):
    """As Apache does; the shard is what it is."""

    def encoded(handler, data):
        handler.send_response(200)
        handler.send_header("Content-Encoding", "x-gzip")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    server = serve(two_days.root)
    for n in range(2):
        server.faults[f"/{REPORTS}/data/{NEW}-{n}.csv.gz"] = repeat(encoded)
    assert taken(server.uri)[0] == NEW


# The inventory


@pytest.mark.parametrize("fault", [damaged, page, empty, cut_off, status(503)])
def test_a_shard_that_is_damaged_once_is_asked_for_again(two_days, serve, fault):
    server = serve(two_days.root)
    server.faults[f"/{REPORTS}/data/{NEW}-0.csv.gz"] = iter([fault])
    assert taken(server.uri) == (NEW, ["PMC1v1", "PMC2v1"])


@pytest.mark.parametrize("fault", [damaged, page, empty, status(404)])
def test_a_shard_that_stays_damaged_makes_its_inventory_incomplete(two_days, serve, fault, caplog):
    server = serve(two_days.root)
    server.faults[f"/{REPORTS}/data/{NEW}-0.csv.gz"] = repeat(fault)
    with caplog.at_level("INFO", "medconcept"):
        assert taken(server.uri) == (OLD, ["PMC1v1"])
    assert f"the inventory {OLD} is taken" in caplog.text


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        (f"{NEW}/manifest.json", page),
        *(
            (file, fault)
            for file in (f"{NEW}/manifest.json", f"data/{NEW}-0.csv.gz")
            for fault in (cut_off, status(503), elsewhere)
        ),
    ],
)
def test_a_source_that_is_ill_does_not_make_an_older_inventory_the_newest(two_days, serve, file, fault):
    server = serve(two_days.root)
    server.faults[f"/{REPORTS}/{file}"] = repeat(fault)
    with pytest.raises(Outage):
        taken(server.uri)
