"""Which words are a directory, which an address, and which neither."""

import pytest

from pipeline.config.places import check_apart, check_output, check_source, public_name
from pipeline.sources import open_source
from pipeline.storage.store import open_store
from schemas.errors import UserError


@pytest.mark.parametrize("check", [check_source, check_output, open_source, open_store])
@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("gs://bucket/x", "the scheme gs: is not known; name a directory"),
        ("hdfs://node/x", "write ./hdfs://node/x for a directory of this name"),
        ("az:container/x", "the scheme az: is not known"),
        ("C:\\data", "the scheme C: is not known"),
        ("a:b", "write ./a:b for a directory of this name"),
        ("file:", "named without file: write /"),
        ("file:///data/x", "named without file: write /data/x"),
        ("FILE:/data/x", "named without file: write /data/x"),
        ("S3://bucket", "an address begins with s3://"),
        ("s3:/bucket", "an address begins with s3://"),
        ("s3:bucket", "an address begins with s3://"),
        ("s3://", "names no bucket"),
        ("s3:///x", "names no bucket"),
        ("", "an empty name"),
        ("out\udcff", "no UTF-8"),
    ],
)
def test_what_is_no_place(check, place, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as raised:
        check(place)
    assert told in str(raised.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["https://host/x", "http://host", "HTTPS://host", "https:///x"])
def test_a_web_address_cannot_be_written(place):
    with pytest.raises(UserError, match="can be read but not written"):
        open_store(place)


def test_a_directory_may_have_a_colon_in_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_store("./a:b").write("c/d:e", b"1")
    assert (tmp_path / "a:b" / "c" / "d:e").read_bytes() == b"1"
    open_store("~no-such-user/x").write("y", b"1")
    assert (tmp_path / "~no-such-user" / "x" / "y").is_file()


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("{tmp}/mirror", "{tmp}/mirror"),
        ("{tmp}/mirror/", "{tmp}/mirror/out"),
        ("{tmp}/mirror", "{tmp}/elsewhere/../mirror/out"),
        ("{tmp}/link", "{tmp}/mirror/out"),
        ("mirror", "{tmp}/mirror/out"),
        ("s3://bucket", "s3://bucket/out"),
        ("s3://bucket/mirror/", "s3://bucket/mirror"),
    ],
)
def test_an_output_in_its_source(source, output, tmp_path, monkeypatch):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "link").symlink_to("mirror")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="choose an output beside it"):
        check_apart(source.format(tmp=tmp_path), output.format(tmp=tmp_path))


@pytest.mark.parametrize(
    ("source", "output"),
    [("/mirror", "/mirror-out"), ("s3://bucket/m", "s3://bucket/mirror"), ("https://h/m", "/m"), ("demo", "demo")],
)
def test_an_output_beside_its_source(source, output):
    check_apart(source, output)


@pytest.mark.parametrize("place", ["demo", "s3://bucket/x", "https://host/x"])
def test_an_address_is_published_as_it_is(place):
    assert public_name(place) == place


@pytest.mark.parametrize("place", ["/home/somebody/pmc", "pmc", "./a:b", "/s3://bucket"])
def test_the_path_of_a_directory_is_not_published(place):
    assert public_name(place) == "a local mirror"
