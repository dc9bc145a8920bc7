"""Bad input through the whole run: each article of this mirror is wrong in one way, and ends as it should."""

import io
import os
import shutil
import struct
import tarfile
import zlib

import numpy as np
import pyarrow.parquet as pq
from PIL import Image
from servers import Mirror

from tests.running import medconcept, verify

JATS = b"""<article xmlns:xlink="http://www.w3.org/1999/xlink"><body><fig id="f1"><label>Figure 1</label>
<caption><p>Chest CT of the lung.</p></caption><graphic xlink:href="g1"/></fig></body></article>"""


def saved(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def noise(mode="RGB", side=64, seed=0):
    """A picture like no other one of another seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(pixels).resize((side, side)).convert(mode)


def huge_png(side=30_000):
    """The header of a picture of side x side pixels, and hardly any data."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


PICTURES = {
    "sound.jpg": (saved(noise(), "JPEG"), None),
    "cmyk.jpg": (saved(noise("CMYK", seed=1), "JPEG"), None),
    "palette.png": (saved(noise("P", seed=2), "PNG"), None),
    "sixteen.png": (saved(Image.fromarray(np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)), "PNG"), None),
    "animated.gif": (saved(noise("L", seed=3), "GIF", save_all=True, append_images=[noise("L", seed=4)]), None),
    "UPPER.TIF": (saved(noise(seed=5), "TIFF"), None),
    "truncated.jpg": (saved(noise(), "JPEG")[:-900], "image_corrupt"),
    "page.jpg": (b"<html>Not found</html>", "image_corrupt"),
    "empty.jpg": (b"", "image_corrupt"),
    "pixel.png": (saved(noise(side=1), "PNG"), "image_too_small"),
    "huge.png": (huge_png(), "image_too_large"),
}

XML = {
    "malformed": (JATS.replace(b"</p>", b"</q>"), "xml_malformed"),
    "truncated": (JATS[:120], "xml_malformed"),
    "wrong encoding": (b'<?xml version="1.0" encoding="UTF-8"?>' + JATS.replace(b"lung", b"l\xfcng"), "xml_malformed"),
    "entity bomb": (
        b'<!DOCTYPE article [<!ENTITY a "lol">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a;" * 10) for n in range(9))
        + b"]>"
        + JATS.replace(b"lung", b"&a8;"),
        "xml_entities",
    ),
    "external entity": (
        b'<!DOCTYPE article [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + JATS.replace(b"lung", b"&a;"),
        "xml_entities",
    ),
    "empty": (b"", "xml_empty"),
    "a page": (b"<html><body>Not found</body></html>", "xml_not_article"),
    "no figure": (b"<article><body/></article>", "no_figures"),
}


def rejects(out):
    rows = [row for file in out.glob("units/*/rejects-*.parquet") for row in pq.read_table(file).to_pylist()]
    return {row["article_id"]: row["reason"] for row in rows}


def triplets(out):
    files = sorted(out.glob("dataset/data/*.parquet"))
    return {row["provenance"]["graphic"]: row for file in files for row in pq.read_table(file).to_pylist()}


def test_pictures(tmp_path):
    mirror, expected = Mirror(tmp_path / "mirror"), {}
    for n, (name, (data, reason)) in enumerate(PICTURES.items(), 1):
        stem = name.split(".")[0].lower()
        mirror.add(f"PMC{n}.1", JATS.replace(b'"g1"', f'"{stem}"'.encode()), {name: data})
        expected |= {f"PMC{n}v1": reason} if reason else {}
    medconcept("build", mirror.inventory().root, out := tmp_path / "out")
    verify(out)
    assert rejects(out) == expected
    found = triplets(out)
    assert found.keys() == {name for name, (_, reason) in PICTURES.items() if reason is None}
    for row in found.values():
        image = Image.open(io.BytesIO(row["image"]))
        assert (image.size, image.format) == ((64, 64), {"jpg": "JPEG", "png": "PNG"}[row["format"]])
        assert image.mode in ("RGB", "L", "P")


