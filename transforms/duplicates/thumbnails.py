"""Thumbnails of pictures as they are asked for, and whether pairs of them show the same."""

from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.duplicates.registration import OVERLAP, SIDE, Likeness, as_they_lie, compare, follow
from transforms.duplicates.sketches import Sketches, alike_as_they_lie, empty, place, sketch

#: The correlation that a pair must have of what lies over each other.
LIKENESS = 0.93
#: The same within an article, whose pictures are alike as neighbouring slices are; what it shows twice, it copied well.
LIKENESS_WITHIN = 0.99
#: What a pair must reach to be looked at further: the correlation of the details as they lie, and that of all of one in
#: a window of the other. Of 3,116 planted copies that are confirmed (benchmarks/planted.py), all that lie as they are
#: reach 0.50 and all others 0.54; of 623 pairs of other articles in SHARED/pmc that the encoder takes for near, 2.9 %
#: reach the one and 12.5 % the other.
DETAILS, WINDOWS = 0.4, 0.52
#: Steps from the window that was found, at sides of so many pixels, and how much less than `enough` the likeness may be
#: then. Of the same copies one falls short, by the first; 1.8 % of the pairs of other articles do not.
APPROACH = (((32, 4),), 0.23), (((64, 2),), 0.07)
TOGETHER = 256  # pairs that are looked at at once
FETCHED = 8192  # thumbnails that are fetched at once: 32 MB
HELD = 1 << 16  # thumbnails that are held: 256 MB
SKETCHED = 10_240  # sketches that are held, more than a cell has panels: 420 MB

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


class Fetch(Protocol):
    """Gets the pictures of rows, whose columns say where they lie."""

    def thumbnails(self, rows: pa.Table) -> Pixels:
        """Their thumbnails: (N, SIDE, SIDE)."""

    def proofs(self, rows: pa.Table) -> list[bytes]:
        """Their proofs as they are kept (proofs.py). Few rows are asked for at once."""


class Held:
    """Fetches from rows that hold their pictures themselves."""

    def thumbnails(self, rows: pa.Table) -> Pixels:
        """The column `thumbnail`: (N, SIDE, SIDE)."""
        return np.frombuffer(b"".join(rows["thumbnail"].to_pylist()), np.uint8).reshape(-1, SIDE, SIDE)

    def proofs(self, rows: pa.Table) -> list[bytes]:
        """The column `proof`."""
        found: list[bytes] = rows["proof"].to_pylist()
        return found


class Thumbnails:
    """The thumbnails of the rows of a table, each fetched when it is first asked for."""

    def __init__(self, rows: pa.Table, fetch: Fetch) -> None:
        self._rows, self._fetch = rows, fetch
        self._place = np.full(len(rows), -1)
        self._held = np.empty((min(len(rows), HELD), SIDE, SIDE), np.uint8)
        self._count = 0
        self._drawn = np.full(len(rows), -1)
        self._sketches = empty(min(len(rows), SKETCHED))
        self._sketched = 0

    def load(self, rows: Ints) -> None:
        """Have the thumbnails of these rows, as many as may be held, fetched in a few large parts."""
        wanted = np.unique(rows)[: len(self._held)]
        missing = wanted[self._place[wanted] < 0]
        if self._count + len(missing) > len(self._held):
            self._place[:], self._count = -1, 0
            missing = wanted
        for start in range(0, len(missing), FETCHED):
            part = missing[start : start + FETCHED]
            place = np.arange(self._count, self._count + len(part))
            self._held[place] = self._fetch.thumbnails(self._rows.take(pa.array(part)))
            self._place[part] = place
            self._count += len(part)

    def get(self, rows: Ints) -> Floats:
        """The thumbnails of these rows, which are no more than may be held."""
        if (self._place[rows] < 0).any():
            self.load(rows)
        return np.asarray(self._held[self._place[rows]], np.float32)

    def sketches(self, rows: Ints) -> Sketches:
        """The sketches of these rows, which are no more than may be held."""
        missing = np.unique(rows[self._drawn[rows] < 0])
        if self._sketched + len(missing) > len(self._sketches.details):
            self._drawn[:], self._sketched = -1, 0
            missing = np.unique(rows)
        if len(missing):
            drawn = np.arange(self._sketched, self._sketched + len(missing))
            for held, made in zip(self._sketches, sketch(self.get(missing)), strict=True):
                held[drawn] = made
            self._drawn[missing] = drawn
            self._sketched += len(missing)
        return self._sketches.take(self._drawn[rows])


def confirm(ones: Thumbnails, one: Ints, others: Thumbnails, other: Ints, enough: Floats) -> Floats:
    """The likeness of rows `one` with rows `other`, 0 where they do not overlap enough: what is `enough` for each
    is not looked at further, nor what the sketches or a few steps tell to be far from it.
    """
    parts = [slice(start, start + TOGETHER) for start in range(0, len(one), TOGETHER)]
    found = [_confirmed(ones, one[part], others, other[part], enough[part]) for part in parts]
    return np.round(np.concatenate([np.empty(0, np.float32), *found]), 4).astype(np.float32)


def _confirmed(ones: Thumbnails, one: Ints, others: Thumbnails, other: Ints, enough: Floats) -> Floats:
    """The same of some pairs: each of the ways costs more than the one before, and fewer pairs come to it."""
    found = np.zeros(len(one), np.float32)
    sketches = ones.sketches(one), others.sketches(other)
    alike = np.flatnonzero(alike_as_they_lie(*sketches) >= DETAILS)
    if len(alike):
        found[alike] = as_they_lie(ones.get(one[alike]), others.get(other[alike]))
    placed = place(*sketches)
    rest = np.flatnonzero((found < enough) & (placed.correlation >= WINDOWS))
    maps, turned = placed.maps[rest], placed.turned[rest]
    least = np.minimum(enough, LIKENESS_WITHIN)
    for levels, short in APPROACH:
        if not len(rest):
            return found
        a, b = ones.get(one[rest]), others.get(other[rest])
        swapped = turned[:, None, None]
        likeness, maps = follow(np.where(swapped, b, a), np.where(swapped, a, b), maps, levels)
        found[rest] = np.maximum(found[rest], _counted(likeness))
        further = (found[rest] < enough[rest]) & (likeness.correlation >= least[rest] - short)
        rest, maps, turned = rest[further], maps[further], turned[further]
    if len(rest):
        likeness = compare(ones.get(one[rest]), others.get(other[rest]), enough[rest])
        found[rest] = np.maximum(found[rest], _counted(likeness))
    return found


def _counted(likeness: Likeness) -> Floats:
    """The correlation, 0 of pairs that do not overlap enough."""
    return np.where(likeness.overlap >= OVERLAP, likeness.correlation, np.float32(0))
