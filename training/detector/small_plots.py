"""The kinds of plots on pages of many: plain ones that fit the smallest axes, rich ones that want more room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.patches import Circle
from numpy.random import Generator

from training.detector import charts, fields, signals, spreads, swarms, trials
from training.detector.charts import curve
from training.detector.looks import Look
from training.detector.textures import clouds
from training.detector.wording import GROUPS, several

Drawing = Callable[[Generator, Any, Look], None]


def points(rng: Generator, figure: Any, look: Look) -> None:
    """Few or many points, a line through some."""
    axes, count = figure.add_subplot(), int(rng.choice([6, 25, 100, 1000]))
    x = rng.normal(0, 1, count)
    y = rng.uniform(-1, 1) * x + rng.normal(0, rng.uniform(0.2, 1), count)
    axes.plot(x, y, str(rng.choice(["o", ".", "x"])), color=look.colour(0), ms=look.size * rng.uniform(0.12, 0.5))
    if rng.random() < 0.4:
        axes.plot([-2, 2], np.polyval(np.polyfit(x, y, 1), [-2, 2]), color="black")


def stems(rng: Generator, figure: Any, look: Look) -> None:
    """Thin stems with heads."""
    axes, count = figure.add_subplot(), int(rng.integers(8, 50))
    values = rng.gamma(1, 1, count)
    axes.vlines(range(count), 0, values, color=look.colour(0))
    if rng.random() < 0.6:
        axes.plot(range(count), values, "o", color=look.colour(0), ms=look.size * 0.3)


def steps(rng: Generator, figure: Any, look: Look) -> None:
    """Steps that fall or rise."""
    axes, sign = figure.add_subplot(), rng.choice([-1, 1])
    for k in range(int(rng.integers(1, 4))):
        axes.step(np.arange(30), sign * np.cumsum(rng.gamma(0.5, 0.05, 30)), color=look.colour(k), where="post")


def wave(rng: Generator, figure: Any, look: Look) -> None:
    """Pale, thin or noisy courses and nothing else."""
    axes, x = figure.add_subplot(), np.linspace(0, 10, 200)
    for k in range(int(rng.integers(1, 5))):
        y = curve(rng, x) + rng.normal(0, 0.05, 200) * (rng.random() < 0.5)
        axes.plot(x, y, color=look.colour(k), alpha=rng.uniform(0.3, 1), lw=look.line * rng.uniform(0.7, 1.5))


def columns(rng: Generator, figure: Any, look: Look) -> None:
    """Plain bars, with whiskers or stacked."""
    axes, count = figure.add_subplot(), int(rng.integers(2, 8))
    low = rng.uniform(0.2, 1, count)
    error = low * rng.uniform(0.05, 0.3, count) if rng.random() < 0.5 else None
    axes.bar(range(count), low, 0.7, yerr=error, color=[look.colour(k) for k in range(count)], edgecolor="black")
    if rng.random() < 0.3:
        axes.bar(range(count), rng.uniform(0.1, 0.6, count), 0.7, low, color=look.colour(count))
    axes.set_xticks(range(count), several(rng, GROUPS, count))


def picture(rng: Generator, figure: Any, look: Look) -> None:
    """A smooth field of chance or a map of cells, with or without axes."""
    axes, side = figure.add_subplot(), int(rng.choice([6, 12, 80]))
    values = rng.normal(0, 1, (side, side)) if side < 80 else clouds(rng, 80, 80, float(rng.uniform(8, 40)))
    axes.imshow(values, cmap=fields.ramp(rng, look), aspect="auto" if rng.random() < 0.7 else "equal")
    axes.grid(False)
    if rng.random() < 0.4:
        axes.set(xticks=[], yticks=[])


def circles(rng: Generator, figure: Any, look: Look) -> None:
    """Two or three sets with their counts."""
    axes = figure.add_subplot()
    for k, (x, y) in enumerate(((-0.5, 0.3), (0.5, 0.3), (0, -0.5))[: int(rng.integers(2, 4))]):
        axes.add_patch(Circle((x, y), 1, fc=look.colour(k), alpha=0.4, ec="black"))
        axes.text(1.5 * x, 1.5 * y, str(int(rng.integers(2, 900))), ha="center", va="center")
    axes.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.4), xticks=[], yticks=[])


PLAIN: tuple[Drawing, ...] = (points, points, stems, steps, wave, wave, columns, columns, picture, circles)
RICH: tuple[Drawing, ...] = (
    charts.lines, charts.lines, charts.bars, charts.flat_bars, charts.stacked_bars, spreads.spreads, spreads.spreads,
    spreads.histogram, trials.volcano, trials.roc, swarms.embedding, signals.traces, signals.spectrum, fields.contour,
)  # fmt: skip
