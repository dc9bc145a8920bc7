"""TIFFs of every layout, written by tifffile: they decode to what was written, or are refused with a reason."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from schemas.rejects import Reason
from transforms.images.decode import ImageError, decode
from transforms.images.pixels import white

HEIGHT, WIDTH = 48, 64
Y, X = np.mgrid[:HEIGHT, :WIDTH]
GRAY = (X * 3 + Y).clip(0, 255).astype(np.uint8)
COLORS = np.stack([X * 4, Y * 5, X + Y], 2).astype(np.uint8)
#: The colours of a palette, and that in 16 bits which TIFF wants.
PALETTE = np.random.default_rng(0).integers(0, 256, (3, 256), np.uint16)

ORDERS = pytest.mark.parametrize("order", ["<", ">"])
PACKED = pytest.mark.parametrize("compression", [None, "zlib"])


def tiff(pixels, photometric="minisblack", **options):
    """A TIFF, which tifffile reads as it was written."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, photometric=photometric, metadata=None, **options)
    buffer.seek(0)
    assert np.array_equal(tifffile.imread(buffer), pixels)
    return buffer.getvalue()


def written(pixels, bits, photometric, order="<", compression=1, palette=()):
    """A gray or indexed TIFF of one strip, written by hand."""
    own = {256: WIDTH, 257: HEIGHT, 258: bits, 259: compression, 262: photometric}
    own |= {273: 8, 277: 1, 278: HEIGHT, 279: len(pixels)}
    colors, start = struct.pack(f"{order}{len(palette)}H", *palette), 8 + len(pixels) + len(pixels) % 2
    entries = [struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in own.items()]
    entries += [struct.pack(order + "HHII", 320, 3, len(palette), start)] if colors else []
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start + len(colors))
    directory = struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
    return head + pixels.ljust(start - 8, b"\0") + colors + directory


def shown(data):
    return np.asarray(decode(data).image).astype(int)


def stretched(values):
    values = values.astype(float)
    return np.rint((values - values.min()) * 255 / (values.max() - values.min()))


def wide(pixels):
    """8 bits as 16: equal gray levels."""
    return pixels.astype(np.uint16) * 257


def twelve(pixels):
    return (pixels.astype(int) * 4095 // 255).astype(np.uint16)


@ORDERS
@PACKED
@pytest.mark.parametrize("values", [GRAY, wide(GRAY)], ids=["8 bits", "16 bits"])
def test_where_0_is_white_the_picture_is_no_negative(order, compression, values):
    data = tiff(values, "miniswhite", byteorder=order, compression=compression)
    assert np.array_equal(shown(data), 255 - GRAY)


@pytest.mark.parametrize("compression", [None, "group3", "group4", "tiff_lzw"])
@pytest.mark.parametrize("photometric", [0, 1])
def test_one_bit_of_either_photometric(compression, photometric):
    ink = Image.fromarray(GRAY).convert("1")
    buffer = io.BytesIO()
    ink.save(buffer, "TIFF", tiffinfo={262: photometric}, compression=compression)
    buffer.seek(0)
    assert tifffile.TiffFile(buffer).pages[0].photometric == photometric
    assert np.array_equal(shown(buffer.getvalue()), np.asarray(ink) * 255)


@ORDERS
@PACKED
@pytest.mark.parametrize("options", [{}, {"rowsperstrip": 7}, {"tile": (16, 16)}], ids=["strip", "strips", "tiles"])
@pytest.mark.parametrize("depth", [8, 16])
def test_colors_in_planes(order, compression, options, depth):
    colors = np.ascontiguousarray((COLORS if depth == 8 else wide(COLORS)).transpose(2, 0, 1))
    data = tiff(colors, "rgb", planarconfig="separate", byteorder=order, compression=compression, **options)
    assert np.array_equal(shown(data), COLORS)


@PACKED
def test_other_planes(compression):
    def planes(photometric, *channels, **options):
        options |= {"planarconfig": "separate", "compression": compression}
        return shown(tiff(np.stack(channels), photometric, **options))

    full, red, green, blue = np.full_like(GRAY, 255), *COLORS.transpose(2, 0, 1)
    inks = [255 - red, 255 - green, 255 - blue, full - 255]
    assert np.array_equal(planes("minisblack", GRAY, red), GRAY)
    assert np.array_equal(planes("miniswhite", wide(GRAY), wide(red)), 255 - GRAY)
    assert np.array_equal(planes("rgb", red, green, blue, full - 255, extrasamples=["unassalpha"]), COLORS * 0 + 255)
    assert np.array_equal(planes("rgb", red, green, blue, GRAY, GRAY), COLORS)
    assert np.array_equal(planes("separated", *inks), COLORS)
    assert np.array_equal(planes("separated", *map(wide, inks)), COLORS)


@ORDERS
@PACKED
@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "uint32", "float32"])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_numbers_that_state_no_white_are_stretched(order, compression, kind, photometric):
    span = {"int8": 1, "int16": 200, "int32": 10**7, "uint32": 16_843_009, "float32": 0.01}[kind]
    values = (GRAY.astype(float) - (0 if kind == "uint32" else 100)) * span
    values = values.clip(-128, 127).astype(kind) if kind == "int8" else values.astype(kind)
    found = shown(tiff(values, photometric, byteorder=order, compression=compression))
    expected = stretched(values)
    assert np.abs(found - (255 - expected if photometric == "miniswhite" else expected)).max() <= 1


