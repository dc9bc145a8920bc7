"""Metadata of JPEG and PNG files: found, and left out without a change of a pixel."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from tests.pictures import drawing
from transforms.images.decode import decode
from transforms.images.metadata import (
    LARGEST_TEXT,
    UnknownStructure,
    metadata_kinds,
    without_metadata,
    without_position,
)

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description %s/></x:xmpmeta>'
PLACED = XMP % b'exif:GPSLatitude="50,5.2N" exif:GPSLongitude="14,25E"'
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(gps=False):
    block = Image.Exif()
    block[ExifTags.Base.Artist] = "somebody"
    if gps:
        block[ExifTags.IFD.GPSInfo] = {1: "N", 2: (50.0, 5.0, 12.0), 3: "E", 4: (14.0, 25.0, 1.0)}
    return block


def jpeg(**options):
    buffer = io.BytesIO()
    drawing().save(buffer, "JPEG", **options)
    return buffer.getvalue()


def png(*texts, **options):
    """A PNG with chunks of text: keyword, value, packed or not."""
    info = PngImagePlugin.PngInfo()
    for keyword, value, packed in texts:
        info.add_text(keyword, value, zip=packed)
    buffer = io.BytesIO()
    drawing().save(buffer, "PNG", pnginfo=info, **options)
    return buffer.getvalue()


def hexadecimal(exif):
    """A block of Exif as ImageMagick keeps it in a PNG."""
    return f"\nexif\n{len(exif.tobytes())}\n{exif.tobytes().hex()}\n"


def with_segment(data, marker, content):
    """A JPEG with one more segment behind its beginning."""
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content + data[2:]


def with_chunk(data, name, content):
    """A PNG with one more chunk behind its header."""
    chunk = struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return data[:33] + chunk + data[33:]


CARRYING = {
    "nothing": (jpeg(), set()),
    "progressive": (jpeg(progressive=True), set()),
    "restarts": (jpeg(restart_marker_blocks=2), set()),
    "profile": (jpeg(icc_profile=PROFILE), set()),
    "exif": (jpeg(exif=exif(), progressive=True), {"exif"}),
    "xmp": (jpeg(xmp=XMP % b""), {"xmp"}),
    "comment": (jpeg(comment=b"by somebody"), {"comment"}),
    "all": (jpeg(exif=exif(), xmp=XMP % b"", comment=b"x", icc_profile=PROFILE), {"exif", "xmp", "comment"}),
    "iptc": (with_segment(jpeg(), 0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\4\x1c\2\0\0"), {"iptc"}),
    "ducky": (with_segment(jpeg(), 0xEC, b"Ducky\0\1"), {"application"}),
    "trailer": (jpeg() + jpeg(exif=exif()), {"trailer"}),
    "png": (png(), set()),
    "png profile": (png(icc_profile=PROFILE, dpi=(300, 300)), set()),
    "png exif": (png(exif=exif()), {"exif"}),
    "png comment": (png(("Author", "somebody", False), ("Comment", "x" * 99, True)), {"comment"}),
    "png xmp": (png(("XML:com.adobe.xmp", (XMP % b"").decode(), False)), {"xmp"}),
    "png profiles": (
        png(
            ("Raw profile type exif", hexadecimal(exif()), True), ("Raw profile type 8bim", hexadecimal(exif()), False)
        ),
        {"exif", "iptc"},
    ),
    "png xmp packed": (png(("XML:com.adobe.xmp", (XMP % b"").decode(), True)), {"xmp"}),
    "png time": (with_chunk(png(), b"tIME", bytes([7, 234, 1, 1, 0, 0, 0])), {"time"}),
    "png trailer": (png() + b"PK", {"trailer"}),
}


@pytest.mark.parametrize(("data", "kinds"), CARRYING.values(), ids=CARRYING)
def test_what_a_picture_carries_and_its_pixels_without(data, kinds):
    assert metadata_kinds(data) == kinds
    bare = without_metadata(data)
    assert metadata_kinds(bare) == set()
    assert (bare == data) == (not kinds)
    assert decode(bare).image.tobytes() == decode(data).image.tobytes()
    assert decode(bare).format == decode(data).format
    profiles = [Image.open(io.BytesIO(each)).info.get("icc_profile") for each in (bare, data)]
    assert profiles[0] == profiles[1]
    assert without_position(data) == data


PLACES = {
    "exif": jpeg(exif=exif(gps=True)),
    "xmp": jpeg(xmp=PLACED),
    "extended xmp": with_segment(jpeg(), 0xE1, b"http://ns.adobe.com/xmp/extension/\0" + PLACED),
    "photoshop": with_segment(jpeg(), 0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x22\0\0" + exif(gps=True).tobytes()),
    "unreadable exif": with_segment(jpeg(), 0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"),
    "another picture behind": jpeg() + jpeg(exif=exif(gps=True)),
    "between scans": jpeg(exif=exif(gps=True), progressive=True),
    "png exif": png(exif=exif(gps=True)),
    "png xmp": png(("XML:com.adobe.xmp", PLACED.decode(), False)),
    "png xmp packed": png(("XML:com.adobe.xmp", PLACED.decode(), True)),
    "png packed": png(("Raw profile type exif", hexadecimal(exif(gps=True)), True)),
    "png of a position in words": png(("exif:GPSLatitude", "50/1, 5/1, 12/1", False)),
    "png in hexadecimal": png(("Raw profile type APP1", hexadecimal(exif(gps=True)), False)),
    "png behind": png() + jpeg(exif=exif(gps=True)),
}


@pytest.mark.parametrize("data", PLACES.values(), ids=PLACES)
def test_a_position_goes_with_all_metadata(data):
    bare = without_position(data)
    assert bare == without_metadata(data) != data
    assert not Image.open(io.BytesIO(bare)).getexif()
    assert b"GPS" not in bare
    assert decode(bare).image.tobytes() == decode(data).image.tobytes()


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8", b"\xff\xd8\xff\xe1\xff\xff", b"\x89PNG\r\n\x1a\n\0\0"])
def test_what_cannot_be_followed(data):
    with pytest.raises(UnknownStructure):
        metadata_kinds(data)
    with pytest.raises(UnknownStructure):
        without_position(data + b"GPS")
    assert without_position(data) == data


@pytest.mark.parametrize("packed", [True, False])
def test_what_cannot_be_unpacked_is_left_out(packed):
    data = png(("Raw profile type exif", "\nexif\n2\nzz\n", packed))
    assert without_position(data) == without_metadata(data) != data
    data = png(("XML:com.adobe.xmp", "x" * (LARGEST_TEXT + 1), packed))
    assert (without_position(data) == data) == (not packed)


@given(st.sampled_from([PLACES["exif"], PLACES["png xmp"]]), st.data())
def test_damaged_files_raise_nothing_else(data, draw):
    content = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        content[draw.draw(st.integers(0, min(600, len(content)) - 1))] = draw.draw(st.integers(0, 255))
    with suppress(UnknownStructure):
        without_position(bytes(content))


def test_real_figures_keep_their_pixels(pmc):
    files = sorted(path for path in pmc.rglob("*") if path.suffix in (".jpg", ".png"))[::25]
    assert files
    for file in files:
        data = file.read_bytes()
        bare = without_metadata(data)
        assert decode(bare).image.tobytes() == decode(data).image.tobytes(), file
