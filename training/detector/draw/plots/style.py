"""The style of a plot, drawn by chance: colours, type, axes and ground as matplotlib settings; names and legends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.random import Generator

from training.detector.draw.vocabulary import GENES, GROUPS, MEASURES, PHRASES, pick

PALETTES = (
    ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"),
    ("#4c72b0", "#dd8452", "#55a868", "#c44e52", "#8172b3", "#937860", "#da8bc3", "#8c8c8c"),
    ("#e41a1c", "#377eb8", "#4daf4a", "#984ea3", "#ff7f00", "#ffff33", "#a65628", "#f781bf"),
    ("#f8766d", "#00ba38", "#619cff", "#00bfc4", "#f564e3", "#b79f00", "#7cae00", "#c77cff"),
    ("#66c2a5", "#fc8d62", "#8da0cb", "#e78ac3", "#a6d854", "#ffd92f", "#e5c494", "#b3b3b3"),
    ("#0000ff", "#008000", "#ff0000", "#00bfbf", "#bf00bf", "#bfbf00", "#000000", "#808080"),
    ("#e64b35", "#4dbbd5", "#00a087", "#3c5488", "#f39b7f", "#8491b4", "#91d1c2", "#dc0000"),
    ("#4472c4", "#ed7d31", "#a5a5a5", "#ffc000", "#5b9bd5", "#70ad47", "#264478", "#9e480e"),
    ("#000000", "#ff0000", "#0000ff", "#808080", "#00a000", "#ff8c00", "#a000a0", "#00a0a0"),
    ("#08306b", "#2171b5", "#6baed6", "#9ecae1", "#c6dbef", "#4292c6", "#08519c", "#deebf7"),
    ("#a6cee3", "#1f78b4", "#b2df8a", "#33a02c", "#fb9a99", "#e31a1c", "#fdbf6f", "#ff7f00"),
)
GRAYS = ("#000000", "#808080", "#ffffff", "#404040", "#c0c0c0", "#606060", "#e0e0e0", "#202020")
SANS = ("Arimo", "Liberation Sans", "DejaVu Sans", "Liberation Sans Narrow")
SERIF = ("Tinos", "Liberation Serif", "DejaVu Serif")
CROSSED = 0.12  # share of such plots
FRAMES = ("boxed", "despined", "prism", "ggplot", "seaborn", "grid", "bare", "matlab", "minimal")


@dataclass(frozen=True)
class Style:
    """One style; `size` of type and `line` are in points, and a plot is drawn `scale` times as large as it is kept."""

    colours: tuple[str, ...]
    ground: str
    size: float
    line: float
    scale: float
    gray: bool
    rc: dict[str, Any]

    def colour(self, index: int) -> str:
        """The colour of a series."""
        return self.colours[index % len(self.colours)]


@lru_cache(maxsize=1)
def families() -> tuple[list[str], list[str]]:
    """The sans and serif families that are installed. DejaVu always is: it ships with matplotlib."""
    here = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in SANS if name in here], [name for name in SERIF if name in here]


def choose_style(rng: Generator, width: int, height: int) -> Style:
    """A random style for a plot of so many pixels."""
    side = float(np.sqrt(width * height))
    letters = float(np.clip(min(side, 1.6 * min(width, height)) * rng.uniform(0.032, 0.075), 4.5, 26))  # pixels
    scale = float(np.clip(rng.uniform(8, 13) / letters, 1.0, 2.0))
    size = letters * scale * 0.72  # points at 100 dpi
    line = size * rng.choice([0.06, 0.09, 0.13, 0.2])
    gray = rng.random() < 0.16
    colours = GRAYS if gray else tuple(rng.permutation(PALETTES[int(rng.integers(len(PALETTES)))]))
    if not gray and rng.random() < 0.3:
        colours = ("#000000", *colours)
    frame = str(rng.choice(FRAMES, p=[0.2, 0.27, 0.17, 0.08, 0.05, 0.06, 0.05, 0.07, 0.05]))
    ground = "white" if rng.random() < 0.95 else str(rng.choice(["#f4f4f4", "#eef3fa", "#fdf6e3", "#e8e8e8"]))
    sans, serif = families()
    family = str(rng.choice(serif if serif and rng.random() < 0.1 else sans))
    bold = frame == "prism" and rng.random() < 0.7
    rc: dict[str, Any] = {
        "font.family": family,
        "font.size": size,
        "axes.labelsize": size * rng.uniform(0.95, 1.25),
        "axes.titlesize": size * rng.uniform(0.95, 1.4),
        "axes.titleweight": "bold" if rng.random() < 0.3 else "normal",
        "axes.labelweight": "bold" if bold else "normal",
        "xtick.labelsize": size * rng.uniform(0.75, 1.0),
        "ytick.labelsize": size * rng.uniform(0.75, 1.0),
        "legend.fontsize": size * rng.uniform(0.7, 1.0),
        "font.weight": "bold" if bold else "normal",
        "mathtext.default": "regular",
        "axes.linewidth": line * (2 if frame == "prism" else 1),
        "lines.linewidth": line * rng.uniform(1.2, 2.5),
        "lines.markersize": size * rng.uniform(0.3, 0.7),
        "patch.linewidth": line,
        "axes.titlepad": size * 0.5,
        "axes.labelpad": size * rng.uniform(0.1, 0.4),
        "figure.facecolor": ground,
        "axes.facecolor": "white" if rng.random() < 0.5 else ground,
        "axes.unicode_minus": bool(rng.random() < 0.5),
        "legend.frameon": bool(rng.random() < 0.35),
        "legend.fancybox": bool(rng.random() < 0.5),
        "legend.handlelength": rng.uniform(0.8, 2.0),
        "legend.labelspacing": rng.uniform(0.2, 0.5),
        "legend.borderaxespad": 0.3,
        "axes.axisbelow": True,
    }
    for side_name in ("xtick", "ytick"):
        rc |= {
            f"{side_name}.major.size": size * rng.uniform(0.2, 0.5),
            f"{side_name}.major.width": line * (2 if frame == "prism" else 1),
            f"{side_name}.major.pad": size * 0.25,
            f"{side_name}.direction": "in" if frame == "matlab" or rng.random() < 0.1 else "out",
        }
    return Style(colours, ground, size, float(line), scale, gray, rc | _frame(frame, line))


def _frame(frame: str, line: float) -> dict[str, Any]:
    """The matplotlib settings of a kind of frame around the axes."""
    open_top: dict[str, Any] = {"axes.spines.top": False, "axes.spines.right": False}
    none: dict[str, Any] = open_top | {
        "axes.spines.left": False,
        "axes.spines.bottom": False,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
    }
    white: dict[str, Any] = {
        "axes.grid": True,
        "grid.color": "white",
        "grid.linewidth": line * 1.3,
        "grid.linestyle": "-",
    }
    light: dict[str, Any] = {"axes.grid": True, "grid.color": "#d5d5d5", "grid.linewidth": line * 0.7}
    frames: dict[str, dict[str, Any]] = {
        "boxed": {},
        "despined": open_top,
        "prism": open_top,
        "ggplot": none | white | {"axes.facecolor": "#ebebeb"},
        "seaborn": none | white | {"axes.facecolor": "#eaeaf2"},
        "grid": light | {"grid.linestyle": "--"},
        "bare": none,
        "matlab": {"xtick.top": True, "ytick.right": True},
        "minimal": none | light | {"grid.linestyle": "-"},
    }
    return frames[frame]


def names(rng: Generator, axes: Axes, x: bool = True, y: bool = True) -> None:
    """Name the axes and, less often, give the plot a title."""
    if x and rng.random() < 0.75:
        axes.set_xlabel(pick(rng, MEASURES))
    if y and rng.random() < 0.85:
        axes.set_ylabel(pick(rng, MEASURES))
    title(rng, axes)


def cross(rng: Generator, axes: Axes) -> None:
    """Let the axes of some plots cross within the plot, as in plots of principal components."""
    if rng.random() < CROSSED:
        axes.spines[["top", "right"]].set_visible(False)
        for name in ("left", "bottom"):
            axes.spines[name].set_position(("axes", rng.uniform(0.3, 0.7)))


def title(rng: Generator, axes: Axes, share: float = 0.35) -> None:
    """Give a share of the plots a title."""
    if rng.random() < share:
        words = pick(rng, (*PHRASES, *GENES, *GROUPS))
        axes.set_title(words, loc=str(rng.choice(["center", "center", "left"])))


def legend(rng: Generator, axes: Axes, share: float = 0.7) -> None:
    """Give a share of the plots a legend of what is labelled: inside, at the right, above or below."""
    if rng.random() > share or not axes.get_legend_handles_labels()[0]:
        return
    place = int(rng.choice(4, p=[0.52, 0.26, 0.1, 0.12]))
    many = len(axes.get_legend_handles_labels()[0])
    if place == 0:
        axes.legend(loc=str(rng.choice(["upper right", "upper left", "lower right", "lower left", "upper center"])))
    elif place == 1:
        axes.legend(loc="center left", bbox_to_anchor=(1.01, rng.uniform(0.3, 0.9)))
    elif place == 2:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(many, 3), columnspacing=0.8)
    else:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=min(many, 4), columnspacing=0.8)


def packed(figure: Figure, style: Style, rows: int) -> float:
    """The type size at which so many rows of names fit below each other in the figure; at most the style's."""
    return min(style.size, float(figure.get_size_inches()[1]) * 72 * 0.75 / rows)


def turn(rng: Generator, axes: Axes, labels: list[str]) -> None:
    """Write category labels under the ticks 0, 1, 2...: level, or slanted or upright where they are long."""
    axes.set_xticks(range(len(labels)))
    angle = 0 if len(labels) * max(map(len, labels)) < 16 else int(rng.choice([30, 45, 45, 90, 0]))
    axes.set_xticklabels(
        labels,
        rotation=angle,
        ha="right" if 0 < angle < 90 else "center",
        rotation_mode="anchor" if 0 < angle < 90 else None,
    )