def test_articles(tmp_path):
    mirror, expected = Mirror(tmp_path / "mirror"), {}
    picture = {"g1.jpg": PICTURES["sound.jpg"][0]}
    for n, (xml, reason) in enumerate(XML.values(), 1):
        mirror.add(f"PMC{n}.1", xml, picture)
        expected[f"PMC{n}v1"] = reason
    for n, (fields, reason) in enumerate(
        (
            ({"is_pmc_openaccess": False}, "not_open_access"),
            ({"is_retracted": True}, "retracted"),
            ({"is_historical_ocr": True}, "historical_ocr"),
            ({"license_code": "CC BY-NC"}, "license_excluded"),
            ({"license_code": None}, "license_excluded"),
            ({"xml_url": None}, "xml_missing"),
            ({"media_urls": []}, "image_missing"),
            ({"media_urls": ["s3://pmc-oa-opendata/PMC57.1/g1.jpg?md5=" + "0" * 32]}, "md5_mismatch"),
            ({"media_urls": ["s3://pmc-oa-opendata/../../g1.jpg"]}, "image_missing"),
            ({"version": "one"}, "metadata_invalid"),
        ),
        50,
    ):
        mirror.add(f"PMC{n}.1", JATS, picture, **fields)
        expected[f"PMC{n}v1"] = reason
    mirror.add("PMC99.1", JATS, picture).inventory()
    shutil.rmtree(mirror.root / "PMC99.1")
    expected["PMC99v1"] = "xml_missing"
    medconcept("build", mirror.root, out := tmp_path / "out")
    verify(out)
    assert rejects(out) == expected
    assert triplets(out) == {}


def test_a_mirror_that_lacks_most_of_what_it_lists_is_an_outage(tmp_path):
    mirror = Mirror(tmp_path / "mirror")
    for n in range(1, 13):
        mirror.add(f"PMC{n}.1", JATS)
    mirror.inventory()
    for article in mirror.root.glob("PMC*"):
        shutil.rmtree(article)
    done = medconcept("build", mirror.root, tmp_path / "out", check=False)
    assert done.returncode == 1
    assert "objects are missing or damaged, though listed: the source is ill" in done.stderr


def test_a_corpus_without_a_triplet_is_one_too(tmp_path):
    mirror = Mirror(tmp_path / "mirror").add("PMC1.1", JATS, {"g1.png": PICTURES["pixel.png"][0]}).inventory()
    medconcept("build", mirror.root, out := tmp_path / "out")
    verify(out)
    assert len(medconcept("digest", out).stdout.strip()) == 64
    assert (out / "audit" / "index.html").exists()


KINDS = ["pipe", "device", "dangling link", "folder"]


def test_what_is_no_file_is_a_reject_and_blocks_nothing(tmp_path):
    mirror, expected = Mirror(tmp_path / "mirror"), {}
    for kind in KINDS:
        for reason in ("xml_missing", "image_missing", "metadata_missing"):
            name = f"PMC{len(expected) + 1}.1"
            mirror.add(name, JATS, {"g1.jpg": PICTURES["sound.jpg"][0]})
            files = {"xml": f"{name}/{name}.xml", "image": f"{name}/g1.jpg", "metadata": f"metadata/{name}.json"}
            replace(mirror.root / files[reason.removesuffix("_missing")], kind)
            expected[name.replace(".", "v")] = reason
    del expected["PMC12v1"]  # a folder in metadata/ is no article
    mirror.add("PMC99.1", JATS, {"g1.jpg": PICTURES["sound.jpg"][0]})
    medconcept("build", mirror.root, out := tmp_path / "out", "--max-missing", "1")
    assert rejects(out) == expected
    assert len(triplets(out)) == 1
    verify(out)


def test_a_package_that_is_no_file_is_a_reject(tmp_path):
    packages = tmp_path / "mirror"
    packages.mkdir()
    for n in range(1, 6):
        with tarfile.open(packages / f"PMC{n}.tar.gz", "w:gz") as archive:
            for name, data in ((f"PMC{n}/a.nxml", JATS), (f"PMC{n}/g1.jpg", PICTURES["sound.jpg"][0])):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    for n, kind in enumerate(KINDS, 2):
        replace(packages / f"PMC{n}.tar.gz", kind)
    medconcept("build", packages, out := tmp_path / "out", "--licenses", "all")
    assert rejects(out) == dict.fromkeys(("PMC2v1", "PMC3v1", "PMC4v1"), "metadata_missing")
    verify(out)


def replace(path, kind):
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "nowhere")
