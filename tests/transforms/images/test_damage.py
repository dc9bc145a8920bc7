"""Damage that spoils few pixels or none: JPEGs cut short, PNGs with faults beside their pixels."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image, PngImagePlugin

from schemas.rejects import Reason
from tests.transforms.images.test_decode import photo, saved
from transforms.images.damage import MISSING, ended_jpeg, missing_share
from transforms.images.decode import ImageError, decode

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (160, 240, 3), dtype=np.uint8))
JPEGS = {
    "baseline": lambda: saved(photo(400, 300), "JPEG", quality=92),
    "noise": lambda: saved(NOISE, "JPEG"),
    "gray": lambda: saved(photo(400, 300).convert("L"), "JPEG"),
    "without subsampling": lambda: saved(photo(400, 300), "JPEG", subsampling=0),
    "CMYK": lambda: saved(photo(400, 300).convert("CMYK"), "JPEG"),
    "restarts": lambda: saved(photo(400, 300), "JPEG", restart_marker_blocks=10),
    "progressive": lambda: saved(photo(400, 300), "JPEG", progressive=True),
    "progressive gray": lambda: saved(photo(400, 300).convert("L"), "JPEG", progressive=True),
    "with a picture in its Exif": lambda: saved(photo(400, 300), "JPEG", exif=b"Exif\0\0" + saved(photo(), "JPEG")),
}
EVERY_JPEG = pytest.mark.parametrize("make", JPEGS.values(), ids=JPEGS)


def share(data):
    pictures = [Image.open(io.BytesIO(jpeg)) for jpeg in ended_jpeg(data)]
    for picture in pictures:
        picture.load()
    return missing_share(*pictures, ended_jpeg(data)[0])


@EVERY_JPEG
def test_a_jpeg_without_its_end_mark_has_all_its_pixels(make):
    whole, cut = decode(make()), decode(make()[:-2])
    assert np.array_equal(cut.image, whole.image)
    assert (whole.truncated, cut.truncated, cut.faithful, cut.format) == (False, True, False, "jpg")


@EVERY_JPEG
@pytest.mark.parametrize("padding", [0, 5000])
def test_a_jpeg_without_its_last_bytes_is_gray_where_they_are_missing(make, padding):
    data = make()
    cut = decode(data[: int(len(data) * 0.97)] + bytes(padding))
    whole, found = (np.asarray(picture.image, int) for picture in (decode(data), cut))
    assert cut.truncated
    assert found.shape == whole.shape
    kept = int(len(whole) * (1 - MISSING)) - 16  # but for the row of blocks in which it ends
    difference = np.abs(found[:kept] - whole[:kept]).mean()
    assert difference <= (2 if "progressive" in Image.open(io.BytesIO(data)).info else 0)


@EVERY_JPEG
def test_a_jpeg_of_which_more_is_missing_is_corrupt(make):
    data = make()
    for length in range(0, int(len(data) * 0.6), 97):
        with pytest.raises(ImageError) as error:
            decode(data[:length])
        assert error.value.reason is Reason.IMAGE_CORRUPT


@pytest.mark.parametrize("name", ["baseline", "noise", "gray", "restarts"])
def test_the_share_that_is_missing_is_that_of_the_blocks(name):
    """Each block of noise takes about as many bytes as another."""
    data = JPEGS[name]()
    start = data.rindex(b"\xff\xda")
    shares = [share(data[: start + int((len(data) - start) * part)]) for part in (0.3, 0.5, 0.7, 0.9, 0.99)]
    assert shares == sorted(shares, reverse=True)
    if name == "noise":
        assert np.abs(np.array(shares) - (0.7, 0.5, 0.3, 0.1, 0.01)).max() < 0.03


def test_a_cut_at_a_restart_is_found():
    data = JPEGS["restarts"]()
    place = [n for n in range(len(data) - 1) if data[n] == 0xFF and 0xD0 <= data[n + 1] <= 0xD7][-4]
    whole = 25 * 19  # blocks of 16 x 16
    for cut in (data[:place], data[: place + 1], data[: place + 2]):
        assert share(cut) == pytest.approx((whole - whole // 10 * 10 + 30) / whole, abs=1 / whole)


def test_a_scan_that_never_began_is_missing():
    data = JPEGS["progressive"]()
    last = data.rindex(b"\xff\xda")
    with pytest.raises(ImageError):
        decode(data[:last])
    assert share(data[: data.rindex(b"\xff\xc4", 0, last)]) == 1  # before its Huffman table


def test_what_is_missing_counts_less_where_it_only_refines():
    data = JPEGS["progressive gray"]()
    last = data.rindex(b"\xff\xda")
    assert share(data[: last + 30]) == pytest.approx(1 / 3, abs=0.03)


def test_a_damaged_jpeg_that_has_an_end_stays_corrupt():
    data = saved(photo(), "JPEG")
    assert ended_jpeg(data) is None
    with pytest.raises(ImageError):
        decode(data[:300] + b"\xff\xd9")


def chunk(kind, body, checksum=None):
    checksum = zlib.crc32(kind + body) if checksum is None else checksum
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def with_chunks(data, *chunks, behind=False):
    """A PNG with chunks before its pixels, or behind them."""
    place = data.rindex(b"IEND") - 4 if behind else data.index(b"IDAT") - 4
    return data[:place] + b"".join(chunks) + data[place:]


LARGE_TEXT = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)))
MUCH_TEXT = [chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1_000_000)))] * 80
FAULTS = {
    "a large zTXt": [LARGE_TEXT],
    "a large iTXt": [chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(50_000_000)))],
    "many texts": MUCH_TEXT,
    "a large profile": [chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000)))],
    "a text with a wrong checksum": [chunk(b"tEXt", b"Title\0figure", 1)],
    "a gamma with a wrong checksum": [chunk(b"gAMA", struct.pack(">I", 45455), 1)],
    "a compression that nobody knows": [chunk(b"zTXt", b"a\0\7" + zlib.compress(b"text"))],
    "a cut profile": [chunk(b"iCCP", b"a\0")],
}


@pytest.mark.parametrize("chunks", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("behind", [False, True])
def test_what_a_png_says_beside_its_pixels_spoils_it_not(chunks, behind):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    for data in (saved(photo(), "PNG"), saved(photo(), "PNG", exif=exif), saved(photo().quantize(16), "PNG")):
        whole, found = decode(data), decode(with_chunks(data, *chunks, behind=behind))
        assert np.array_equal(found.image, whole.image)
        assert not found.truncated


@pytest.mark.parametrize("name", ["a large zTXt", "many texts", "a text with a wrong checksum"])
def test_bytes_that_readers_refuse_are_not_published(name):
    data = with_chunks(saved(photo(), "PNG"), *FAULTS[name])
    with pytest.raises((ValueError, SyntaxError, OSError)):
        Image.open(io.BytesIO(data)).load()
    assert not decode(data).faithful


def test_little_text_keeps_the_bytes():
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a figure" * 1000, zip=True)
    assert decode(saved(photo(), "PNG", pnginfo=text)).faithful


def test_transparency_outlives_a_fault_beside_it():
    image = Image.new("P", (40, 40), 0)
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.paste(1, (0, 0, 20, 40))
    data = with_chunks(saved(image, "PNG", transparency=0), LARGE_TEXT)
    assert decode(data).image.getpixel((30, 5)) == (255, 255, 255)


def test_a_wrong_checksum_of_the_header_is_corrupt():
    data = bytearray(saved(photo(), "PNG"))
    data[data.index(b"IHDR") + 4 + 13] ^= 1
    with pytest.raises(ImageError) as error:
        decode(bytes(data))
    assert error.value.reason is Reason.IMAGE_CORRUPT


def test_a_png_may_lack_what_follows_its_pixels():
    data = saved(photo(), "PNG")
    for cut in range(1, 17):
        picture = decode(data[:-cut])
        assert np.array_equal(picture.image, photo())
        assert (picture.truncated, picture.faithful) == (True, False)
    for cut in range(30, len(data)):
        with pytest.raises(ImageError):
            decode(data[:-cut])


def test_bytes_behind_the_end_are_no_damage():
    for data in (saved(photo(), "PNG"), saved(photo(), "JPEG")):
        picture = decode(data + b"<html>")
        assert (picture.truncated, picture.faithful) == (False, True)
