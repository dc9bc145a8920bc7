"""The demo's mirror: its layout, its bytes, and the cases that it promises to hold."""

import csv
import gzip
import hashlib
import json
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import etree
from PIL import Image

from pipeline.sources.demo import write_mirror
from pipeline.sources.demo.articles import read_articles

BUCKET = "pmc-oa-opendata"


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_mirror(folder)
    return folder


@pytest.fixture(scope="module")
def metadata(mirror):
    return {path.stem: json.loads(path.read_bytes()) for path in sorted((mirror / "metadata").glob("*.json"))}


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def captions(mirror: Path, name: str) -> str:
    tree = etree.parse(mirror / name / f"{name}.xml")
    return " ".join("".join(caption.itertext()) for caption in tree.iter("caption"))


def test_the_same_bytes_every_time(mirror, tmp_path):
    write_mirror(tmp_path)
    assert contents(tmp_path) == contents(mirror)


def test_it_stays_small(mirror):
    assert sum(map(len, contents(mirror).values())) < 5_000_000


def test_every_url_names_an_object_with_its_md5(mirror, metadata):
    for name, document in metadata.items():
        assert len(document) == 16
        for url in [document["xml_url"], *document["media_urls"]]:
            parts = urlsplit(url)
            assert (parts.scheme, parts.netloc) == ("s3", BUCKET)
            path = mirror / unquote(parts.path[1:])
            assert path.parent.name == name
            assert parts.query == f"md5={md5(path)}"


def test_metadata_stand_flat_and_beside_the_article(mirror, metadata):
    for name in metadata:
        assert (mirror / name / f"{name}.json").read_bytes() == (mirror / "metadata" / f"{name}.json").read_bytes()


def test_the_inventory_lists_every_version_by_etag(mirror, metadata):
    snapshots = sorted((mirror / f"inventory-reports/{BUCKET}/metadata").glob("20*"))
    assert [(path / "manifest.json").exists() for path in snapshots] == [True, False]
    manifest = json.loads((snapshots[0] / "manifest.json").read_bytes())
    rows = []
    for entry in manifest["files"]:
        shard = mirror / entry["key"]
        assert (shard.stat().st_size, md5(shard)) == (entry["size"], entry["MD5checksum"])
        rows += csv.reader(StringIO(gzip.decompress(shard.read_bytes()).decode()))
    listed = {key: etag for bucket, key, modified, etag in rows}
    assert set(listed) == {f"metadata/{name}.json" for name in metadata} | {"metadata/README.txt"}
    assert all(md5(mirror / key) == etag for key, etag in listed.items())


def test_every_gate_and_licence_occurs(metadata):
    documents = list(metadata.values())
    assert len({document["pmcid"] for document in documents}) >= 14
    licenses = {document["license_code"] for document in documents}
    assert {"CC0", "CC BY", "CC BY-SA", "CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND", "TDM", None} == licenses
    for flag in ("is_retracted", "is_historical_ocr", "is_manuscript"):
        assert sum(document[flag] for document in documents) == 1
    assert sum(not document["is_pmc_openaccess"] for document in documents) == 1
    assert {"PMC9000003.1", "PMC9000003.2"} < set(metadata)


def test_the_xml_is_well_formed_but_for_one(mirror, metadata):
    broken = []
    for name in metadata:
        try:
            etree.parse(mirror / name / f"{name}.xml")
        except etree.XMLSyntaxError:
            broken.append(name)
    assert broken == ["PMC9000012.1"]


def test_ids_come_in_the_new_and_the_old_style(mirror):
    new = etree.parse(mirror / "PMC9000001.1/PMC9000001.1.xml")
    assert new.findtext('.//article-id[@pub-id-type="pmcid"]') == "PMC9000001"
    old = etree.parse(mirror / "PMC9000017.1/PMC9000017.1.xml")
    assert old.findtext('.//article-id[@pub-id-type="pmc"]') == "9000017"


def test_licences_are_missing_contradict_or_stand_in_the_jats_alone(mirror, metadata):
    def url(name):
        license = etree.parse(mirror / name / f"{name}.xml").find(".//license")
        return None if license is None else license.get("{http://www.w3.org/1999/xlink}href")

    assert (metadata["PMC9000010.1"]["license_code"], url("PMC9000010.1")) == (None, None)
    assert metadata["PMC9000011.1"]["license_code"] == "CC BY"
    assert "/by-nc/" in url("PMC9000011.1")
    assert metadata["PMC9000017.1"]["license_code"] is None
    assert "/by/" in url("PMC9000017.1")


def test_captions_name_findings(mirror):
    text = captions(mirror, "PMC9000001.1")
    assert "(A) Axial CT of the chest shows right pleural effusion without pneumothorax." in text
    assert "105 E. coli per ml" in captions(mirror, "PMC9000015.1")


def test_one_picture_is_missing_at_the_source(mirror):
    tree = etree.parse(mirror / "PMC9000013.1/PMC9000013.1.xml")
    assert len(list(tree.iter("graphic"))) == 2
    assert [path.name for path in (mirror / "PMC9000013.1").glob("*.jpg")] == ["synrad-16-g001.jpg"]


def test_a_picture_returns_in_another_article_as_it_is_and_rescaled(mirror):
    again = mirror / "PMC9000014.1"
    assert md5(again / "synrad-26-g001.jpg") == md5(mirror / "PMC9000001.1/synrad-24-0001-g002.jpg")
    with (
        Image.open(again / "synrad-26-g002.jpg") as small,
        Image.open(mirror / "PMC9000002.1/demoneuro-2023-7-fig2.jpg") as large,
    ):
        assert small.width < large.width


def test_every_picture_is_what_its_name_says(mirror):
    formats = {".jpg": "JPEG", ".tif": "TIFF", ".gif": "GIF", ".png": "PNG"}
    seen = set()
    for path in mirror.glob("PMC*/*"):
        if path.suffix.lower() in formats:
            with Image.open(path) as image:
                image.load()
                assert image.format == formats[path.suffix.lower()]
                seen.add(image.format)
    assert seen == set(formats.values())


def test_grids_have_white_gutters_between_their_panels(mirror):
    with Image.open(mirror / "PMC9000004.1/synrad-25-0107-g001.jpg") as image:
        grey = image.convert("L")
    assert grey.size == (924, 532)
    for box in [(303, 0, 309, 532), (615, 0, 621, 532), (0, 263, 924, 269)]:
        assert grey.crop(box).getextrema()[0] > 235


def test_the_articles_cover_every_form_of_figure():
    figures = [figure for article in read_articles() for figure in article.figures]
    assert {figure.element for figure in figures} == {"fig", "fig-group", "supplementary-material"}
    shapes = {(len(g.draw), len(g.draw[0])) for figure in figures for g in figure.graphics if g.draw}
    assert {(1, 1), (1, 2), (2, 2), (2, 3)} <= shapes
    assert [article.id for article in read_articles() if not article.figures] == ["PMC9000009", "PMC9000016"]
