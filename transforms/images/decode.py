"""Pictures: bytes to 8-bit pixels and back, and the precise reason where bytes are no picture.

What decodes is what any viewer shows: the first frame (of a TIFF the largest page), upright by its EXIF orientation, on
white where it is transparent. Colour profiles are not applied.
"""

import io
import warnings
from dataclasses import dataclass, replace

from PIL import ExifTags, Image, ImageFile, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from schemas.rejects import Reason
from transforms.images.damage import MISSING, PNG_END, ended_jpeg, essential_png, missing_share
from transforms.images.open import STANDARD, ImageError, Limits, blamed, load, open_picture
from transforms.images.pixels import (
    PLAIN,
    WHITES,
    Values,
    bands,
    deep_levels,
    eight_bit,
    is_deep,
    join_bytes,
    read_low_bytes,
    use_native_order,
)
from transforms.images.tiff import Page, is_tiff, largest_page, readable

__all__ = ["ImageError", "Limits", "Picture", "decode", "encode"]

#: How hard PNGs are compressed: half the time of the usual 6, for 6 % more bytes (the 53 PNG crops of the real mirror).
PNG_LEVEL = 3

#: Bytes a pixel of a second picture beside the one that is decoded.
SECOND = 4


@dataclass(frozen=True)
class Picture:
    """Decoded pixels (mode L or RGB), and how panels of this source are stored.

    `format` (jpg or png) is that of panels cut from it; `faithful` says that the source's own bytes are in this format
    and show these pixels in every reader; `truncated` that they end too early.
    """

    image: Image.Image
    format: str
    faithful: bool
    truncated: bool


def decode(data: bytes, limits: Limits = STANDARD) -> Picture:
    """The picture in `data`, within `limits`, which are judged by the header, before any pixel is decoded.

    It is whole. Only of a JPEG the last bytes may be missing: then the share `damage.MISSING` of it at most is
    gray. A PNG may lack what follows its pixels.

    Raises:
        ImageError: IMAGE_CORRUPT, IMAGE_TOO_LARGE or IMAGE_TOO_SMALL.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow warns of is either harmless or becomes a reject
        if is_tiff(data):
            return _tiff(data, limits)
        if ended := ended_jpeg(data):
            return _cut_jpeg(*ended, limits)
        try:
            return _picture(open_picture(data, limits), data, limits)
        except ImageError as error:
            if error.reason is Reason.IMAGE_CORRUPT and (essential := essential_png(data)):
                return replace(_picture(open_picture(essential, limits), essential, limits), faithful=False)
            raise


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


def _picture(source: ImageFile.ImageFile, data: bytes, limits: Limits, values: Values = PLAIN) -> Picture:
    """The opened picture, decoded; `data` are its bytes."""
    deep = is_deep(source)
    use_native_order(source)
    load(source)
    with blamed(source):
        faithful = _faithful(source, data)
        ImageOps.exif_transpose(source, in_place=True)
        if deep:
            _deepen(source, data, limits, values)
        image = eight_bit(source, values)
    truncated = source.format == "PNG" and PNG_END not in data
    return Picture(image, "jpg" if source.format in ("JPEG", "MPO") else "png", faithful and not truncated, truncated)


def _deepen(source: ImageFile.ImageFile, data: bytes, limits: Limits, values: Values) -> None:
    """Colours of 16 bits, decoded to their high bytes, as gray levels of what is white in them."""
    levels = deep_levels(source, values.stated)
    if min(levels) < WHITES[-1]:
        if values.planar:
            raise ImageError(Reason.IMAGE_CORRUPT, "a TIFF that cannot be read: colours of 12 bits in 16, in planes")
        low = open_picture(data, limits, each=SECOND)
        read_low_bytes(low)
        load(low)
        ImageOps.exif_transpose(low, in_place=True)
        join_bytes(source, low, levels)


def _tiff(data: bytes, limits: Limits) -> Picture:
    """The largest page of a TIFF."""
    pages = largest_page(data)
    page = Page.read(pages)
    if page.misread:
        raise ImageError(Reason.IMAGE_CORRUPT, str(page))
    rewritten = readable(pages, page)
    source = open_picture(rewritten, limits, beside=0 if rewritten is data else len(data))
    return _picture(source, rewritten, limits, Values(page.stated, page.inverted, page.type, page.planar))


def _cut_jpeg(data: bytes, noisy: bytes, limits: Limits) -> Picture:
    """A JPEG without its last bytes, from what `ended_jpeg` made of it."""
    source, other = (open_picture(jpeg, limits, each=SECOND) for jpeg in (data, noisy))
    load(source)
    load(other)
    assert isinstance(source, JpegImageFile)
    if (missing := missing_share(source, other, data)) > MISSING:
        raise ImageError(Reason.IMAGE_CORRUPT, f"JPEG: truncated, {missing:.0%} is missing")
    del other
    return replace(_picture(source, data, limits), faithful=False, truncated=True)


def _faithful(source: ImageFile.ImageFile, data: bytes) -> bool:
    """Whether every reader shows these bytes alike: 8 bits, one frame, upright, no CMYK, nothing transparent."""
    if source.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        return False
    if source.format == "JPEG":
        return source.mode in ("L", "RGB")
    if source.format != "PNG" or data[24] > 8 or getattr(source, "n_frames", 1) > 1:  # byte 24: the bit depth
        return False
    return not source.has_transparency_data or all(
        band.convert("RGBA").getchannel("A").getextrema() == (255, 255) for _, band in bands(source)
    )
