"""Pictures: bytes to 8-bit pixels and back, and the precise reason where bytes are no picture.

What decodes is what any viewer shows: the first frame, upright by its EXIF orientation, on white where it is
transparent. Colour profiles are not applied.
"""

import io
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from schemas.rejects import Reason

#: The raster formats of PMC. Others that Pillow knows are left out on purpose: its EPS reader starts Ghostscript.
FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP")

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
    """The sizes a picture may have, in pixels: area at most, shorter side at least."""

    max_pixels: int = 150_000_000
    min_side: int = 32


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
    """The picture in `data`, whole and within `limits`; the size is judged by the header, before any pixel is decoded.

    Raises:
        ImageError: IMAGE_CORRUPT, IMAGE_TOO_LARGE or IMAGE_TOO_SMALL.
    """
    source = _open(data)
    width, height = source.size
    if width * height > limits.max_pixels:
        raise ImageError(Reason.IMAGE_TOO_LARGE, f"{width} x {height} pixels")
    if min(width, height) < limits.min_side:
        raise ImageError(Reason.IMAGE_TOO_SMALL, f"{width} x {height} pixels")
    try:
        source.load()
        faithful = _faithful(source, data)
        image = _eight_bit(ImageOps.exif_transpose(source))
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
        image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _open(data: bytes) -> Image.Image:
    """The header. Pillow's own guard against decompression bombs may speak first, at twice its global limit."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageError(Reason.IMAGE_TOO_LARGE, str(error)) from error
    except _BROKEN as error:
        raise ImageError(Reason.IMAGE_CORRUPT, _what(data)) from error


def _what(data: bytes) -> str:
    head = data[:1024].lower()
    if not head:
        return "empty"
    for mark, name in _NOT_RASTER:
        if mark.lower() in head:
            return f"{name}, not a raster image"
    return f"not an image that can be read; it begins with {data[:8].hex()}"


def _faithful(source: Image.Image, data: bytes) -> bool:
    """Whether every reader shows these bytes alike: 8 bits, one frame, upright, no CMYK, nothing transparent."""
    if source.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        return False
    if source.format == "JPEG":
        return source.mode in ("L", "RGB")
    if source.format != "PNG" or data[24] > 8 or getattr(source, "n_frames", 1) > 1:  # byte 24: the bit depth
        return False
    return not source.has_transparency_data or source.convert("RGBA").getchannel("A").getextrema() == (255, 255)


def _eight_bit(source: Image.Image) -> Image.Image:
    """Mode L for what is gray, else RGB; transparent parts over white."""
    if source.mode in ("F", "I") or source.mode.startswith("I;16"):
        return Image.fromarray(_to_bytes(np.asarray(source)))
    gray = source.mode in ("1", "L", "LA", "La")
    if source.has_transparency_data:
        layer = source.convert("RGBA")
        source = Image.new("RGBA", source.size, "white")
        source.alpha_composite(layer)
    return source.convert("L" if gray else "RGB")


def _to_bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Gray values to 0..255: 16-bit integers over their whole range, others, which state no white, over their own."""
    if values.dtype.kind == "u":  # of either byte order
        return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    values = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    return np.rint((values - low) * (255.0 / (high - low or 1.0))).astype(np.uint8)
