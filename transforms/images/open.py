"""Opening pictures with Pillow: within limits that are judged by the header, or with the precise reason why not."""

import ctypes
import io
import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from PIL import Image, ImageFile, TiffImagePlugin, UnidentifiedImageError, _imaging

from schemas.rejects import Reason
from transforms.images.headers import decoding_bytes, metadata_fault, too_much_work
from transforms.images.tiff import Page, is_tiff

#: The raster formats of PMC. Others that Pillow knows are left out on purpose: its EPS reader starts Ghostscript.
FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP")

#: Pillow bounds the area of a picture by a setting of the process; `Limits` bounds it here, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None
#: What is not compressed in a TIFF Pillow reads itself, planes of 16 bits and YCbCr wrong; libtiff reads them right.
TiffImagePlugin.READ_LIBTIFF = True
#: What Pillow logs and libtiff writes to the terminal of broken bytes says less than their reject.
logging.getLogger("PIL").addHandler(logging.NullHandler())
with suppress(AttributeError):  # a Pillow that holds libtiff inside does not show it
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)

#: What Pillow's readers raise on broken bytes, beside OSError.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, OverflowError, struct.error)

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


#: What the corpus takes.
STANDARD = Limits()


class ImageError(Exception):
    """Bytes that are no usable picture: `reason` for the reject, the message as its detail."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def open_picture(data: bytes, limits: Limits, beside: int = 0, each: int = 0) -> ImageFile.ImageFile:
    """The header of a picture that is within `limits`.

    `beside` are bytes that decoding takes beside what the picture itself does, `each` such bytes for each pixel.

    Raises:
        ImageError: it is none, or promises more, or less, than a picture may be.
    """
    _check_metadata(data)
    try:
        source = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ImageError(Reason.IMAGE_CORRUPT, _what(data)) from error
    except _BROKEN as error:
        raise ImageError(Reason.IMAGE_CORRUPT, str(error)) from error
    _judge(source, data, limits, beside + each * source.width * source.height)
    return source


def load(source: ImageFile.ImageFile) -> None:
    """Decode the pixels; raises ImageError where they, or metadata behind them, are broken."""
    with blamed(source):
        source.load()
        _check_metadata(_exif(source))  # of PNG it may stand behind the pixels


@contextmanager
def blamed(source: Image.Image) -> Iterator[None]:
    """What Pillow raises on broken bytes becomes an ImageError."""
    try:
        yield
    except _BROKEN as error:
        raise ImageError(Reason.IMAGE_CORRUPT, f"{source.format}: {error}") from error


def _check_metadata(data: bytes) -> None:
    """Raise ImageError where the metadata of a picture or an Exif block ask for too much."""
    if fault := metadata_fault(data):
        raise ImageError(Reason.IMAGE_CORRUPT, fault)


def _exif(source: ImageFile.ImageFile) -> bytes:
    """The Exif block as Pillow is about to read it."""
    text = source.info.get("Raw profile type exif", "")
    block: bytes = source.info.get("exif") or bytes.fromhex("".join(text.split("\n")[3:]))
    return block.removeprefix(b"Exif\0\0")


def _judge(source: ImageFile.ImageFile, data: bytes, limits: Limits, beside: int) -> None:
    width, height = source.size
    size, memory = f"{width} x {height} pixels", decoding_bytes(source, data) + beside
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
    if is_tiff(data):
        return str(Page.read(data))
    return f"not an image that can be read; it begins with {data[:8].hex()}"
