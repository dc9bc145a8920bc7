"""The everyday charts: bars, lines, points."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.kind import Plot
from training.detector.draw.plots.style import Style, cross, legend, names, packed, turn
from training.detector.draw.vocabulary import GENES, GROUPS, PHRASES, pick, several

HATCHES = ("", "", "", "//", "\\\\", "xx", "..")


def bracket(rng: Generator, axes: Axes, style: Style, left: float, right: float, level: float, step: float) -> None:
    """Draw a line from bar to bar, with stars or a p value over it."""
    drop = step * 0.25 * (rng.random() < 0.6)
    axes.plot([left, left, right, right], [level - drop, level, level, level - drop], color="black", lw=style.line)
    text = str(rng.choice(["*", "**", "***", "****", "ns", "n.s.", "p<0.01", "p = 0.03", "#"]))
    axes.text((left + right) / 2, level, text, ha="center", va="bottom", fontsize=style.size * 0.8)


def brackets(rng: Generator, axes: Axes, style: Style, count: int, top: float) -> None:
    """Draw some brackets above the groups and make room for them."""
    step = top * 0.12
    for k in range(int(rng.integers(1, min(count, 4) + 1))):
        left, right = sorted(rng.choice(count, 2, replace=False)) if count > 1 else (0, 0)
        bracket(rng, axes, style, left, right, top * 1.06 + k * step, step)
        axes.set_ylim(top=top * 1.06 + (k + 1.2) * step)


def bars(rng: Generator, figure: Figure, style: Style) -> None:
    """Bars, alone or in groups, with error bars, single values and brackets."""
    axes = figure.add_subplot()
    groups, series = int(rng.integers(2, 9)), int(rng.choice([1, 1, 2, 3, 4]))
    values = rng.uniform(0.15, 1, (series, groups)) * rng.choice([1, 10, 100, 2500])
    errors = values * rng.uniform(0.03, 0.25, values.shape)
    width = rng.uniform(0.5, 0.9) / series
    outline = "black" if style.gray or rng.random() < 0.5 else "none"
    hollow, dots, one = rng.random() < 0.12, rng.random() < 0.3, rng.random() < 0.5
    for k, row in enumerate(values):
        x = np.arange(groups) + (k - (series - 1) / 2) * width
        colour: str | list[str] = style.colour(k) if series > 1 or one else [style.colour(j) for j in range(groups)]
        hatch = str(rng.choice(HATCHES)) if style.gray or rng.random() < 0.1 else ""
        error = errors[k] if rng.random() < 0.75 else None
        whisker = {"elinewidth": style.line, "capthick": style.line, "capsize": style.size * rng.choice([0, 0.2, 0.35])}
        paint = {"color": "none" if hollow else colour, "edgecolor": colour if hollow else outline, "hatch": hatch}
        axes.bar(x, row, width, yerr=error, error_kw=whisker, label=pick(rng, GROUPS), **paint)
        if dots:
            for at, value in zip(x, row, strict=True):
                spread = value * (1 + rng.normal(0, 0.15, int(rng.integers(3, 9))))
                axes.plot(
                    at + rng.uniform(-0.25, 0.25, len(spread)) * width,
                    spread,
                    "o",
                    color="black" if one else "#555555",
                    ms=style.size * 0.25,
                )
    turn(rng, axes, several(rng, GROUPS if rng.random() < 0.7 else GENES, groups))
    if rng.random() < 0.4:
        brackets(rng, axes, style, groups, float((values + errors).max()))
    elif rng.random() < 0.15:
        axes.set_yscale("log")
    names(rng, axes, x=False)
    if series > 1:
        legend(rng, axes)


def flat_bars(rng: Generator, figure: Figure, style: Style) -> None:
    """Level bars with names at the left: plain, stacked or of both signs."""
    axes = figure.add_subplot()
    groups, series = int(rng.integers(4, 16)), int(rng.choice([1, 1, 3, 4]))
    base = np.zeros(groups)
    for k in range(series):
        values = np.sort(rng.gamma(2, 1, groups)) if series == 1 else rng.uniform(0.1, 1, groups)
        signs = np.where(rng.random(groups) < 0.3, -1, 1) if series == 1 and rng.random() < 0.3 else 1
        axes.barh(
            range(groups), values * signs, rng.uniform(0.6, 0.9), base, color=style.colour(k), label=pick(rng, GROUPS)
        )
        base += values if series > 1 else 0
    axes.set_yticks(
        range(groups),
        several(rng, GENES if rng.random() < 0.5 else PHRASES, groups),
        fontsize=packed(figure, style, groups),
    )
    names(rng, axes, y=False)
    if series > 1:
        legend(rng, axes)


def stacked_bars(rng: Generator, figure: Figure, style: Style) -> None:
    """Upright stacked bars or a stacked area, often to 100 %."""
    axes = figure.add_subplot()
    groups, series = int(rng.integers(2, 30)), int(rng.integers(2, 9))
    values = rng.gamma(1.5, 1, (series, groups))
    if rng.random() < 0.6:
        values *= 100 / values.sum(axis=0)
    if groups > 8 and rng.random() < 0.4:
        axes.stackplot(
            np.arange(groups),
            values,
            colors=[style.colour(k) for k in range(series)],
            labels=several(rng, GROUPS, series),
        )
    else:
        base, width = np.zeros(groups), rng.uniform(0.6, 1)
        for k, row in enumerate(values):
            axes.bar(
                np.arange(groups),
                row,
                width,
                base,
                color=style.colour(k),
                edgecolor="black" if style.gray else "none",
                label=pick(rng, GROUPS),
            )
            base += row
        if groups < 12:
            turn(rng, axes, several(rng, GROUPS, groups))
    names(rng, axes)
    legend(rng, axes, 0.85)


def curve(rng: Generator, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """A course over x in one of the usual shapes: growth, decay, peak, wave, walk."""
    u = (x - x.min()) / np.ptp(x)
    shapes = (
        1 / (1 + np.exp(-rng.uniform(6, 16) * (u - rng.uniform(0.3, 0.7)))),
        np.exp(-rng.uniform(1, 5) * u),
        np.exp(-(((u - rng.uniform(0.2, 0.8)) / rng.uniform(0.08, 0.3)) ** 2)),
        0.5 + 0.4 * np.sin(rng.uniform(3, 14) * u + rng.uniform(0, 6)),
        np.cumsum(rng.normal(0, 1, len(u))) / np.sqrt(len(u)),
        u ** rng.uniform(0.5, 2),
    )
    return np.asarray(shapes[int(rng.integers(len(shapes)))] * rng.uniform(0.4, 1) + rng.uniform(0, 0.4))


def lines(rng: Generator, figure: Figure, style: Style) -> None:
    """Lines with markers, error bars or bands; sometimes with an inset."""
    axes = figure.add_subplot()
    count = int(rng.integers(4, 12)) if rng.random() < 0.6 else 80
    x = np.linspace(0, float(rng.choice([1, 10, 24, 100, 500])), count)
    unit = float(rng.choice([1, 10, 100]))
    bands = rng.random() < 0.35
    for k in range(int(rng.integers(1, 7))):
        y, spread = curve(rng, x) * unit, unit * rng.uniform(0.02, 0.1, count)
        dash = str(rng.choice(["-", "-", "-", "--", ":"]))
        marker = str(rng.choice(["o", "s", "^", "v", "D", ""])) if count < 20 else ""
        colour = style.colour(k) if style.colour(k) != "#ffffff" else "#a0a0a0"
        if bands:
            axes.plot(x, y, dash, color=colour, label=pick(rng, GROUPS))
            axes.fill_between(x, y - spread, y + spread, color=colour, alpha=0.3, lw=0)
        else:
            error = spread if count < 20 and rng.random() < 0.7 else None
            hollow = "white" if rng.random() < 0.2 else colour
            axes.errorbar(
                x,
                y,
                error,
                ls=dash,
                marker=marker,
                color=colour,
                mfc=hollow,
                capsize=style.size * 0.2,
                label=pick(rng, GROUPS),
            )
    if rng.random() < 0.15:
        axes.axvline(x[count // 3], ls="--", color="gray", lw=style.line)
    if rng.random() < 0.1:
        axes.axvspan(x[count // 4], x[count // 2], color="#dddddd", lw=0)
    if rng.random() < 0.08:
        inset = axes.inset_axes((0.58, 0.56, 0.38, 0.38))
        inset.plot(x, curve(rng, x), color=style.colour(0))
        inset.tick_params(labelsize=style.size * 0.6)
    names(rng, axes)
    legend(rng, axes)


def scatter(rng: Generator, figure: Figure, style: Style) -> None:
    """Points with or without fit, error bars, names or marginal histograms."""
    marginal = rng.random() < 0.1
    if marginal:
        grid = figure.add_gridspec(2, 2, width_ratios=(4, 1), height_ratios=(1, 4), hspace=0.08, wspace=0.08)
        axes = figure.add_subplot(grid[1, 0])
    else:
        axes = figure.add_subplot()
    for k in range(int(rng.choice([1, 1, 2, 3, 5]))):
        count = int(rng.choice([8, 20, 60, 300]))
        x = rng.normal(rng.uniform(0, 3), 1, count)
        y = x * rng.uniform(-1, 1) + rng.normal(rng.uniform(0, 3), rng.uniform(0.2, 1), count)
        marker, colour = str(rng.choice(["o", "o", "s", "^", "D", "x", "+"])), style.colour(k)
        edge = {} if marker in "x+" else {"edgecolors": "black" if style.gray or rng.random() < 0.3 else "none"}
        axes.scatter(
            x,
            y,
            (style.size * rng.uniform(0.25, 0.8)) ** 2,
            color=colour,
            marker=marker,
            alpha=rng.uniform(0.5, 1),
            label=pick(rng, GROUPS),
            **edge,
        )
        if rng.random() < 0.5:
            slope, shift = np.polyfit(x, y, 1)
            ends = np.linspace(x.min(), x.max(), 20)
            axes.plot(
                ends,
                slope * ends + shift,
                color="black" if rng.random() < 0.5 else colour,
                ls=str(rng.choice(["-", "--"])),
            )
            if rng.random() < 0.3:
                band = 0.1 + 0.15 * np.abs(ends - x.mean())
                axes.fill_between(
                    ends, slope * ends + shift - band, slope * ends + shift + band, color="gray", alpha=0.3, lw=0
                )
    if marginal:
        for spot, way in ((grid[0, 0], "vertical"), (grid[1, 1], "horizontal")):
            side = figure.add_subplot(spot)
            side.hist(x if way == "vertical" else y, 20, orientation=way, color=style.colour(0))
            side.set_axis_off()
    elif rng.random() < 0.4:
        axes.text(
            rng.choice([0.05, 0.5]),
            rng.choice([0.08, 0.9]),
            str(rng.choice(["r = 0.72\np < 0.001", "R² = 0.86", "ρ=0.41, p=0.02", "y = 1.2x + 0.3"])),
            transform=axes.transAxes,
        )
    names(rng, axes)
    if not marginal:
        cross(rng, axes)
        legend(rng, axes, 0.5)


KINDS = {
    "bars": Plot(bars, 3.0, 0.2, 4),
    "flat_bars": Plot(flat_bars, 1.2, 0.3, 3),
    "stacked_bars": Plot(stacked_bars, 1.0, 0.3, 5),
    "lines": Plot(lines, 3.0, 0.3, 5),
    "scatter": Plot(scatter, 2.0, 0.4, 3),
}
