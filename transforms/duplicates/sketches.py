"""Sketches of thumbnails: what tells most pairs that do not show the same, at a small part of the cost of `compare`.

A sketch is made once a picture and holds its details, which are the gray levels less those around them, over their
spread, so that arrows, words and another contrast count little; and the same of the windows that a copy may be cut to.
The details of two pictures as they lie, and all of each one in the windows of the other, are products of vectors.
"""

from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DETAIL = 32  # pixels of the side of the details
WINDOW = 12  # pixels of the side of a window
#: Pixels around which gray levels are compared, the spread below which they are noise, the most that a detail counts.
AROUND, NOISE, MOST = 2.0, 4.0, 3.0
#: Begin and end of the windows, along either axis: the first is all of it.
SPANS = (
    (0.0, 1.0), (0.0, 0.93), (0.035, 0.965), (0.07, 1.0), (0.0, 0.85), (0.075, 0.925), (0.15, 1.0), (0.1, 0.9),
)  # fmt: skip

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Sketches(NamedTuple):
    """Unit vectors: `details` (N, DETAIL * DETAIL), `windows` (N, windows, WINDOW * WINDOW)."""

    details: Floats
    windows: Floats

    def take(self, rows: Ints) -> "Sketches":
        """Those of these rows."""
        return Sketches(self.details[rows], self.windows[rows])


class Placed(NamedTuple):
    """Where one of each pair lies in the other: how well, whether it is the second that lies in the first, and the
    maps (P, 2, 3) from places of the one to places of the other.
    """

    correlation: Floats
    turned: NDArray[np.bool_]
    maps: Floats


def empty(count: int) -> Sketches:
    """Room for so many."""
    windows = len(SPANS) ** 2
    return Sketches(
        np.empty((count, DETAIL * DETAIL), np.float32), np.empty((count, windows, WINDOW * WINDOW), np.float32)
    )


def sketch(thumbnails: Floats) -> Sketches:
    """The sketches of thumbnails (N, side, side)."""
    count, side, _ = thumbnails.shape
    part = side // DETAIL
    small = thumbnails.reshape(count, DETAIL, part, DETAIL, part).mean((2, 4), dtype=np.float32)
    blur, cut = _blur(), _cut()
    details = small - blur @ small @ blur.T
    spread = np.sqrt(blur @ (details * details) @ blur.T + NOISE**2)
    details = np.clip(details / spread, -MOST, MOST)
    spans = len(SPANS)
    windows = (cut @ details @ cut.T).reshape(count, spans, WINDOW, spans, WINDOW).transpose(0, 1, 3, 2, 4)
    return Sketches(_unit(details.reshape(count, -1)), _unit(windows.reshape(count, spans**2, -1)))


def alike_as_they_lie(ones: Sketches, others: Sketches) -> Floats:
    """The correlation of the details of pairs, whichever of the two is a negative: (P,)."""
    both = ones.details * others.details
    return np.asarray(np.abs(both.sum(1)))


def place(ones: Sketches, others: Sketches) -> Placed:
    """Where all of one of each pair is most like a window of the other."""
    one, other = ones.windows, others.windows
    found = np.concatenate([other @ one[:, 0, :, None], one @ other[:, 0, :, None]], 1)[..., 0]
    best = found.argmax(1)
    most = np.take_along_axis(found, best[:, None], 1)[:, 0]
    turned, window = np.divmod(best, other.shape[1])
    return Placed(most, turned > 0, _maps()[window])


def _unit(vectors: Floats) -> Floats:
    vectors = vectors - vectors.mean(-1, keepdims=True)
    return np.asarray(vectors / (np.sqrt((vectors * vectors).sum(-1, keepdims=True)) + 1e-3), np.float32)


@cache
def _blur() -> Floats:
    """A Gaussian mean along an axis."""
    place = np.arange(DETAIL)
    weights = np.exp(-((place[:, None] - place) ** 2) / (2 * AROUND**2))
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


@cache
def _cut() -> Floats:
    """The pixels of all windows along an axis, as linear means of those of the details."""
    ends = np.array(SPANS) * DETAIL
    size = np.diff(ends) / WINDOW
    middle = ends[:, :1] + (np.arange(WINDOW) + 0.5) * size
    distance = np.abs(np.arange(DETAIL) + 0.5 - middle[..., None])
    weights = np.clip(1 - distance / np.maximum(size, 1)[..., None], 0, None).reshape(-1, DETAIL)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


@cache
def _maps() -> Floats:
    """The map from all of a picture to each window."""
    maps = [
        [[right - left, 0, left + right - 1], [0, low - high, high + low - 1]]
        for (high, low), (left, right) in product(SPANS, SPANS)
    ]
    return np.array(maps, np.float32)
