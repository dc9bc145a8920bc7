"""Pictures: bytes to 8-bit pixels and back, and the precise reason where bytes are no picture.

What decodes is what any viewer shows: the first frame, upright by its EXIF orientation, on white where it is
transparent. Colour profiles are not applied.
"""

import ctypes
import io
import logging
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError, _imaging

from schemas.rejects import Reason
from transforms.image_headers import decoding_bytes, metadata_fault, too_much_work

#: The raster formats of PMC. Others that Pillow knows are left out on purpose: its EPS reader starts Ghostscript.
FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP")

#: Pixels that are converted at once, so that the temporaries of a conversion stay small.
BAND = 1 << 18

#: How hard PNGs are compressed: half the time of the usual 6, for 6 % more bytes (the 53 PNG crops of the real mirror).
PNG_LEVEL = 3

#: Pillow bounds the area of a picture by a setting of the process; `Limits` bounds it here, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None
#: What Pillow logs and libtiff writes to the terminal of broken bytes says less than their reject.
logging.getLogger("PIL").addHandler(logging.NullHandler())
with suppress(AttributeError):  # a Pillow that holds libtiff inside does not show it
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)

#: What Pillow's readers raise on broken bytes, beside OSError.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, EOFError, struct.error)

_NOT_RASTER = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"\xc5\xd0\xd3\xc6", "an EPS document"),
    (b"<svg", "an SVG drawing"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
)


@dataclass(frozen=True)
class Limits:
    """What a picture may be: its area and shorter side in pixels, and the bytes that decoding it may take.

    The area bounds pictures in gray. Colours and numbers take 8 bytes a pixel at the peak, as describing a panel does
    later: 145 megapixels.
    """

    max_pixels: int = 150_000_000
    min_side: int = 32
    max_memory: int = 1_160_000_000


@dataclass(frozen=True)
class Picture:
    """Decoded pixels (mode L or RGB), and how panels of this source are stored.

    `format` (jpg or png) is that of panels cut from it; `faithful` says that the source's own bytes are in this format
    and show these pixels in every reader.
    """

    image: Image.Image
    format: str
    faithful: bool


class ImageError(Exception):
    """Bytes that are no usable picture: `reason` for the reject, the message as its detail."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def decode(data: bytes, limits: Limits = Limits()) -> Picture:
    """The picture in `data`, whole and within `limits`, which are judged by the header, before any pixel is decoded.

    Raises:
        ImageError: IMAGE_CORRUPT, IMAGE_TOO_LARGE or IMAGE_TOO_SMALL.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow warns of is either harmless or becomes a reject
        source = _open(data)
        _judge(source, data, limits)
        try:
            source.load()
            _check_metadata(_exif(source))  # of PNG it may stand behind the pixels
            faithful = _faithful(source, data)
            ImageOps.exif_transpose(source, in_place=True)
            image = _eight_bit(source)
        except _BROKEN as error:
            raise ImageError(Reason.IMAGE_CORRUPT, f"{source.format}: {error}") from error
    return Picture(image, "jpg" if source.format in ("JPEG", "MPO") else "png", faithful)


def encode(image: Image.Image, format: str) -> bytes:
    """`image` as JPEG (quality 95, chroma not subsampled) or PNG, without metadata: equal pixels give equal bytes."""
    buffer = io.BytesIO()
    image = image.copy()
    image.info.clear()
    if format == "jpg":
        image.save(buffer, "JPEG", quality=95, subsampling="4:4:4")
    else:
        image.save(buffer, "PNG", compress_level=PNG_LEVEL)
    return buffer.getvalue()


def _open(data: bytes) -> ImageFile.ImageFile:
    """The header."""
    _check_metadata(data)
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ImageError(Reason.IMAGE_CORRUPT, _what(data)) from error
    except _BROKEN as error:
        raise ImageError(Reason.IMAGE_CORRUPT, str(error)) from error


def _check_metadata(data: bytes) -> None:
    if fault := metadata_fault(data):
        raise ImageError(Reason.IMAGE_CORRUPT, fault)


def _exif(source: ImageFile.ImageFile) -> bytes:
    """The Exif block as Pillow is about to read it."""
    text = source.info.get("Raw profile type exif", "")
    block: bytes = source.info.get("exif") or bytes.fromhex("".join(text.split("\n")[3:]))
    return block.removeprefix(b"Exif\0\0")


