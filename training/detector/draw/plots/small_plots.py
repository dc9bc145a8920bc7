"""Plots for pages of many: plain ones, which fit the smallest axes, and rich ones, which need more room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.patches import Circle
from numpy.random import Generator

from training.detector.draw.plots import charts, clinical_plots, distributions, matrices, point_clouds, signals
from training.detector.draw.plots.charts import curve
from training.detector.draw.plots.style import Style
from training.detector.draw.textures import clouds
from training.detector.draw.vocabulary import GROUPS, several

Drawing = Callable[[Generator, Any, Style], None]


def points(rng: Generator, figure: Any, style: Style) -> None:
    """Few or many points, a line through some."""
    axes, count = figure.add_subplot(), int(rng.choice([6, 25, 100, 1000]))
    x = rng.normal(0, 1, count)
    y = rng.uniform(-1, 1) * x + rng.normal(0, rng.uniform(0.2, 1), count)
    axes.plot(x, y, str(rng.choice(["o", ".", "x"])), color=style.colour(0), ms=style.size * rng.uniform(0.12, 0.5))
    if rng.random() < 0.4:
        axes.plot([-2, 2], np.polyval(np.polyfit(x, y, 1), [-2, 2]), color="black")


def stems(rng: Generator, figure: Any, style: Style) -> None:
    """Thin stems with heads."""
    axes, count = figure.add_subplot(), int(rng.integers(8, 50))
    values = rng.gamma(1, 1, count)
    axes.vlines(range(count), 0, values, color=style.colour(0))
    if rng.random() < 0.6:
        axes.plot(range(count), values, "o", color=style.colour(0), ms=style.size * 0.3)


def steps(rng: Generator, figure: Any, style: Style) -> None:
    """Steps that fall or rise."""
    axes, sign = figure.add_subplot(), rng.choice([-1, 1])
    for k in range(int(rng.integers(1, 4))):
        axes.step(np.arange(30), sign * np.cumsum(rng.gamma(0.5, 0.05, 30)), color=style.colour(k), where="post")


def wave(rng: Generator, figure: Any, style: Style) -> None:
    """Pale, thin or noisy lines and nothing else."""
    axes, x = figure.add_subplot(), np.linspace(0, 10, 200)
    for k in range(int(rng.integers(1, 5))):
        y = curve(rng, x) + rng.normal(0, 0.05, 200) * (rng.random() < 0.5)
        axes.plot(x, y, color=style.colour(k), alpha=rng.uniform(0.3, 1), lw=style.line * rng.uniform(0.7, 1.5))


def columns(rng: Generator, figure: Any, style: Style) -> None:
    """Plain bars, with whiskers or stacked."""
    axes, count = figure.add_subplot(), int(rng.integers(2, 8))
    low = rng.uniform(0.2, 1, count)
    error = low * rng.uniform(0.05, 0.3, count) if rng.random() < 0.5 else None
    axes.bar(range(count), low, 0.7, yerr=error, color=[style.colour(k) for k in range(count)], edgecolor="black")
    if rng.random() < 0.3:
        axes.bar(range(count), rng.uniform(0.1, 0.6, count), 0.7, low, color=style.colour(count))
    axes.set_xticks(range(count), several(rng, GROUPS, count))


def picture(rng: Generator, figure: Any, style: Style) -> None:
    """A smooth random field or a matrix of cells, with or without axes."""
    axes, side = figure.add_subplot(), int(rng.choice([6, 12, 80]))
    values = rng.normal(0, 1, (side, side)) if side < 80 else clouds(rng, 80, 80, float(rng.uniform(8, 40)))
    axes.imshow(values, cmap=matrices.ramp(rng, style), aspect="auto" if rng.random() < 0.7 else "equal")
    axes.grid(False)
    if rng.random() < 0.4:
        axes.set(xticks=[], yticks=[])


def circles(rng: Generator, figure: Any, style: Style) -> None:
    """Two or three sets with their counts."""
    axes = figure.add_subplot()
    for k, (x, y) in enumerate(((-0.5, 0.3), (0.5, 0.3), (0, -0.5))[: int(rng.integers(2, 4))]):
        axes.add_patch(Circle((x, y), 1, fc=style.colour(k), alpha=0.4, ec="black"))
        axes.text(1.5 * x, 1.5 * y, str(int(rng.integers(2, 900))), ha="center", va="center")
    axes.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.4), xticks=[], yticks=[])


PLAIN: tuple[Drawing, ...] = (points, points, stems, steps, wave, wave, columns, columns, picture, circles)
RICH: tuple[Drawing, ...] = (
    charts.lines, charts.lines, charts.bars, charts.flat_bars, charts.stacked_bars, distributions.spreads,
    distributions.spreads, distributions.histogram, clinical_plots.volcano, clinical_plots.roc, point_clouds.embedding,
    signals.traces, signals.spectrum, matrices.contour,
)  # fmt: skip
