"""What lies in a mirror beside regular files: links, pipes, devices. None is followed out, none blocks."""

import os

import pytest
from servers import QUICK, md5, write
from test_sources_legacy import FILES, PACKAGE, tar

from pipeline.sources import XML, SourceReject, open_source
from schemas.errors import UserError

SECRET = b"what only the user may read, and no dataset"
PATHS = {"metadata": "metadata/PMC1.1.json", "xml": "PMC1.1/PMC1.1.xml", "image": "PMC1.1/a.jpg"}


@pytest.fixture
def small(mirror):
    return mirror.add("PMC1.1", media={"a.jpg": b"jpeg"}).inventory()


def outcome(root, etag: str = "") -> str | None:
    source = open_source(str(root), policy=QUICK)
    try:
        found = source.metadata("PMC1v1", etag)
        source.read("PMC1v1", found.xml, XML)
        source.read("PMC1v1", found.media[0])
        source.size("PMC1v1", found.media[0])
    except SourceReject as error:
        return f"{error.reason.value}: {error.detail.partition(': ')[2]}"
    return None


def replaced(path, make) -> None:
    path.unlink()
    make(path)


OUT = {
    "absolute": lambda path: path.symlink_to(path.parents[2] / "secret"),
    "relative": lambda path: path.symlink_to("../../secret"),
    "of links": lambda path: (path.with_name("x").symlink_to("../../secret"), path.symlink_to("x")),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "process": lambda path: path.symlink_to("/proc/self/environ"),
}


@pytest.mark.parametrize("make", OUT.values(), ids=OUT)
@pytest.mark.parametrize("file", PATHS)
def test_a_link_that_leads_out_of_the_mirror(small, file, make):
    write(small.root.parent / "secret", SECRET)
    replaced(small.root / PATHS[file], make)
    assert outcome(small.root) == f"{file}_missing: a link that leads out of the source"


def test_a_folder_that_is_a_link_out(small):
    (small.root / "PMC1.1").rename(small.root.parent / "PMC1.1")
    (small.root / "PMC1.1").symlink_to("../PMC1.1")
    assert outcome(small.root) == "xml_missing: a link that leads out of the source"


def test_links_within_the_mirror_are_followed(small):
    (small.root / "store").mkdir()
    for path in PATHS.values():
        (small.root / path).rename(small.root / "store" / os.path.basename(path))
        (small.root / path).symlink_to(f"../store/{os.path.basename(path)}")
    assert outcome(small.root) is None


def test_the_mirror_itself_may_be_a_link(small, tmp_path):
    (tmp_path / "link").symlink_to(small.root)
    assert outcome(tmp_path / "link") is None


NOTHING = {
    "pipe": os.mkfifo,
    "folder": os.mkdir,
    "link to nothing": lambda path: path.symlink_to("nothing"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to a pipe": lambda path: (os.mkfifo(path.with_name("p")), path.symlink_to("p")),
}


@pytest.mark.parametrize("make", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("file", PATHS)
def test_what_is_no_file_is_missing_and_does_not_block(small, file, make):
    replaced(small.root / PATHS[file], make)
    told = outcome(small.root)
    assert told in (f"{file}_missing: not there", f"{file}_missing: no regular file")


@pytest.mark.parametrize("make", [*OUT.values(), *NOTHING.values()], ids=[*OUT, *NOTHING])
def test_an_inventory_that_is_no_file(small, make):
    write(small.root.parent / "secret", SECRET)
    manifest = next(small.root.glob("inventory-reports/*/metadata/2*/manifest.json"))
    replaced(manifest, lambda path: make(path))
    with pytest.raises(UserError, match="no complete inventory") as caught:
        open_source(str(small.root), policy=QUICK).snapshot()
    assert SECRET.decode() not in str(caught.value)


# Packages


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree" / "oa_package"
    write(root / "00" / "PMC7.tar.gz", PACKAGE)
    write(root / "00" / "PMC8.tar.gz", tar(FILES.items(), "PMC8"))
    write(tmp_path / "secret", tar([("secret.nxml", SECRET)], "PMC8"))
    return root.parent


@pytest.mark.parametrize("make", [*OUT.values(), *NOTHING.values()], ids=[*OUT, *NOTHING])
def test_a_package_that_is_no_file_of_the_tree(tree, make):
    path = tree / "oa_package" / "00" / "PMC8.tar.gz"
    if make is OUT["absolute"]:
        path.unlink()
        path.symlink_to(tree.parent / "secret")
    else:
        replaced(path, make)
    source = open_source(str(tree), policy=QUICK)
    etags = dict(zip(*(column.to_pylist() for column in source.snapshot().articles.columns), strict=True))
    assert source.metadata("PMC7v1", etags["PMC7v1"]).xml is not None
    if "PMC8v1" in etags:
        assert etags["PMC8v1"] == ""
    with pytest.raises(SourceReject, match="metadata_missing"):
        source.metadata("PMC8v1", etags.get("PMC8v1", ""))


def test_a_package_that_is_a_link_within_the_tree(tree):
    path = tree / "oa_package" / "00" / "PMC8.tar.gz"
    path.rename(tree / "store")
    path.symlink_to("../../store")
    source = open_source(str(tree), policy=QUICK)
    etags = dict(zip(*(column.to_pylist() for column in source.snapshot().articles.columns), strict=True))
    assert source.metadata("PMC8v1", etags["PMC8v1"]).xml is not None


def test_a_list_that_is_a_link_out(tree):
    write(tree.parent / "list", b"File,License\n")
    (tree / "oa_file_list.csv").symlink_to("../list")
    with pytest.raises(UserError, match="a link that leads out of the source"):
        open_source(str(tree), policy=QUICK)


def test_a_list_that_is_a_pipe_is_none(tree):
    os.mkfifo(tree / "oa_file_list.csv")
    assert len(open_source(str(tree), policy=QUICK).snapshot().articles) == 2


def test_the_bytes_behind_a_hard_link_are_the_mirrors_own(small):
    os.link(small.root / PATHS["image"], small.root / "other")
    assert outcome(small.root, md5((small.root / PATHS["metadata"]).read_bytes())) is None
