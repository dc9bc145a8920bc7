"""Plots along a line: traces, rasters, spectra, genome tracks, alignments of peaks, trees, sequence logos."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from numpy.random import Generator

from training.detector.draw.kind import Plot
from training.detector.draw.plots.charts import curve
from training.detector.draw.plots.style import Style, names, packed, title
from training.detector.draw.vocabulary import GENES, GROUPS, pick, several


def traces(rng: Generator, figure: Figure, style: Style) -> None:
    """Recordings below each other: EEG, ECG, patch clamp, calcium; with axes or with scale bars."""
    axes = figure.add_subplot()
    rows, count = int(rng.integers(1, 12)), int(rng.choice([200, 600]))
    t, kind = np.linspace(0, 1, count), int(rng.integers(4))
    for k in range(rows):
        if kind == 0:
            y = np.cumsum(rng.normal(0, 1, count)) * 0.03 + rng.normal(0, 0.1, count)
        elif kind == 1:
            phase = (t * rng.uniform(4, 12)) % 1
            y = (
                np.exp(-(((phase - 0.3) / 0.02) ** 2))
                - 0.25 * np.exp(-(((phase - 0.35) / 0.02) ** 2))
                + 0.2 * np.exp(-(((phase - 0.6) / 0.06) ** 2))
            )
        elif kind == 2:
            y = np.convolve(rng.random(count) < 0.012, np.exp(-np.arange(60) / rng.uniform(4, 20)), "full")[
                :count
            ] + rng.normal(0, 0.03, count)
        else:
            on = ((t > 0.25) & (t < 0.7)).astype(float)
            y = -on * (0.2 + 0.15 * k) * (1 - 0.6 * np.exp(-(t - 0.25) * 12)) + rng.normal(0, 0.01, count)
        shift = -k * (0 if kind == 3 else 1.1)
        axes.plot(t, y + shift, color="black" if rng.random() < 0.5 else style.colour(k), lw=style.line)
    if rng.random() < 0.5:
        axes.set_axis_off()
        low = axes.get_ylim()[0]
        axes.plot([0.85, 1, 1], [low, low, low + 0.5], color="black", lw=style.line * 2)
        axes.text(
            0.92,
            low - 0.1,
            str(rng.choice(["1 s", "50 ms", "200 ms", "10 s"])),
            ha="center",
            va="top",
            fontsize=style.size * 0.9,
        )
        axes.text(1.01, low + 0.2, str(rng.choice(["20 pA", "50 mV", "1 ΔF/F", "100 µV"])), fontsize=style.size * 0.9)
        if rows > 1 and rng.random() < 0.5:
            for k in range(rows):
                axes.text(-0.02, -k * 1.1, pick(rng, GROUPS), ha="right", fontsize=style.size * 0.9)
    else:
        names(rng, axes)


def raster(rng: Generator, figure: Figure, style: Style) -> None:
    """Spikes as ticks by trial, with the mean rate below or a shaded stimulus."""
    grid = figure.add_gridspec(2, 1, height_ratios=(2, 1), hspace=0.12)
    below = rng.random() < 0.6
    axes = figure.add_subplot(grid[0] if below else grid[:])
    trials = int(rng.integers(8, 40))
    spikes = [np.sort(np.append(rng.uniform(-1, 2, 12), rng.normal(0.4, 0.2, 8))) for _ in range(trials)]
    axes.eventplot(
        spikes, colors="black" if rng.random() < 0.6 else style.colour(0), linewidths=style.line, linelengths=0.8
    )
    axes.set_ylabel(str(rng.choice(["Trial", "Neuron", "Cell #"])))
    if rng.random() < 0.4:
        axes.axvspan(0, 0.6, color=style.colour(1), alpha=0.25, lw=0)
    title(rng, axes)
    if below:
        axes.set_xticks([])
        rate = figure.add_subplot(grid[1])
        rate.hist(np.concatenate(spikes), 40, color=style.colour(0), histtype=str(rng.choice(["stepfilled", "bar"])))
        rate.set_ylabel("Rate (Hz)")
        axes = rate
    axes.set_xlabel("Time (s)")


def spectrum(rng: Generator, figure: Figure, style: Style) -> None:
    """Mass spectra as sticks, NMR and Raman lines, chromatograms, with named peaks."""
    axes = figure.add_subplot()
    peaks = np.sort(rng.uniform(0, 100, int(rng.integers(3, 40))))
    heights = rng.exponential(0.3, len(peaks)) + 0.03
    heights /= heights.max()
    sticks = rng.random() < 0.4
    for row in range(1 if sticks else int(rng.choice([1, 1, 2, 5]))):
        colour = style.colour(row) if rng.random() < 0.6 else "black"
        if sticks:
            axes.vlines(peaks, 0, heights, color=colour, lw=style.line * 1.3)
        else:
            x = np.linspace(0, 100, 900)
            y = (
                heights
                * rng.uniform(0.5, 1, len(peaks))
                * np.exp(-(((x[:, None] - peaks) / rng.uniform(0.3, 1.5)) ** 2))
            ).sum(axis=1)
            axes.plot(x, y + row * 0.7, color=colour, lw=style.line)
    if rng.random() < 0.7:
        for k in np.argsort(heights)[-int(rng.integers(2, 9)) :]:
            axes.text(
                peaks[k],
                heights[k],
                f"{peaks[k] * 10:.1f}" if rng.random() < 0.8 else pick(rng, GENES),
                ha="center",
                va="bottom",
                fontsize=style.size * 0.7,
                rotation=90 if rng.random() < 0.5 else 0,
            )
    axes.set(
        xlabel=str(rng.choice(["m/z", "Retention time (min)", "ppm", "Wavenumber (cm-1)", "2θ (°)"])),
        ylabel=str(rng.choice(["Intensity", "Relative abundance", "mAU", "Counts"])),
    )
    if rng.random() < 0.3:
        axes.set_yticks([])
    title(rng, axes)


def tracks(rng: Generator, figure: Figure, style: Style) -> None:
    """Genome tracks: coverage below coverage with names at the left, genes at the foot."""
    rows = int(rng.integers(2, 9))
    genes = rng.random() < 0.7
    cells = figure.subplots(rows + genes, 1, sharex=True, gridspec_kw={"hspace": 0.15}, squeeze=False)[:, 0]
    x = np.arange(400)
    shape = sum(
        rng.exponential(1) * np.exp(-(((x - c) / rng.uniform(2, 15)) ** 2))
        for c in rng.uniform(0, 400, int(rng.integers(3, 14)))
    )
    for k in range(rows):
        y = np.maximum(shape * rng.uniform(0.3, 1.2) + rng.exponential(0.06, 400), 0)
        cells[k].fill_between(x, y, color=style.colour(k // int(rng.integers(1, 3))), lw=0, step="mid")
        cells[k].set_ylabel(pick(rng, (*GENES, *GROUPS)), rotation=0, ha="right", va="center")
    for axes in cells:
        axes.set(xticks=[], yticks=[], xlim=(0, 400))
        axes.grid(False)
        axes.spines[["left", "right", "top"]].set_visible(False)
    if genes:
        low = cells[-1]
        low.set(ylim=(0, 1))
        low.axhline(0.5, color="navy", lw=style.line)
        for start in rng.uniform(0, 380, int(rng.integers(3, 12))):
            low.fill_between([start, start + rng.uniform(3, 18)], 0.3, 0.7, color="navy", lw=0)
        low.text(200, 0, pick(rng, GENES), ha="center", va="top", style="italic")
        low.set_axis_off()
    if rng.random() < 0.5:
        start, end = rng.integers((10**6, 10**8), (10**8, 2 * 10**8))
        cells[0].set_title(f"chr{int(rng.integers(1, 23))}:{start:,}-{end:,}", fontsize=style.size * 0.9)


def phylogeny(rng: Generator, figure: Figure, style: Style) -> None:
    """A tree of species or sequences with names, support values and a scale bar."""
    axes = figure.add_subplot()
    leaves = int(rng.integers(5, 30))
    straight, small = rng.random() < 0.4, packed(figure, style, leaves)
    nodes: list[tuple[float, float]] = [(1.0 if straight else rng.uniform(0.6, 1), float(k)) for k in range(leaves)]
    coloured = rng.random() < 0.4
    for k, (x, y) in enumerate(nodes):
        name = pick(rng, GENES) if rng.random() < 0.6 else f"{pick(rng, GROUPS)} sp. {int(rng.integers(1, 99))}"
        axes.text(
            x + 0.01,
            y,
            name,
            va="center",
            fontsize=small,
            style="italic" if rng.random() < 0.4 else "normal",
            color=style.colour(k * 4 // leaves) if coloured else "black",
        )
    while len(nodes) > 1:
        k = int(rng.integers(len(nodes) - 1))
        (xa, ya), (xb, yb) = nodes[k], nodes[k + 1]
        x = min(xa, xb) * rng.uniform(0.7, 0.97)
        axes.plot([xa, x, x, xb], [ya, ya, yb, yb], color="black", lw=style.line)
        if rng.random() < 0.4:
            axes.text(
                x, (ya + yb) / 2, str(int(rng.integers(50, 101))), ha="right", va="bottom", fontsize=style.size * 0.6
            )
        nodes[k : k + 2] = [(x, (ya + yb) / 2)]
    if rng.random() < 0.6:
        axes.plot([0.05, 0.2], [-1, -1], color="black", lw=style.line)
        axes.text(0.125, -1.1, f"0.{int(rng.integers(1, 9))}", ha="center", va="top", fontsize=style.size * 0.8)
    axes.set_axis_off()


def logo(rng: Generator, figure: Figure, style: Style) -> None:
    """A sequence logo: letters stacked to their information."""
    axes = figure.add_subplot()
    tones = {"A": "#109648", "C": "#255c99", "G": "#f7b32b", "T": "#d62839"}
    columns = int(rng.integers(5, 20))
    for k in range(columns):
        shares = np.sort(rng.dirichlet(np.full(4, rng.choice([0.2, 1.0])))) * rng.uniform(0.3, 2)
        base = 0.0
        for letter, share in zip(rng.permutation(list(tones)), shares, strict=True):
            if share > 0.03:
                shape = TextPath((0, 0), str(letter), size=1)
                box = shape.get_extents()
                place = (
                    Affine2D()
                    .translate(-box.x0, -box.y0)
                    .scale(0.9 / box.width, share / box.height)
                    .translate(k + 0.05, base)
                )
                axes.add_patch(
                    PathPatch(place.transform_path(shape), fc=tones[str(letter)] if not style.gray else "black", lw=0)
                )
                base += share
    axes.set(xlim=(0, columns), ylim=(0, 2), ylabel="bits")
    axes.grid(False)
    axes.set_xticks(
        np.arange(columns) + 0.5, [str(k + 1) for k in range(columns)], fontsize=style.size * min(0.9, 9 / columns)
    )


def ridges(rng: Generator, figure: Figure, style: Style) -> None:
    """Rows of one plot that share their axes and count as one panel: ridges, or small multiples."""
    rows = int(rng.integers(3, 9))
    cells = figure.subplots(
        rows, 1, sharex=True, gridspec_kw={"hspace": float(rng.choice([-0.4, 0.05]))}, squeeze=False
    )[:, 0]
    x = np.linspace(0, 10, 90)
    for k, (axes, name) in enumerate(zip(cells, several(rng, GROUPS, rows), strict=True)):
        y = curve(rng, x) if rng.random() < 0.2 else np.exp(-(((x - rng.uniform(2, 8)) / rng.uniform(0.5, 2)) ** 2))
        axes.patch.set_alpha(0)
        axes.fill_between(x, y, color=style.colour(k), alpha=0.8, lw=0)
        axes.plot(x, y, color="black", lw=style.line)
        axes.set(yticks=[], ylabel="")
        axes.set_ylabel(name, rotation=0, ha="right", va="bottom")
        axes.spines[["left", "right", "top"]].set_visible(False)
        axes.grid(False)
    names(rng, cells[-1], y=False)


KINDS = {
    "traces": Plot(traces, 1.2, 0.4, 6),
    "raster": Plot(raster, 0.5, 0.5, 3),
    "spectrum": Plot(spectrum, 0.9, 0.8, 5),
    "tracks": Plot(tracks, 0.7, 0.6, 4),
    "phylogeny": Plot(phylogeny, 0.8, 0.35, 2),
    "logo": Plot(logo, 0.3, 1.5, 8),
    "ridges": Plot(ridges, 0.4, 0.4, 2.5),
}
