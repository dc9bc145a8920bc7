"""The parts of workflows: grounds, pictures with words, boxes, heaps of icons, and arrows."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.ink import BLACK, Colour, Image, arrow, fitted, line, write
from training.detector.draw.schemes.diagrams import box
from training.detector.draw.schemes.graphical_abstracts import icon
from training.detector.draw.schemes.tables import tint
from training.detector.draw.vocabulary import GENES, GROUPS, MEASURES, PHRASES, pick, prose

Spot = tuple[float, float]
Pieces = Sequence[NDArray[np.uint8]]


def plate(rng: Generator, image: Image, x0: float, y0: float, x1: float, y1: float, fill: Colour, soft: bool) -> None:
    """Draw an empty ground, sometimes framed, with `soft` or sharp corners."""
    radius = min(x1 - x0, y1 - y0) * float(rng.uniform(0.03, 0.12)) * soft
    turns = np.linspace(0, np.pi / 2, 8)
    bend = radius * np.stack([1 - np.cos(turns), 1 - np.sin(turns)], axis=1)  # from the left to the top
    left, right = np.array((x0, y0)) + bend, np.array((x1, y0)) + bend[::-1] * (-1, 1)
    foot = np.array((x1, y1)) - bend, np.array((x0, y1)) + bend[::-1] * (1, -1)
    points = [np.concatenate([left, right, *foot]).round().astype(np.int32)]
    cv2.fillPoly(image, points, fill, cv2.LINE_AA)
    if rng.random() < 0.4:
        red, green, blue = (max(0, v - int(rng.integers(30, 120))) for v in fill)
        cv2.polylines(image, points, True, (red, green, blue), max(1, round((y1 - y0) / 250)), cv2.LINE_AA)


def piece(rng: Generator, image: Image, pieces: Pieces, x0: float, y0: float, x1: float, y1: float) -> int:
    """Draw one of the pictures into the middle of a place, sometimes framed or round; return its lower end."""
    picture = pieces[int(rng.integers(len(pieces)))]
    share = min((x1 - x0) / picture.shape[1], (y1 - y0) / picture.shape[0])
    wide, tall = int(picture.shape[1] * share), int(picture.shape[0] * share)
    x, y = int((x0 + x1 - wide) / 2), int((y0 + y1 - tall) / 2)
    area = image[max(0, y) : y + tall, max(0, x) : x + wide]
    if min(wide, tall) < 8 or not area.size:
        return y + tall
    small = cv2.resize(picture, (wide, tall), interpolation=cv2.INTER_AREA)[: area.shape[0], : area.shape[1]]
    if rng.random() < 0.15:
        mask = np.zeros(area.shape[:2], np.uint8)
        cv2.ellipse(mask, (area.shape[1] // 2, area.shape[0] // 2), (wide // 2, tall // 2), 0, 0, 360, 1, -1)
        area[mask > 0] = small[mask > 0]
        return y + tall
    area[:] = small
    if rng.random() < 0.3:
        cv2.rectangle(image, (x, y), (x + wide - 1, y + tall - 1), tint(rng, 0, 160), max(1, tall // 80))
    return y + tall


def caption(rng: Generator, image: Image, x: float, y: float, width: float, size: float, lines: int = 1) -> None:
    """Write lines of words, centred on x, from y down."""
    bold = rng.random() < 0.25
    for k in range(lines):
        text = pick(rng, (*PHRASES, *GENES, *MEASURES)) if k == 0 else prose(rng, 5).lower()
        write(image, fitted(text, size, width, bold), x, y + k * size * 1.25, size, at=(0.5, 0), bold=bold)


def station(
    rng: Generator, image: Image, pieces: Pieces, spot: Spot, half: Spot, size: float, pictures: float = 0.55
) -> None:
    """Draw a station: a picture with words beneath, a box of words, or a heap of icons."""
    (x, y), (w, h) = spot, half
    kind = rng.random()
    if kind < pictures:
        lines = int(rng.integers(0, 3)) if h > 2.5 * size else 0
        foot = piece(rng, image, pieces, x - w, y - h, x + w, y + h - lines * 1.3 * size)
        caption(rng, image, x, foot + 0.2 * size, 2 * w, size, lines)
    elif kind < pictures + 0.3:
        tall = min(h, size * rng.uniform(1, 4))
        fill = tint(rng, 120, 256)
        box(rng, image, x - w, y - tall, x + w, y + tall, fill, pick(rng, PHRASES), size, rng.random() < 0.6)
    else:
        for _ in range(int(rng.integers(1, 7))):
            icon(rng, image, x + rng.normal(0, 0.3) * w, y + rng.normal(0, 0.25) * h, min(w, h) * rng.uniform(0.4, 0.9))
        caption(rng, image, x, y + h - size, 2 * w, size)


def join(rng: Generator, image: Image, a: Spot, b: Spot, gap: Spot, size: float, words: float = 0.2) -> None:
    """Draw an arrow, line or plus sign between two spots, `gap` away from both; some have a word."""
    way = np.array(b) - np.array(a)
    reach = float(min(abs(gap[0] / way[0]) if way[0] else 9, abs(gap[1] / way[1]) if way[1] else 9, 0.45))
    start, end = np.array(a) + way * reach, np.array(b) - way * reach
    colour: Colour = BLACK if rng.random() < 0.6 else tint(rng, 20, 190)
    kind, thick = rng.random(), max(1, round(size * rng.choice([0.08, 0.15, 0.4])))
    first, last = (float(start[0]), float(start[1])), (float(end[0]), float(end[1]))
    if kind < 0.8:
        arrow(image, first, last, colour, thick, min(size * 0.5 + 3 * thick, float(np.hypot(*(end - start)))))
    elif kind < 0.9:
        line(image, first, last, colour, thick)
    else:
        write(image, "+", (a[0] + b[0]) / 2, (a[1] + b[1]) / 2, size * 1.6, colour, (0.5, 0.5), bold=True)
    if rng.random() < words:
        text = pick(rng, (*GENES, *GROUPS))
        write(image, text, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2 - size * 0.3, size * 0.85, at=(0.5, 1))
