"""Plots of matrices and planes: heat maps with dendrograms, correlations, contours, surfaces."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.random import Generator

from training.detector.draw.kind import Plot
from training.detector.draw.plots.style import Style, names, packed, title, turn
from training.detector.draw.textures import clouds
from training.detector.draw.vocabulary import GENES, GROUPS, MEASURES, pick, several

RAMPS = (
    "viridis",
    "jet",
    "RdBu_r",
    "coolwarm",
    "Blues",
    "Reds",
    "hot",
    "gray",
    "plasma",
    "YlOrRd",
    "bwr",
    "PiYG",
    "magma",
    "Greens",
    "YlGnBu",
    "seismic",
)


def ramp(rng: Generator, style: Style) -> str:
    """The name of a colour map."""
    return str(rng.choice(["gray", "gray_r", "binary"])) if style.gray else str(rng.choice(RAMPS))


def bar(rng: Generator, figure: Figure, axes: Axes | list[Axes], drawn: Any, share: float = 0.6) -> None:
    """Give a share of the plots a colour bar at the right or, seldom, above."""
    if rng.random() < share:
        above = rng.random() < 0.12
        strip = figure.colorbar(
            drawn,
            ax=axes,
            location="top" if above else "right",
            pad=rng.uniform(0.02, 0.06),
            fraction=rng.uniform(0.03, 0.08),
            shrink=float(rng.choice([1, 1, 0.6])),
        )
        strip.outline.set_visible(bool(rng.random() < 0.5))
        strip.ax.locator_params(nbins=5)
        if rng.random() < 0.5:
            strip.set_label(pick(rng, MEASURES))


def tree(rng: Generator, axes: Axes, leaves: int, level: bool, line: float) -> None:
    """Draw a dendrogram with leaves at 0.5, 1.5, ...: upright or, with `level`, lying with its root at the left."""
    nodes = [(k + 0.5, 0.0) for k in range(leaves)]
    while len(nodes) > 1:
        k = int(rng.integers(len(nodes) - 1))
        (xa, ha), (xb, hb) = nodes[k], nodes[k + 1]
        top = max(ha, hb) + rng.uniform(0.3, 1)
        x, y = [xa, xa, xb, xb], [ha, top, top, hb]
        axes.plot(*((y, x) if level else (x, y)), color="black", lw=line)
        nodes[k : k + 2] = [((xa + xb) / 2, top)]
    axes.set_axis_off()
    if level:
        axes.set_ylim(0, leaves)
        axes.invert_xaxis()
    else:
        axes.set_xlim(0, leaves)


def heat_map(rng: Generator, figure: Figure, style: Style) -> None:
    """A matrix of colours with names at two sides, values in the cells, trees, and a colour bar."""
    rows, columns = int(rng.integers(3, 40)), int(rng.integers(3, 30))
    values = rng.normal(0, 1, (rows, columns)) + 1.5 * np.sign(rng.normal(0, 1, (rows, 1))) * np.sign(
        np.arange(columns) - columns * 0.5
    )
    trees = rng.random() < 0.35
    if trees:
        both = rng.random() < 0.7
        grid = figure.add_gridspec(
            2, 2, width_ratios=(1, rng.uniform(4, 8)), height_ratios=(1, rng.uniform(4, 8)), hspace=0.02, wspace=0.02
        )
        axes = figure.add_subplot(grid[1, 1])
        tree(rng, figure.add_subplot(grid[0, 1]), columns, False, style.line)
        if both:
            tree(rng, figure.add_subplot(grid[1, 0]), rows, True, style.line)
    else:
        axes = figure.add_subplot()
    edges = {"edgecolors": "white", "linewidth": style.line} if max(rows, columns) < 14 and rng.random() < 0.4 else {}
    drawn = axes.pcolormesh(values, cmap=ramp(rng, style), **edges)
    axes.grid(False)
    if max(rows, columns) <= 9 and rng.random() < 0.5:
        for r in range(rows):
            for c in range(columns):
                axes.text(
                    c + 0.5,
                    r + 0.5,
                    f"{values[r, c]:.1f}",
                    ha="center",
                    va="center",
                    fontsize=style.size * 0.7,
                    color="black" if rng.random() < 0.8 else "white",
                )
    axes.tick_params(length=0)
    axes.set_xticks([])
    axes.set_yticks([])
    if rng.random() < 0.7 and columns < 25:
        axes.set_xticks(
            np.arange(columns) + 0.5,
            several(rng, GROUPS, columns),
            rotation=float(rng.choice([90, 90, 45])),
            ha="center",
        )
    if rng.random() < 0.75 and rows < 32:
        if trees or rng.random() < 0.4:
            axes.yaxis.tick_right()
        axes.set_yticks(np.arange(rows) + 0.5, several(rng, GENES, rows), fontsize=packed(figure, style, rows))
    title(rng, axes, 0.0 if trees else 0.3)
    if not trees:
        bar(rng, figure, axes, drawn, 0.6)


def correlation(rng: Generator, figure: Figure, style: Style) -> None:
    """Correlation and confusion matrices: squares or discs, whole or half, with numbers."""
    axes = figure.add_subplot()
    size = int(rng.integers(2, 16))
    values = np.clip(rng.normal(0, 0.5, (size, size)), -1, 1)
    values = np.clip((values + values.T) / 2 + np.eye(size) * 2, -1, 1)
    colours = ramp(rng, style)
    half = rng.random() < 0.3
    if half:
        values[np.triu_indices(size, 1)] = np.nan
    if rng.random() < 0.6:
        drawn = axes.imshow(values, cmap=colours, vmin=-1, vmax=1, aspect="auto")
        if size < 9:
            for r in range(size):
                for c in range(size if not half else r + 1):
                    axes.text(
                        c,
                        r,
                        f"{values[r, c]:.2f}",
                        ha="center",
                        va="center",
                        fontsize=style.size * 0.75,
                        color="white" if abs(values[r, c]) > 0.6 else "black",
                    )
    else:
        down, across = np.nonzero(~np.isnan(values))
        seen = values[down, across]
        sizes = np.abs(seen) * (style.size * 1.6) ** 2
        drawn = axes.scatter(across, down, sizes, c=seen, cmap=colours, vmin=-1, vmax=1)
        axes.invert_yaxis()
    labels = several(rng, GENES if rng.random() < 0.5 else GROUPS, size)
    turn(rng, axes, labels)
    axes.set_yticks(range(size), labels)
    axes.grid(False)
    title(rng, axes)
    bar(rng, figure, axes, drawn, 0.7)


def contour(rng: Generator, figure: Figure, style: Style) -> None:
    """A field as colours, filled or plain contours, a spectrogram, or a flow of arrows."""
    axes = figure.add_subplot()
    field, kind = clouds(rng, 48, 40, 22, 2), int(rng.integers(4))
    if kind == 0:
        drawn = axes.contourf(field, int(rng.integers(5, 14)), cmap=ramp(rng, style))
    elif kind == 1:
        drawn = axes.contour(field, int(rng.integers(5, 14)), cmap=ramp(rng, style), linewidths=style.line * 1.2)
        if rng.random() < 0.5:
            axes.clabel(drawn, fontsize=style.size * 0.6)
    elif kind == 2:
        drawn = axes.imshow(
            field + 0.2 * rng.random(field.shape),
            cmap=ramp(rng, style),
            aspect="auto",
            origin="lower",
            interpolation="bilinear",
        )
    else:
        dy, dx = np.gradient(field[::3, ::3])
        drawn = axes.quiver(dx, dy, field[::3, ::3], cmap=ramp(rng, style))
    axes.grid(False)
    names(rng, axes)
    bar(rng, figure, axes, drawn, 0.7)


def surface(rng: Generator, figure: Figure, style: Style) -> None:
    """Surfaces, bars, points or paths in three dimensions."""
    axes = figure.add_subplot(projection="3d")
    kind, grid = int(rng.integers(4)), int(rng.integers(8, 16))
    x, y = np.meshgrid(np.linspace(0, 1, grid), np.linspace(0, 1, grid))
    if kind == 0:
        field = clouds(rng, grid, grid, grid / 2, 2)
        edge = {"edgecolor": "black", "linewidth": style.line * 0.4} if rng.random() < 0.6 else {"linewidth": 0}
        drawn = axes.plot_surface(x, y, field, cmap=ramp(rng, style), rcount=grid, ccount=grid, **edge)
        bar(rng, figure, axes, drawn, 0.35)
    elif kind == 1:
        rows, columns = int(rng.integers(2, 7)), int(rng.integers(2, 7))
        xs, ys = (part.ravel() for part in np.meshgrid(np.arange(rows), np.arange(columns)))
        axes.bar3d(
            xs, ys, 0, 0.6, 0.6, rng.uniform(0.1, 1, len(xs)), color=[style.colour(int(k)) for k in ys], shade=True
        )
    elif kind == 2:
        for k in range(int(rng.integers(1, 5))):
            axes.scatter(
                *rng.normal(rng.uniform(-2, 2, (3, 1)), 0.6, (3, 40)), s=(style.size * 0.4) ** 2, color=style.colour(k)
            )
    else:
        t = np.linspace(0, 20, 150)
        axes.plot(np.cos(t) * t, np.sin(t * rng.uniform(0.5, 1)) * t, t, color=style.colour(0))
    axes.view_init(float(rng.uniform(15, 45)), float(rng.uniform(-80, -20)))
    axes.tick_params(pad=-style.size * 0.3)
    if rng.random() < 0.6:
        axes.set(xlabel=pick(rng, MEASURES), ylabel=pick(rng, MEASURES), zlabel=pick(rng, MEASURES))
    if rng.random() < 0.3:
        axes.set_axis_off()


KINDS = {
    "heat_map": Plot(heat_map, 1.8, 0.3, 3),
    "correlation": Plot(correlation, 0.9, 0.6, 1.8),
    "contour": Plot(contour, 0.8, 0.4, 3),
    "surface": Plot(surface, 0.9, 0.75, 1.5),
}
