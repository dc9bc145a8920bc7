"""What tells copies of a picture: a digest of its pixels, a perceptual hash, and an embedding.

Both of the latter come from the discrete cosine transform of the picture reduced to 32 x 32 pixels. The hash follows
C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), section 3.2.1: 64 luma
frequencies, a bit each for being above their median.
"""

import hashlib
import struct
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from schemas.panels import PANELS
from schemas.tables import conform
from transforms.images import Limits, decode

ENCODER = "dct-1"
DIMENSION = 128
#: Standard deviation of the reduced luma, in gray levels, below which a picture is flat: it has no hash.
FLAT = 2.0

_SIZE = 32
_LUMA, _CHROMA = 80, 24  # frequencies in the embedding: of luma without its mean, of each chroma plane with it
_DECIMALS = 6  # kept of a coefficient: the rest depends on the order of additions

Floats = NDArray[np.float64]


class Hashes(NamedTuple):
    """`phash` is None for a flat picture; `embedding` has shape (128,), float16, unit length."""

    pixel_sha256: str
    phash: int | None
    embedding: NDArray[np.float16]


class HashPanels:
    """LINKED to PANELS: the columns by which duplicates are found."""

    name = "hashes"
    version = "1"
    cpus = 1.0
    gpus = 0.0
    batch = 64
    output = PANELS

    def setup(self) -> None:
        """Nothing to open: the transform is computed."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """`table` with the hashes of each panel's image."""
        hashes = [hash_picture(decode(image.as_py(), Limits(min_side=1)).image) for image in table["image"]]
        columns: dict[str, Any] = {
            "pixel_sha256": [each.pixel_sha256 for each in hashes],
            "phash": [each.phash for each in hashes],
            "embedding": [each.embedding for each in hashes],
            "encoder": [ENCODER] * len(hashes),
        }
        for name, values in columns.items():
            table = table.append_column(name, pa.array(values, PANELS.field(name).type))
        return conform(table, self.output)


def hash_picture(image: Image.Image) -> Hashes:
    """The hashes of a picture in mode L or RGB; gray pixels hash alike in both."""
    image = image.convert("RGB")
    pixels = hashlib.sha256(struct.pack("<II", *image.size))
    pixels.update(image.tobytes())
    digest = pixels.hexdigest()
    planes = _planes(image)
    spectra = np.round(_DCT @ planes @ _DCT.T, _DECIMALS)
    vector = _weighted(spectra)
    if planes[0].std() < FLAT or not vector.any():
        return Hashes(digest, None, np.eye(1, DIMENSION, dtype=np.float16)[0])
    embedding = np.round(vector / np.linalg.norm(vector), _DECIMALS).astype(np.float16)
    return Hashes(digest, _phash(spectra[0]), embedding)


def _planes(image: Image.Image) -> Floats:
    """Luma and both chroma planes (ITU-R BT.601, as in JPEG) of the reduced picture: shape (3, 32, 32).

    Each value is a mean under a triangle two cells wide: of plain cells Pillow takes whole pixels, and a thin line
    would change its weight with the scale.
    """
    small = np.asarray(image.resize((_SIZE, _SIZE), Image.Resampling.BILINEAR), dtype=np.float64)
    red, green, blue = np.moveaxis(small, 2, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return np.stack([luma, (blue - luma) * 0.564, (red - luma) * 0.713])


def _phash(luma: Floats) -> int:
    """Bits of the frequencies 1 to 8 in each direction, row by row, the first one highest."""
    low = luma[1:9, 1:9].ravel()
    return int.from_bytes(np.packbits(low > np.median(low)).tobytes(), "big")


def _weighted(spectra: Floats) -> Floats:
    """The lowest frequencies of luma, then of each chroma plane, from low to high, weighted: shape (128,)."""
    luma, blue, red = spectra.reshape(3, -1)[:, _ORDER] * _WEIGHTS
    return np.concatenate([luma[1 : _LUMA + 1], _CHROMA_WEIGHT * blue[:_CHROMA], _CHROMA_WEIGHT * red[:_CHROMA]])


def _dct_matrix(size: int) -> Floats:
    """The orthonormal DCT-II: rows are frequencies."""
    frequency, sample = np.mgrid[:size, :size]
    matrix = np.sqrt(2 / size) * np.cos(np.pi * frequency * (2 * sample + 1) / (2 * size))
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix)


_DCT = _dct_matrix(_SIZE)
_RADIUS = np.hypot(*np.mgrid[:_SIZE, :_SIZE]).ravel()
_ORDER = np.argsort(_RADIUS, kind="stable")
#: Amplitudes fall with the frequency: raised again, the high ones tell pictures of one layout apart.
_WEIGHTS = np.maximum(_RADIUS[_ORDER], 1.0) ** 1.5
_CHROMA_WEIGHT = 0.25  # little, so that a copy without its colour is still like
