"""Plots of several axes that are one panel: marginal plots, broken axes, trees at heat maps, columns of words."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.plots.charts import curve
from training.detector.draw.plots.matrices import ramp, tree
from training.detector.draw.plots.style import Style, names, packed, title
from training.detector.draw.vocabulary import GENES, GROUPS, MEASURES, PHRASES, number, pick, several


def marginal(rng: Generator, figure: Any, style: Style) -> None:
    """Points or their density with histograms or density curves at two sides."""
    share, gap = rng.uniform(0.12, 0.3), float(rng.choice([0.0, 0.02, 0.06, 0.15]))
    above, right = rng.random() < 0.85, rng.random() < 0.85
    cells = figure.add_gridspec(
        2,
        2,
        width_ratios=(1 - share, share) if right else (share, 1 - share),
        height_ratios=(share, 1 - share) if above else (1 - share, share),
        hspace=gap,
        wspace=gap,
    )
    row, column = int(above), int(not right)
    main = figure.add_subplot(cells[row, column])
    groups = _points(rng, main, style)
    names(rng, main)
    main.set_title("")
    if not above:
        main.set_xlabel("")
        main.tick_params(labelbottom=False)
    if not right:
        main.set_ylabel("")
        main.tick_params(labelleft=False)
    smooth, bare = rng.random() < 0.5, rng.random()
    for spot, level in ((cells[1 - row, column], True), (cells[row, 1 - column], False)):
        side = figure.add_subplot(spot)
        for k, points in enumerate(groups):
            _spread(side, points[:, 0 if level else 1], level, style.colour(k), smooth)
        side.grid(False)
        if bare < 0.5:
            side.set_axis_off()
        elif level:
            side.set_xlim(main.get_xlim())
            side.tick_params(labelbottom=not above, labelleft=bare < 0.8)
        else:
            side.set_ylim(main.get_ylim())
            side.tick_params(labelleft=not right, labelbottom=bare < 0.8)
        if level and not above:
            side.invert_yaxis()
        if not level and not right:
            side.invert_xaxis()


def _points(rng: Generator, axes: Axes, style: Style) -> list[NDArray[np.float64]]:
    """Draw one to three groups of points, or the density of one; return the points of each group."""
    groups = [rng.normal(rng.uniform(0, 3, 2), rng.uniform(0.4, 1.2, 2), (int(rng.choice([30, 120, 400])), 2))]
    groups += [rng.normal(rng.uniform(0, 5, 2), 0.7, (80, 2)) for _ in range(int(rng.choice([0, 0, 1, 2])))]
    if len(groups) == 1 and rng.random() < 0.3:
        axes.hexbin(*groups[0].T, gridsize=int(rng.integers(10, 25)), cmap=ramp(rng, style), mincnt=1)
    else:
        for k, points in enumerate(groups):
            axes.plot(*points.T, "o", color=style.colour(k), ms=style.size * rng.uniform(0.15, 0.45), alpha=0.7, mew=0)
    return groups


def _spread(axes: Axes, values: NDArray[np.float64], level: bool, colour: str, smooth: bool) -> None:
    """Draw a histogram or density curve of values, level or upright."""
    if not smooth:
        axes.hist(values, 18, orientation="vertical" if level else "horizontal", color=colour, alpha=0.7, ec="white")
        return
    x = np.linspace(values.min() - 0.5, values.max() + 0.5, 50)
    y = np.exp(-((x[:, None] - values[None]) ** 2) / 0.15).mean(axis=1)
    axes.plot(*((x, y) if level else (y, x)), color=colour)
    (axes.fill_between if level else axes.fill_betweenx)(x, y, color=colour, alpha=0.3, lw=0)


def broken(rng: Generator, figure: Any, style: Style) -> None:
    """Bars or lines over an axis with a piece left out, two slashes at the break."""
    upright = rng.random() < 0.7
    shape, ratio = ((2, 1) if upright else (1, 2)), {"height_ratios" if upright else "width_ratios": (1, 2)}
    gap = rng.uniform(0.04, 0.14)
    cells = figure.add_gridspec(*shape, hspace=gap, wspace=gap, **ratio)
    parts = [figure.add_subplot(cells[k]) for k in range(2)]
    count, bars = int(rng.integers(3, 9)), upright and rng.random() < 0.6
    x = np.arange(float(count)) if bars else np.linspace(0, 100, 60)
    rows = rng.uniform(10, 25, count) if bars else curve(rng, x) * 20
    rows = np.where(rng.random(len(x)) < 0.3, rows + 70, rows) if bars else rows
    for part in parts:
        if bars:
            part.bar(x, rows, 0.7, color=style.colour(0), edgecolor="black")
        else:
            part.plot(x, rows, color=style.colour(0))
            part.plot(x, rows[::-1] * 0.7, color=style.colour(1))
    first, last = parts
    dots = {"marker": [(-1, -0.5), (1, 0.5)], "ms": style.size, "ls": "none", "color": "k", "mew": 1, "clip_on": False}
    if upright:
        first.set_ylim(70, 100) if bars else first.set_ylim(15, 32)
        last.set_ylim(0, 30) if bars else last.set_ylim(0, 12)
        first.spines["bottom"].set_visible(False)
        last.spines["top"].set_visible(False)
        first.tick_params(bottom=False, labelbottom=False)
        first.plot([0, 1], [0, 0], transform=first.transAxes, **dots)
        last.plot([0, 1], [1, 1], transform=last.transAxes, **dots)
        last.set_xlabel(pick(rng, MEASURES))
        last.set_ylabel(pick(rng, MEASURES))
    else:
        first.set_xlim(0, 30)
        last.set_xlim(60, 100)
        last.spines["left"].set_visible(False)
        last.tick_params(left=False, labelleft=False)
        first.spines["right"].set_visible(False)
        first.set_ylabel(pick(rng, MEASURES))
        last.set_xlabel(pick(rng, MEASURES))
    title(rng, first)


def clusters(rng: Generator, figure: Any, style: Style) -> None:
    """A heat map with trees, strips of colour and a colour bar at its sides."""
    rows, columns = int(rng.integers(6, 40)), int(rng.integers(5, 30))
    thin = rng.uniform(0.02, 0.05)
    cells = figure.add_gridspec(
        3,
        4,
        width_ratios=(rng.uniform(0.1, 0.25), thin, 1, thin),
        height_ratios=(rng.uniform(0.1, 0.25), thin, 1),
        hspace=0.02,
        wspace=0.02,
    )
    axes = figure.add_subplot(cells[2, 2])
    values = rng.normal(0, 1, (rows, columns)) + np.sign(rng.normal(0, 1, (rows, 1))) * np.sign(
        np.arange(columns) - columns * rng.uniform(0.3, 0.7)
    )
    drawn = axes.pcolormesh(values, cmap=ramp(rng, style))
    axes.grid(False)
    axes.yaxis.tick_right()
    axes.set_yticks([])
    if rng.random() < 0.7:
        axes.set_yticks(np.arange(rows) + 0.5, several(rng, GENES, rows), fontsize=packed(figure, style, rows))
    axes.set_xticks([])
    if columns < 16 and rng.random() < 0.7:
        axes.set_xticks(np.arange(columns) + 0.5, several(rng, GROUPS, columns), rotation=90, fontsize=style.size * 0.8)
    tree(rng, figure.add_subplot(cells[0, 2]), columns, False, style.line)
    if rng.random() < 0.7:
        tree(rng, figure.add_subplot(cells[2, 0]), rows, True, style.line)
    if rng.random() < 0.6:
        strip = figure.add_subplot(cells[1, 2])
        strip.pcolormesh(rng.integers(0, 4, (1, columns)), cmap="Set2")
        strip.set_axis_off()
    if rng.random() < 0.7:
        corner = figure.add_subplot(cells[0, 0]).inset_axes((0.0, 0.2, 0.3, 0.8))
        corner.figure.axes[-1].set_axis_off()
        figure.colorbar(drawn, cax=corner).ax.tick_params(labelsize=style.size * 0.7)


def forest_columns(rng: Generator, figure: Any, style: Style) -> None:
    """Estimates with intervals between columns of words and numbers, headed."""
    rows, after = int(rng.integers(5, 18)), int(rng.integers(0, 3))
    before = int(rng.integers(1, 4)) if after else int(rng.integers(2, 4))
    widths = [1.3] + [0.9] * (before - 1) + [rng.uniform(1.2, 2.5)] + [0.9] * after
    cells = figure.add_gridspec(1, len(widths), width_ratios=widths, wspace=0.03)
    size = min(packed(figure, style, rows + 2), style.size)
    ruled = rng.random() < 0.5
    for k in range(len(widths)):
        axes = figure.add_subplot(cells[k])
        axes.set_ylim(rows - 0.4, -1.3)
        if k == before:
            middle = rng.uniform(0.4, 1.6, rows)
            span = rng.uniform(0.1, 0.5, rows)
            marker = str(rng.choice(["s", "o", "D"]))
            axes.errorbar(middle, range(rows), xerr=span, fmt=marker, color=style.colour(0), ms=size * 0.6)
            axes.axvline(1, color="gray", ls="--", lw=style.line)
            axes.set_yticks([])
            axes.spines[["left", "right", "top"]].set_visible(False)
            axes.set_xlabel(pick(rng, (*MEASURES, "Hazard ratio", "Odds ratio (95% CI)")))
            continue
        axes.set_axis_off()
        axes.set_xlim(0, 1)
        at, side = (0.0, "left") if k == 0 else (0.5, "center")
        axes.text(at, -1, pick(rng, GROUPS), ha=side, va="center", fontsize=size, weight="bold")
        for row in range(rows):
            words = pick(rng, (*PHRASES, *MEASURES))[:18] if k == 0 else number(rng)[:12]
            axes.text(at, row, words, ha=side, va="center", fontsize=size)
        if ruled:
            axes.axhline(-0.5, color="black", lw=style.line)


def risk_table(rng: Generator, figure: Any, style: Style) -> None:
    """Steps that fall over time, the numbers at risk in rows below."""
    arms = int(rng.integers(2, 5))
    rise = style.size * 1.25 / (float(figure.get_size_inches()[1]) * 72 * 0.6)  # a line of words, of the plot's height
    low = min(0.6, rise * (arms + 1))
    cells = figure.add_gridspec(2, 1, height_ratios=(1, low), hspace=min(1.2, 3.2 * rise * 2 / (1 + low)))
    axes, rows = figure.add_subplot(cells[0]), figure.add_subplot(cells[1])
    times = np.linspace(0, 60, 40)
    for k in range(arms):
        level = np.cumprod(1 - rng.uniform(0, 0.05, 40))
        axes.step(times, level, where="post", color=style.colour(k), label=pick(rng, GROUPS))
    axes.set(ylim=(0, 1.05), ylabel="Survival probability", xlabel="Time (months)")
    if rng.random() < 0.6:
        axes.legend(loc="lower left")
    title(rng, axes)
    rows.set(ylim=(arms, -1), xlim=axes.get_xlim())
    rows.grid(False)
    rows.set_axis_off()
    rows.text(0, -0.8, "Number at risk", fontsize=style.size * 0.9, va="center")
    for k in range(arms):
        rows.text(-3, k, pick(rng, GROUPS), ha="right", va="center", color=style.colour(k), fontsize=style.size * 0.8)
        left = int(rng.integers(40, 900))
        for spot in range(0, 61, 12):
            rows.text(spot, k, str(left), ha="center", va="center", fontsize=style.size * 0.8)
            left = int(left * rng.uniform(0.3, 0.95))


def lollipops(rng: Generator, figure: Any, style: Style) -> None:
    """Level bars or stems beside a strip or second plot that shares their names."""
    rows = int(rng.integers(5, 16))
    cells = figure.add_gridspec(1, 3, width_ratios=(rng.uniform(0.06, 0.2), 1, rng.uniform(0.3, 1)), wspace=0.04)
    strip, left, right = (figure.add_subplot(cells[k]) for k in range(3))
    strip.pcolormesh(rng.normal(0, 1, (rows, int(rng.integers(1, 4)))), cmap=ramp(rng, style))
    strip.set_xticks([])
    strip.set_yticks(
        np.arange(rows) + 0.5, several(rng, (*GENES, *PHRASES), rows), fontsize=packed(figure, style, rows)
    )
    left.barh(np.arange(rows) + 0.5, rng.gamma(2, 1, rows), color=style.colour(0))
    values = rng.uniform(0.1, 1, rows)
    right.hlines(np.arange(rows) + 0.5, 0, values, color="gray", lw=style.line)
    right.plot(values, np.arange(rows) + 0.5, "o", color=style.colour(1), ms=style.size * 0.4)
    for axes in (left, right):
        axes.set_ylim(0, rows)
        axes.tick_params(left=False, labelleft=False)
        axes.set_xlabel(pick(rng, GROUPS))
        axes.locator_params(axis="x", nbins=4)


KINDS = (marginal, marginal, broken, clusters, forest_columns, risk_table, lollipops)
