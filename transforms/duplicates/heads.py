"""Heads: the panels that stand for all with the same pixels, and whether two of them show the same."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.ids import PANEL_SUFFIX
from transforms.duplicates.confirm import LIKENESS, LIKENESS_WITHIN, confirm
from transforms.duplicates.near import Doubles, nearness, to_pictures
from transforms.duplicates.rank import first_of_each
from transforms.duplicates.thumbnails import Fetch, Thumbnails

NEIGHBOURS = 48  # pictures that one is compared with before it is seen whether it is worth while to go on
WORTHWHILE = 0.25  # share of copies among those it was compared with last with which it is
FURTHER = 512  # that it is compared with then, at most, before it is seen again
ASKED = 512  # pairs that are compared at once

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


class Pairs(NamedTuple):
    """Rows of heads, the earlier first, with the cosine of their embeddings, whether their hashes are near, and their
    likeness: (N,).
    """

    one: Ints
    other: Ints
    cosine: Doubles
    hashed: Bools
    likeness: Floats

    def take(self, rows: Ints) -> "Pairs":
        """Those of these rows."""
        return Pairs(self.one[rows], self.other[rows], self.cosine[rows], self.hashed[rows], self.likeness[rows])


_NONE = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, bool), np.empty(0, np.float32))


def concatenated(parts: Sequence[Pairs]) -> Pairs:
    """The pairs of all parts, sorted, each once: the first of several."""
    parts = [_NONE, *parts]
    one, other = (np.concatenate([part[end] for part in parts]) for end in (0, 1))
    cosine = np.concatenate([part.cosine for part in parts])
    hashed = np.concatenate([part.hashed for part in parts])
    likeness = np.concatenate([part.likeness for part in parts])
    once = np.unique(np.stack([one, other], 1), axis=0, return_index=True)[1]
    return Pairs(one, other, cosine, hashed, likeness).take(once)


def kinds(hashed: Bools) -> pa.Array:
    """How copies of other pixels equal each other: perceptual where their hashes are near, else embedding."""
    return pa.array(np.where(hashed, "perceptual", "embedding"), pa.string())


def to_similarity(cosine: Doubles) -> Floats:
    """Cosines as tables hold them."""
    return np.round(cosine, 4).astype(np.float32)


def figures(panel_ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """The id of the figure of each panel."""
    return pc.replace_substring_regex(panel_ids, rf"(g\d+)?{PANEL_SUFFIX}$", "")


class Heads:
    """Panels, each of other pixels, in rank order, with what they are compared by.

    Panels of one figure are alike by their pixels only, since it has one style; `figure` numbers these. Those of one
    article must be more alike than others.
    """

    def __init__(self, panels: pa.Table, threshold: float, fetch: Fetch) -> None:
        self.threshold = threshold
        self.pictures = to_pictures(panels)
        self.thumbnails = Thumbnails(panels, fetch)
        self.figure = first_of_each(figures(panels["panel_id"]))[1]
        self._article = first_of_each(pc.replace_substring_regex(panels["panel_id"], "-.*", ""))[1]

    def least(self, one: Ints, other: Ints) -> Floats:
        """The likeness that each pair must have."""
        return np.where(self._within(one, other), LIKENESS_WITHIN, LIKENESS).astype(np.float32)

    def nearest(self, row: int, others: Ints) -> tuple[Ints, Doubles]:
        """Those of `others` that are near to a head, the nearest first, and how near they are."""
        near = nearness(self.pictures, np.full(len(others), row), self.pictures, others, self.threshold)
        kept = near.near
        others, closeness = others[kept], near.closeness[kept]
        order = np.lexsort((others, -closeness))
        return others[order], closeness[order]

    def closeness(self, row: int, other: int) -> float:
        """How near two heads are."""
        pair = np.array([row]), np.array([other])
        return float(nearness(self.pictures, pair[0], self.pictures, pair[1], self.threshold).closeness[0])

    def compare(self, one: Ints, other: Ints) -> tuple[Bools, Pairs]:
        """Which of these pairs show the same, and those that do, in their order."""
        one, other = np.minimum(one, other), np.maximum(one, other)
        likeness = confirm(self.thumbnails, one, self.thumbnails, other, self._within(one, other))
        same = likeness >= self.least(one, other)
        near = nearness(self.pictures, one[same], self.pictures, other[same], self.threshold)
        return same, Pairs(one[same], other[same], near.cosine, near.hashed, likeness[same])

    def _within(self, one: Ints, other: Ints) -> Bools:
        """Which pairs are of one article."""
        return np.asarray(self._article[one] == self._article[other])
