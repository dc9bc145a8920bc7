"""Panels by recursive cutting at gutters: the XY-cut (Nagy and Seth 1984), made careful for figures.

A figure is cut where a light band crosses it from edge to edge, or a uniform band of any colour that pictures border on
both sides; the parts are cut again. Unlike the classical XY-cut it stops where the parts would be no panels: letters,
legends, axis labels and colour bars are joined to the panel that they stand beside, headings of several panels are left
out, and a page of text stays whole. It prefers to leave a compound figure whole over tearing a plot apart.

It was the splitter of the first version, and is what detect.py compares with.

Lengths are in pixels of a reduced copy whose longer side is at most `WORKING_SIDE`, unless said otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WORKING_SIDE = 1400
#: A light band is a gutter from this share of the longer side on; narrower only where pictures border it.
GUTTER = 0.008
SEAM = 2  # the narrowest gutter between pictures
INK = 32  # gray levels from the background on which something is drawn: above the ringing of JPEG
CANVAS = 8  # gray levels from its median within which a tinted canvas lies, unlike pale tissue
UNIFORM = 24  # gray levels between the extremes of a uniform band
CONTRAST = 40  # gray levels between a band that is not light and the pictures beside it
SUPPORT = 0.6  # share of a gutter's length along which pictures border both of its sides
MIN_SIDE = 0.05  # of a panel, as a share of the figure's longer side
MIN_PIXELS = 32  # of a panel's side at least, however small the figure
MAX_ASPECT = 6.0
MIN_SHARE = 0.1  # of a panel's area in that of its largest sibling
BLOCK = 0.3  # share of a panel's area in connected pieces, each as large as a panel may be


class Box(NamedTuple):
    """A panel in source pixels, ends excluded.

    `score` is the evidence for the weakest cut that made it, in 0..1: the share of the gutter's length that pictures
    border, or its width as a share of three times the least width, whichever is more. A whole figure scores 1 where
    it has no gutter at all, else 0.5.
    """

    x0: int
    y0: int
    x1: int
    y1: int
    score: float


@dataclass(frozen=True)
class _Region:
    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def area(self) -> int:
        return self.width * self.height

    def span(self, axis: int) -> tuple[int, int]:
        return (self.x0, self.x1) if axis else (self.y0, self.y1)

    def place(self) -> tuple[slice, slice]:
        """Its index into an array of shape (height, width)."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def part(self, axis: int, start: int, stop: int) -> "_Region":
        return replace(self, x0=start, x1=stop) if axis else replace(self, y0=start, y1=stop)

    def union(self, other: "_Region") -> "_Region":
        return _Region(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


class _Cut(NamedTuple):
    """A gutter across a region: along axis 0 (rows) or 1 (columns), from `start` to `stop`."""

    axis: int
    start: int
    stop: int
    evidence: float

    @property
    def width(self) -> int:
        return self.stop - self.start


class _Page:
    """A figure's gray values and where something is drawn on it, with running sums so that a projection is cheap."""

    def __init__(self, gray: NDArray[np.uint8]) -> None:
        self.gray = gray
        self.ink = np.abs(gray.astype(np.int16) - _background(gray)) > INK
        height, width = gray.shape
        self.whole = _Region(0, 0, width, height)
        self.gutter = max(2 * SEAM, round(GUTTER * max(gray.shape)))
        self.side = max(MIN_PIXELS, MIN_SIDE * max(gray.shape))
        self._sums = [np.zeros((height, width + 1), np.int32), np.zeros((height + 1, width), np.int32)]
        np.cumsum(self.ink, axis=1, out=self._sums[0][:, 1:])
        np.cumsum(self.ink, axis=0, out=self._sums[1][1:])

    def empty(self, region: _Region, axis: int) -> NDArray[np.bool_]:
        """Which rows (axis 0) or columns (axis 1) of `region` have nothing drawn on them."""
        x0, y0, x1, y1 = region.x0, region.y0, region.x1, region.y1
        sums = self._sums[axis]
        drawn = sums[y1, x0:x1] - sums[y0, x0:x1] if axis else sums[y0:y1, x1] - sums[y0:y1, x0]
        return np.asarray(drawn == 0)

    def trim(self, region: _Region) -> _Region:
        """`region` without empty margins; of no extent where it is all empty."""
        for axis in (0, 1):
            drawn = np.flatnonzero(~self.empty(region, axis))
            start = region.span(axis)[0]
            if not len(drawn):
                return region.part(axis, start, start)
            region = region.part(axis, start + int(drawn[0]), start + int(drawn[-1]) + 1)
        return region


def xy_cut(gray: NDArray[np.uint8]) -> list[Box]:
    """The panels of a figure of shape (height, width); the whole figure where it is not clearly compound."""
    height, width = gray.shape
    factor = -(-max(gray.shape) // WORKING_SIDE)
    page = _Page(_reduce(gray, factor))
    drawn = page.trim(page.whole)
    panels = _panels(page, drawn, 1.0)
    if len(panels) < 2:
        return [Box(0, 0, width, height, 0.5 if any(_gutters(page, drawn)) else 1.0)]
    return [
        Box(r.x0 * factor, r.y0 * factor, min(r.x1 * factor, width), min(r.y1 * factor, height), round(score, 3))
        for r, score in panels
    ]


def _reduce(gray: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Means over squares of `factor` pixels; the last rows and columns are repeated to fill theirs."""
    if factor == 1:
        return gray
    height, width = gray.shape
    gray = np.pad(gray, ((0, -height % factor), (0, -width % factor)), mode="edge")
    blocks = gray.reshape(gray.shape[0] // factor, factor, gray.shape[1] // factor, factor)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32), dtype=np.uint8)


def _background(gray: NDArray[np.uint8]) -> int:
    """The canvas: the border's gray where that is light and all of one level, else white."""
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    level = int(np.median(border))
    uniform = np.mean(np.abs(border.astype(np.int16) - level) <= CANVAS) > 0.9
    return level if uniform and level >= 160 else 255


def _panels(page: _Page, region: _Region, score: float) -> list[tuple[_Region, float]]:
    """The panels of `region` with the evidence for each, or `region` alone."""
    for cuts in _gutters(page, region):
        groups = _groups(page, region, cuts)
        if len(groups) == 1:
            inner = _panels(page, groups[0].core, score)
            if len(inner) > 1:
                return inner
        elif groups:
            found = []
            for group in groups:
                inner = _panels(page, group.core, min(score, group.evidence))
                found += inner if len(inner) > 1 else [(group.whole, min(score, group.evidence))]
            return found
    return [(region, score)]


class _Group(NamedTuple):
    """A part that may be a panel, and the same with the letters, headings and labels that stand nearest to it."""

    core: _Region
    whole: _Region
    evidence: float


def _groups(page: _Page, region: _Region, cuts: list[_Cut]) -> list[_Group]:
    """The parts between `cuts`, those that are no panels joined to their nearest neighbour."""
    axis = cuts[0].axis
    first, last = region.span(axis)
    edges = [first, *(edge for cut in cuts for edge in (cut.start, cut.stop)), last]
    parts = [page.trim(region.part(axis, start, stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
    cores = _cores(page, parts)
    wholes = {index: parts[index] for index in cores}
    for index, part in enumerate(parts):
        if cores and index not in wholes:
            nearest = min(cores, key=lambda core: (_distance(parts[core], part, axis), core < index))
            wholes[nearest] = wholes[nearest].union(part)
    evidence = [1.0, *(cut.evidence for cut in cuts), 1.0]
    return [_Group(parts[i], wholes[i], min(evidence[i], evidence[i + 1])) for i in cores]


def _cores(page: _Page, parts: list[_Region]) -> list[int]:
    """Which parts look like panels: neither small nor thin, and made of connected pieces rather than of text."""
    large = [
        index
        for index, part in enumerate(parts)
        if min(part.width, part.height) >= page.side
        and max(part.width, part.height) <= MAX_ASPECT * min(part.width, part.height)
        and _connected(page, part) >= BLOCK * part.area
    ]
    least = MIN_SHARE * max((parts[index].area for index in large), default=0)
    return [index for index in large if parts[index].area >= least]


def _distance(a: _Region, b: _Region, axis: int) -> int:
    (a0, a1), (b0, b1) = a.span(axis), b.span(axis)
    return max(b0 - a1, a0 - b1)


def _connected(page: _Page, region: _Region) -> int:
    """Pixels of `region` in pieces that no empty row or column divides and that are as large as a panel may be."""
    region = page.trim(region)
    if min(region.width, region.height) < page.side:
        return 0
    for axis in (0, 1):
        empty = page.empty(region, axis)
        if empty.any():
            start = region.span(axis)[0]
            return sum(_connected(page, region.part(axis, start + a, start + b)) for a, b in _runs(~empty))
    return region.area


def _gutters(page: _Page, region: _Region) -> Iterator[list[_Cut]]:
    """The ways to cut `region`: along each axis at gutters of like width, the widest first; else at seams."""
    light = sorted(filter(None, (_light(page, region, axis) for axis in (0, 1))), key=_widest, reverse=True)
    yield from light
    if not light:
        yield from sorted(filter(None, (_seams(page, region, axis) for axis in (0, 1))), key=_widest, reverse=True)


def _widest(cuts: list[_Cut]) -> int:
    return max(cut.width for cut in cuts)


def _light(page: _Page, region: _Region, axis: int) -> list[_Cut]:
    """The empty bands that are wide, or bordered by pictures; of these the ones at least half as wide as the widest."""
    start = region.span(axis)[0]
    cuts = []
    for a, b in _runs(page.empty(region, axis)):
        support = _support(page, region, axis, start + a, start + b)
        if b - a >= page.gutter or (b - a >= SEAM and support >= SUPPORT):
            cuts.append(_Cut(axis, start + a, start + b, max(support, min(1.0, (b - a) / (3 * page.gutter)))))
    return [cut for cut in cuts if 2 * cut.width >= _widest(cuts)]


def _seams(page: _Page, region: _Region, axis: int) -> list[_Cut]:
    """Uniform bands of any colour within a picture, where other pictures border them on both sides."""
    gray = page.gray[region.place()]
    low, high = gray.min(axis=1 - axis), gray.max(axis=1 - axis)
    start = region.span(axis)[0]
    cuts = []
    for a, b in _runs(high.astype(np.int16) - low <= UNIFORM):
        support = _support(page, region, axis, start + a, start + b, int(low[a:b].mean()))
        if b - a >= SEAM and support >= SUPPORT:
            cuts.append(_Cut(axis, start + a, start + b, support))
    return cuts


def _support(page: _Page, region: _Region, axis: int, start: int, stop: int, level: int | None = None) -> float:
    """The share of the band's length on both of whose sides something is drawn, and differs from the band's `level`."""
    first, last = region.span(axis)
    if start == first or stop == last:
        return 0.0
    sides = []
    for near, far in ((max(first, start - 3), start), (stop, min(last, stop + 3))):
        place = region.part(axis, near, far).place()
        drawn = page.ink[place]
        if level is not None:
            drawn = drawn & (np.abs(page.gray[place].astype(np.int16) - level) > CONTRAST)
        sides.append(np.any(drawn, axis=axis))
    return float(np.mean(np.logical_and(*sides)))


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and stop of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
