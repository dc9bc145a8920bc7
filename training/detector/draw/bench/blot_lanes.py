"""Lanes of western blots: their bands, and the names, signs, groups and numbers above and below them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.ink import BLACK, Image, fitted, lettered, line, stamp, write
from training.detector.draw.textures import Field, blur, cloud
from training.detector.draw.vocabulary import GENES, GROUPS, pick, several

Span = tuple[float, float]
HEADS = (
    *GROUPS, "Input", "IP: IgG", "IP: FLAG", "siControl", "si-Scramble", "shLacZ", "Empty vector", "Parental", "WT #1",
    "KO clone 2", "Cytosol", "Nucleus", "Membrane", "Whole cell lysate", "DMSO 24 h", "Doxorubicin", "Serum starved",
)  # fmt: skip
TREATMENTS = (
    *GENES, "siRNA", "MG132", "Insulin", "TGF-β", "EGF", "LPS", "CHX (h)", "Dox", "Tet", "Rapamycin", "Bafilomycin A1",
    "H2O2", "IFN-γ", "Flag-WT", "Myc-Ub", "Inhibitor (µM)",
)  # fmt: skip


def strip(
    rng: Generator,
    width: int,
    height: int,
    lanes: int,
    bands: int = 1,
    even: bool = False,
    levels: NDArray[np.float64] | None = None,
) -> Field:
    """A strip of a blot, dark on light, 0..255: one or more bands a lane, of `even` or varying strength, a little bent.

    The bands lie at `levels`, 0..1 from the top, else at random.
    """
    ground = rng.uniform(190, 250)
    field = np.full((height, width), ground, np.float32) + 14 * (
        cloud(rng, width, height, max(width, height) / 3) - 0.5
    )
    lane = width / lanes
    ink = np.zeros((height, width), np.float32)
    if levels is None:
        levels = np.sort(rng.uniform(0.15, 0.85, bands)) if bands > 1 else np.array([rng.uniform(0.4, 0.6)])
    smile = rng.normal(0, 0.04) * height
    for level in levels:
        strengths = (
            rng.choice([0.0, 0.2, 0.6, 1.0, 1.0], lanes) * rng.uniform(0.4, 1)
            if rng.random() < 0.7 and not even
            else np.full(lanes, rng.uniform(0.5, 1))
        )
        thick = rng.uniform(0.1, 0.28) * height / bands**0.8 * (1.6 if even else 1)
        for k, strength in enumerate(strengths):
            x, y = (
                (k + 0.5) * lane,
                level * height + smile * ((k + 0.5) / lanes - 0.5) ** 2 * 4 + rng.normal(0, 0.01) * height,
            )
            half = lane * rng.uniform(0.3, 0.42), max(1.0, thick * (0.3 + 0.7 * strength) / 2)
            cv2.ellipse(
                ink,
                (round(x), round(y)),
                (max(1, round(half[0])), max(1, round(half[1]))),
                0,
                0,
                360,
                float(strength),
                -1,
            )
    ink = blur(ink, max(0.6, min(lane, height / bands) * 0.06))
    return np.asarray(field * (1 - 0.92 * np.clip(ink, 0, 1)), np.float32)


class Lanes(NamedTuple):
    """Where the columns of a blot and their lanes lie, and how it is lettered."""

    columns: list[Span]
    counts: list[int]
    size: float
    face: int
    side: float  # the margin's width in which treatments are named, over the names of the rows
    leftward: bool  # that margin is the left one

    def middles(self) -> list[float]:
        """The middle of each lane of all columns."""
        return [
            a + (b - a) * (k + 0.5) / count
            for (a, b), count in zip(self.columns, self.counts, strict=True)
            for k in range(count)
        ]

    def pitch(self) -> float:
        """The width of the narrowest lane."""
        return min((b - a) / count for (a, b), count in zip(self.columns, self.counts, strict=True))

    def aside(self, image: Image, text: str, y: float, bold: bool = False) -> None:
        """Write the name of a row of signs beside the lanes, centred on `y`."""
        x = self.columns[0][0] - 4 if self.leftward else self.columns[-1][1] + 4
        text = fitted(text, self.size, self.side - 4, bold, self.face)
        write(image, text, x, y, self.size, at=(float(self.leftward), 0.5), bold=bold, face=self.face)


def slanted(image: Image, text: str, x: float, y: float, size: float, degrees: float, face: int = 0) -> None:
    """Write a line that rises to the right; the lower left corner of the text lies at x, y."""
    cover = lettered(text, round(size), face=face)
    cos, sin = float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))
    tall, wide = cover.shape
    canvas = round(wide * cos + tall * sin) + 1, round(wide * sin + tall * cos) + 1
    turn = np.array([[cos, sin, 0], [-sin, cos, wide * sin]])
    turned = np.asarray(cv2.warpAffine(cover, turn, canvas, flags=cv2.INTER_LINEAR), np.uint8)
    stamp(image, turned, x - tall * sin, y - canvas[1], BLACK)


def slants(rng: Generator, image: Image, lanes: Lanes, foot: float, tall: float) -> None:
    """Write a name over each lane, or over the middle of each column, slanted or upright."""
    degrees = 90.0 if rng.random() < 0.2 else rng.uniform(30, 60)
    lane = lanes.pitch()
    over = lanes.middles() if lane > lanes.size * 0.9 else [(a + b) / 2 for a, b in lanes.columns]
    names = several(rng, HEADS, len(over))
    if rng.random() < 0.4:  # the same in every column
        share = max(1, len(over) // len(lanes.columns))
        names = [names[k % share] for k in range(len(over))]
    long = (tall - lanes.size) / np.sin(np.radians(degrees))
    for x, name in zip(over, names, strict=True):
        words = fitted(name, lanes.size, min(long, (image.shape[1] - x) / max(np.cos(np.radians(degrees)), 0.05)))
        slanted(image, words, x + (lanes.size * 0.4 if degrees == 90 else 0), foot - 2, lanes.size, degrees, lanes.face)


def marks_over(rng: Generator, image: Image, lanes: Lanes, foot: float, tall: float) -> None:
    """Write a number or a short name over each lane."""
    pitch, named, total = lanes.pitch(), rng.random() < 0.4, len(lanes.middles())
    words = [pick(rng, GROUPS) if named else str(k + 1) for k in range(total)]
    times = tuple(v for v in ("0", "5", "15", "30", "60", "2", "4", "8", "12", "24", "48", "0.1", "1", "10", "100"))
    if rng.random() < 0.4:
        words = [times[k % len(times)] for k in range(total)]
        lanes.aside(image, pick(rng, ("Time (h)", "min", "Time (min)", "Dose (µM)", "nM", "h")), foot - lanes.size / 2)
    for x, word in zip(lanes.middles(), words, strict=True):
        small = min(lanes.size, max(5.0, pitch * 0.8))
        write(image, fitted(word, small, pitch), x, foot - 2, small, at=(0.5, 1), face=lanes.face)


def signs(rng: Generator, image: Image, lanes: Lanes, foot: float, tall: float) -> None:
    """Write rows of plus and minus with the treatment's name at the side."""
    rows, middles = max(1, round(tall / (lanes.size * 1.25))), lanes.middles()
    pair = ("+", str(rng.choice(["-", "–", "−"])))
    for row in range(rows):
        y = foot - (rows - row - 0.5) * lanes.size * 1.25
        if rng.random() < 0.9:
            lanes.aside(image, pick(rng, TREATMENTS), y)
        for k, x in enumerate(middles):
            plus = bool(k >> (row % 3) & 1) if rng.random() < 0.8 else bool(rng.random() < 0.5)
            word = pair[plus] if rng.random() < 0.97 else "++"
            write(image, word, x, y, min(lanes.size * 1.1, lanes.pitch() * 1.3), at=(0.5, 0.5), face=lanes.face)