@ORDERS
@PACKED
def test_12_bits_in_16(order, compression):
    options = {"byteorder": order, "compression": compression}
    assert np.abs(shown(tiff(twelve(GRAY), **options)) - GRAY).max() <= 1
    assert np.abs(shown(tiff(twelve(GRAY), "miniswhite", **options)) - (255 - GRAY.astype(int))).max() <= 1
    assert np.abs(shown(tiff(twelve(COLORS), "rgb", **options)) - COLORS).max() <= 1


def test_12_bits_in_16_with_alpha_of_its_own_depth():
    for opaque in (4095, 65535):
        alpha = np.full((HEIGHT, WIDTH, 1), opaque, np.uint16)
        data = tiff(np.concatenate([twelve(COLORS), alpha], 2), "rgb", extrasamples=["unassalpha"])
        assert np.abs(shown(data) - COLORS).max() <= 1


@pytest.mark.parametrize(
    ("stated", "greatest", "expected"),
    [
        (0, 200, 255),
        (0, 1000, 1023),
        (0, 1024, 4095),
        (0, 4095, 4095),
        (0, 4096, 65535),
        (4095, 300, 4095),  # what is stated holds,
        (3500, 300, 4095),  # as bits,
        (65535, 300, 65535),
        (4095, 5000, 65535),  # unless the values pass it
        (1 << 40, 300, 65535),
    ],
)
def test_white_is_what_is_stated_or_the_fewest_bits_that_hold_the_values(stated, greatest, expected):
    assert white(stated, greatest) == expected


@pytest.mark.parametrize("tag", [281, 341], ids=["MaxSampleValue", "SMaxSampleValue"])
def test_a_stated_maximum(tag):
    values = np.full((HEIGHT, WIDTH), 2048, np.uint16)
    assert shown(tiff(values, extratags=[(tag, 3, 1, 16383, True)])).max() == 32
    assert shown(tiff(values, extratags=[(tag, 3, 1, 4095, True)])).max() == 128
    colors = np.full((HEIGHT, WIDTH, 3), 8192, np.uint16)
    assert shown(tiff(colors, "rgb", extratags=[(tag, 3, 3, (16383,) * 3, True)])).max() == 128


