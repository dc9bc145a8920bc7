"""Small files that stand for a large or a long decode: each is refused by its header, or decodes within the bound."""

import contextlib
import io
import json
import os
import struct
import subprocess
import sys
import time
import warnings
import zlib

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, ImageCms, TiffImagePlugin

from schemas.rejects import Reason
from transforms.images.decode import SECOND, ImageError, Limits, decode
from transforms.images.headers import decoding_bytes

SIDE = 2400
#: What decoding takes beside all pixels: conversions of a band of rows, buffers of the readers.
SLACK = 16_000_000
STEPS = np.repeat(np.arange(SIDE), SIDE).reshape(SIDE, SIDE)

TURNED = Image.Exif()
TURNED[ExifTags.Base.Orientation] = 6
TURNED_TIFF = TiffImagePlugin.ImageFileDirectory_v2()
TURNED_TIFF[ExifTags.Base.Orientation] = 6


def saved(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def one_strip(image, **options):
    return saved(image, "TIFF", compression="tiff_adobe_deflate", strip_size=1 << 30, **options)


def numbers(values, photometric="minisblack", **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, photometric=photometric, metadata=None, compression="zlib", **options)
    return buffer.getvalue()


def blank(mode):
    return Image.new(mode, (SIDE, SIDE))


def lab():
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.profileToProfile(blank("RGB"), *profiles, outputMode="LAB")


def palette():
    image = blank("P")
    image.putpalette([10, 20, 30, 200, 0, 0])
    return image


def animated(image, format, **options):
    other = image.copy()
    other.paste(Image.new(image.mode, (40, 40), 1 if image.mode == "P" else "red"))
    return saved(image, format, save_all=True, append_images=[other], **options)


def in_scans(gray):
    """A JPEG without chroma subsampling, each of whose three scans is that of a gray one."""
    frame, scan = gray.index(b"\xff\xc0"), gray.index(b"\xff\xda")
    components = b"\3" + b"".join(bytes([n, 0x11, 0]) for n in (1, 2, 3))
    header = b"\xff\xc0\0\x11" + gray[frame + 4 : frame + 9] + components
    pixels = gray[scan + 10 : -2]
    scans = b"".join(b"\xff\xda\0\x08\1" + bytes([n, 0, 0, 63, 0]) + pixels for n in (1, 2, 3))
    return gray[:frame] + header + gray[frame + 13 : scan] + scans + b"\xff\xd9"


def run_lengths(side, body):
    """A BMP in run lengths."""
    header = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(body), 0, 0, 256, 0)
    start = 14 + len(header) + 1024
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + header + bytes(1024) + body


