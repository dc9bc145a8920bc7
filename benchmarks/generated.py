"""Generated embeddings: clusters in clusters, and planted pairs; for benchmarks/scale.py and benchmarks/cells.py.

A unit vector is a sum of what all have in common, the middle of its kind, of its sort within that, of its family (a
study's figures) and of what is its own. There are as many kinds and sorts whatever the size, and as many families as it
takes; all are of very unequal sizes. The shares are chosen such that two strangers have cosines about 0.1, and those
that are most alike 0.4 to 0.6.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

DIMENSION = 256
KINDS, SORTS = 64, 4096
#: Shares of the squared length: of all, kind, sort, family, own.
SHARES = (0.10, 0.10, 0.10, 0.15, 0.55)
#: Share of the rows that are copies of another, and their cosine with it.
COPIES, LEAST, MOST = 0.02, 0.65, 0.99
STEPS = 1024  # components are rounded as the product rounds them

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Chunk(NamedTuple):
    """`origin`: the row in this chunk that one is a copy of, -1 for what is no copy."""

    vectors: NDArray[np.float16]
    origin: Ints
    hashes: NDArray[np.uint64]
    digests: list[str]


def chunk(number: int, rows: int) -> Chunk:
    """The chunk of this number: always the same."""
    rng = default_rng([7, number])
    copies = round(COPIES * rows)
    whole = originals(rng, rows - copies)
    origin = rng.integers(len(whole), size=copies)
    vectors = np.concatenate([whole, near(rng, whole[origin])])
    hashes = rng.integers(0, 1 << 64, rows, np.uint64)  # by chance: they find nothing, but are searched
    digests = [rng.bytes(32).hex() for _ in range(rows)]
    return Chunk(rounded(vectors), np.concatenate([np.full(len(whole), -1), origin]), hashes, digests)


def chunks(size: int, rows: int) -> Iterator[tuple[int, Chunk]]:
    """So many rows in chunks, each with the number of its first row."""
    for number, start in enumerate(range(0, size, rows)):
        yield start, chunk(number, min(rows, size - start))


def rounded(vectors: Floats) -> NDArray[np.float16]:
    """As the product rounds them."""
    return (np.round(vectors * STEPS) / STEPS).astype(np.float16)


def originals(rng: Generator, rows: int) -> Floats:
    """Vectors of which none is a copy of another."""
    common, kinds, sorts, weights = _tree()
    sizes = np.minimum(1 + rng.pareto(1.2, rows) * 4, 1000).astype(np.int64)
    family = np.repeat(np.arange(rows), sizes)[:rows]
    sort = rng.choice(SORTS, rows, p=weights)[family]
    parts = (common, kinds[sort % KINDS], sorts[sort], _noise(rng, int(family[-1]) + 1)[family], _noise(rng, rows))
    vectors = sum(np.float32(np.sqrt(share)) * part for share, part in zip(SHARES, parts, strict=True))
    return _unit(np.asarray(vectors))


@cache
def _tree() -> tuple[Floats, Floats, Floats, NDArray[np.float64]]:
    """What all have in common, the middles of kinds and sorts, and how common the sorts are (Zipf)."""
    rng = default_rng(7)
    weights = 1 / rng.permutation(np.arange(10, SORTS + 10))
    return _noise(rng, 1), _noise(rng, KINDS), _noise(rng, SORTS), weights / weights.sum()


def near(rng: Generator, originals: Floats) -> Floats:
    """A copy of each, at a cosine between LEAST and MOST."""
    cosine = rng.uniform(LEAST, MOST, (len(originals), 1)).astype(np.float32)
    away = _noise(rng, len(originals))
    away = _unit(away - (away * originals).sum(1, keepdims=True) * originals)
    return cosine * originals + np.sqrt(1 - cosine**2) * away


def _noise(rng: Generator, rows: int) -> Floats:
    """Unit vectors in any direction, some directions being commoner than others."""
    spread = (1 + np.arange(DIMENSION, dtype=np.float32) / 32) ** -0.5
    return _unit(rng.standard_normal((rows, DIMENSION), np.float32) * spread)


def _unit(vectors: Floats) -> Floats:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
