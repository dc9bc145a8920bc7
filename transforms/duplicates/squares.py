"""How alike two pictures are that lie over each other: by the squares that they are cut into.

So that arrows, words and another contrast count little. Every function works on many pairs at once.
"""

from math import isqrt

import numpy as np
from numpy.typing import NDArray

BLOCK = 4  # pixels of the squares that are compared
#: Shares of the squares, those that differ most, that do not count, for arrows and words lie there; and how much more
#: what differs in the others then does.
SPOILT = ((0.1, 1.0), (0.25, 7 / 3))
GAIN, LOCAL = 5.0, 2.0  # most by which the contrast of the two differs, and that of a square from it
CONTRAST = 8.0  # standard deviation, in gray levels, beyond which a square weighs no more: outlines are often alike
ALIKE = 0.85  # correlation of squares that tell by how much the contrast of the two differs
NOISE = 4.0  # standard deviation, in gray levels, of a square that tells little of its own contrast
FLAT = 1.0  # sum of squares a pixel, in gray levels, that a picture of nothing might have by chance

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def compare_squares(ours: Floats, theirs: Floats, inside: Bools) -> Floats:
    """The correlation within squares, over all squares but the spoilt ones: the best of each share of these, (P,).

    `ours` and `theirs` are the gray levels (P, side * side) of what lies over each other where `inside` says so.
    """
    flat = FLAT * ours.shape[1]
    ours, theirs, covered = _squares(ours), _squares(theirs), _squares(inside.astype(np.float32))
    count = covered.sum(2, keepdims=True) + 1e-3
    ours = (ours - (ours * covered).sum(2, keepdims=True) / count) * covered
    theirs = (theirs - (theirs * covered).sum(2, keepdims=True) / count) * covered
    seen = covered.mean(2) > 0.5
    own, other, both = ((x * y).sum(2) * seen for x, y in ((ours, ours), (theirs, theirs), (ours, theirs)))
    gain = _gains(own, other, both)
    other, both = other * gain**2, both * gain
    weight = _weight(own, other)
    own, other, both = own * weight, other * weight, both * weight
    difference = np.where(seen, own + other - 2 * both, -1)
    rank = np.argsort(np.argsort(-difference, axis=1, kind="stable"), axis=1, kind="stable")
    found = np.zeros(len(ours), np.float32)
    for share, strictness in SPOILT:
        kept = seen & (rank >= np.floor(seen.sum(1, keepdims=True) * share))
        x, y, xy = ((part * kept).sum(1) for part in (own, other, both))
        found = np.maximum(found, 1 - strictness * (1 - xy / np.sqrt(x * y + flat**2)))
    return found


def _gains(own: Floats, other: Floats, both: Floats) -> Floats:
    """By what the squares of each second picture are to be multiplied; below 0 where it is a negative of the first.

    Only squares that are alike but for their contrast tell the gain of a pair: a black arrow or a white label has more
    of it than all else. That of a square may differ from it by `LOCAL`, as it does under a gamma.
    """
    sign = np.where((both * _weight(own, other)).sum(1, keepdims=True) < 0, np.float32(-1), np.float32(1))
    both = both * sign
    alike = both > ALIKE * np.sqrt(own * other)
    alike = np.where(alike.any(1, keepdims=True), alike, other > 0)
    gain = (both * alike).sum(1, keepdims=True) / ((other * alike).sum(1, keepdims=True) + 1)
    gain = np.clip(gain, 1 / GAIN, GAIN)
    noise = BLOCK**2 * NOISE**2
    return np.asarray(sign * np.clip((both + noise * gain) / (other + noise), gain / LOCAL, gain * LOCAL))


def _weight(own: Floats, other: Floats) -> Floats:
    """What each square counts, so that none counts more than one of the contrast `CONTRAST`."""
    return np.asarray(np.minimum(1, BLOCK**2 * CONTRAST**2 / (np.maximum(own, other) + 1)))


def _squares(images: Floats) -> Floats:
    """(P, side * side) as (P, squares, BLOCK * BLOCK)."""
    across = isqrt(images.shape[1]) // BLOCK
    cut = images.reshape(len(images), across, BLOCK, across, BLOCK)
    return np.ascontiguousarray(cut.transpose(0, 1, 3, 2, 4)).reshape(len(images), across * across, BLOCK * BLOCK)
