"""Pictures of every kind that PMC holds, and the bytes that are none."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, ImageDraw, TiffImagePlugin

from schemas.rejects import Reason
from transforms.images.decode import ImageError, Limits, decode, encode

FORMATS = ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"]


def photo(width=96, height=64):
    """A smooth colour gradient with a red disc in its upper left quarter."""
    y, x = np.mgrid[:height, :width]
    image = Image.fromarray(np.stack([x * 255 // width, y * 255 // height, 128 + 0 * x], axis=2).astype(np.uint8))
    ImageDraw.Draw(image).ellipse((8, 8, 28, 28), fill=(220, 20, 30))
    return image


def saved(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def near(found, expected, tolerance):
    """Whether two pictures differ by no more than `tolerance` gray levels on average."""
    found, expected = np.asarray(found, dtype=int), np.asarray(expected, dtype=int)
    return found.shape == expected.shape and np.abs(found - expected).mean() <= tolerance


def png(width, height, depth, color, rows):
    """A PNG written by hand: what its header promises, and `rows` as its pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_decodes_to_its_pixels(format):
    picture = decode(saved(photo(), format))
    assert picture.image.mode == "RGB"
    assert near(picture.image, photo(), 0 if format in ("PNG", "TIFF", "BMP") else 8)
    assert picture.format == ("jpg" if format == "JPEG" else "png")
    assert picture.faithful == (format in ("JPEG", "PNG"))


@pytest.mark.parametrize(
    ("image", "format", "expected"),
    [
        pytest.param(photo().convert("L"), "PNG", photo().convert("L"), id="gray"),
        pytest.param(photo().convert("1"), "PNG", photo().convert("1").convert("L"), id="one bit"),
        pytest.param(photo().quantize(16), "PNG", photo().quantize(16).convert("RGB"), id="palette"),
    ],
)
def test_color_modes(image, format, expected):
    found = decode(saved(image, format)).image
    assert found.mode == expected.mode
    assert near(found, expected, 2)


def test_cmyk_jpeg_is_not_inverted_and_not_kept():
    data = saved(photo().convert("CMYK"), "JPEG", quality=100, subsampling=0)
    assert "adobe" in Image.open(io.BytesIO(data)).info  # whose marker says that inks are stored inverted
    picture = decode(data)
    assert near(picture.image, photo(), 8)
    assert (picture.format, picture.faithful) == ("jpg", False)


