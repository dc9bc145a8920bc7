"""A map between two pictures, known from their thumbnails, made as exact as their proofs allow.

Gauss-Newton steps as in registration.py, from coarse to fine: thumbnails may tell an offset that moves lines of a proof
by more than their width. What lies at the edges of either picture does not count: there may be a frame.
"""

import numpy as np
from numpy.typing import NDArray

from transforms.duplicates.affine import improvement, places, warp_all

STEPS = 3  # at each level
HALVINGS = 2, 1  # of the side of a proof, at each level
RIM = 0.06  # of half a side: what does not count
STEP = 0.05  # most that a coefficient changes in a step
CLEAR = 30.0  # gray levels beyond which a difference counts no more

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def inner(maps: Floats, side: int) -> Bools:
    """Which places of the first picture lie away from the edges of both, row by row: (P, places)."""
    x, y = places(side)
    column = maps[:, 0, :1] * x + maps[:, 0, 1:2] * y + maps[:, 0, 2:]
    row = maps[:, 1, :1] * x + maps[:, 1, 1:2] * y + maps[:, 1, 2:]
    return np.asarray(
        (np.maximum(np.abs(column), np.abs(row)) <= 1 - RIM) & (np.maximum(np.abs(x), np.abs(y)) <= 1 - RIM)
    )


def refine(ones: Floats, others: Floats, maps: Floats) -> Floats:
    """`maps` improved for pairs of proofs that they lay over each other."""
    for halvings in HALVINGS:
        maps = _descend(_halved(ones, halvings), _halved(others, halvings), maps)
    return maps


def _halved(pictures: Floats, times: int) -> Floats:
    """Pictures with their sides halved so many times."""
    part = 2**times
    count, side, _ = pictures.shape
    return np.asarray(pictures.reshape(count, side // part, part, side // part, part).mean((2, 4)), np.float32)


def _descend(ones: Floats, others: Floats, maps: Floats) -> Floats:
    """The best of `maps` and of those that the steps lead to: where the first picture differs least from the second."""
    side = ones.shape[1]
    flat = ones.reshape(len(ones), -1)
    down, across = (np.ascontiguousarray(slope * (side / 2)) for slope in np.gradient(others, axis=(1, 2)))
    best, least = maps, np.full(len(maps), np.inf, np.float32)
    for step in range(STEPS + 1):
        weight = inner(maps, side).astype(np.float32)
        (values, right, below), _ = warp_all((others, across, down), maps)
        total = weight.sum(1, keepdims=True) + 1e-3
        ours = flat - (weight * flat).sum(1, keepdims=True) / total
        theirs = values - (weight * values).sum(1, keepdims=True) / total
        gain = (weight * ours * theirs).sum(1, keepdims=True) / ((weight * theirs**2).sum(1, keepdims=True) + 1e-3)
        residual = ours - gain * theirs
        left = _clear(residual, weight) / _clear(ours, weight)
        better = left < least
        best = np.where(better[:, None, None], maps, best)
        least = np.where(better, left, least)
        if step < STEPS:
            spread = (weight * np.abs(residual)).sum(1, keepdims=True) / total + 0.5
            weight /= 1 + (residual / (2 * spread)) ** 2  # Cauchy's: what is drawn over counts little
            maps = maps + improvement(right * gain, below * gain, theirs, weight, residual, STEP)
    return np.asarray(best, np.float32)


def _clear(differences: Floats, weight: Floats) -> Floats:
    """The weighted sum of the differences, each of them CLEAR at most: (P,)."""
    return np.asarray((weight * np.minimum(np.abs(differences), CLEAR)).sum(1) + 1.0)
