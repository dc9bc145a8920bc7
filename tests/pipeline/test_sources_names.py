"""Names and texts that are no proper Unicode: nothing is lost for them, and every row can be stored."""

import gzip
import io
import json
import os
import tarfile
from dataclasses import asdict
from itertools import repeat
from urllib.parse import quote_from_bytes

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import QUICK, md5, status, write

from pipeline.phases.fetch import FetchArticles
from pipeline.sources import SourceReject, open_source
from pipeline.sources.names import from_uri, to_text, to_uri
from pipeline.sources.s3 import Bucket
from pipeline.sources.transport import Missing
from schemas.errors import UserError
from schemas.rejects import Reason
from transforms.jats.graphics import Resolver

LATIN = "Abb_ä.jpg".encode("latin-1")
ARTICLE = b"<article/>"

#: Bytes that a file system takes as a name.
names = st.binary(min_size=1, max_size=30).filter(lambda name: not {0, 0x2F} & set(name) and name not in (b".", b".."))
texts = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates and NULs included


def package(members, format=tarfile.GNU_FORMAT, folder=b"PMC7/"):
    """An archive of files by the bytes of their names."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format, encoding="utf-8", errors="surrogateescape") as out:
        for name, data in members.items():
            info = tarfile.TarInfo((folder + name).decode("utf-8", "surrogateescape"))
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), compresslevel=1)


def fetched(source):
    """The articles of a source as the stage that reads them gives them to the next."""
    snapshot = source.snapshot().articles
    stage = FetchArticles(lambda: source, "all", 2)
    stage.setup()
    return stage(snapshot)


def read(source, article):
    found = source.metadata(article, dict(zip(*columns(source), strict=True))[article])
    pa.Table.from_pylist([{"media": list(map(asdict, found.media))}])  # it can be stored
    return found, {item.uri: source.read(article, item) for item in found.media}


def columns(source):
    return (column.to_pylist() for column in source.snapshot().articles.columns)


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT])
def test_a_member_whose_name_is_latin_1_is_found_by_the_figure_that_names_it(tmp_path, format):
    write(tmp_path / "PMC7.tar.gz", package({b"a.nxml": ARTICLE, LATIN: b"jpeg", b"b.jpg": b"other"}, format))
    source = open_source(str(tmp_path))
    (row,) = fetched(source).to_pylist()
    assert (row["reject"], row["xml"]) == (None, ARTICLE)
    for href in ("Abb_ä.jpg", "Abb_ä", "ABB_Ä.JPG", "Abb_%E4.jpg", "Abb_%C3%A4.jpg"):
        assert Resolver(row["media"]).resolve([href])["uri"] == "PMC7.tar.gz#PMC7/Abb_%E4.jpg"
    found, files = read(source, "PMC7v1")
    assert files["PMC7.tar.gz#PMC7/Abb_%E4.jpg"] == b"jpeg"
    assert [source.size("PMC7v1", item) for item in found.media] == [4, 5]


def test_names_that_read_alike_are_files_of_their_own(tmp_path):
    same = {b"a.nxml": ARTICLE, LATIN: b"1", "Abb_ä.jpg".encode(): b"2", b"Abb_%E4.jpg": b"3", b"Abb_\n.jpg": b"4"}
    write(tmp_path / "PMC7.tar.gz", package(same))
    _, files = read(open_source(str(tmp_path)), "PMC7v1")
    assert files == {
        "PMC7.tar.gz#PMC7/Abb_%E4.jpg": b"1",
        "PMC7.tar.gz#PMC7/Abb_ä.jpg": b"2",
        "PMC7.tar.gz#PMC7/Abb_%25E4.jpg": b"3",
        "PMC7.tar.gz#PMC7/Abb_%0A.jpg": b"4",
    }


def test_an_article_and_its_folders_may_be_called_anything(tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/\xe4#%")
    os.mkdir(folder)
    with open(f"{folder}/PMC7.tar.gz", "wb") as file:
        file.write(package({b"\xe4.nxml": ARTICLE, LATIN: b"jpeg"}))
    source = open_source(str(tmp_path))
    (row,) = fetched(source).to_pylist()
    assert (row["reject"], row["xml"]) == (None, ARTICLE)
    assert read(source, "PMC7v1")[1] == {"%E4#%25/PMC7.tar.gz#PMC7/Abb_%E4.jpg": b"jpeg"}


@pytest.mark.parametrize("name", [b"../\xe4.jpg", b"/\xe4.jpg"])
def test_what_is_unsafe_is_told_in_words(tmp_path, name):
    write(tmp_path / "PMC7.tar.gz", package({name: b""}, folder=b""))
    (row,) = fetched(open_source(str(tmp_path))).to_pylist()
    assert (row["reject"]["reason"], "%E4.jpg leads out" in row["reject"]["detail"]) == ("archive_unsafe", True)


@given(
    st.dictionaries(names, st.binary(max_size=5), max_size=5), st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
)
def test_whatever_members_are_called_all_can_be_read(tmp_path_factory, members, format):
    root = tmp_path_factory.mktemp("tree")
    write(root / "PMC7.tar.gz", package({**members, b"!.nxml": ARTICLE}, format))
    _, files = read(open_source(str(root)), "PMC7v1")
    media = [data for name, data in sorted(members.items()) if not name.lower().endswith(b".nxml")]
    assert sorted(files.values()) == sorted(media)
    assert all(uri.isprintable() for uri in files)


@given(names)
def test_a_name_goes_round_through_its_uri(name):
    held = os.fsdecode(name)
    assert from_uri(to_uri(held)) == held
    assert to_uri(held).isprintable()
    assert to_text(held).encode()
    assert to_text("ü/" + held) == f"ü/{to_text(held)}"


@given(st.sets(names, min_size=2))
def test_each_name_has_a_uri_of_its_own(several):
    assert len({to_uri(os.fsdecode(name)) for name in several}) == len(several)


@pytest.mark.parametrize("served", [False, True], ids=["directory", "server"])
def test_files_of_a_mirror_that_are_called_in_latin_1(mirror, serve, served):
    url = f"s3://bucket/PMC7.1/{quote_from_bytes(LATIN)}?md5={md5(b'jpeg')}"
    mirror.add("PMC7.1", ARTICLE, media_urls=[url])
    with open(os.fsencode(mirror.root) + b"/PMC7.1/" + LATIN, "wb") as file:
        file.write(b"jpeg")
    server = serve(mirror.root)
    server.faults["/PMC7.1/Abb_\ufffd.jpg"] = repeat(by_its_bytes)
    source = open_source(server.uri if served else str(mirror.root), policy=QUICK)
    found, files = read(source, "PMC7v1")
    assert [item.name for item in found.media] == ["Abb_ä.jpg"]
    assert files == {"s3://bucket/PMC7.1/Abb_%E4.jpg": b"jpeg"}


def by_its_bytes(handler, _):
    """What the server of the tests cannot do by itself."""
    status(200 if handler.path == "/PMC7.1/Abb_%E4.jpg" else 404, b"jpeg")(handler, b"")


def test_files_in_other_folders_of_a_mirror_are_named_with_them(mirror):
    urls = [f"s3://bucket/{key}" for key in ("PMC7.1/a.jpg", "PMC7.1/x%20y/a.jpg", "PMC8.1/a.jpg")]
    mirror.add("PMC7.1", ARTICLE, media_urls=urls)
    (row,) = fetched(open_source(str(mirror.root))).to_pylist()
    assert [item["name"] for item in row["media"]] == ["a.jpg", "x y/a.jpg", "PMC8.1/a.jpg"]


def test_a_bucket_has_no_such_keys():
    with pytest.raises(Missing):
        Bucket("s3://bucket", 1).get("PMC7.1/Abb_\udce4.jpg", 0)


@pytest.mark.parametrize("name", ["a%00.jpg", "%ED%A0%80.jpg", "\\ud800.jpg"])
def test_a_file_that_cannot_be_is_missing_by_itself(mirror, name):
    mirror.add("PMC7.1", ARTICLE)
    path = mirror.root / "metadata" / "PMC7.1.json"
    text = path.read_text().replace('"media_urls": []', f'"media_urls": ["s3://bucket/PMC7.1/{name}"]')
    mirror.add_json("PMC7.1", text.encode())
    source = open_source(str(mirror.root))
    (row,) = fetched(source).to_pylist()
    assert (row["reject"], row["xml"], len(row["media"])) == (None, ARTICLE, 1)
    with pytest.raises(SourceReject) as caught:
        read(source, "PMC7v1")
    assert caught.value.reason is Reason.IMAGE_MISSING


def test_foreign_files_in_the_folders_of_a_mirror_are_passed_over(mirror):
    mirror.add("PMC7.1").inventory()
    for folder in ("metadata", "inventory-reports", "inventory-reports/pmc-oa-opendata/metadata"):
        os.mkdir(os.fsencode(mirror.root / folder) + b"/\xe4\xff")
    assert open_source(str(mirror.root)).snapshot().articles["article_id"].to_pylist() == ["PMC7v1"]


def test_a_source_is_named_in_utf_8(tmp_path):
    os.mkdir(os.fsencode(tmp_path) + b"/\xe4")
    with pytest.raises(UserError, match="a name that is no UTF-8"):
        open_source(os.fsdecode(os.fsencode(tmp_path) + b"/\xe4"))


def test_half_a_surrogate_pair_in_the_metadata_loses_nothing(mirror):
    mirror.add("PMC7.1", title="\ud800 and \\ud800", doi="10.1/\udcff", license_code="CC BY", citation="😀")
    (row,) = fetched(open_source(str(mirror.root))).to_pylist()
    assert (row["reject"], row["doi"], row["license"]) == (None, "10.1/\ufffd", "CC BY")


@given(st.fixed_dictionaries(dict.fromkeys(("title", "citation", "doi", "mid", "pmid"), texts)), texts, st.booleans())
def test_whatever_metadata_says_the_article_is_there(tmp_path_factory, fields, name, ascii):
    root = tmp_path_factory.mktemp("mirror")
    document = {
        "pmcid": "PMC7", "version": 1, "is_pmc_openaccess": True, "is_historical_ocr": False, "is_retracted": False,
        "license_code": "CC BY", "xml_url": "s3://bucket/PMC7.1/PMC7.1.xml",
        "media_urls": [f"s3://bucket/PMC7.1/x{name.replace('?', '')}"],
    } | fields  # fmt: skip
    write(root / "PMC7.1" / "PMC7.1.xml", ARTICLE)
    text = json.dumps(document, ensure_ascii=ascii)
    write(root / "metadata" / "PMC7.1.json", text.encode("utf-8", "surrogatepass"))
    source = open_source(str(root))
    (row,) = fetched(source).to_pylist()
    assert (row["reject"], row["xml"], len(row["media"])) == (None, ARTICLE, 1)


LIST = "File,Article Citation,Accession ID,PMID,License\noa_package/PMC7.tar.gz,{},PMC7,31,CC BY\n"


@pytest.mark.parametrize(
    "citation", ["Müller".encode("latin-1"), b"a\0b", b"\xed\xa0\x80", "Müller – Maß".encode("cp1252")]
)
def test_a_list_that_is_no_utf_8(tmp_path, citation):
    write(tmp_path / "oa_package" / "PMC7.tar.gz", package({b"a.nxml": ARTICLE}))
    write(tmp_path / "oa_file_list.csv", LIST.encode().replace(b"{}", citation))
    (row,) = fetched(open_source(str(tmp_path))).to_pylist()
    assert (row["reject"], row["pmid"], row["license"]) == (None, "31", "CC BY")


@given(st.binary(max_size=200))
def test_a_list_of_any_bytes_is_read_or_refused_in_words(tmp_path_factory, data):
    root = tmp_path_factory.mktemp("tree")
    write(root / "PMC7.tar.gz", package({b"a.nxml": ARTICLE}))
    write(root / "oa_file_list.csv", b"File,License\nPMC7.tar.gz," + data)
    try:
        (row,) = fetched(open_source(str(root))).to_pylist()
    except UserError:
        return
    assert row["xml"] == ARTICLE or row["reject"]["reason"] == "license_excluded"
