"""Grids of plots that share ticks and names, and facets under gray strips, with narrow or wide gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.plots.matrices import ramp
from training.detector.draw.plots.small_plots import PLAIN, RICH
from training.detector.draw.plots.style import Style
from training.detector.draw.vocabulary import GENES, GROUPS, MEASURES, PHRASES, pick, several

Spans = list[tuple[int, int, int, int]]  # first and last + 1 row and column of each axes
Reserve = tuple[int, int, int, int]

SLOW = 9  # axes, from which on only the plain ones are drawn


class _Cell:
    """One axes, with those methods of a figure that the kinds of plots call."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes

    def add_subplot(self) -> Axes:
        """The axes."""
        return self._axes

    def get_size_inches(self) -> NDArray[np.float64]:
        """Width and height of the axes."""
        box = self._axes.get_window_extent()
        return np.array((box.width, box.height)) / self._axes.get_figure(root=True).dpi  # type: ignore[union-attr]

    def colorbar(self, drawn: Any, **_: Any) -> Any:
        """A colour bar beside the axes, whatever place is asked for."""
        side = self._axes.inset_axes((1.03, 0.0, 0.06, 1.0))
        return self._axes.get_figure().colorbar(drawn, cax=side)  # type: ignore[union-attr]


def grid(
    rng: Generator, figure: Figure, style: Style, rows: int, columns: int, facets: bool, reserve: Reserve
) -> list[Axes]:
    """Draw the plots of a page, placed so that their names and ticks fit; no axes where there is too little room.

    `reserve` pixels stay free for letters at the left, top, right and bottom of the page.
    """
    em = style.size * figure.dpi / 72
    spans = _spans(rng, rows, columns, facets)
    shared = facets or rng.random() < 0.75
    strip = 1.5 * em if facets else 0.0
    spare = rng.choice([0, 1, 2, 4, 0.6 * em, 1.5 * em], 2) + np.array((0, strip))
    spare += (reserve[0] * (rng.random() < 0.5), reserve[1] * (rng.random() < 0.5))
    gaps = spare + (0.0 if shared else 4 * em)
    shares = [rng.uniform(0.5, 2, count) if rng.random() < 0.25 else np.ones(count) for count in (columns, rows)]
    cells = [figure.add_axes((0.1, 0.1, 0.8, 0.8)) for _ in spans]
    area = _surround(rng, figure, style, reserve, em)
    _place(figure, cells, spans, area, shares, gaps)
    _fill(rng, style, cells, spans, (rows, columns), shared, gaps / em, facets)
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    if facets:
        for axes in cells:
            _strip(axes, strip, style, pick(rng, (*GROUPS, *GENES, *PHRASES)))
    edges = np.array([axes.get_tightbbox(renderer).extents for axes in cells])  # type: ignore[union-attr]
    frames = np.array([axes.get_window_extent(renderer).extents for axes in cells])
    low = np.maximum(0, frames[:, :2].min(axis=0) - edges[:, :2].min(axis=0)) + 1
    high = np.maximum(0, edges[:, 2:].max(axis=0) - frames[:, 2:].max(axis=0)) + 1
    area = np.concatenate([area[:2] + low, area[2:] - high])
    needed = _between(frames[:, :2] - edges[:, :2], edges[:, 2:] - frames[:, 2:], spans)
    gaps = np.where(needed > spare + 2, needed + rng.choice([0, 1, 2, 4, 10]), spare)
    return cells if _place(figure, cells, spans, area, shares, gaps) else []


def _between(low: NDArray[np.float64], high: NDArray[np.float64], spans: Spans) -> NDArray[np.float64]:
    """The gaps (across, down) that names and ticks between the axes need."""
    right, foot = max(span[3] for span in spans), max(span[1] for span in spans)
    sides = (
        [low[k, 0] for k, span in enumerate(spans) if span[2] > 0],
        [high[k, 0] for k, span in enumerate(spans) if span[3] < right],
        [low[k, 1] for k, span in enumerate(spans) if span[1] < foot],
        [high[k, 1] for k, span in enumerate(spans) if span[0] > 0],
    )
    most = [max(0.0, *side) if side else 0.0 for side in sides]
    return np.array((most[0] + most[1], most[2] + most[3]))


