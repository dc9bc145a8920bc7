"""What tells copies of a picture without a network: a digest of its pixels, and a perceptual hash.

The hash follows C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), section 3.2.1:
64 frequencies of the luma reduced to 32 x 32 pixels, a bit each for being above their median.
"""

import hashlib
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Standard deviation of the reduced luma, in gray levels, below which a picture is flat: it has no hash.
FLAT = 2.0

_SIZE = 32
_DECIMALS = 6  # kept of a coefficient: the rest depends on the order of additions


def pixel_digest(image: Image.Image) -> str:
    """SHA-256 of the size and the RGB pixels; gray pixels give the same in modes L and RGB."""
    digest = hashlib.sha256(struct.pack("<II", *image.size))
    digest.update((image if image.mode == "RGB" else image.convert("RGB")).tobytes())
    return digest.hexdigest()


def perceptual_hash(image: Image.Image) -> int | None:
    """Bits of the frequencies 1 to 8 in each direction, row by row, the first one highest; None for a flat picture
    and for one that changes in one direction only.

    Each reduced pixel is a mean under a triangle two cells wide: of plain cells Pillow takes whole pixels, and a thin
    line would change its weight with the scale.
    """
    small = image.convert("L").resize((_SIZE, _SIZE), Image.Resampling.BILINEAR, reducing_gap=4.0)
    luma = np.asarray(small, dtype=np.float64)
    if luma.std() < FLAT:
        return None
    low = np.round(_LOW @ luma @ _LOW.T, _DECIMALS).ravel()
    return int.from_bytes(np.packbits(low > np.median(low)).tobytes(), "big") or None


def _frequencies() -> NDArray[np.float64]:
    """Rows 1 to 8 of the orthonormal DCT-II."""
    frequency, sample = np.mgrid[1:9, :_SIZE]
    return np.asarray(np.sqrt(2 / _SIZE) * np.cos(np.pi * frequency * (2 * sample + 1) / (2 * _SIZE)))


_LOW = _frequencies()