@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("compression", [1, 8])
def test_12_bits_packed(photometric, compression):
    values = np.arange(WIDTH * HEIGHT) * 4095 // (WIDTH * HEIGHT - 1)
    packed = int("".join(f"{value:012b}" for value in values), 2).to_bytes(values.size * 3 // 2, "big")
    data = written(zlib.compress(packed) if compression == 8 else packed, 12, photometric, compression=compression)
    expected = np.rint(values * 255 / 4095).reshape(HEIGHT, WIDTH)
    assert np.array_equal(shown(data), expected if photometric else 255 - expected)


@ORDERS
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes_and_few_bits(order, bits):
    values = GRAY >> (8 - bits)
    palette = PALETTE[:, : 1 << bits]
    shades = values.astype(int) * 255 // ((1 << bits) - 1)
    packed = np.packbits(np.unpackbits(values[..., None], axis=2)[..., 8 - bits :]).tobytes()
    indexed = written(packed, bits, 3, order, palette=(palette * 257).ravel())
    if bits in (1, 8):  # others tifffile reads with imagecodecs only
        assert np.array_equal(tifffile.imread(io.BytesIO(indexed)), values)
    assert np.array_equal(shown(indexed), palette.T[values])
    assert np.array_equal(shown(written(packed, bits, 1, order)), shades)
    assert np.array_equal(shown(written(packed, bits, 0, order)), 255 - shades)


@ORDERS
@PACKED
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_ycbcr(order, compression, planar):
    image = Image.fromarray(COLORS)
    values = np.asarray(image.convert("YCbCr"))
    values = values if planar == "contig" else np.ascontiguousarray(values.transpose(2, 0, 1))
    options = {"planarconfig": planar, "subsampling": (1, 1), "byteorder": order, "compression": compression}
    assert np.abs(shown(tiff(values, "ycbcr", **options)) - COLORS).max() <= 4


@ORDERS
@PACKED
def test_16_bits_of_every_kind_of_colors(order, compression):
    options = {"byteorder": order, "compression": compression}
    assert np.array_equal(shown(tiff(wide(COLORS), "rgb", **options)), COLORS)
    inks = np.concatenate([255 - COLORS, 0 * COLORS[..., :1]], 2)
    assert np.array_equal(shown(tiff(wide(inks), "separated", planarconfig="contig", **options)), COLORS)


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (lambda: tiff(GRAY, bigtiff=True, byteorder=">"), "big-endian BigTIFF"),
        (lambda: tiff(GRAY.astype(np.float16)), "TIFF that cannot be read: 1 samples of 16 bits in format 3"),
        (lambda: tiff(GRAY.astype(np.float64)), "TIFF that cannot be read: 1 samples of 64 bits in format 3"),
        (lambda: tiff(COLORS.astype(np.float32), "rgb"), "TIFF that cannot be read: 3 samples of 32 bits in format 3"),
        (
            lambda: tiff(np.dstack([wide(GRAY)] * 2), planarconfig="contig"),
            "TIFF that cannot be read: 2 samples of 16 bits",
        ),
        (
            lambda: tiff(np.stack([GRAY] * 3), "cielab", planarconfig="separate"),
            "TIFF that cannot be read: .*photometric 8, .*in planes",
        ),
        (
            lambda: tiff(np.stack([twelve(GRAY)] * 3), "rgb", planarconfig="separate"),
            "cannot be read: colours of 12 bits in 16, in planes",
        ),
    ],
)
def test_what_cannot_be_read_says_why(data, detail):
    with pytest.raises(ImageError, match=detail) as error:
        decode(data())
    assert error.value.reason is Reason.IMAGE_CORRUPT


def paged(*pages, **options):
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer, **options) as writer:
        for page in pages:
            writer.write(page, photometric="rgb" if page.ndim == 3 else "minisblack", metadata=None)
    return buffer.getvalue()


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
def test_the_largest_page_is_the_picture(order, big):
    thumbnail, other = COLORS[::2, ::2], 255 - COLORS
    options = {"byteorder": order, "bigtiff": big}
    assert np.array_equal(shown(paged(thumbnail, COLORS, GRAY[:40], **options)), COLORS)
    assert np.array_equal(shown(paged(COLORS, thumbnail, other, **options)), COLORS)
    assert np.array_equal(shown(paged(GRAY[:10, :10], COLORS, other, **options)), COLORS)
    assert np.array_equal(shown(paged(thumbnail, 65535 - wide(GRAY), **options)), 255 - GRAY)


def test_a_page_is_turned_by_its_own_orientation():
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for pixels, orientation in ((GRAY[:40, :40], 3), (GRAY, 6), (wide(GRAY), 1)):
            writer.write(pixels, photometric="minisblack", metadata=None, extratags=[(274, 3, 1, orientation, True)])
    assert np.array_equal(shown(buffer.getvalue()), np.rot90(GRAY, -1))


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
def test_layouts_that_are_described_anew_are_turned_too(order, big):
    options = {"byteorder": order, "bigtiff": big, "extratags": [(274, 3, 1, 6, True)]}
    assert np.array_equal(shown(tiff(wide(GRAY), "miniswhite", **options)), np.rot90(255 - GRAY, -1))
    assert np.array_equal(
        shown(tiff(twelve(COLORS), "rgb", **options)), shown(tiff(np.rot90(twelve(COLORS), -1), "rgb"))
    )
