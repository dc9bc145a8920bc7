"""Plots as biologists and clinicians print them, by matplotlib: looks, layout to the edge, and the list of kinds.

A plot is drawn by one of the kinds of `charts`, `spreads`, `trials`, `fields`, `swarms` and `signals` in a random look
(boxed, despined, Prism-like, ggplot-like, ...), laid out so that axis names and legends just fit, cropped to its ink
and brought to the size asked for.
"""

from __future__ import annotations

from collections.abc import Callable

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector import charts, fields, signals, spreads, swarms, trials
from training.detector.looks import Look, look
from training.detector.textures import crop, fill

Kind = Callable[[Generator, Figure, Look], None]

# Kind, weight, and the widest and narrowest width / height at which it is still drawn so.
KINDS: dict[str, tuple[Kind, float, float, float]] = {
    name: (kind, weight, low, high)
    for module in (charts, spreads, trials, fields, swarms, signals)
    for name, (kind, weight, low, high) in module.KINDS.items()
}
DPI = 100
MARGIN = 0.6  # of the plot's size, left free around the axes for what hangs over them
LONGEST = 16  # ems, a name that hangs over at a side
SMALLEST = 0.4  # of the plot's size, what the axes keep at least
SKEW = 1.1  # a plot within this factor of the proportions asked for is stretched to them


def plot(rng: Generator, width: int, height: int) -> NDArray[np.uint8]:
    """A random plot as (height, width, 3) RGB, its ink reaching all four sides."""
    return draw(rng, kind_for(rng, width / height), width, height)


def kind_for(rng: Generator, aspect: float) -> str:
    """The name of a kind that is drawn in such proportions, width / height."""
    fitting = {name: row[1] for name, row in KINDS.items() if row[2] <= aspect <= row[3]}
    weights = np.array(list(fitting.values()))
    return list(fitting)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def draw(rng: Generator, name: str, width: int, height: int) -> NDArray[np.uint8]:
    """The plot of the kind named, as `plot` gives it."""
    style = look(rng, width, height)
    with mpl.rc_context(style.rc):
        figure = Figure((width * style.scale / DPI, height * style.scale / DPI), DPI)
        KINDS[name][0](rng, figure, style)
        pixels = _spread(figure, style, width * style.scale, height * style.scale)
    return fill(pixels, width, height)


def _spread(figure: Figure, style: Look, width: float, height: float) -> NDArray[np.uint8]:
    """The figure drawn so that its ink, with names and legends, has about the size asked for, cropped to that ink.

    What hangs over the axes is known only once it is drawn: the first drawing guesses it, the second, where the guess
    was bad, corrects the axes by the difference. Axes never get smaller than SMALLEST: then the whole plot grows.
    """
    em, size = style.size * DPI / 72, np.array((width, height))
    inner = np.maximum(size - (4 * em, 3.5 * em), SMALLEST * size)
    margin = np.maximum(MARGIN * size, (LONGEST * em, 0))
    for last in (False, True):
        page = inner + 2 * margin
        figure.set_size_inches(*page / DPI)
        side, foot = margin / page
        figure.subplots_adjust(left=side, right=1 - side, bottom=foot, top=1 - foot)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pixels: NDArray[np.uint8] = np.asarray(canvas.buffer_rgba())[..., :3]
        cropped = crop(pixels, 0 if style.ground == "white" else round(em / 3))
        found = np.array((cropped.shape[1], cropped.shape[0]))
        skew = (found[0] / found[1]) / (width / height)
        if last or 1 / SKEW < skew < SKEW:
            break
        over = found - inner
        grown = max(1.0, *(over / size + SMALLEST))
        inner = np.maximum(grown * size - over, SMALLEST * size)
    return cropped
