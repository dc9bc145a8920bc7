"""Plots of many points and places: embeddings, flow cytometry, maps."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.kind import Plot
from training.detector.draw.plots.matrices import bar, ramp
from training.detector.draw.plots.style import Style, cross, legend, title
from training.detector.draw.textures import clouds, outline
from training.detector.draw.vocabulary import GENES, GROUPS, pick


def embedding(rng: Generator, figure: Figure, style: Style) -> None:
    """UMAP, t-SNE and PCA: clusters in colours with names or a legend, ellipses, short arrows for axes."""
    axes = figure.add_subplot()
    clusters, points = int(rng.integers(3, 16)), int(rng.choice([20, 80, 250]))
    size, ramped = (style.size * rng.uniform(0.1, 0.35)) ** 2 * (4 if points == 20 else 1), rng.random() < 0.25
    colours, named = ramp(rng, style), rng.random() < 0.4
    drawn = None
    for k in range(clusters):
        centre, spin = rng.uniform(-8, 8, 2), rng.normal(0, 1, (2, 2))
        x, y = centre[:, None] + spin @ rng.normal(0, 0.7, (2, points))
        if ramped:
            drawn = axes.scatter(
                x, y, size, c=rng.gamma(1, 1, points) * rng.choice([0.2, 1]), cmap=colours, vmin=0, vmax=3, lw=0
            )
        else:
            axes.scatter(
                x,
                y,
                size,
                color=style.colour(k) if k < len(style.colours) else tuple(rng.random(3)),
                lw=0,
                label=pick(rng, GROUPS),
            )
        if named:
            axes.text(
                centre[0],
                centre[1],
                str(k) if clusters > 8 else pick(rng, GENES),
                ha="center",
                fontsize=style.size * 0.85,
            )
        elif points == 20:
            hull = outline(rng, centre[0] * 100, centre[1] * 100, 150, 100, 0.02)[:, 0] / 100
            axes.fill(hull[:, 0], hull[:, 1], color=style.colour(k), alpha=0.15, lw=0)
    label = str(rng.choice(["UMAP", "tSNE_", "t-SNE ", "PC", "Dim "]))
    if rng.random() < 0.6:
        axes.set(xlabel=f"{label}1", ylabel=f"{label}2")
    bare = rng.random()
    if bare < 0.5:
        axes.set_xticks([])
        axes.set_yticks([])
    if bare < 0.25:
        axes.set_axis_off()
    cross(rng, axes)
    title(rng, axes)
    if drawn is not None:
        bar(rng, figure, axes, drawn, 0.6)
    elif not named:
        legend(rng, axes, 0.6)


def cytometry(rng: Generator, figure: Figure, style: Style) -> None:
    """Flow cytometry: a dense cloud or contours with gates and percentages."""
    axes = figure.add_subplot()
    points = [
        rng.normal(rng.uniform(1, 4, (2, 1)), rng.uniform(0.2, 0.6, (2, 1)), (2, int(rng.choice([200, 800]))))
        for _ in range(int(rng.integers(1, 4)))
    ]
    x, y = np.concatenate(points, axis=1)
    kind = int(rng.integers(3))
    if kind == 0:
        axes.plot(x, y, ",", color="black" if rng.random() < 0.5 else style.colour(0))
    else:
        counts, _, _ = np.histogram2d(x, y, 30, range=[[0, 5], [0, 5]])
        if kind == 1:
            at: NDArray[np.intp] = np.clip(np.stack([x, y]) * 6, 0, 29).astype(int)
            axes.scatter(x, y, (style.size * 0.12) ** 2, c=counts[at[0], at[1]], cmap="jet", lw=0)
        else:
            axes.contour(
                np.linspace(0, 5, 30), np.linspace(0, 5, 30), counts.T, 7, colors="black", linewidths=style.line
            )
    if rng.random() < 0.5:
        cut = rng.uniform(1.5, 3.5, 2)
        axes.axvline(cut[0], color="black", lw=style.line)
        axes.axhline(cut[1], color="black", lw=style.line)
        spots = [(0.03, 0.9), (0.7, 0.9), (0.03, 0.03), (0.7, 0.03)]
    else:
        left, foot = rng.uniform(0.5, 2.5, 2)
        axes.plot(
            [left, left + 2, left + 2, left, left], [foot, foot, foot + 2, foot + 2, foot], color="black", lw=style.line
        )
        spots = [(0.6, 0.88)]
    for spot in spots:
        axes.text(
            *spot,
            f"{rng.uniform(0, 100):.1f}{'%' if rng.random() < 0.3 else ''}",
            transform=axes.transAxes,
            fontsize=style.size * 0.9,
        )
    ticks = [f"$10^{k}$" if rng.random() < 0.95 else "" for k in range(6)]
    axes.set(
        xlim=(0, 5),
        ylim=(0, 5),
        xlabel=f"{pick(rng, GENES)}-FITC" if rng.random() < 0.5 else "FSC-A",
        ylabel=pick(rng, GENES),
    )
    if rng.random() < 0.6:
        axes.set_xticks(range(6), ticks)
        axes.set_yticks(range(6), ticks)
    else:
        axes.set_xticks([])
        axes.set_yticks([])
    title(rng, axes, 0.4)


def regions(rng: Generator, figure: Figure, style: Style) -> None:
    """A map: polygons shaded by value or in plain colours, with sites, scale and north arrow."""
    axes = figure.add_subplot()
    colours = ramp(rng, style)
    centres = rng.uniform(0, 10, (int(rng.integers(8, 40)), 2))
    if rng.random() < 0.3:
        axes.set_facecolor("#cfe2f3")
    across, down = np.meshgrid(np.linspace(0, 10, 90), np.linspace(0, 10, 90))
    warped = across + clouds(rng, 90, 90, 20), down + clouds(rng, 90, 90, 20)
    owner = np.argmin((warped[0][..., None] - centres[:, 0]) ** 2 + (warped[1][..., None] - centres[:, 1]) ** 2, axis=2)
    land = np.hypot(across - 5, down - 5) + 4 * clouds(rng, 90, 90, 30) < 6.6
    values = rng.random(len(centres))[owner] if rng.random() < 0.7 else np.full(owner.shape, 0.3)
    drawn = axes.imshow(
        np.where(land, values, np.nan),
        cmap=colours,
        extent=(0, 10, 0, 10),
        origin="lower",
        aspect="auto",
        vmin=0,
        vmax=1,
        interpolation="nearest",
    )
    axes.contour(
        across,
        down,
        np.where(land, owner, -1),
        np.arange(-1, len(centres)) + 0.5,
        colors="black" if rng.random() < 0.5 else "white",
        linewidths=style.line * 0.6,
    )
    for _ in range(int(rng.choice([0, 4, 15]))):
        spot = rng.uniform(2.5, 7.5, 2)
        axes.plot(*spot, str(rng.choice(["o", "^", "s"])), color="red", mec="black", ms=style.size * 0.5)
        if rng.random() < 0.3:
            axes.text(*spot, pick(rng, GROUPS), fontsize=style.size * 0.7)
    axes.grid(False)
    if rng.random() < 0.6:
        axes.set_axis_off()
    bar(rng, figure, axes, drawn, 0.4)


KINDS = {
    "embedding": Plot(embedding, 1.2, 0.5, 2.2),
    "cytometry": Plot(cytometry, 0.9, 0.6, 1.6),
    "regions": Plot(regions, 0.5, 0.6, 2),
}
