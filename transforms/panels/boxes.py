"""Boxes of pixels: x0, y0, x1, y1, ends excluded."""

from collections.abc import Sequence
from math import hypot

Corners = tuple[int, int, int, int]


def around(boxes: Sequence[Corners]) -> Corners:
    """The rectangle around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def meet(one: Corners, other: Corners) -> Corners:
    """What two boxes have in common; of no area where they do not meet."""
    x0, y0 = max(one[0], other[0]), max(one[1], other[1])
    return x0, y0, max(x0, min(one[2], other[2])), max(y0, min(one[3], other[3]))


def area(box: Corners) -> int:
    """The pixels in a box."""
    return (box[2] - box[0]) * (box[3] - box[1])


def gap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """How far two boxes are apart; 0 where they touch."""
    across = max(one[0] - other[2], other[0] - one[2], 0.0)
    return hypot(across, max(one[1] - other[3], other[1] - one[3], 0.0))
