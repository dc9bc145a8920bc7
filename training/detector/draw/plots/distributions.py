"""Plots of distributions and shares: box plots, violins, histograms, pies, Venn diagrams, polar plots."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Ellipse
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.kind import Plot
from training.detector.draw.plots.charts import brackets
from training.detector.draw.plots.style import Style, legend, names, title, turn
from training.detector.draw.vocabulary import GENES, GROUPS, MEASURES, pick, several


def boxes(rng: Generator, axes: Axes, style: Style, data: list[NDArray[np.float64]], colours: list[str]) -> None:
    """Draw a box plot, filled or not, with outliers or without."""
    thin = {"lw": style.line}
    drawn = axes.boxplot(
        data,
        positions=range(len(data)),
        widths=rng.uniform(0.4, 0.8),
        patch_artist=True,
        showfliers=bool(rng.random() < 0.5),
        flierprops={"ms": style.size * 0.25},
        medianprops={"color": "black", **thin},
        boxprops=thin,
        whiskerprops=thin,
    )
    filled = rng.random() < 0.7
    for box, colour in zip(drawn["boxes"], colours, strict=True):
        box.set_facecolor(colour if filled and colour != "#000000" else "white")


def strips(
    rng: Generator, axes: Axes, style: Style, data: list[NDArray[np.float64]], colours: list[str] | None
) -> None:
    """Draw every value as a point: in the groups' colours with mean and deviation, or black over another plot."""
    size = style.size * 0.35
    for spot, row in enumerate(data):
        x = spot + rng.uniform(-0.2, 0.2, len(row))
        axes.plot(x, row, "o", color=colours[spot] if colours else "black", ms=size, alpha=0.8)
        if colours:
            axes.errorbar(spot, row.mean(), row.std(), color="black", capsize=size, marker="_", ms=style.size)


def spreads(rng: Generator, figure: Figure, style: Style) -> None:
    """Box plots, violins, strips of points or paired points by group."""
    axes = figure.add_subplot()
    kind = int(rng.integers(4))
    groups = int(rng.integers(2, 4 if kind == 2 else 9))
    data = [rng.normal(rng.uniform(3, 6), rng.uniform(0.3, 1), int(rng.choice([8, 20, 60]))) for _ in range(groups)]
    spots = list(range(groups))
    colours = [style.colour(k) for k in spots] if rng.random() < 0.7 else [style.colour(0)] * groups
    if kind == 0:
        boxes(rng, axes, style, data, colours)
    elif kind == 1:
        bodies = axes.violinplot(data, spots, widths=0.8, showmedians=True, points=40)["bodies"]
        for body, colour in zip(bodies, colours, strict=True):
            body.set(facecolor=colour, edgecolor="black", alpha=0.8, lw=style.line)
    elif kind == 2:
        tone = "gray" if rng.random() < 0.6 else style.colour(0)
        axes.plot(spots, np.stack([row[:8] for row in data]), "-o", color=tone, lw=style.line, ms=style.size * 0.35)
    if kind == 3 or (kind != 2 and rng.random() < 0.4):
        strips(rng, axes, style, data, colours if kind == 3 else None)
    turn(rng, axes, several(rng, GROUPS, groups))
    axes.set_xlim(-0.6, groups - 0.4)
    if rng.random() < 0.35:
        brackets(rng, axes, style, groups, max(float(row.max()) for row in data))
    names(rng, axes, x=False)


def histogram(rng: Generator, figure: Figure, style: Style) -> None:
    """Histograms and density curves, one or several."""
    axes = figure.add_subplot()
    bins, smooth = int(rng.integers(8, 50)), rng.random() < 0.3
    for k in range(int(rng.choice([1, 1, 2, 3]))):
        values = (
            rng.normal(rng.uniform(0, 4), rng.uniform(0.5, 1.5), 400) if rng.random() < 0.6 else rng.gamma(2, 1, 400)
        )
        if smooth:
            x = np.linspace(values.min() - 1, values.max() + 1, 60)
            y = np.exp(-((x[:, None] - values[None, ::4]) ** 2) / 0.3).mean(axis=1)
            axes.plot(x, y, color=style.colour(k), label=pick(rng, GROUPS))
            axes.fill_between(x, y, color=style.colour(k), alpha=0.3, lw=0)
        else:
            axes.hist(
                values,
                bins,
                color=style.colour(k),
                edgecolor="black" if style.gray or rng.random() < 0.4 else "white",
                alpha=1 if k == 0 else 0.6,
                label=pick(rng, GROUPS),
            )
    names(rng, axes)
    legend(rng, axes, 0.4)


