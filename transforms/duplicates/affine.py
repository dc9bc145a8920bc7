"""Affine maps between the two pictures of a pair: where they lead, and how a Gauss-Newton step improves them.

A map (2, 3) leads from places x, y, 1 of the first picture, in -1..1, to places of the second. Every function works on
many pairs at once: P pairs, pictures (P, side, side).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

#: What does not count at the edges of a picture, as part of its side: there lies the frame of the other.
RIM = 1 / 32

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def smooth(images: Floats, apart: int = 1) -> Floats:
    """A binomial mean over 3 x 3 pixels that lie so far `apart`."""
    side = images.shape[1]
    padded = np.pad(images, ((0, 0), (apart, apart), (apart, apart)), mode="edge")
    rows = (padded[:, :side] + padded[:, -side:]) / 4 + padded[:, apart:-apart] / 2
    return np.asarray((rows[..., :side] + rows[..., -side:]) / 4 + rows[..., apart:-apart] / 2)


def unmoved(count: int) -> Floats:
    """The maps that change nothing."""
    return np.tile(np.array([[1, 0, 0], [0, 1, 0]], np.float32), (count, 1, 1))


def inverse(maps: Floats) -> Floats:
    """The maps that lead back; of what is crushed to a line, some that lead far away."""
    (a, b, x), (c, d, y) = maps.transpose(1, 2, 0)
    factor = a * d - b * c
    factor = np.where(np.abs(factor) < 1e-3, np.float32(1e-3), factor)
    back = [[d, -b, b * y - d * x], [-c, a, c * x - a * y]]
    return np.ascontiguousarray((np.array(back) / factor).transpose(2, 0, 1), np.float32)


def warp(images: Floats, maps: Floats) -> tuple[Floats, Bools]:
    """What of `images` lies under each place of the other picture, (P, places), and whether it lies inside at all."""
    (values,), inside = warp_all((images,), maps)
    return values, inside


def warp_all(several: Sequence[Floats], maps: Floats) -> tuple[list[Floats], Bools]:
    """The same of several images of each pair, which all lie alike."""
    count, side, _ = several[0].shape
    x, y = places(side)
    column = (maps[:, 0, :1] * x + maps[:, 0, 1:2] * y + maps[:, 0, 2:] + 1) * (side / 2) - 0.5
    row = (maps[:, 1, :1] * x + maps[:, 1, 1:2] * y + maps[:, 1, 2:] + 1) * (side / 2) - 0.5
    inside = (column >= -0.5) & (column <= side - 0.5) & (row >= -0.5) & (row <= side - 0.5) & within_rim(side)
    column, row = np.clip(column, 0, side - 1.001), np.clip(row, 0, side - 1.001)
    left, top = column.astype(np.int32), row.astype(np.int32)
    column -= left
    row -= top
    corner = (top * side + left + (np.arange(count, dtype=np.int32) * side * side)[:, None]).astype(np.intp)
    return [_between(images.reshape(-1), side, corner, column, row) for images in several], inside


def _between(flat: Floats, side: int, corner: NDArray[np.intp], column: Floats, row: Floats) -> Floats:
    """The values between four pixels each, of which `corner` is the first."""
    # Every corner lies within; only bounds that are clipped are not looked up one by one.
    first, second, third, fourth = (flat.take(corner + step, mode="clip") for step in (0, 1, side, side + 1))
    upper = first * (1 - column) + second * column
    lower = third * (1 - column) + fourth * column
    return np.asarray(upper * (1 - row) + lower * row)


@cache
def places(side: int) -> tuple[Floats, Floats]:
    """x and y in -1..1 of the middle of each pixel, row by row."""
    middle = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
    return np.tile(middle, side), np.repeat(middle, side)


@cache
def within_rim(side: int) -> Bools:
    """Which pixels do not lie at the edges, row by row."""
    rim = max(1, int(RIM * side))
    within = np.zeros((side, side), bool)
    within[rim:-rim, rim:-rim] = True
    return within.ravel()


def improvement(right: Floats, below: Floats, values: Floats, weight: Floats, residual: Floats, most: float) -> Floats:
    """The change of maps (P, 2, 3) in a Gauss-Newton step: the least squares of `residual`, by place, gain and offset.

    `right` and `below` are the slopes of `values`, the second picture where the maps lead; all are (P, places). No
    coefficient changes by more than `most`.
    """
    x, y = places(round(values.shape[1] ** 0.5))
    slopes = np.stack([right * x, right * y, right, below * x, below * y, below, values, np.ones_like(values)], 1)
    weighted = slopes * weight[:, None]
    normal = weighted @ slopes.transpose(0, 2, 1)
    size = normal.shape[1]
    damping = 1e-3 * np.trace(normal, axis1=1, axis2=2) / size + 1e-3
    normal += damping[:, None, None] * np.eye(size, dtype=np.float32)
    change = np.linalg.solve(normal, weighted @ residual[..., None])[:, :6, 0]
    return np.asarray(np.clip(change, -most, most).reshape(-1, 2, 3))