PICTURES = {
    "1": lambda: saved(blank("1"), "PNG"),
    "L": lambda: saved(blank("L"), "PNG"),
    "L turned": lambda: saved(blank("L"), "PNG", exif=TURNED),
    "P": lambda: saved(palette(), "PNG"),
    "P transparent": lambda: saved(palette(), "PNG", transparency=0),
    "P turned": lambda: saved(palette(), "PNG", exif=TURNED),
    "LA": lambda: saved(blank("LA"), "PNG"),
    "PA": lambda: one_strip(palette().convert("PA")),
    "RGB": lambda: saved(blank("RGB"), "PNG"),
    "RGB turned": lambda: saved(blank("RGB"), "JPEG", exif=TURNED),
    "RGB transparent": lambda: saved(blank("RGB"), "PNG", transparency=(0, 0, 0)),
    "RGB progressive": lambda: saved(blank("RGB"), "JPEG", progressive=True, subsampling=0),
    "RGB progressive, subsampled": lambda: saved(blank("RGB"), "JPEG", progressive=True, subsampling=2),
    "RGB, a scan for each color": lambda: in_scans(saved(blank("L"), "JPEG")),
    "RGBA": lambda: saved(blank("RGBA"), "PNG"),
    "CMYK": lambda: saved(blank("CMYK"), "JPEG"),
    "CMYK progressive": lambda: saved(blank("CMYK"), "JPEG", progressive=True),
    "YCbCr": lambda: one_strip(blank("YCbCr")),
    "LAB": lambda: one_strip(lab()),
    "I;16": lambda: one_strip(Image.fromarray(STEPS.astype(np.uint16))),
    "I": lambda: one_strip(Image.fromarray(STEPS.astype(np.int32))),
    "F": lambda: one_strip(Image.fromarray(STEPS.astype(np.float32))),
    "F turned": lambda: one_strip(Image.fromarray(STEPS.astype(np.float32)), tiffinfo=TURNED_TIFF),
    "F in the other byte order": lambda: numbers(STEPS.astype(">f4"), byteorder=">"),
    "16 bits of which 0 is white": lambda: numbers(STEPS.astype(np.uint16), "miniswhite"),
    "8 bits with a sign": lambda: numbers(STEPS.astype(np.int8)),
    "16-bit colors": lambda: numbers(np.dstack([STEPS.astype(np.uint16) * 20] * 3), "rgb"),
    "16-bit colors in planes": lambda: numbers(
        np.stack([STEPS.astype(np.uint16) * 20] * 3), "rgb", planarconfig="separate"
    ),
    "12-bit colors in 16": lambda: numbers(np.dstack([STEPS.astype(np.uint16)] * 3), "rgb", rowsperstrip=100),
    "12-bit colors in 16, turned": lambda: numbers(
        np.dstack([STEPS.astype(np.uint16)] * 3), "rgb", rowsperstrip=100, extratags=[(274, 3, 1, 6, True)]
    ),
    "the second page": lambda: saved(
        Image.new("RGB", (40, 40)), "TIFF", save_all=True, append_images=[blank("RGB")], compression="tiff_lzw"
    ),
    "JPEG without its end": lambda: saved(blank("RGB"), "JPEG")[:-2],
    "JPEG without its end, progressive": lambda: saved(blank("RGB"), "JPEG", progressive=True, subsampling=0)[:-2],
    "gray JPEG without its end": lambda: saved(blank("L"), "JPEG")[:-2],
    "F in strips": lambda: saved(Image.fromarray(STEPS.astype(np.float32)), "TIFF"),
    "GIF animated": lambda: animated(palette(), "GIF", disposal=2),
    "PNG animated": lambda: animated(blank("RGBA"), "PNG", disposal=1),
    "TIFF of pages": lambda: animated(blank("RGB"), "TIFF"),
    "MPO": lambda: animated(blank("RGB"), "MPO"),
    "WebP": lambda: saved(blank("RGB"), "WEBP", method=0),
    "WebP animated": lambda: animated(blank("RGBA"), "WEBP", method=0, lossless=True, quality=0),
    "BMP in run lengths": lambda: run_lengths(SIDE, (b"\xf0\1" * (SIDE // 240) + b"\0\0") * SIDE),
}

#: Those of which two are there at once, and those that stand behind another page.
TWICE = ("12-bit colors in 16", "12-bit colors in 16, turned")
TWICE += ("JPEG without its end", "JPEG without its end, progressive", "gray JPEG without its end")
BEHIND = ("the second page",)

#: Decodes each file that it is given in a process of its own; prints by how much that grew.
MEASURE = """
import json, os, resource, sys
from PIL import Image
from transforms.images.decode import decode

Image.init()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
for path in sys.argv[1:]:
    data = open(path, "rb").read()
    sys.stdout.flush()
    if os.fork() == 0:
        before = peak()
        decode(data)
        print(json.dumps(peak() - before), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def peaks(tmp_path_factory):
    """For each picture what decoding it took and what its header says that it takes at most."""
    folder = tmp_path_factory.mktemp("pictures")
    paths, stated = [], []
    for n, (name, make) in enumerate(PICTURES.items()):
        paths.append(folder / str(n))
        paths[-1].write_bytes(make())
        with Image.open(paths[-1]) as header:
            header.seek(name in BEHIND)
            second = SECOND * SIDE * SIDE if name in TWICE else 0
            stated.append(decoding_bytes(header, paths[-1].read_bytes()) + second)
    done = subprocess.run([sys.executable, "-c", MEASURE, *paths], capture_output=True, text=True, check=True)
    grown = map(json.loads, done.stdout.split())
    return dict(zip(PICTURES, zip(grown, stated, strict=True), strict=True))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("name", PICTURES)
def test_the_peak_of_decoding_is_what_the_table_says(peaks, name):
    grown, stated = peaks[name]
    assert grown <= stated + SLACK
    assert grown >= stated / 3  # it is no wild guess either


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks, side=40, color=0):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, color, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(bytes(41 * 40)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + rows + chunk(b"IEND", b"")


PNG = png()
GIF = saved(Image.new("L", (40, 40)), "GIF")
JPEG = saved(Image.new("L", (40, 40)), "JPEG")
PROGRESSIVE = saved(Image.new("L", (4000, 4000), 128), "JPEG", progressive=True)


def gif(extension):
    """A GIF with an extension before its frame."""
    frame = 13 + (3 << (GIF[10] & 7) + 1)
    return GIF[:frame] + extension + GIF[frame:]


def jpeg(segments):
    """A JPEG with segments behind the first, which is JFIF's."""
    return JPEG[:20] + segments + JPEG[20:]


def segment(marker, body):
    return b"\xff" + marker + struct.pack(">H", len(body) + 2) + body


def entry(tag, kind, count, value):
    return struct.pack("<HHII", tag, kind, count, value)


def tiff(data, *tags, width=40, height=40, compression=1, bits=8):
    """A TIFF of one strip; `tags` are added to its own or replace them."""
    own = {256: width, 257: height, 258: bits, 259: compression, 262: 1, 273: 8, 277: 1, 278: height, 279: len(data)}
    entries = {tag: entry(tag, 4, 1, value) for tag, value in own.items()}
    entries |= {struct.unpack("<H", each[:2])[0]: each for each in tags}
    directory = struct.pack("<H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries)) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory


def claims(tags, size):
    """Entries of a directory, each of which claims the same `size` bytes."""
    return [entry(1000 + n, 7, size, 8) for n in range(tags)]


EXIF = tiff(bytes(1_000_000), *claims(60_000, 900_000))


def tiled(side, count=1, **size):
    tags = entry(322, 4, 1, side), entry(323, 4, 1, side), entry(324, 4, count, 8), entry(325, 4, count, 8)
    return tiff(zlib.compress(bytes(1600)).ljust(4 * count, b"\0"), *tags, compression=8, **size)


def pages(count):
    """A TIFF with empty pages behind its first."""
    data = tiff(bytes(1600))
    places = [len(data) + 6 * n for n in range(count)]
    chain = b"".join(struct.pack("<HI", 0, place + 6) for place in places[:-1]) + struct.pack("<HI", 0, 0)
    return data[:-4] + struct.pack("<I", len(data)) + chain


def overlapping_pages(count):
    """Directories of 50,000 tags each, of which one begins two bytes behind the other."""
    start, size = 8, 2 + 12 * 50_000
    chained = np.arange(start + 4, start + 4 * count, 4, dtype="<u4").tobytes()
    return b"II*\0" + struct.pack("<I", start) + struct.pack("<H", 50_000) * (size // 2) + chained


def big_tiff(place):
    """A BigTIFF whose strip's place is in a list that stands at `place`."""
    values = {256: 40, 257: 40, 258: 8, 259: 1, 262: 1, 277: 1, 278: 20, 279: 800}
    entries = {tag: struct.pack("<HHQQ", tag, 16, 1, value) for tag, value in values.items()}
    entries[273] = struct.pack("<HHQQ", 273, 16, 2, place)
    directory = struct.pack("<Q", len(entries)) + b"".join(entries[tag] for tag in sorted(entries)) + bytes(8)
    return b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + directory


LARGE, CORRUPT = Reason.IMAGE_TOO_LARGE, Reason.IMAGE_CORRUPT
BOMBS = {
    "tile of 40,000": (lambda: tiled(40_000), LARGE),
    "tile of 60,000": (lambda: tiled(60_000), LARGE),
    "flat, in high tiles": (lambda: tiled(12_000, 390, width=4_600_000, height=32), LARGE),
    "many strips": (lambda: tiff(bytes(2_000_000), entry(273, 4, 500_000, 8), entry(278, 4, 1, 1)), CORRUPT),
    "rows without end": (lambda: tiff(zlib.compress(bytes(1600)), entry(278, 4, 1, 2**32 - 1), compression=8), None),
    "tags that overlap": (lambda: EXIF, CORRUPT),
    "Exif tags that overlap": (
        lambda: tiff(bytes(92) + EXIF[1_000_008:], entry(34665, 4, 1, 100), *claims(1, 700_000)),
        CORRUPT,
    ),
    "Exif of a PNG": (lambda: png(chunk(b"eXIf", EXIF)), CORRUPT),
    "Exif of a WebP": (lambda: saved(Image.new("L", (40, 40)), "WEBP", exif=EXIF), CORRUPT),
    "Exif of a JPEG": (
        lambda: jpeg(b"".join(segment(b"\xe1", b"Exif\0\0" + EXIF[n * 60_000 :][:60_000]) for n in range(30))),
        CORRUPT,
    ),
    "tiny Exif segments": (lambda: jpeg(segment(b"\xe1", b"Exif\0\0x") * 100_000), CORRUPT),
    "tiny ICC segments": (lambda: jpeg(segment(b"\xe2", b"ICC_PROFILE\0\1\1x") * 50_000), None),
    "comments of a JPEG": (lambda: jpeg(segment(b"\xfe", b"x") * 200_000), None),
    "padding of a JPEG": (lambda: jpeg(b"\xff" * 1_000_000), None),
    "a promise of a JPEG": (lambda: JPEG.replace(struct.pack(">HH", 40, 40), b"\xff\xdc\xff\xdc"), LARGE),
    "scans": (lambda: PROGRESSIVE[:-2] + PROGRESSIVE[PROGRESSIVE.rfind(b"\xff\xda") : -2] * 400 + b"\xff\xd9", LARGE),
    "zTXt": (lambda: png(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000)))), None),
    "iTXt": (lambda: png(chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(200_000_000)))), None),
    "iCCP": (lambda: png(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(200_000_000)))), None),
    "zTXt behind the pixels": (
        lambda: PNG[:-12] + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000))) + PNG[-12:], None
    ),
    "many texts": (lambda: png(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1_000_000))) * 2000), None),
    "a wrong checksum among tiny chunks": (
        lambda: png(chunk(b"tEXt", b"a\0")[:-1] + b"x", chunk(b"abCD", b"") * 100_000), None
    ),
    "a JPEG in scans, without its end": (
        lambda: PROGRESSIVE[:-2] + PROGRESSIVE[PROGRESSIVE.rfind(b"\xff\xda") : -2] * 400, LARGE
    ),
    "a JPEG without its end": (lambda: PROGRESSIVE[:-2], None),
    "padding of a JPEG without its end": (lambda: jpeg(b"\xff" * 1_000_000)[:-2], None),
    "comments of a JPEG without its end": (lambda: jpeg(segment(b"\xfe", b"x") * 200_000)[:-2], None),
    "pages": (lambda: pages(300_000), None),
    "pages that overlap": (lambda: overlapping_pages(400_000), CORRUPT),
    "a tag that points beyond any file": (lambda: big_tiff(2**63 + 8), CORRUPT),
    "tiny chunks": (lambda: png(chunk(b"abCD", b"") * 100_000), None),
    "a comment in tiny pieces": (lambda: gif(b"!\xfe" + b"\1a" * 1_000_000 + b"\0"), CORRUPT),
    "tiny comments": (lambda: gif(b"!\xfe\1a\0" * 400_000), CORRUPT),
    "a comment": (lambda: gif(b"!\xfe\5hello\0"), None),
    "frames": (lambda: GIF[:-1] + (b"," + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0") * 10_000 + b";", None),
    "a promise of a GIF": (
        lambda: b"GIF89a" + struct.pack("<HHBBB", 40, 40, 0, 0, 0) + b"," + struct.pack("<4HB", 65_000, 0, 500, 500, 0)
        + b"\2\2\x4c\1\0;",
        CORRUPT,
    ),
    "pages that go round": (lambda: tiff(bytes(1600))[:-4] + struct.pack("<I", 1608), None),
    "deltas of a BMP": (lambda: run_lengths(2400, b"\0\2\xff\xff" * 3 + b"\0\1"), CORRUPT),
    "ends of lines of a BMP": (lambda: run_lengths(12_000, b"\0\0" * 12_000 + b"\0\1"), LARGE),
}  # fmt: skip


@pytest.mark.parametrize(("make", "reason"), BOMBS.values(), ids=BOMBS)
def test_a_small_file_is_decoded_or_refused_at_once(make, reason):
    data = make()
    assert len(data) < 4_000_000
    began = time.process_time()
    try:
        found = decode(data, Limits(max_pixels=50_000_000)) and None
    except ImageError as error:
        found = error.reason
    assert time.process_time() - began < 3
    assert found is reason


def test_what_is_too_large_says_in_which_way():
    floats = tiff(zlib.compress(bytes(1000)), entry(339, 3, 1, 3), width=12_900, height=12_900, compression=8, bits=32)
    with pytest.raises(ImageError, match=r"12900 x 12900 pixels in mode F, 1.33 GB to decode: more than 1.16 GB"):
        decode(floats, Limits(max_pixels=1 << 40))
    with pytest.raises(
        ImageError, match=r"12900 x 12900 pixels in mode F, 1.33 GB to decode: more than 150,000,000 pi"
    ):
        decode(floats)
    with pytest.raises(ImageError, match=r"13000 x 13000 pixels in mode RGB, 1.35 GB to decode: more than 150,000,000"):
        decode(png(side=13_000, color=2))


@pytest.mark.parametrize(("mode", "side", "borne"), [("RGB", 12_000, True), ("F", 12_200, False), ("L", 12_200, True)])
def test_a_picture_is_bounded_by_its_mode(mode, side, borne):
    header = Image.new(mode, (40, 40))
    header.format, header.is_animated, header._size = "PNG", False, (side, side)
    assert (decoding_bytes(header, b"") <= Limits().max_memory) is borne


def test_the_largest_rgb_picture_is_within_both_bounds():
    header = Image.new("RGB", (40, 40))
    header.format, header.is_animated, header._size = "PNG", False, (14_500, 10_000)
    assert decoding_bytes(header, b"") == Limits().max_memory


def test_tags_that_are_merely_damaged_spoil_no_picture():
    """A tag that points beyond the file is skipped; a few that overlap are read."""
    assert decode(tiff(bytes(1600), *claims(20, 1_000_000))).image.size == (40, 40)
    assert decode(tiff(bytes(1600), *claims(200, 1600))).image.size == (40, 40)


@pytest.mark.parametrize(
    "data",
    [
        tiff(b"no zlib stream", compression=8),
        tiff(bytes(1600), entry(277, 4, 1, 60_000)),
        jpeg(segment(b"\xe1", b"Exif\0\0II*\0\xff\xff\xff\xff")),
        jpeg(segment(b"\xe1", b"Exif\0\0" + tiff(bytes(100), *claims(3, 70_000)))),
        jpeg(segment(b"\xe2", b"MPF\0II*\0\x08\0\0\0\0\0")),
        png(chunk(b"acTL", struct.pack(">II", 0, 0))),
        saved(Image.new("P", (40, 40)), "PNG", transparency=bytes(range(200))),
        JPEG.replace(struct.pack(">HH", 40, 40), struct.pack(">HH", 12_000, 12_000)),
    ],
    ids=["libtiff", "logged", "Exif", "cut tags", "MPO", "APNG", "palette", "large"],
)
def test_nothing_reaches_the_terminal(data, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with contextlib.suppress(ImageError):
            decode(data)
    assert capfd.readouterr() == ("", "")