def groups(rng: Generator, image: Image, lanes: Lanes, foot: float, tall: float) -> None:
    """Write the name of each column, or of two or three groups in it, with or without a line below."""
    parts, lined, bold = int(rng.choice([1, 1, 1, 2, 3])), rng.random() < 0.75, bool(rng.random() < 0.25)
    thick = max(1, round(lanes.size / 9))
    for a, b in lanes.columns:
        for k in range(parts):
            left, right = a + (b - a) * (k + 0.06) / parts, a + (b - a) * (k + 0.94) / parts
            if lined:
                line(image, (left, foot - 3), (right, foot - 3), BLACK, thick)
            words = fitted(pick(rng, HEADS), lanes.size, (right - left) * (1 if parts > 1 else 1.05), bold, lanes.face)
            y = foot - 4 - 3 * lined
            write(image, words, (left + right) / 2, y, lanes.size, at=(0.5, 1), bold=bold, face=lanes.face)


def densities(rng: Generator, image: Image, lanes: Lanes, top: float, tall: float) -> None:
    """Write the density of its band under each lane."""
    small = float(np.clip(min(lanes.size * 0.9, lanes.pitch() * 0.5, tall * 0.9), 4, 12))
    places = 2 if lanes.pitch() > small * 2.6 else 1
    for x in lanes.middles():
        value = 1.0 if rng.random() < 0.2 else rng.gamma(3, 0.35)
        write(image, f"{value:.{places}f}", x, top + tall / 2, small, at=(0.5, 0.5), face=lanes.face)


Heads = Callable[[Generator, Image, Lanes, float, float], None]