def _spans(rng: Generator, rows: int, columns: int, facets: bool) -> Spans:
    """The cells of each axes: one each, or the whole first row or column for one; facets may lack some at the end."""
    spans = [(r, r + 1, c, c + 1) for r in range(rows) for c in range(columns)]
    kind = rng.random()
    if facets:
        return spans[: max(2, len(spans) - int(rng.integers(0, columns)))] if kind < 0.4 else spans
    if kind < 0.1 and columns > 1 and rows > 1:
        return [(0, 1, 0, columns), *spans[columns:]]
    if kind < 0.2 and columns > 1 and rows > 1:
        return [(0, rows, 0, 1), *(span for span in spans if span[2])]
    return spans


def _place(
    figure: Figure,
    cells: list[Axes],
    spans: Spans,
    area: NDArray[np.float64],
    shares: list[NDArray[np.float64]],
    gaps: NDArray[np.float64],
) -> bool:
    """Move the axes into an area (x0, y0, x1, y1 from the lower left); False where they would get too small."""
    size = area[2:] - area[:2]
    starts, ends = [], []
    for axis in (0, 1):
        room = size[axis] - gaps[axis] * (len(shares[axis]) - 1)
        if room / len(shares[axis]) < 18:
            return False
        parts = shares[axis] / shares[axis].sum() * room
        ends.append(np.cumsum(parts) + gaps[axis] * np.arange(len(parts)))
        starts.append(ends[-1] - parts)
    whole = figure.bbox
    for axes, (r0, r1, c0, c1) in zip(cells, spans, strict=True):
        x0, x1 = area[0] + starts[0][c0], area[0] + ends[0][c1 - 1]
        y0, y1 = area[3] - ends[1][r1 - 1], area[3] - starts[1][r0]
        x0, y0, x1, y1 = np.round((x0, y0, x1, y1))
        axes.set_position((x0 / whole.width, y0 / whole.height, (x1 - x0) / whole.width, (y1 - y0) / whole.height))
    return True


def _surround(rng: Generator, figure: Figure, style: Style, reserve: Reserve, em: float) -> NDArray[np.float64]:
    """Draw what all axes share along the page's sides: names, title, legend, colour bar; return the area left."""
    width, height = figure.bbox.width, figure.bbox.height
    x0, y0, x1, y1 = 2.0 + reserve[0], 2.0 + reserve[3], width - 2.0 - reserve[2], height - 2.0 - reserve[1]
    if rng.random() < 0.25:
        figure.text(0.5, y1 / height, pick(rng, PHRASES), ha="center", va="top", fontsize=style.size * 1.2)
        y1 -= 2 * em
    if rng.random() < 0.3:
        figure.text(0.5, y0 / height, pick(rng, MEASURES), ha="center", va="bottom")
        y0 += 1.8 * em
    if rng.random() < 0.3:
        figure.text(x0 / width, 0.5, pick(rng, MEASURES), ha="left", va="center", rotation=90)
        x0 += 1.8 * em
    if rng.random() < 0.2:
        marks = [Rectangle((0, 0), 1, 1, fc=style.colour(k)) for k in range(int(rng.integers(2, 5)))]
        above = rng.random() < 0.5
        place, named = (0.5, (y1 if above else y0) / height), several(rng, GROUPS, len(marks))
        where: dict[str, Any] = {"loc": "upper center" if above else "lower center", "bbox_to_anchor": place}
        figure.legend(marks, named, ncols=len(marks), **where)
        y0, y1 = (y0, y1 - 2.6 * em) if above else (y0 + 2.6 * em, y1)
    elif rng.random() < 0.15:
        bar = figure.add_axes(((x1 - 4.2 * em) / width, 0.3, 0.8 * em / width, 0.4))
        bar.imshow(np.linspace(1, 0, 64)[:, None], cmap=ramp(rng, style), aspect="auto", extent=(0, 1, 0, 1))
        bar.yaxis.tick_right()
        bar.set_xticks([])
        bar.grid(False)
        x1 -= 5 * em
    return np.array((x0, y0, x1, y1))