def _judge(source: ImageFile.ImageFile, data: bytes, limits: Limits) -> None:
    """Raise where the header promises more, or less, than a picture may be."""
    width, height = source.size
    size, memory = f"{width} x {height} pixels", decoding_bytes(source, data)
    if min(width, height) < limits.min_side:
        raise ImageError(Reason.IMAGE_TOO_SMALL, size)
    said = f"{size} in mode {source.mode}, {memory / 1e9:.2f} GB to decode"
    if width * height > limits.max_pixels:
        raise ImageError(Reason.IMAGE_TOO_LARGE, f"{said}: more than {limits.max_pixels:,} pixels")
    if memory > limits.max_memory:
        raise ImageError(Reason.IMAGE_TOO_LARGE, f"{said}: more than {limits.max_memory / 1e9:.2f} GB")
    if work := too_much_work(source, data):
        raise ImageError(Reason.IMAGE_TOO_LARGE, f"{said}, {work}: it would take too long")


def _what(data: bytes) -> str:
    head = data[:1024].lower()
    if not head:
        return "empty"
    for mark, name in _NOT_RASTER:
        if mark.lower() in head:
            return f"{name}, not a raster image"
    return f"not an image that can be read; it begins with {data[:8].hex()}"


def _faithful(source: ImageFile.ImageFile, data: bytes) -> bool:
    """Whether every reader shows these bytes alike: 8 bits, one frame, upright, no CMYK, nothing transparent."""
    if source.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        return False
    if source.format == "JPEG":
        return source.mode in ("L", "RGB")
    if source.format != "PNG" or data[24] > 8 or getattr(source, "n_frames", 1) > 1:  # byte 24: the bit depth
        return False
    return not source.has_transparency_data or all(
        band.convert("RGBA").getchannel("A").getextrema() == (255, 255) for _, band in _bands(source)
    )


def _eight_bit(source: Image.Image) -> Image.Image:
    """Mode L for what is gray, else RGB; transparent parts over white."""
    if source.mode in ("F", "I"):
        low, high = _range(source)
        return _converted(source, "L", lambda band: _stretched(band, low, high))
    if source.mode.startswith("I;16"):
        return _converted(source, "L", _high_bytes)
    mode = "L" if source.mode in ("1", "L", "LA", "La") else "RGB"
    if source.has_transparency_data:
        return _converted(source, mode, lambda band: _on_white(band).convert(mode))
    return source if source.mode == mode else _converted(source, mode, lambda band: band.convert(mode))


def _bands(source: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """The picture in bands of whole rows, each with its place."""
    rows = max(1, BAND // source.width)
    for top in range(0, source.height, rows):
        yield top, source.crop((0, top, source.width, min(top + rows, source.height)))


def _converted(source: Image.Image, mode: str, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """The picture in `mode`, converted band by band."""
    image = Image.new(mode, source.size)
    for top, band in _bands(source):
        image.paste(convert(band), (0, top))
    return image


def _on_white(band: Image.Image) -> Image.Image:
    white = Image.new("RGBA", band.size, "white")
    white.alpha_composite(band.convert("RGBA"))
    return white


def _high_bytes(band: Image.Image) -> Image.Image:
    """16-bit gray values, of either byte order, to 0..255 over their whole range."""
    return Image.fromarray(((np.asarray(band).astype(np.uint32) + 128) // 257).astype(np.uint8))


def _numbers(band: Image.Image) -> NDArray[np.float64]:
    return np.nan_to_num(np.asarray(band).astype(np.float64), posinf=0.0, neginf=0.0)


def _range(source: Image.Image) -> tuple[float, float]:
    """The least and the greatest value."""
    ranges = [(values.min(), values.max()) for _, band in _bands(source) for values in (_numbers(band),)]
    lows, highs = zip(*ranges, strict=True)
    return float(min(lows)), float(max(highs))


def _stretched(band: Image.Image, low: float, high: float) -> Image.Image:
    """Gray values that state no white, with `low` as black and `high` as white."""
    return Image.fromarray(np.rint((_numbers(band) - low) * (255.0 / (high - low or 1.0))).astype(np.uint8))
