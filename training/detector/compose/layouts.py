"""Where panels stand on a page: layouts that people drew and layouts by rule.

A layout is a list of regions, each with one letter, and in it the slots of its panels. Coordinates are shares of the
page's width and height.
"""

import gzip
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

BLEEDING = 0.45  # share of the pages of one grid of pictures that these cover
TOUCHING = 0.006  # of the page, between panels that are pictures side by side: plots keep further apart


@dataclass(frozen=True)
class Rect:
    """Shares of the page, 0..1."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """A share of the page's."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """A share of the page's."""
        return self.y1 - self.y0


@dataclass(frozen=True)
class Region:
    """A lettered part of a page. Its slots are panels; `tight` ones are pictures that fill their slots side by side."""

    box: Rect
    slots: tuple[Rect, ...]
    tight: bool = False
    headed: bool = False  # room was left above and to the left of the slots for headings


@dataclass(frozen=True)
class Layout:
    """Regions in reading order on a page of `aspect` width by height."""

    aspect: float
    regions: tuple[Region, ...]
    bleeds: bool = False  # pictures reach the page's edges: nothing stands outside of them


def drawn_layouts(path: Path) -> list[Layout]:
    """The layouts of NLM PanelSeg annotations (Zou et al. 2020), without figures of one panel.

    Panels that touch each other are taken for pictures; where all do, they cover the page.
    """
    layouts = []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            boxes = np.array([panel["panel"] for panel in json.loads(line)["panels"]], dtype=float)
            if len(boxes) < 2 or (boxes[:, 2:] - boxes[:, :2]).min() < 12:
                continue
            tight = _touching(boxes)
            low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
            margin = 0 if tight.all() else 4
            low, extent = low - margin, high - low + 2 * margin
            slots = [Rect(*map(float, box)) for box in (boxes - np.tile(low, 2)) / np.tile(extent, 2)]
            regions = tuple(Region(slot, (slot,), bool(each)) for slot, each in zip(slots, tight, strict=True))
            layouts.append(Layout(float(extent[0] / extent[1]), regions, bleeds=bool(tight.all())))
    return layouts


def _touching(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each panel (n, 4) has another one close beside it, in the same row or column."""
    near = TOUCHING * (boxes[:, 2:].max(0) - boxes[:, :2].min(0))
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    meet = np.abs(low - boxes[:, 2:]) < near
    aligned = (np.abs(low - boxes[:, :2]) < near) & (np.abs(high - boxes[:, 2:]) < near)
    pairs = (meet & aligned[..., ::-1]).any(2)
    return np.asarray((pairs | pairs.T).any(1))


def make_layout(rng: Generator) -> Layout:
    """A layout by rule: one panel, a regular grid, or a page divided again and again; regions may hold grids."""
    aspect = float(np.exp(rng.normal(0.1, 0.45)))
    page = Rect(*rng.uniform(0, 0.04, 2), *rng.uniform(0.96, 1, 2))
    kind = rng.choice(["single", "grid", "tiles", "divided"], p=[0.16, 0.13, 0.43, 0.28])
    if kind == "single":
        return Layout(aspect, (Region(page, (page,)),))
    if kind == "tiles" and rng.random() < BLEEDING:
        return Layout(aspect, (_mosaic(rng, aspect),), bleeds=True)
    if kind == "tiles":
        return Layout(aspect, (_tiles(rng, page, aspect, headed=rng.random() < 0.6),))
    gutter = float(rng.choice([0.0, rng.uniform(0.003, 0.01), rng.uniform(0.01, 0.06)], p=[0.1, 0.25, 0.65]))
    if kind == "grid":
        rows, columns = shape(rng, aspect, 6)
        boxes = grid(rng, page, rows, columns, gutter, gutter * aspect, even=rng.random() < 0.7)
        return Layout(aspect, tuple(_region(rng, box, aspect, 0.08) for box in boxes))
    boxes = _divide(rng, page, aspect, gutter, depth=int(rng.integers(1, 4)))
    return Layout(aspect, tuple(_region(rng, box, aspect, 0.25) for box in boxes))


