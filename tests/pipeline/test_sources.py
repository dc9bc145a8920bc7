"""The same articles behind every transport: equal snapshots, equal bytes; and what is no source at all."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from servers import BUCKET, QUICK, upload

from pipeline.sources import XML, open_source
from schemas.errors import Outage, UserError

PMC = Path(__file__).parents[2].parent / "shared" / "data" / "pmc"
needs_pmc = pytest.mark.skipif(not PMC.is_dir(), reason="needs the shared mirror")

ODD = ["a b+c.jpg", "50%.png", "q?x=1#y.tif", "naïve.gif", "S1_Fig.TIF"]


def everything(source) -> tuple[str, str, dict[str, str]]:
    """The snapshot, and the digest of each article: its metadata, XML and media."""
    snapshot = source.snapshot()

    def article(row: dict[str, str]) -> tuple[str, str]:
        metadata = source.metadata(**row)
        digest = hashlib.sha256(repr(metadata).encode())
        digest.update(source.read(row["article_id"], metadata.xml, XML))
        for item in metadata.media:
            data = source.read(row["article_id"], item)
            assert source.size(row["article_id"], item) == len(data)
            digest.update(data)
        return row["article_id"], digest.hexdigest()

    with ThreadPoolExecutor(8) as pool:
        return snapshot.id, snapshot.checksum, dict(pool.map(article, snapshot.articles.to_pylist()))


@pytest.fixture
def odd(mirror):
    """Names that need encoding, one way or another."""
    mirror.add("PMC7.1", media={name: name.encode() for name in ODD}).add("PMC10.2").add("PMC9.1")
    return mirror.inventory().root


def test_a_snapshot_of_a_directory(odd):
    snapshot = open_source(str(odd)).snapshot()
    assert snapshot.id == "2026-11-21T01-00Z"
    assert snapshot.articles["article_id"].to_pylist() == ["PMC10v2", "PMC7v1", "PMC9v1"]
    lines = "".join(f"{row['article_id']} {row['etag']}\n" for row in snapshot.articles.to_pylist())
    assert snapshot.checksum == hashlib.sha256(lines.encode()).hexdigest()


def test_metadata_and_objects_of_odd_names(odd):
    source = open_source(str(odd))
    etags = dict(zip(*(column.to_pylist() for column in source.snapshot().articles.columns), strict=True))
    metadata = source.metadata("PMC7v1", etags["PMC7v1"])
    assert (metadata.pmid, metadata.doi, metadata.license) == ("31", "10.1/x", "CC BY")
    assert metadata.xml.uri == f"s3://{BUCKET}/PMC7.1/PMC7.1.xml"
    assert [item.name for item in metadata.media] == ODD
    assert metadata.media[0].uri == f"s3://{BUCKET}/PMC7.1/a%20b%2Bc.jpg"
    assert [source.read("PMC7v1", item).decode() for item in metadata.media] == ODD


def test_http_equals_a_directory(odd, serve):
    assert everything(open_source(serve(odd).uri)) == everything(open_source(str(odd)))


def test_a_folder_of_an_http_server(odd, serve):
    assert everything(open_source(f"{serve(odd.parent).uri}/mirror/")) == everything(open_source(str(odd)))


@pytest.mark.parametrize("prefix", ["", "copies/pmc 1/"])
def test_s3_equals_a_directory(odd, moto, prefix):
    upload(odd, prefix)
    assert everything(open_source(f"s3://{BUCKET}/{prefix}")) == everything(open_source(str(odd)))


def test_s3_is_anonymous_without_credentials(odd, moto, monkeypatch):
    upload(odd)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    source = open_source(f"s3://{BUCKET}")
    assert everything(source) == everything(open_source(str(odd)))
    assert "Signature" not in source._client._transport._url("GET", "key")


def test_a_bucket_over_http(odd, moto):
    upload(odd, "copy/")
    boto_listing = open_source(f"{moto}/{BUCKET}/copy")
    assert everything(boto_listing) == everything(open_source(str(odd)))


@needs_pmc
def test_the_shared_mirror_over_http(serve):
    expected = everything(open_source(str(PMC)))
    assert len(expected[2]) == 333
    assert everything(open_source(serve(PMC).uri)) == expected


@needs_pmc
@pytest.mark.slow
@pytest.mark.full
def test_the_shared_mirror_on_moto(moto):
    upload(PMC)
    assert everything(open_source(f"s3://{BUCKET}")) == everything(open_source(str(PMC)))


@needs_pmc
@pytest.mark.slow
@pytest.mark.full
def test_the_shared_mirror_on_a_real_s3_server(seaweed, monkeypatch):
    upload(PMC)
    expected = everything(open_source(str(PMC)))
    assert everything(open_source(f"s3://{BUCKET}")) == expected
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(Outage, match="SignatureDoesNotMatch"):
        open_source(f"s3://{BUCKET}", policy=QUICK).snapshot()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert everything(open_source(f"s3://{BUCKET}")) == expected
    assert everything(open_source(f"{seaweed}/{BUCKET}")) == expected


@pytest.mark.parametrize("uri", ["ftp://x/y", "s3://", "s3:///key", "https://", "http://[", "/no/such/directory"])
def test_what_is_no_source_is_told_at_once(uri):
    with pytest.raises(UserError, match=re.escape(uri)):
        open_source(uri)


def test_an_empty_directory_is_no_source(tmp_path):
    with pytest.raises(UserError, match=str(tmp_path)):
        open_source(str(tmp_path))


def test_an_empty_server_is_no_source(tmp_path, serve):
    with pytest.raises(UserError, match="no PMC Cloud mirror"):
        open_source(serve(tmp_path).uri).snapshot()


def test_no_such_bucket(moto):
    with pytest.raises(UserError, match="s3://nowhere has neither"):
        open_source("s3://nowhere").snapshot()


def test_what_is_no_bucket_name(moto):
    with pytest.raises(UserError, match="Invalid bucket name"):
        open_source("s3://a b", policy=QUICK).snapshot()


def test_no_such_profile(no_credentials, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(UserError, match="nobody"):
        open_source("s3://bucket")


def test_a_server_that_is_down():
    with pytest.raises(Outage, match=r"cannot be reached: .*refused"):
        open_source("http://127.0.0.1:9", policy=QUICK).snapshot()
