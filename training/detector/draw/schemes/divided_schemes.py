"""Schemes divided by white, a line or a band: membranes, two states, groups with a common legend."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.ink import BLACK, Colour, Image, arrow, fitted, line, write
from training.detector.draw.kind import Picture
from training.detector.draw.schemes.diagrams import box, paper
from training.detector.draw.schemes.graphical_abstracts import icon, station
from training.detector.draw.schemes.tables import tint
from training.detector.draw.vocabulary import GENES, GROUPS, PHRASES, pick, several

GRAY = (110, 110, 110)
PAIRS = (
    ("Before", "After"), ("Control", "Disease"), ("WT", "KO"), ("Healthy", "Tumor"), ("Low dose", "High dose"),
    ("Resting", "Activated"), ("Offline", "Online"), ("Day 0", "Day 7"), ("In vitro", "In vivo"), ("Young", "Old"),
    ("Model 1", "Model 2"), ("Normoxia", "Hypoxia"), ("Off", "On"), ("Unfed", "Fed"),
)  # fmt: skip
GROUNDS = (("Extracellular", "Cytosol"), ("Lumen", "Cytoplasm"), ("Cytoplasm", "Nucleus"), ("Apical", "Basal"),
           ("Periplasm", "Cytoplasm"), ("Blood", "Brain"), ("Air", "Water"))  # fmt: skip
Part = tuple[float, float, float, float]
Spot = tuple[float, float]


def _letters(rng: Generator, width: int, height: int) -> float:
    """A letter size that suits the picture."""
    return float(np.clip(min(width, height) * rng.uniform(0.035, 0.075), 6, 18))


def _things(rng: Generator, image: Image, part: Part, size: float, arrows: float = 0.7) -> None:
    """Draw some stations into a part of the picture and join most of them by arrows."""
    x0, y0, x1, y1 = part
    wide, tall = x1 - x0, y1 - y0
    side = max(min(wide, tall), 1.0)
    columns, rows = (int(np.clip(round(v / side * rng.uniform(1, 2.2)), 1, 4)) for v in (wide, tall))
    spots = [
        (x0 + wide * (c + rng.uniform(0.4, 0.6)) / columns, y0 + tall * (r + rng.uniform(0.4, 0.6)) / rows)
        for r in range(rows)
        for c in range(columns)
        if rng.random() < 0.9 or rows * columns < 3
    ]
    cell = min(wide / columns, tall / rows)
    for a, b in pairwise(spots):
        if rng.random() < arrows:
            _between(image, a, b, 0.34, BLACK if rng.random() < 0.7 else GRAY, size)
    for x, y in spots:
        station(rng, image, x, y, cell * 0.85, size)


def _between(
    image: Image, a: tuple[float, float], b: tuple[float, float], off: float, ink: Colour, size: float
) -> None:
    """Draw an arrow between two places that leaves a share of the way free at both ends."""
    start, way = np.array(a), np.subtract(b, a)
    first, last = start + way * off, start + way * (1 - off)
    head = min(size, float(np.hypot(*way)) * 0.15 + 2)
    thick = max(1, round(size / 8))
    arrow(image, (float(first[0]), float(first[1])), (float(last[0]), float(last[1])), ink, thick, head)


def _lipids(rng: Generator, image: Image, y: float, tall: float) -> None:
    """Draw a membrane of two leaflets from side to side, sometimes bent a little."""
    head, width = max(1, round(tall * rng.uniform(0.14, 0.22))), image.shape[1]
    bend, fill, tail = rng.choice([0, 0, tall * 0.5]), tint(rng, 90, 245), tint(rng, 120, 220)
    for x in range(0, width + head, max(3, 2 * head + 1)):
        at = y + bend * np.sin(x / width * 6)
        for sign in (-1, 1):
            line(image, (x, at), (x, at + sign * tall / 2), tail, max(1, head // 3))
            cv2.circle(image, (x, round(at + sign * tall / 2)), head, fill, -1, cv2.LINE_AA)


def _channels(rng: Generator, image: Image, y: float, tall: float, size: float) -> None:
    """Draw receptors and channels into a membrane, with names, some with an arrow through them."""
    width = image.shape[1]
    for k in range(count := int(rng.integers(1, max(2, min(6, width // 60)) + 1))):
        x, fill = width * (k + rng.uniform(0.3, 0.7)) / count, tint(rng, 60, 230)
        half = tall * rng.uniform(0.3, 0.5)
        for side in (-1, 1) if rng.random() < 0.5 else (0,):
            at = (round(x + side * half * 0.9), round(y))
            cv2.ellipse(image, at, (max(2, round(half * 0.7)), round(tall * 0.85)), 0, 0, 360, fill, -1, cv2.LINE_AA)
        if rng.random() < 0.5:
            arrow(image, (x, y - tall * 1.6), (x, y + tall * 1.6), BLACK, max(1, round(size / 8)), size * 0.6)
        write(image, fitted(pick(rng, GENES), size, width / count), x + half * 1.8, y - tall, size, at=(0, 1))


def membrane(rng: Generator, width: int, height: int) -> Image:
    """A scheme over and under a membrane or a band, from one side to the other."""
    image = paper(rng, width, height, 0.3)
    size, y = _letters(rng, width, height), height * rng.uniform(0.3, 0.62)
    tall = max(6.0, height * rng.uniform(0.05, 0.12))
    if rng.random() < 0.35:
        image[round(y) :] = tint(rng, 205, 250)
    pad = tall * rng.uniform(1.2, 2)
    _things(rng, image, (0, size, width, y - pad), size, 0.4)
    _things(rng, image, (0, y + pad, width, height), size)
    if rng.random() < 0.75:
        _lipids(rng, image, y, tall)
    else:
        image[round(y - tall / 2) : round(y + tall / 2)] = tint(rng, 120, 235)
    _channels(rng, image, y, tall, size)
    upper, lower = GROUNDS[int(rng.integers(len(GROUNDS)))]
    if rng.random() < 0.7:
        write(image, fitted(upper, size, width), 2, 2, size, GRAY, bold=True)
        write(image, fitted(lower, size, width), 2, height - 2, size, GRAY, (0, 1), bold=True)
    return image


def divided(rng: Generator, width: int, height: int) -> Image:
    """Two states side by side or one over the other: a dashed line, a band, an arrow or only white between them."""
    image = paper(rng, width, height, 0.25)
    size, level = _letters(rng, width, height), width > height * rng.uniform(0.6, 1.4)
    along = width if level else height
    cut, gap = along * rng.uniform(0.4, 0.6), along * rng.uniform(0.03, 0.1)
    if rng.random() < 0.3:
        (image[:, round(cut) :] if level else image[round(cut) :])[:] = tint(rng, 205, 250)
    pair = PAIRS[int(rng.integers(len(PAIRS)))]
    for k, (a, b) in enumerate(((0.0, cut - gap), (cut + gap, float(along)))):
        part: Part = (a, size * 1.8, b, height) if level else (0, a + size * 1.8, width, b)
        _things(rng, image, part, size)
        _title(rng, image, pair[k], part, size)
    _divider(rng, image, cut, gap, level, size)
    return image


def _divider(rng: Generator, image: Image, cut: float, gap: float, level: bool, size: float) -> None:
    """Draw what divides two parts: a dashed or solid line, an arrow, or both."""
    across = image.shape[0] if level else image.shape[1]
    thick, ink, kind = max(1, round(size / 7)), BLACK if rng.random() < 0.5 else GRAY, int(rng.integers(5))

    def at(u: float, v: float) -> Spot:
        return (u, v) if level else (v, u)

    dash = int(rng.choice([3, 6, 10])) if kind in (0, 4) else across
    for v in range(0, across, 2 * dash) if kind in (0, 1, 4) else ():
        line(image, at(cut, v), at(cut, min(v + dash, across)), ink, thick)
    if kind >= 2:
        middle = across * rng.uniform(0.4, 0.6)
        wide = thick * (2 if kind == 2 else 4)
        arrow(image, at(cut - gap * 0.9, middle), at(cut + gap * 0.9, middle), ink, wide, max(size * 0.8, gap * 0.6))


def _title(rng: Generator, image: Image, words: str, part: Part, size: float) -> None:
    """Write the heading of a part above it."""
    bold = bool(rng.random() < 0.6)
    words = fitted(words, size * 1.15, part[2] - part[0], bold)
    write(image, words, (part[0] + part[2]) / 2, part[1] - size * 1.5, size * 1.15, at=(0.5, 0), bold=bold)


def grouped(rng: Generator, width: int, height: int) -> Image:
    """Two or three loose groups of things with white between them, and one legend at the foot or at the side."""
    image = np.full((height, width, 3), 255, np.uint8)
    size, below = _letters(rng, width, height), rng.random() < 0.65 or width < 150
    count = int(rng.integers(2, 4))
    wide, tall = (width, height - size * 2.2) if below else (width - size * 7, float(height))
    level = wide > tall * rng.uniform(0.6, 1.3)
    gap = (wide if level else tall) * rng.uniform(0.04, 0.13)
    titled, framed = rng.random() < 0.6, rng.random() < 0.2
    for k in range(count):
        each = ((wide if level else tall) - gap * (count - 1)) / count
        a = k * (each + gap)
        part: Part = (a, size * 1.8 * titled, a + each, tall) if level else (0, a + size * 1.8 * titled, wide, a + each)
        if framed:
            cv2.rectangle(image, (round(part[0]), round(part[1])), (round(part[2]) - 1, round(part[3]) - 1), GRAY, 1)
        _things(rng, image, part, size, 0.5)
        if titled:
            _title(rng, image, pick(rng, (*GROUPS, *PHRASES)), part, size)
    _key(rng, image, size, below, wide)
    return image


def _key(rng: Generator, image: Image, size: float, below: bool, wide: float) -> None:
    """Draw the legend: icons or coloured boxes with names, in a line at the foot or down the right side."""
    height, width = image.shape[:2]
    count = int(np.clip(width / (size * 8) if below else height / (size * 2), 2, 6))
    boxed = rng.random() < 0.4
    for k, name in enumerate(several(rng, (*GENES, *PHRASES), count)):
        x, y = (k * width / count, height - size) if below else (wide + size * 0.4, (k + 0.5) * height / count)
        room = (width / count if below else width - wide) - size * 1.8
        if boxed:
            box(rng, image, x, y - size * 0.4, x + size * 0.9, y + size * 0.4, tint(rng, 60, 240), "", size)
        else:
            icon(rng, image, x + size * 0.6, y, size)
        write(image, fitted(name, size * 0.9, room), x + size * 1.6, y, size * 0.9, at=(0, 0.5))


KINDS = {
    "membrane": Picture(membrane, page=1, copies=2),
    "divided": Picture(divided, page=1, copies=2),
    "grouped": Picture(grouped, page=1),
}