def grid(
    rng: Generator, box: Rect, rows: int, columns: int, gap_x: float, gap_y: float, even: bool = True
) -> list[Rect]:
    """`rows` by `columns` parts of `box`, row-major; gaps are shares of the page, uneven parts up to threefold."""
    xs = _spans(rng, box.x0, box.x1, columns, gap_x, even)
    ys = _spans(rng, box.y0, box.y1, rows, gap_y, even)
    return [Rect(x0, y0, x1, y1) for y0, y1 in ys for x0, x1 in xs]


def _spans(rng: Generator, start: float, stop: float, count: int, gap: float, even: bool) -> list[tuple[float, float]]:
    gap = min(gap, 0.3 * (stop - start) / count)
    sizes = np.ones(count) if even else rng.uniform(0.5, 1.5, count)
    sizes *= (stop - start - gap * (count - 1)) / sizes.sum()
    edges = start + np.concatenate([[0.0], np.cumsum(sizes + gap)])
    # the last end, a sum of shares, may lie a bit beyond
    return [(float(edge), min(float(edge + size), stop)) for edge, size in zip(edges, sizes, strict=False)]


def shape(rng: Generator, aspect: float, most: int) -> tuple[int, int]:
    """Rows and columns of a grid whose cells are not too far from squares, as far as `most` of each allow."""
    aspect = float(np.clip(aspect, 0.5 / most, 2.0 * most))
    while True:
        rows, columns = (int(min(most, 1 + rng.geometric(0.38) - (rng.random() < 0.4))) for _ in range(2))
        if rows * columns > 1 and 0.25 < aspect * rows / columns < 4:
            return rows, columns


def _divide(rng: Generator, box: Rect, aspect: float, gutter: float, depth: int) -> list[Rect]:
    """Cut into rows or columns, each of which may be cut the other way; wide parts rather into columns."""
    proportions = box.width * aspect / box.height
    if depth == 0 or min(box.width, box.height) < 0.12:
        return [box]
    across = rng.random() < 1 / (1 + proportions**-2)
    count = int(rng.choice([2, 3, 4], p=[0.55, 0.33, 0.12]))
    even = bool(rng.random() < 0.45)
    parts = (
        grid(rng, box, 1, count, gutter, 0.0, even) if across else grid(rng, box, count, 1, 0.0, gutter * aspect, even)
    )
    return [
        leaf
        for part in parts
        for leaf in _divide(rng, part, aspect, gutter, depth - int(rng.integers(1, 3)) if depth > 1 else 0)
    ]


def _region(rng: Generator, box: Rect, aspect: float, nested: float) -> Region:
    """One panel, or with the chance `nested` several: pictures side by side, or plots."""
    proportions = box.width * aspect / box.height
    if rng.random() >= nested or min(box.width, box.height) < 0.15:
        return Region(box, (box,))
    if rng.random() < 0.55:
        return _tiles(rng, box, aspect, headed=rng.random() < 0.6)
    rows, columns = shape(rng, proportions, 4)
    gap = float(rng.uniform(0.005, 0.04))
    return Region(box, tuple(grid(rng, box, rows, columns, gap, gap * aspect)))


def _tiles(rng: Generator, box: Rect, aspect: float, headed: bool) -> Region:
    """A grid of pictures with narrow seams, with or without room for the headings of rows and columns."""
    rows, columns = shape(rng, box.width * aspect / box.height, 8)
    inner = replace(box, x0=box.x0 + 0.07 * box.width, y0=box.y0 + 0.08 * box.height) if headed else box
    gap = _seam(rng)
    return Region(box, tuple(grid(rng, inner, rows, columns, gap, gap * aspect)), tight=True, headed=headed)


def _mosaic(rng: Generator, aspect: float) -> Region:
    """Pictures that cover a page: one, a grid, or larger ones beside smaller."""
    page = Rect(0.0, 0.0, 1.0, 1.0)
    kind = rng.choice(["single", "grid", "divided"], p=[0.2, 0.55, 0.25])
    if kind == "grid":
        return _tiles(rng, page, aspect, headed=False)
    depth = 0 if kind == "single" else int(rng.integers(1, 4))
    return Region(page, tuple(_divide(rng, page, aspect, _seam(rng), depth)), tight=True)


def _seam(rng: Generator) -> float:
    """The gap between pictures side by side, as a share of the page's width: none in half of the cases."""
    return float(rng.choice([0.0, rng.uniform(0.001, 0.006), rng.uniform(0.006, 0.02)], p=[0.5, 0.35, 0.15]))
