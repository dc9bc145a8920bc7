"""Trees of oa_package archives, with and without their list, and archives that no one should open."""

import gzip
import io
import os
import tarfile
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import write

from pipeline.sources import XML, SourceReject, archive, open_source
from pipeline.sources.archive import Corrupt, Unsafe, read_archive
from schemas.errors import UserError
from schemas.rejects import Reason
from transforms.jats.graphics import Resolver

PMC = Path(__file__).parents[2].parent / "shared" / "data" / "pmc"

FILES = {"main.nxml": b"<article/>", "gr1.jpg": b"jpeg", "gr1.gif": b"gif", "mmc1.pdf": b"pdf"}
LIST = "File,Article Citation,AccessionID,LastUpdated (YYYY-MM-DD HH:MM:SS),PMID,License\n"


def tar(members, folder: str = "PMC7") -> bytes:
    """A .tar.gz of files by name; a TarInfo goes in as it is."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as out:
        for member in members:
            info, data = member if isinstance(member, tuple) else (member, b"")
            if isinstance(info, str):
                info = tarfile.TarInfo(f"{folder}/{info}")
                info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)


PACKAGE = tar(FILES.items())


@pytest.fixture
def tree(tmp_path):
    write(tmp_path / "oa_package" / "08" / "e0" / "PMC7.tar.gz", PACKAGE)
    write(tmp_path / "oa_package" / "00" / "11" / "PMC12.tar.gz", tar(FILES.items(), "PMC12"))
    return tmp_path


def rows(source) -> dict[str, str]:
    return dict(zip(*(column.to_pylist() for column in source.snapshot().articles.columns), strict=True))


def metadata(root, article="PMC7v1"):
    source = open_source(str(root))
    return source.metadata(article, rows(source)[article])


def test_a_tree_without_a_list(tree):
    source = open_source(str(tree))
    assert (source.snapshot().id, list(rows(source))) == ("listing", ["PMC12v1", "PMC7v1"])
    found = metadata(tree)
    assert (found.license, found.pmid, found.open_access, found.retracted) == (None, None, True, False)
    assert found.xml.uri == "oa_package/08/e0/PMC7.tar.gz#PMC7/main.nxml"
    assert [item.name for item in found.media] == ["gr1.gif", "gr1.jpg", "mmc1.pdf"]
    assert source.read("PMC7v1", found.xml, XML) == b"<article/>"
    assert [source.read("PMC7v1", item) for item in found.media] == [b"gif", b"jpeg", b"pdf"]
    assert [source.size("PMC7v1", item) for item in found.media] == [3, 4, 3]


@pytest.mark.parametrize("below", ["", "oa_package"])
def test_the_list_beside_the_packages(tree, below):
    write(
        tree / "oa_file_list.csv",
        (LIST + 'oa_package/08/e0/PMC7.tar.gz,"A, B. 2011",PMC7,x,PMID:31,CC BY-NC\n').encode(),
    )
    found = metadata(tree / below)
    assert (found.license, found.pmid) == ("CC BY-NC", "31")
    assert metadata(tree / below, "PMC12v1").license is None


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffArticle File,Accession ID,Licence,Retracted\nPMC7.tar.gz,PMC7,CC0,yes\n",
        "Accession ID , license type,RETRACTED\r\nPMC7,CC0,Y\r\n\r\n",
        "retracted,License,Path\n1,CC0,./oa_package/08/e0/PMC7.tar.gz,more\n",
    ],
)
def test_headers_of_all_spellings(tree, text):
    write(tree / "oa_file_list.csv", text.encode())
    found = metadata(tree)
    assert (found.license, found.retracted) == ("CC0", True)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "File\n" + "x" * 200_000])
def test_a_list_that_is_none(tree, text):
    write(tree / "oa_file_list.csv", text.encode())
    with pytest.raises(UserError, match=r"oa_file_list\.csv"):
        open_source(str(tree)).snapshot()


def test_the_etag_follows_the_content(tree):
    source = open_source(str(tree))
    before = rows(source)
    path = tree / "oa_package" / "08" / "e0" / "PMC7.tar.gz"
    path.write_bytes(tar({**FILES, "gr1.jpg": b"JPEG"}.items()))
    after = rows(source)
    assert after["PMC12v1"] == before["PMC12v1"]
    assert after["PMC7v1"] != before["PMC7v1"]
    with pytest.raises(SourceReject, match="changed since the snapshot"):
        source.metadata("PMC7v1", before["PMC7v1"])
    path.unlink()
    with pytest.raises(SourceReject, match="no package"):
        open_source(str(tree)).metadata("PMC7v1", before["PMC7v1"])


@pytest.mark.parametrize(
    ("members", "xml"),
    [
        ([("a.xml", b""), ("b.nxml", b""), ("c.nxml", b"")], "b.nxml"),
        ([("table.XML", b""), ("a.jpg", b"")], "table.XML"),
        ([("a.jpg", b"")], None),
    ],
)
def test_which_file_is_the_article(tree, members, xml):
    write(tree / "oa_package" / "08" / "e0" / "PMC7.tar.gz", tar(members))
    found = metadata(tree).xml
    assert (found.name if found else None) == xml


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, **fields) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def headers(*infos: tarfile.TarInfo) -> bytes:
    """Headers without the data that they announce."""
    return gzip.compress(b"".join(info.tobuf(tarfile.GNU_FORMAT) for info in infos), mtime=0)


@pytest.mark.parametrize(
    "data",
    [
        tar([member("../PMC8/a.jpg")]),
        tar([member("PMC7/../../a.jpg")]),
        tar([member("/etc/passwd")]),
        tar([*FILES.items(), member("PMC7/gr2.jpg", tarfile.SYMTYPE, linkname="/etc/passwd")]),
        tar([*FILES.items(), member("PMC7/gr2.jpg", tarfile.LNKTYPE, linkname="PMC7/gr1.jpg")]),
        tar([member("PMC7/null", tarfile.CHRTYPE, devmajor=1, devminor=3)]),
        tar([member("PMC7/sda", tarfile.BLKTYPE)]),
        tar([member("PMC7/pipe", tarfile.FIFOTYPE)]),
        tar([(f"{n}.jpg", b"") for n in range(archive.MAX_MEMBERS + 1)]),
        headers(member("PMC7/big.bin", size=1 << 40), member("PMC7/after")),
        headers(member("PMC7/a", tarfile.GNUTYPE_LONGNAME, size=1 << 33)),
        headers(member("PMC7/a", tarfile.XHDTYPE, size=1 << 33)),
    ],
    ids=[
        "..",
        "inner ..",
        "absolute",
        "symlink",
        "hard link",
        "character device",
        "block device",
        "pipe",
        "many members",
        "huge member",
        "huge name",
        "huge header",
    ],
)
def test_unsafe(tree, data):
    path = tree / "oa_package" / "08" / "e0" / "PMC7.tar.gz"
    path.write_bytes(data)
    with pytest.raises(SourceReject) as caught:
        metadata(tree)
    assert caught.value.reason is Reason.ARCHIVE_UNSAFE
    assert not list(tree.glob("**/*.jpg"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>Not Found</html>",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"no tar" * 1000, mtime=0),
        PACKAGE[:100],
        PACKAGE[:-4],
        PACKAGE[:-8] + bytes(8),
        gzip.compress(gzip.decompress(PACKAGE)[:700], mtime=0),
        gzip.compress(gzip.decompress(PACKAGE)[:1024] + b"x" * 512, mtime=0),
        headers(member("PMC7/negative", size=-1024)),
        headers(*[member("PMC7/a", tarfile.GNUTYPE_LONGNAME)] * 3000),
    ],
    ids=[
        "empty",
        "html",
        "empty gzip",
        "no tar",
        "cut gzip",
        "no size",
        "wrong CRC",
        "cut header",
        "bad header",
        "negative size",
        "names of names",
    ],
)
def test_corrupt(tree, data):
    (tree / "oa_package" / "08" / "e0" / "PMC7.tar.gz").write_bytes(data)
    with pytest.raises(SourceReject) as caught:
        metadata(tree)
    assert caught.value.reason is Reason.ARCHIVE_CORRUPT


def test_a_bomb(tree, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(archive, "MAX_UNPACKED", 4 << 20)
    path = write(tree / "oa_package" / "08" / "e0" / "PMC7.tar.gz", tar([*FILES.items(), ("zeros", bytes(5 << 20))]))
    assert len(path) < 10_000
    with pytest.raises(SourceReject) as caught:
        metadata(tree)
    assert caught.value.reason is Reason.ARCHIVE_UNSAFE


def test_one_file_above_the_limit_spoils_only_itself(tree, monkeypatch):
    monkeypatch.setattr("pipeline.sources.legacy.MAX_BYTES", 3)
    source, found = open_source(str(tree)), metadata(tree)
    gif, jpeg, _ = found.media
    assert source.read("PMC7v1", gif) == b"gif"
    with pytest.raises(SourceReject) as caught:
        source.read("PMC7v1", jpeg)
    assert caught.value.reason is Reason.IMAGE_TOO_LARGE


def test_what_was_not_kept_is_read_again(tree, monkeypatch):
    monkeypatch.setattr(archive, "_KEEP", 12)
    opened = read_archive(tree / "oa_package" / "08" / "e0" / "PMC7.tar.gz")
    assert list(opened.kept) == ["PMC7/main.nxml"]
    assert {name: opened.read(f"PMC7/{name}") for name in FILES} == FILES


def test_the_last_of_two_members_of_one_name_counts(tmp_path, monkeypatch):
    path = tmp_path / "a.tar.gz"
    path.write_bytes(tar([("a.jpg", b"first"), ("a.jpg", b"last")]))
    assert read_archive(path).read("PMC7/a.jpg") == b"last"
    monkeypatch.setattr(archive, "_KEEP", 0)
    assert read_archive(path).read("PMC7/a.jpg") == b"last"


@settings(max_examples=300)
@given(st.data())
def test_damage_is_noticed(tmp_path_factory, data):
    """Whatever happens to the tar, its files are either all there or the archive is refused."""
    raw = bytearray(gzip.decompress(PACKAGE))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, 4096))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damage") / "a.tar.gz"
    path.write_bytes(gzip.compress(bytes(raw), compresslevel=1))
    try:
        opened = read_archive(path)
    except (Corrupt, Unsafe):
        return
    assert all(len(opened.read(name)) == size for name, size in opened.sizes.items())


def test_packages_give_the_same_bytes_as_the_cloud_layout(tmp_path):
    if not PMC.is_dir():
        pytest.skip("needs the shared mirror")
    names = sorted(folder.name for folder in PMC.glob("PMC99*.1") if len(os.listdir(folder)) > 3)[:10]
    cloud, expected = open_source(str(PMC)), {}
    for name in names:
        pmcid = name.partition(".")[0]
        found = cloud.metadata(f"{pmcid}v1", "")
        contents = {item.name: cloud.read(f"{pmcid}v1", item) for item in found.media}
        xml = cloud.read(f"{pmcid}v1", found.xml)
        package = tar([("article.nxml", xml), *contents.items()], pmcid)
        write(tmp_path / name[-4:-2] / f"{pmcid}.tar.gz", package)
        expected[f"{pmcid}v1"] = xml, contents
    source = open_source(str(tmp_path))
    read = {}
    for article, etag in rows(source).items():
        found = source.metadata(article, etag)
        contents = {item.name: source.read(article, item) for item in found.media}
        read[article] = source.read(article, found.xml, XML), contents
    assert len(read) == 10
    assert read == expected


def article(pmcid: str) -> bytes:
    ids = f'<article-id pub-id-type="pmid">31</article-id><article-id pub-id-type="pmc">{pmcid}</article-id>'
    return f"<article><front><article-meta>{ids}</article-meta></front></article>".encode()


@pytest.mark.parametrize(
    ("members", "xml"),
    [
        ([("._main.nxml", b"\0\5\26\7"), ("main.nxml", b"")], "main.nxml"),
        ([("__MACOSX/PMC7/a.nxml", b"\0"), ("main.nxml", b"")], "main.nxml"),
        ([("a.nxml", b""), ("PMC7.nxml", b"")], "PMC7.nxml"),
        ([("a.nxml", b""), ("pmc7.xml", b"")], "pmc7.xml"),
        ([("a.nxml", article("8")), ("b.nxml", article("7"))], "b.nxml"),
        ([("a.nxml", article("PMC8")), ("b.xml", article("PMC7"))], "b.xml"),
        ([("a.nxml", article("77")), ("b.nxml", article("7"))], "b.nxml"),
        ([("data.xml", b"<data/>"), ("main.xml", b"<article/>")], "main.xml"),
        ([("data.xml", b"<article/>"), ("main.nxml", b"<article>")], "main.nxml"),
        ([("a/data.nxml", b""), ("main.nxml", b"")], "main.nxml"),
    ],
)
def test_which_of_several_files_is_the_article(tree, members, xml):
    write(tree / "oa_package" / "08" / "e0" / "PMC7.tar.gz", tar(members))
    assert metadata(tree).xml.name == xml


def test_an_article_named_like_its_folder(tree):
    data = tar([("a.nxml", article("7")), ("BMC_2005.nxml", b"")], "BMC_2005")
    write(tree / "oa_package" / "08" / "e0" / "PMC7.tar.gz", data)
    assert metadata(tree).xml.name == "BMC_2005.nxml"


@pytest.mark.parametrize("folder", ["PMC7", "./PMC7", "."])
def test_files_in_other_folders_are_named_with_them(tree, folder):
    names = ["main.nxml", "gr1.jpg", "sub/gr1.jpg", "__MACOSX/._gr1.jpg"]
    write(tree / "oa_package" / "08" / "e0" / "PMC7.tar.gz", tar([(name, b"") for name in names], folder))
    assert [item.name for item in metadata(tree).media] == ["gr1.jpg", "sub/gr1.jpg"]


def test_the_picture_of_the_folder_that_the_figure_names(tree):
    figures = [("xml/main.nxml", b""), ("fig/gr1.jpg", b"1"), ("thumb/gr1.jpg", b"2"), ("gr2.jpg", b"3")]
    write(tree / "oa_package" / "08" / "e0" / "PMC7.tar.gz", tar(figures))
    found = Resolver(asdict(item) for item in metadata(tree).media)
    uris = {href: found.resolve([href]) for href in ("../fig/gr1.jpg", "thumb/gr1", "gr1.jpg", "gr2.jpg")}
    assert {href: media and media["uri"].partition("#")[2] for href, media in uris.items()} == {
        "../fig/gr1.jpg": "PMC7/fig/gr1.jpg",
        "thumb/gr1": "PMC7/thumb/gr1.jpg",
        "gr1.jpg": None,
        "gr2.jpg": "PMC7/gr2.jpg",
    }