def _fill(
    rng: Generator,
    style: Style,
    cells: list[Axes],
    spans: Spans,
    shape: tuple[int, int],
    shared: bool,
    gaps: NDArray[np.float64],
    facets: bool,
) -> None:
    """Draw the plots; what is written between them depends on the `gaps`, in ems."""
    among = PLAIN if len(cells) > SLOW else PLAIN + RICH
    alike, framed, named = facets or rng.random() < 0.7, rng.random() < 0.4, not shared or rng.random() < 0.3
    titled = not facets and rng.random() < 0.5
    kind = among[int(rng.integers(len(among)))]
    for axes, (r0, r1, c0, _) in zip(cells, spans, strict=True):
        if not alike:
            kind = among[int(rng.integers(len(among)))]
        kind(rng, _Cell(axes), style)
        outer_left = c0 == 0 or not shared
        outer_foot = r1 == shape[0] or not shared or not any(s[0] >= r1 and s[2] == c0 for s in spans)
        size = _Cell(axes).get_size_inches() * 72 / style.size / 0.65  # in letters
        axes.set_xlabel(_short(pick(rng, MEASURES), size[0]) if named and outer_foot else "")
        axes.set_ylabel(_short(pick(rng, MEASURES), size[1]) if named and outer_left else "")
        room = r0 == 0 or gaps[1] > (1.9 if shared else 4)
        for side in ("left", "right", "center"):
            axes.set_title(pick(rng, (*GROUPS, *GENES)) if titled and room and side == "center" else "", loc=side)
        axes.tick_params(labelleft=outer_left, labelbottom=outer_foot)
        if shared and rng.random() < 0.5:
            axes.tick_params(left=outer_left, bottom=outer_foot)
        _thin(axes, style, len(cells), shape)
        if framed:
            axes.spines[:].set_visible(True)
        legend = axes.get_legend()
        if legend is not None:
            legend.remove()
            if len(cells) < 7 and rng.random() < 0.6:
                axes.legend(loc="best" if len(cells) < 4 else "upper right")


def _short(words: str, letters: float) -> str:
    """The words, or their beginning where they are longer than the axes."""
    return words[: max(1, int(letters))]


def _thin(axes: Axes, style: Style, count: int, shape: tuple[int, int]) -> None:
    """Reduce the ticks of axes in a grid and leave their ends free; turn many names of groups upright."""
    for axis, along in ((axes.xaxis, shape[1]), (axes.yaxis, shape[0])):
        locator = axis.get_major_locator()
        if isinstance(locator, MaxNLocator):
            locator.set_params(nbins=max(2, 7 - along), prune="both" if count > 1 else None)
        elif axis is axes.xaxis and len(axis.get_ticklocs()) * along > 12:
            axes.tick_params(axis="x", rotation=90)
            for label in axes.get_xticklabels():
                label.set(ha="center", va="top", rotation_mode="default", fontsize=style.size * 0.8)


def _strip(axes: Axes, height: float, style: Style, words: str) -> None:
    """Draw a gray strip with a name on top of an axes."""
    width = float(_Cell(axes).get_size_inches()[0]) * 72
    share = height / axes.get_window_extent().height
    words = _short(words, width / style.size / 0.75)
    axes.add_patch(Rectangle((0, 1), 1, share, transform=axes.transAxes, fc="#d0d0d0", ec="none", clip_on=False))
    axes.text(0.5, 1 + share / 2, words, transform=axes.transAxes, ha="center", va="center", fontsize=style.size)
