"""Whole pages of several plots by matplotlib with the exact boxes of their panels.

There are grids whose axes share ticks, names, legends and colour bars, a pixel or more apart; facets under gray strips;
and pages of separate plots. A separate plot may be one panel of many axes (`multi_axes`); one may fill the page.
A panel's box includes the ticks, names, title and legend of its own axes; what plots share lies outside all boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.gridspec import GridSpec
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.kinds import PLOTS
from training.detector.draw.panel_letters import Box, Habit, choose_habit, stamp
from training.detector.draw.plots import multi_axes
from training.detector.draw.plots.shared_axes import grid
from training.detector.draw.plots.single_plots import kind_for
from training.detector.draw.plots.style import Style, choose_style

Pixels = NDArray[np.uint8]

DPI = 100
TRIES = 5
PAGES = {"grid": 0.4, "facets": 0.13, "separate": 0.3, "single": 0.17}
TOUCH = 3  # pixels by which boxes may overlap
INK = 10  # from the ground's colour: less than the gray grounds of plots differ by
FEWEST = 8  # pixels of a panel's side
LETTERED = 0.7
COMPOSITE = 0.3  # of the separate plots on a page
FONTS = ("STIXGeneral", "DejaVu Sans Mono", "DejaVu Serif")  # that styles do not use


class _Part(SubFigure):
    """A part of a page that the kinds of plots draw into as into a figure."""

    def get_size_inches(self) -> NDArray[np.float64]:
        return np.array((self.bbox.width, self.bbox.height)) / self.figure.dpi


def page(rng: Generator, width: int, height: int) -> tuple[Pixels, NDArray[np.float64]]:
    """A page as (height, width, 3) RGB and its panels' boxes (n, 4): x0, y0, x1, y1 in pixels, ends excluded.

    Pages whose panels run into each other are drawn anew; the last try has one panel.
    """
    for last in range(TRIES):
        kind = str(rng.choice(list(PAGES), p=list(PAGES.values()))) if last < TRIES - 1 else "single"
        drawn = _draw(rng, kind, width, height)
        if drawn is not None:
            return drawn
    image = np.full((height, width, 3), 255, np.uint8)
    image[2:-2, 2:-2] = 200
    return image, np.array([[2, 2, width - 2, height - 2]], float)


def _draw(rng: Generator, kind: str, width: int, height: int) -> tuple[Pixels, NDArray[np.float64]] | None:
    """A page of a kind; None where its panels overlap or are lost."""
    rows, columns = (1, 1) if kind == "single" else _shape(rng, width / height, kind == "separate")
    style = choose_style(rng, round(width / columns), round(height / rows))
    rc = dict(style.rc)
    if rng.random() < 0.2:
        rc["font.family"] = [str(rng.choice(FONTS)), "DejaVu Sans"]
    habit = choose_habit(rng, max(width, height)) if kind != "single" and rng.random() < LETTERED else None
    with mpl.rc_context(rc):
        dpi = DPI / style.scale
        figure = Figure(((width + 0.5) / dpi, (height + 0.5) / dpi), dpi)
        canvas = FigureCanvasAgg(figure)
        if kind in ("grid", "facets"):
            reserve = habit.reserve() if habit else (0, 0, 0, 0)
            panels = [[axes] for axes in grid(rng, figure, style, rows, columns, kind == "facets", reserve)]
        else:
            slots = _slots(rng, width, height, rows, columns, habit)
            panels = _separate(rng, figure, style, slots, kind == "single")
        if not panels:
            return None
        canvas.draw()
        image = np.asarray(canvas.buffer_rgba())[:height, :width, :3].copy()
        boxes = [_trimmed(image, _extent(panel)) for panel in panels]
        frames = [_extent(panel[:1], bare=True) for panel in panels]
    found = [box for box in boxes if box is not None]
    if len(found) < len(panels) or any(_overlap(a, b) for a, b in combinations(found, 2)):
        return None
    if habit is not None and len(found) > 1:
        _letter(image, habit, found, frames)
    return image, np.array(found, float)


def _shape(rng: Generator, aspect: float, few: bool) -> tuple[int, int]:
    """Rows and columns of a grid, more of them along the longer side: up to 8 cells or, unless `few`, up to 24."""
    rows, columns = 1, 1
    while rows * columns < 2:
        rows, columns = int(rng.integers(1, 5 if few else 7)), int(rng.integers(1, 5))
        if not 0.3 < aspect * rows / columns < 4 or rows * columns > rng.choice([4, 6, 8] if few else [4, 9, 24]):
            rows = columns = 1
    return rows, columns


def _slots(rng: Generator, width: int, height: int, rows: int, columns: int, habit: Habit | None) -> list[Box]:
    """The places of separate plots: rows, or columns, of as many or fewer plots each, with a common gap."""
    gap = int(rng.choice([2, 3, 6, 12, 30], p=[0.2, 0.2, 0.25, 0.25, 0.1]))
    left, top, right, bottom = habit.reserve() if habit else (0, 0, 0, 0)
    level, ragged, uneven = rng.random() < 0.7, rng.random() < 0.4, rng.random() < 0.4
    outer, inner = (rows, columns) if level else (columns, rows)
    slots = []
    for a0, a1 in _cut(rng, height if level else width, outer, gap, uneven):
        count = max(1, inner - int(rng.integers(0, 3))) if ragged else inner
        for b0, b1 in _cut(rng, width if level else height, count, gap, uneven and ragged):
            x0, y0, x1, y1 = (b0, a0, b1, a1) if level else (a0, b0, a1, b1)
            slots.append((x0 + left, y0 + top, x1 - right, y1 - bottom))
    return slots


def _cut(rng: Generator, length: int, count: int, gap: int, uneven: bool) -> list[tuple[int, int]]:
    """A length cut into so many parts with gaps between."""
    shares = rng.uniform(0.6, 1.6, count) if uneven else np.ones(count)
    ends = np.cumsum(shares / shares.sum()) * (length - gap * (count + 1))
    starts = np.concatenate([[0.0], ends[:-1]])
    return [(int(a) + gap * (k + 1), int(b) + gap * (k + 1)) for k, (a, b) in enumerate(zip(starts, ends, strict=True))]


def _separate(rng: Generator, figure: Figure, style: Style, slots: list[Box], single: bool) -> list[list[Axes]]:
    """Draw a plot into each place so that its names and legends just fit; no panels at all if one does not fit."""
    width, height = round(figure.bbox.width), round(figure.bbox.height)
    cells = GridSpec(height, width, figure, left=0, right=1, bottom=0, top=1, wspace=0, hspace=0)
    like = rng.random() < 0.2
    kind: Callable[[Generator, Any, Style], None] | None = None
    panels = []
    for x0, y0, x1, y1 in slots:
        if min(x1 - x0, y1 - y0) < 6 * style.size:
            return []
        part = _Part(figure, cells[y0:y1, x0:x1])
        figure.subfigs.append(part)
        if kind is None or not like:
            aspect = float(np.clip((x1 - x0) / (y1 - y0), 0.4, 3))
            kind = _kind(rng, aspect, 1.0 if single else COMPOSITE)
        kind(rng, part, style)
        panel = list(part.axes)
        if not _fit(part, panel):
            return []
        panels.append(panel)
    return panels


def _kind(rng: Generator, aspect: float, share: float) -> Callable[[Generator, Any, Style], None]:
    """A kind of plot with one axes or, in a share of the cases, with several."""
    if rng.random() < share:
        return multi_axes.KINDS[int(rng.integers(len(multi_axes.KINDS)))]
    return PLOTS[kind_for(rng, aspect)].draw


def _fit(part: _Part, panel: list[Axes]) -> bool:
    """Move the axes so that all that hangs over them just fits the part; False where too little is left."""
    area = part.bbox
    for _ in range(3):
        x0, y0, x1, y1 = _tight(panel)
        now = part.subplotpars
        left = max(0.0, area.x0 + now.left * area.width - x0 + 1) / area.width
        bottom = max(0.0, area.y0 + now.bottom * area.height - y0 + 1) / area.height
        right = 1 - max(0.0, x1 + 1 - area.x0 - now.right * area.width) / area.width
        top = 1 - max(0.0, y1 + 1 - area.y0 - now.top * area.height) / area.height
        if right - left < 0.3 or top - bottom < 0.3:
            return False
        part.subplots_adjust(left=left, bottom=bottom, right=right, top=top)
    return True


def _tight(axes: Sequence[Axes], bare: bool = False) -> tuple[float, float, float, float]:
    """The extent of axes with names and ticks, or without (`bare`), in pixels from the lower left."""
    renderer = axes[0].get_figure(root=True).canvas.get_renderer()  # type: ignore[union-attr]
    found = [one.get_window_extent(renderer) if bare else one.get_tightbbox(renderer) for one in axes]
    edges = np.array([box.extents for box in found if box is not None])
    return (*(float(v) for v in edges[:, :2].min(axis=0)), *(float(v) for v in edges[:, 2:].max(axis=0)))  # type: ignore[return-value]


def _extent(axes: Sequence[Axes], bare: bool = False) -> Box:
    """The extent of axes in whole pixels from the upper left."""
    x0, y0, x1, y1 = _tight(axes, bare)
    page_height = int(axes[0].get_figure(root=True).bbox.height)  # type: ignore[union-attr]
    return int(x0), int(page_height - y1), int(np.ceil(x1)), int(np.ceil(page_height - y0))


def _trimmed(image: Pixels, box: Box) -> Box | None:
    """The box of the ink in a box and a pixel around it; None where there is too little ink."""
    x0, y0 = max(0, box[0] - 1), max(0, box[1] - 1)
    part = image[y0 : box[3] + 1, x0 : box[2] + 1]
    ink = np.abs(part.astype(np.int16) - image[0, 0]).max(axis=2, initial=0) > INK
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows) or rows[-1] - rows[0] < FEWEST or columns[-1] - columns[0] < FEWEST:
        return None
    return x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[-1]) + 1


def _overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > TOUCH and min(a[3], b[3]) - max(a[1], b[1]) > TOUCH


def _letter(image: Pixels, habit: Habit, boxes: list[Box], frames: list[Box]) -> None:
    """Stamp each panel's letter: inside its axes, else outside at the habit's place or the first corner with room."""
    ground = image[0, 0].astype(np.int16)
    for index, (box, frame) in enumerate(zip(boxes, frames, strict=True)):
        text = habit.label(index)
        if habit.inside:
            stamp(image, habit, text, *habit.room(frame, text))
            continue
        wide, tall = habit.extent(text)
        x0, y0 = box[:2]
        over, before = y0 - tall - 2, x0 - wide - 2
        for x, y in (habit.room(box, text), (before, over), (x0, over), (frame[0], over), (before, y0), (x0, y0)):
            spot = image[max(0, y - 1) : y + tall + 1, max(0, x - 1) : x + wide + 1]
            fits = 0 <= x <= image.shape[1] - wide and 0 <= y <= image.shape[0] - tall
            if fits and np.abs(spot.astype(np.int16) - ground).max() <= INK:
                stamp(image, habit, text, x, y)
                break