def shares(rng: Generator, figure: Figure, style: Style) -> None:
    """Pies and rings with names, percentages or a legend."""
    axes = figure.add_subplot()
    parts = int(rng.integers(2, 8))
    labels = several(rng, GROUPS, parts)
    width, edge = 0.4 if rng.random() < 0.3 else 1.0, "white" if rng.random() < 0.6 else "black"
    wedges = axes.pie(
        rng.uniform(0.15, 1, parts),
        labels=labels if rng.random() < 0.5 else None,
        colors=[style.colour(k) for k in range(parts)],
        startangle=float(rng.uniform(0, 360)),
        autopct="%1.0f%%" if rng.random() < 0.5 else None,
        wedgeprops={"width": width, "edgecolor": edge, "lw": style.line},
    )
    if rng.random() < 0.5:
        axes.legend(next(iter(wedges)), labels, loc="center left", bbox_to_anchor=(1, 0.5))
    title(rng, axes)


def overlaps(rng: Generator, figure: Figure, style: Style) -> None:
    """Venn diagrams of two to four sets."""
    axes = figure.add_subplot()
    sets = int(rng.integers(2, 5))
    solid = rng.random() < 0.75
    for k in range(sets):
        angle = 2 * np.pi * k / sets + (0 if sets == 2 else np.pi / 6)
        at = (0.6 * np.cos(angle), 0.6 * np.sin(angle))
        face, label = style.colour(k) if solid else "none", pick(rng, (*GROUPS, *GENES))
        shape = (
            Ellipse(at, 2, 1.2, angle=float(np.degrees(angle)), fc=face, alpha=0.5, ec="black")
            if sets == 4
            else Circle(at, 1, fc=face, alpha=0.5, ec="black")
        )
        axes.add_patch(shape)
        axes.text(at[0] * 3, at[1] * 2.9 + 0.1, label, ha="center")
        axes.text(at[0] * 1.7, at[1] * 1.7, str(int(rng.integers(3, 2500))), ha="center", va="center")
    axes.text(0, 0, str(int(rng.integers(3, 900))), ha="center", va="center")
    axes.set(xlim=(-1.7, 1.7), ylim=(-1.7, 1.7), aspect="equal")
    axes.set_axis_off()


def rose(rng: Generator, figure: Figure, style: Style) -> None:
    """Polar plots: roses of bars, directions, radar charts."""
    axes = figure.add_subplot(projection="polar")
    count = int(rng.integers(5, 24))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    if rng.random() < 0.5:
        axes.bar(
            angles,
            rng.gamma(2, 1, count),
            2 * np.pi / count * 0.9,
            color=style.colour(0),
            alpha=0.8,
            edgecolor="black",
            lw=style.line,
        )
    else:
        for k in range(int(rng.integers(1, 4))):
            r = rng.uniform(0.3, 1, count)
            axes.plot(np.append(angles, 0), np.append(r, r[0]), color=style.colour(k))
            axes.fill(angles, r, color=style.colour(k), alpha=0.25)
        if rng.random() < 0.5 and count < 9:
            axes.set_xticks(angles, several(rng, MEASURES, count), fontsize=style.size * 0.7)
    axes.grid(True, lw=style.line, color="#b0b0b0")
    if rng.random() < 0.5:
        axes.set_yticklabels([])


KINDS = {
    "spreads": Plot(spreads, 2.5, 0.2, 4),
    "histogram": Plot(histogram, 1.2, 0.4, 5),
    "shares": Plot(shares, 0.6, 0.7, 1.8),
    "overlaps": Plot(overlaps, 0.4, 0.75, 1.35),
    "rose": Plot(rose, 0.4, 0.75, 1.35),
}
