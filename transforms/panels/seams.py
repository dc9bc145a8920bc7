"""Seams: thin lines of one level that cross a page, or a part of it, with pictures on both sides all along.

No panel lies on both sides of one. This is the sure part of an XY-cut (Nagy and Seth 1984): where pictures stand side
by side, too close and too like each other for the detector to tell them apart, the seams between them are plain.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 768  # of the longer side, in pixels, to which a figure is reduced for this
EVEN = 7.0  # mean gray levels by which a seam's pixels differ from their mean
CONTRAST = 16  # gray levels between a seam and the pictures
SUPPORT = 0.75  # share of a seam's length along which both sides are pictures
THICK = 0.02  # of the longer side: a wider band is a gutter, which the detector sees
LIGHT, FLAT = 180, 8  # gray levels of paper: at least, and within which most of it lies
LEAST = 0.06  # of the longer side: a part is at least as wide

Gray = NDArray[np.uint8]


class Cell(NamedTuple):
    """A part of a figure that no seam crosses, in its pixels."""

    x0: int
    y0: int
    x1: int
    y1: int


def cells(gray: Gray) -> list[Cell]:
    """The parts of a figure (height, width) between its seams; [] where it has none."""
    factor = -(-max(gray.shape) // SIDE)
    small = np.asarray(Image.fromarray(gray).reduce(factor))
    height, width = gray.shape
    found = [
        Cell(x0 * factor, y0 * factor, min(x1 * factor, width), min(y1 * factor, height))
        for x0, y0, x1, y1 in _parts(small, Cell(0, 0, small.shape[1], small.shape[0]), max(small.shape))
    ]
    return found if len(found) > 1 else []


def _parts(gray: Gray, cell: Cell, side: int) -> Iterator[Cell]:
    """`cell` cut at its seams, and each part again."""
    part = gray[cell.y0 : cell.y1, cell.x0 : cell.x1]
    across, down = _seams(part.T, side), _seams(part, side)
    if len(across) >= len(down):
        inner = [Cell(cell.x0 + x0, cell.y0, cell.x0 + x1, cell.y1) for x0, x1 in _between(across, part.shape[1])]
    else:
        inner = [Cell(cell.x0, cell.y0 + y0, cell.x1, cell.y0 + y1) for y0, y1 in _between(down, part.shape[0])]
    if len(inner) == 1 or any(_paper(gray[y0:y1, x0:x1]) for x0, y0, x1, y1 in inner):
        yield cell
        return
    for small in inner:
        yield from _parts(gray, small, side)


def _paper(gray: Gray) -> bool:
    """Whether it is light and mostly of one level, as the rows of tables are and pictures are not."""
    level = float(np.median(gray))
    return level >= LIGHT and float(np.mean(np.abs(gray - level) <= FLAT)) > 0.5


def _between(seams: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    edges = [0, *(edge for seam in seams for edge in seam), length]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _seams(lines: Gray, side: int) -> list[tuple[int, int]]:
    """First and last line, that excluded, of each seam among `lines` of shape (count, length)."""
    count, length = lines.shape
    least = LEAST * side
    if count < 2 * least or length < least:
        return []
    some = lines[:, ::3].astype(np.float32)  # enough to tell, and quick
    levels = some.mean(axis=1)
    even = np.abs(some - levels[:, None]).mean(axis=1) <= EVEN
    runs = np.flatnonzero(np.diff(np.concatenate([[False], even, [False]]))).reshape(-1, 2)
    found: list[tuple[int, int]] = []
    for start, stop in runs.tolist():
        last = found[-1][1] if found else 0
        roomy = start - last >= least and count - stop >= least and stop - start <= max(2, THICK * side)
        if roomy and _bordered(lines, start, stop, float(levels[start:stop].mean())):
            found.append((start, stop))
    return found


def _bordered(lines: Gray, start: int, stop: int, level: float) -> bool:
    """Whether pictures lie on both sides along most of a seam, both darker than it or both lighter."""
    sides = [lines[start - 4 : start - 1].mean(axis=0), lines[stop + 1 : stop + 4].mean(axis=0)]
    darker, lighter = np.max(sides, axis=0) < level - CONTRAST, np.min(sides, axis=0) > level + CONTRAST
    return max(float(darker.mean()), float(lighter.mean())) >= SUPPORT
