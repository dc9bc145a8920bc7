"""Whether two pictures show the same: one is laid over the other, then what lies over each other is compared.

Both are thumbnails; squares.py compares them. The affine map between them is found by Gauss-Newton steps from coarse to
fine, with gain, offset and robust weights (B. Lucas, T. Kanade 1981; S. Baker, I. Matthews, "Lucas-Kanade 20 Years On",
IJCV 2004). Every function works on many pairs at once: P pairs, thumbnails (P, SIDE, SIDE).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from transforms.duplicates.affine import improvement, inverse, smooth, unmoved, warp, warp_all, within_rim
from transforms.duplicates.squares import compare_squares

SIDE = 64  # pixels of the square that a picture is squashed to
#: Pixels of each level and the steps taken there.
LEVELS = ((16, 8), (32, 6), (64, 2))
COARSE = 0.3  # correlation after the first level below which no further one is tried
OVERLAP = 0.4  # of two pictures that must lie over each other
STEP, REACH = 0.15, 1.8  # most that a coefficient changes in a step, and its greatest magnitude

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


class Likeness(NamedTuple):
    """Of each pair: the `correlation` of what lies over each other, less a little where much of it is spoilt, how much
    of the picture does, (P,) both, and the `maps` from places of the first to places of the second, (P, 2, 3).
    """

    correlation: Floats
    overlap: Floats
    maps: Floats


def thumbnail(picture: Image.Image) -> bytes:
    """The luma of a picture squashed to SIDE x SIDE, a byte a pixel, row by row."""
    return picture.convert("L").resize((SIDE, SIDE), Image.Resampling.HAMMING, reducing_gap=2.0).tobytes()


def compare(ones: Floats, others: Floats, enough: Floats | float = np.inf) -> Likeness:
    """The likeness of pairs of thumbnails: as they are, or in the best position found.

    No better position is looked for where the correlation is `enough`, and so is the overlap.
    """
    pyramids = _pyramid(ones), _pyramid(others)
    enough = np.broadcast_to(np.asarray(enough, np.float32), len(ones))
    found = _likeness(pyramids[0][SIDE], pyramids[1][SIDE], unmoved(len(ones)))
    for turned, (a, b) in enumerate((pyramids, pyramids[::-1])):
        rest = np.flatnonzero((found.correlation < enough) | (found.overlap < OVERLAP))
        if len(rest):
            laid = _overlay(*({side: level[rest] for side, level in pyramid.items()} for pyramid in (a, b)))
            laid = laid._replace(maps=inverse(laid.maps)) if turned else laid
            better = laid.correlation > found.correlation[rest]
            for whole, part in zip(found, laid, strict=True):
                whole[rest[better]] = part[better]
    return found


def as_they_lie(ones: Floats, others: Floats) -> Floats:
    """The correlation of pairs of thumbnails as they are: (P,), a small part of the work of `compare`."""
    return _likeness(smooth(ones), smooth(others), unmoved(len(ones))).correlation


def follow(ones: Floats, others: Floats, maps: Floats, levels: Sequence[tuple[int, int]]) -> Likeness:
    """The likeness of pairs where `maps` lay each second thumbnail over the first, after so many steps at these
    levels.
    """
    a, b = _pyramid(ones), _pyramid(others)
    for side, steps in levels:
        maps = _align(a[side], b[side], maps, steps)
    return _likeness(a[SIDE], b[SIDE], maps)


def _overlay(ones: dict[int, Floats], others: dict[int, Floats]) -> Likeness:
    """The likeness where each second picture is laid over the first."""
    count = len(ones[SIDE])
    found = Likeness(np.zeros(count, np.float32), np.zeros(count, np.float32), unmoved(count))
    side, steps = LEVELS[0]
    starts = _starts(ones[SIDE], others[SIDE])
    maps, correlation = _best_start(ones[side], others[side], starts, steps)
    near = np.flatnonzero(correlation >= COARSE)
    if not len(near):
        return found
    maps = maps[near]
    a, b = ({side: level[near] for side, level in pyramid.items()} for pyramid in (ones, others))
    for side, steps in LEVELS[1:]:
        maps = _align(a[side], b[side], maps, steps)
    for whole, part in zip(found, _likeness(a[SIDE], b[SIDE], maps), strict=True):
        whole[near] = part
    return found


def _pyramid(thumbnails: Floats) -> dict[int, Floats]:
    """The thumbnails at each level, smoothed."""
    levels = {SIDE: thumbnails}
    side = SIDE
    while side > LEVELS[0][0]:
        halves = levels[side].reshape(len(thumbnails), side // 2, 2, side // 2, 2)
        side //= 2
        levels[side] = halves.mean((2, 4))
    return {side: smooth(level) for side, level in levels.items()}


def _starts(ones: Floats, others: Floats) -> list[Floats]:
    """Maps (P, 2, 3) to begin from: as they are, one larger than the other, and what is drawn onto what is drawn."""
    same = unmoved(len(ones))
    scale = np.array([[1], [1]], np.float32)
    zooms = [same * np.concatenate([np.repeat(scale * zoom, 2, 1), scale], 1) for zoom in (0.82, 1.22)]
    (low, high), (other_low, other_high) = _extent(ones), _extent(others)
    fitted = same.copy()
    factor = (other_high - other_low) / (high - low)
    fitted[:, [0, 1], [0, 1]] = factor
    fitted[:, :, 2] = (other_low + other_high) / 2 - factor * (low + high) / 2
    return [same, *zooms, fitted]


def _extent(thumbnails: Floats) -> tuple[Floats, Floats]:
    """The low and high corner, x and y in -1..1, of what is not of the corner's colour; at least half the picture."""
    drawn = np.abs(thumbnails - thumbnails[:, :1, :1]) > 12
    low, high = [], []
    for axis in (1, 2):
        profile = drawn.any(axis)
        first = np.where(profile.any(1), profile.argmax(1), 0)
        last = np.where(profile.any(1), SIDE - profile[:, ::-1].argmax(1), SIDE)
        low.append(np.minimum(first, SIDE // 4))
        high.append(np.maximum(last, SIDE - SIDE // 4))
    return tuple(np.stack(ends, 1).astype(np.float32) / SIDE * 2 - 1 for ends in (low, high))  # type: ignore[return-value]


def _best_start(a: Floats, b: Floats, starts: list[Floats], steps: int) -> tuple[Floats, Floats]:
    """The maps that a coarse alignment leads to, from whichever start the two correlate most, and the correlation."""
    best = starts[0]
    most = np.full(len(a), -1, np.float32)
    for start in starts:
        maps = _align(a, b, start, steps)
        values, inside = warp(b, maps)
        correlation = _correlation(a.reshape(len(a), -1), values, inside)
        better = correlation > most
        best = np.where(better[:, None, None], maps, best)
        most = np.where(better, correlation, most)
    return best, most


def _align(a: Floats, b: Floats, maps: Floats, steps: int) -> Floats:
    """The maps (P, 2, 3), from places x, y, 1 of `a` in -1..1 to places of `b`, improved by Gauss-Newton steps."""
    side = a.shape[1]
    flat = a.reshape(len(a), -1)
    down, across = (np.ascontiguousarray(slope * (side / 2)) for slope in np.gradient(b, axis=(1, 2)))
    for _ in range(steps):
        (values, right, below), inside = warp_all((b, across, down), maps)
        weight = inside.astype(np.float32)
        total = weight.sum(1, keepdims=True) + 1e-3
        ours = flat - (weight * flat).sum(1, keepdims=True) / total
        theirs = values - (weight * values).sum(1, keepdims=True) / total
        gain = (weight * ours * theirs).sum(1, keepdims=True) / ((weight * theirs**2).sum(1, keepdims=True) + 1e-3)
        residual = ours - gain * theirs
        spread = np.sqrt((weight * residual**2).sum(1, keepdims=True) / total) + 1e-3
        weight /= 1 + (residual / (1.5 * spread)) ** 2  # Cauchy's: what is drawn over counts little
        change = improvement(right * gain, below * gain, theirs, weight, residual, STEP)
        maps = np.clip(maps + change, -REACH, REACH)
    return maps


def _correlation(ours: Floats, theirs: Floats, inside: Bools) -> Floats:
    """The correlation of values (P, places) where they lie over each other."""
    count = inside.sum(1, keepdims=True) + 1e-3
    a = (ours - (ours * inside).sum(1, keepdims=True) / count) * inside
    b = (theirs - (theirs * inside).sum(1, keepdims=True) / count) * inside
    return np.asarray((a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1) + 1.0), np.float32)


def _likeness(a: Floats, b: Floats, maps: Floats) -> Likeness:
    """The likeness where `maps` lay each second picture over the first."""
    theirs, inside = warp(b, maps)
    overlap = inside.mean(1) / within_rim(SIDE).mean()
    return Likeness(compare_squares(a.reshape(len(a), -1), theirs, inside), overlap, maps)
