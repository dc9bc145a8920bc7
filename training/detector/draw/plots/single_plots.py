"""One plot that fills its picture, drawn by matplotlib as biologists and clinicians print them.

The plot has a random style (boxed, despined, Prism-like, ggplot-like, ...). Its axes are placed so that names and
legends just fit; then it is cropped to its ink and brought to the size asked for.
"""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.kinds import PLOTS
from training.detector.draw.plots.style import Style, choose_style
from training.detector.draw.textures import crop, fill

DPI = 100
MARGIN = 0.6  # of the plot's size, left free around the axes for what hangs over them
LONGEST = 16  # ems, a name that hangs over at a side
SMALLEST = 0.4  # of the plot's size, what the axes keep at least
SKEW = 1.1  # a plot within this factor of the proportions asked for is stretched to them


def kind_for(rng: Generator, aspect: float) -> str:
    """The name of a kind, by its weight, that is drawn at these proportions (width / height)."""
    fitting = {name: kind.weight for name, kind in PLOTS.items() if kind.narrowest <= aspect <= kind.widest}
    weights = np.array(list(fitting.values()))
    return list(fitting)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def draw(rng: Generator, name: str, width: int, height: int) -> NDArray[np.uint8]:
    """A plot (height, width, 3) of the kind named; its ink reaches all four sides."""
    style = choose_style(rng, width, height)
    with mpl.rc_context(style.rc):
        figure = Figure((width * style.scale / DPI, height * style.scale / DPI), DPI)
        PLOTS[name].draw(rng, figure, style)
        pixels = _spread(figure, style, width * style.scale, height * style.scale)
    return fill(pixels, width, height)


def _spread(figure: Figure, style: Style, width: float, height: float) -> NDArray[np.uint8]:
    """Draw the figure so that its ink, with names and legends, has about the size asked for; crop it to that ink.

    How far names and legends reach over the axes shows only in the drawing. The first drawing guesses; where it missed
    the size, the second corrects the axes by the difference. Axes keep at least SMALLEST: the whole plot grows instead.
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