def test_lab_tiff():
    lab = ImageCms.profileToProfile(
        photo(), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert near(decode(saved(lab, "TIFF")).image, photo(), 8)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bit_gray_is_scaled_over_its_whole_range(format):
    deep = np.tile(np.arange(256, dtype=np.uint16) * 257, (32, 1))
    picture = decode(saved(Image.fromarray(deep), format))
    assert picture.image.mode == "L"
    assert np.array_equal(np.asarray(picture.image)[0], np.arange(256))
    assert not picture.faithful


def test_16_bit_gray_of_the_other_byte_order():
    deep = np.full((40, 40), 0x1234, ">u2")
    assert np.asarray(decode(saved(Image.frombytes("I;16B", (40, 40), deep.tobytes()), "TIFF")).image).max() == 0x12


def test_16_bit_color_png():
    rows = b"".join(b"\0" + struct.pack(">HHH", 0xFFFF, 0x8000, 0) * 40 for _ in range(40))
    picture = decode(png(40, 40, 16, 2, rows))
    assert picture.image.getpixel((0, 0)) == (255, 128, 0)
    assert not picture.faithful


def test_12_bits_in_a_16_bit_png():
    levels = np.arange(40) * 255 // 39
    shades = [struct.pack(">H", level * 4095 // 255) for level in levels]
    gray = b"".join(b"\0" + shade * 40 for shade in shades)
    colors = b"".join(b"\0" + (shade + shades[20] + b"\0\0") * 40 for shade in shades)
    clear = b"".join(b"\0" + (shade + shades[20] + b"\0\0" + b"\xff\xff") * 40 for shade in shades)
    expected = np.stack([levels, np.full(40, levels[20]), np.zeros(40)], 1)
    assert np.abs(np.asarray(decode(png(40, 40, 16, 0, gray)).image, int)[:, 5] - levels).max() <= 1
    for kind, rows in ((2, colors), (6, clear)):
        picture = decode(png(40, 40, 16, kind, rows))
        assert np.abs(np.asarray(picture.image, int)[:, 5] - expected).max() <= 1
        assert not picture.faithful


def test_float_tiff_is_scaled_over_its_own_range_and_nan_is_black():
    values = np.linspace(-1, 3, 40 * 40, dtype=np.float32).reshape(40, 40)
    values[0, 0] = np.nan
    found = np.asarray(decode(saved(Image.fromarray(values), "TIFF")).image)
    assert found.max() == 255
    assert found[0, 1] == 0


def test_transparent_parts_lie_on_white():
    layer = photo().convert("RGBA")
    layer.putalpha(Image.new("L", layer.size, 0))
    picture = decode(saved(layer, "PNG"))
    assert picture.image.getextrema() == ((255, 255),) * 3
    assert not picture.faithful


def test_gray_with_alpha():
    picture = decode(saved(Image.new("LA", (40, 40), (100, 128)), "PNG"))
    assert picture.image.mode == "L"
    assert near(picture.image, np.full((40, 40), 177), 1)


def test_transparent_palette_entry():
    image = Image.new("P", (40, 40), 0)
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.paste(1, (0, 0, 20, 40))
    found = decode(saved(image, "PNG", transparency=0)).image
    assert (found.getpixel((5, 5)), found.getpixel((30, 5))) == ((200, 0, 0), (255, 255, 255))


def test_alpha_that_hides_nothing_keeps_the_bytes():
    assert decode(saved(photo().convert("RGBA"), "PNG")).faithful


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF", "MPO"])
def test_first_frame_of_many(format):
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "blue", "lime")]
    picture = decode(saved(frames[0], format, save_all=True, append_images=frames[1:]))
    assert near(picture.image, frames[0], 3)
    assert not picture.faithful


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_applied(format):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned clockwise by 90 degrees
    picture = decode(saved(photo(), format, exif=exif, quality=95))
    assert picture.image.size == (64, 96)
    assert near(picture.image, photo().transpose(Image.Transpose.ROTATE_270), 8)
    assert not picture.faithful


#: What brings a picture with each Exif orientation upright.
TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "MPO"])
@pytest.mark.parametrize("orientation", TURNS)
def test_every_orientation(format, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    upright = photo() if orientation == 1 else photo().transpose(TURNS[orientation])
    pages = {"save_all": True, "append_images": [photo()]} if format == "MPO" else {}
    picture = decode(saved(photo(), format, exif=exif, quality=95, **pages))
    assert picture.image.size == upright.size
    assert near(picture.image, upright, 8)
    assert picture.faithful == (orientation == 1 and format in ("JPEG", "PNG"))


def test_tiff_orientation_is_applied_once():
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[ExifTags.Base.Orientation] = 6
    found = decode(saved(photo(), "TIFF", tiffinfo=tags)).image
    assert np.array_equal(found, photo().transpose(Image.Transpose.ROTATE_270))


def test_broken_exif_spoils_no_picture():
    assert decode(saved(photo(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")).faithful


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_a_truncated_picture_is_never_taken_in_part(format, share):
    data = saved(photo(), format)
    with pytest.raises(ImageError) as error:
        decode(data[: int(len(data) * share)])
    assert error.value.reason is Reason.IMAGE_CORRUPT


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "empty"),
        (b"\0" * 100, "begins with 0000000000000000"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "HTML page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", "PostScript"),
        (b"\xc5\xd0\xd3\xc6" + bytes(28), "EPS"),
        (b"%PDF-1.4\n", "PDF"),
    ],
)
def test_what_is_no_picture_is_named(data, detail):
    with pytest.raises(ImageError, match=detail) as error:
        decode(data)
    assert error.value.reason is Reason.IMAGE_CORRUPT


@pytest.mark.parametrize("side", [13_000, 30_000, 2_000_000])
def test_too_large_by_the_header(side):
    with pytest.raises(ImageError) as error:
        decode(png(side, side, 8, 0, bytes(10_000)))
    assert error.value.reason is Reason.IMAGE_TOO_LARGE


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 31)])
def test_too_small(size):
    with pytest.raises(ImageError, match=f"{size[0]} x {size[1]}") as error:
        decode(saved(Image.new("RGB", size), "PNG"))
    assert error.value.reason is Reason.IMAGE_TOO_SMALL


def test_limits_can_be_narrowed():
    with pytest.raises(ImageError):
        decode(saved(photo(), "PNG"), Limits(max_pixels=1000))
    assert decode(saved(Image.new("L", (2, 2)), "PNG"), Limits(min_side=1)).image.size == (2, 2)


def test_a_promise_of_pixels_that_do_not_come_is_corrupt():
    with pytest.raises(ImageError) as error:
        decode(png(3000, 3000, 8, 0, bytes(10_000)))
    assert error.value.reason is Reason.IMAGE_CORRUPT


def test_encoding_is_lossless_or_nearly_and_carries_no_metadata():
    image = photo()
    image.info = {"comment": b"secret", "icc_profile": b"secret", "dpi": (72, 72)}
    as_png, as_jpg = encode(image, "png"), encode(image, "jpg")
    assert np.array_equal(decode(as_png).image, image)
    assert near(decode(as_jpg).image, image, 4)
    assert (as_png, as_jpg) == (encode(photo(), "png"), encode(photo(), "jpg"))
