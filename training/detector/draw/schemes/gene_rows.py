"""Rows of thin bars: where they lie, their names, boxes, gaps and scale."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.ink import BLACK, WHITE, Colour, Image, fitted, lettered, line, write
from training.detector.draw.vocabulary import several

GRAY = (120, 120, 120)


class Rows(NamedTuple):
    """Where the rows lie: bars of so many pixels, from left to right, white between."""

    left: float
    right: float
    ys: list[float]
    bar: float
    size: float

    def x(self, share: float) -> float:
        """The place of a share of the length."""
        return self.left + share * (self.right - self.left)


def rows_for(rng: Generator, width: int, height: int, right: float = 0.0, foot: float = 1.8) -> Rows:
    """Two to eight rows with gaps of one to four bars, and room for names at the left and a scale below."""
    count = int(np.clip(height / rng.uniform(22, 60), 2, 8))
    size = float(np.clip(min(height / count * rng.uniform(0.22, 0.42), width * 0.05), 6, 17))
    top, low = size * rng.uniform(0.8, 1.6), height - size * foot
    pitch = (low - top) / count
    bar = max(3.0, pitch / (1 + rng.uniform(1, 4)))
    named = rng.random() < 0.85
    left = min(size * rng.uniform(3.5, 6), width * 0.26) if named else 2.0
    return Rows(left, width - max(right * size, 3.0), [top + (k + 0.5) * pitch for k in range(count)], bar, size)


def fitting(rng: Generator, words: tuple[str, ...], size: float, width: float) -> str:
    """The first of a few of the words that fits a width, else the beginning of one."""
    few = several(rng, words, 6)
    return next((word for word in few if fitted(word, size, width) == word), fitted(few[0], size, width))


def name_row(rng: Generator, image: Image, rows: Rows, r: int, names: tuple[str, ...]) -> None:
    """Write the name of a row into the left margin."""
    if rows.left > 3:
        text = fitting(rng, names, rows.size, rows.left - 5)
        write(image, text, rows.left - 5, rows.ys[r], rows.size, at=(1, 0.5))


def bar(image: Image, x0: float, x1: float, y: float, tall: float, fill: Colour, style: int, words: str = "") -> None:
    """Draw a box from x0 to x1 around y: framed, plain or with round ends, with the words in it if they fit."""
    a, b = (round(x0), round(y - tall / 2)), (max(round(x1), round(x0) + 1), round(y + tall / 2))
    if style == 2 and x1 - x0 > tall * 1.2:
        r = max(1, round(tall / 2))
        cv2.rectangle(image, (a[0] + r, a[1]), (b[0] - r, b[1]), fill, -1)
        for x in (a[0] + r, b[0] - r):
            cv2.circle(image, (x, (a[1] + b[1]) // 2), r, fill, -1, cv2.LINE_AA)
    else:
        cv2.rectangle(image, a, b, fill, -1)
        if style == 1:
            cv2.rectangle(image, a, b, BLACK, 1)
    size = min(tall * 0.8, 14)
    if words and size >= 5 and lettered(words, round(size)).shape[1] < x1 - x0 - 3:
        write(image, words, (x0 + x1) / 2, y, size, BLACK if sum(fill) > 330 else WHITE, (0.5, 0.5))


def scale(rng: Generator, image: Image, rows: Rows, unit: str) -> None:
    """Draw an axis with numbers under the rows, a short bar with its length, or nothing."""
    y, size = image.shape[0] - rows.size * 1.4, rows.size * 0.85
    kind = int(rng.integers(3))
    if kind == 0:
        line(image, (rows.left, y), (rows.right, y), BLACK)
        ticks, step = int(rng.integers(4, 9)), int(rng.choice([1, 2, 5, 10, 50, 100, 200]))
        for k in range(ticks):
            x = rows.x(k / (ticks - 1) * 0.98)
            line(image, (x, y), (x, y + 3), BLACK)
            write(image, str(k * step), x, image.shape[0] - 1, size, at=(0.5, 1))
    elif kind == 1:
        long = (rows.right - rows.left) * rng.uniform(0.08, 0.2)
        x = rows.right - long if rng.random() < 0.6 else rows.left
        line(image, (x, y), (x + long, y), BLACK, max(1, round(size / 6)))
        words = f"{int(rng.choice([1, 2, 5, 10, 50, 100, 500]))} {unit}"
        write(image, words, x + long / 2, image.shape[0] - 1, size, at=(0.5, 1))


def gap(image: Image, rows: Rows, a: float, b: float, y: float, hat: bool) -> None:
    """Join the two sides of a gap by a straight line or a hat."""
    peak = y - (rows.bar * 0.6 if hat else 0)
    middle = (rows.x(a) + rows.x(b)) / 2
    line(image, (rows.x(a), y), (middle, peak), GRAY)
    line(image, (middle, peak), (rows.x(b), y), GRAY)
