"""Which pictures are near: by the cosine of their embeddings, or by the bits of their perceptual hashes.

Every picture is compared with every other one, by products of matrices; no index loses any.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.duplicates.cells import to_matrix

RADIUS = 8  # bits in which the perceptual hashes of copies may differ
BITS = 64  # of a hash
ENTRIES = 1 << 23  # of the matrix of cosines that is held at once
SLACK = 1e-3  # by which a product of single precision may be too small
EXACT = 4096  # pairs whose cosines are computed exactly at once

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


class Pictures(NamedTuple):
    """Unit vectors (N, dimension), and the hashes as 1 and -1 (N, BITS), 0 where there is none.

    Two hashes that differ in n bits have the product BITS - 2 n.
    """

    vectors: Floats
    bits: Floats

    def take(self, rows: Ints) -> "Pictures":
        """Those of these rows."""
        return Pictures(self.vectors[rows], self.bits[rows])


class Nearness(NamedTuple):
    """Of pairs: the cosine of their embeddings, the greater of it and that of their hashes, whether their hashes are
    near, and whether they are near by either.
    """

    cosine: Doubles
    closeness: Doubles
    hashed: Bools
    near: Bools


def to_pictures(table: pa.Table) -> Pictures:
    """The columns `embedding` and `phash`; pictures without the former are near by their hashes alone."""
    hashes = table["phash"]
    codes = hashes.fill_null(0).to_numpy().view(np.uint8).reshape(-1, BITS // 8)
    bits = np.unpackbits(codes, axis=1).astype(np.float32) * 2 - 1
    bits[~hashes.is_valid().to_numpy()] = 0
    vectors = to_matrix(table["embedding"]) if "embedding" in table.column_names else np.zeros((len(table), 0))
    return Pictures(vectors.astype(np.float32, copy=False), bits)


def near_blocks(ones: Pictures, others: Pictures, threshold: float) -> Iterator[tuple[int, Bools]]:
    """Which rows of `others` are near to each row of `ones`, and a few that are hardly not: the first row of a block
    of `ones`, and a mask (block, N). `threshold` is the least cosine.
    """
    size = max(1, ENTRIES // max(1, len(others.vectors)))
    for start in range(0, len(ones.vectors), size):
        part = slice(start, start + size)
        found = ones.vectors[part] @ others.vectors.T >= threshold - SLACK
        found |= ones.bits[part] @ others.bits.T >= BITS - 2 * RADIUS
        yield start, found


def nearness(ones: Pictures, one: Ints, others: Pictures, other: Ints, threshold: float) -> Nearness:
    """How near rows `one` of `ones` are to rows `other` of `others`.

    Double precision multiplies and adds what half precision holds without a loss, so no order of additions shows.
    """
    cosine, same = np.empty(len(one)), np.empty(len(one))
    for start in range(0, len(one), EXACT):
        part = slice(start, start + EXACT)
        a, b = ones.take(one[part]), others.take(other[part])
        cosine[part] = np.einsum("ij,ij->i", a.vectors.astype(np.float64), b.vectors.astype(np.float64))
        same[part] = np.einsum("ij,ij->i", a.bits, b.bits)
    hashed = same >= BITS - 2 * RADIUS
    return Nearness(cosine, np.maximum(cosine, same / BITS), hashed, (cosine >= threshold) | hashed)
