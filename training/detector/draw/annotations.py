"""Marks on pictures: scale bars, arrows, stars, boxes with a zoom in a corner, names of stains and views."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.ink import BLACK, WHITE, Colour, Image, arrow, dashed, write

SIGNS = ("*", "*", "#", "L", "N", "R", "V", "1", "2", "3", "a", "LV", "T", "+")
WORDS = (
    "DAPI", "GFP", "Merge", "H&E", "12.4 mm", "Control", "WT", "KO", "Day 7", "T2", "FLAIR", "R", "x20", "40x", "Ki67",
    "24 h", "3.2 cm",
)  # fmt: skip
UNITS = ("µm", "µm", "µm", "nm", "mm", "cm")
POINTERS = ((255, 255, 0), (255, 0, 0), (0, 255, 0), (0, 200, 255))


def annotate(rng: Generator, image: Image, share: float = 0.6) -> None:
    """Draw a few marks onto a share of the pictures, in place."""
    if rng.random() > share:
        return
    ink = BLACK if float(image[::7, ::7].mean()) > 135 else WHITE
    for mark, often in ((_bar, 0.45), (_arrows, 0.35), (_signs, 0.2), (_boxed, 0.12), (_name, 0.15)):
        if rng.random() < often:
            mark(rng, image, ink)


def _arrows(rng: Generator, image: Image, ink: Colour) -> None:
    """Draw arrows or arrowheads that all point the same way."""
    height, width = image.shape[:2]
    side = min(width, height)
    colour = ink if rng.random() < 0.6 else POINTERS[int(rng.integers(len(POINTERS)))]
    length, thick = side * rng.uniform(0.05, 0.2), max(1, round(side * rng.uniform(0.004, 0.015)))
    angle, head = rng.uniform(0, 2 * np.pi), length * (0.95 if rng.random() < 0.2 else 0.4)
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.uniform(0.15, 0.85, 2) * (width, height)
        arrow(image, (x - length * np.cos(angle), y - length * np.sin(angle)), (x, y), colour, thick, head)


def _signs(rng: Generator, image: Image, ink: Colour) -> None:
    """Draw stars and letters onto structures."""
    height, width = image.shape[:2]
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.uniform(0.1, 0.9, 2) * (width, height)
        write(image, str(rng.choice(SIGNS)), x, y, min(width, height) * rng.uniform(0.05, 0.12), ink, bold=True)


def _boxed(rng: Generator, image: Image, ink: Colour) -> None:
    """Draw a box around a detail, often with the detail enlarged in a corner."""
    height, width = image.shape[:2]
    side = min(width, height)
    x, y = (int(v) for v in rng.uniform(0.1, 0.5, 2) * (width, height))
    x1, y1 = (int(v + side * rng.uniform(0.15, 0.4)) for v in (x, y))
    if rng.random() < 0.5:
        dashed(image, x, y, x1, y1, ink, max(1, side // 150), max(2, side // 40))
    else:
        cv2.rectangle(image, (x, y), (x1, y1), ink, max(1, side // 150))
    if side > 110 and rng.random() < 0.6:
        _zoom(rng, image, (x, y, x1, y1), ink)


def _name(rng: Generator, image: Image, ink: Colour) -> None:
    """Write the stain, view or group into a corner."""
    height, width = image.shape[:2]
    right, low = float(rng.random() < 0.5), float(rng.random() < 0.5)
    x, y = width * (0.97 if right else 0.03), height * (0.97 if low else 0.03)
    write(image, str(rng.choice(WORDS)), x, y, min(width, height) * rng.uniform(0.05, 0.11), ink, (right, low))


def _bar(rng: Generator, image: Image, ink: Colour) -> None:
    """Draw a scale bar near a lower corner, with or without its length."""
    height, width = image.shape[:2]
    length, thick = round(width * rng.uniform(0.08, 0.3)), max(1, round(height * rng.uniform(0.006, 0.02)))
    x = round(width * 0.96) - length if rng.random() < 0.75 else round(width * 0.04)
    y = round(height * rng.uniform(0.9, 0.96))
    cv2.rectangle(image, (x, y), (x + length, y + thick - 1), ink, -1)
    if rng.random() < 0.45:
        text = f"{int(rng.choice([1, 2, 5, 10, 20, 50, 100, 200, 500]))} {rng.choice(UNITS)}"
        write(image, text, x + length / 2, y - 2, min(width, height) * rng.uniform(0.04, 0.07), ink, (0.5, 1))


def _zoom(rng: Generator, image: Image, box: tuple[int, int, int, int], ink: Colour) -> None:
    """Copy the part in the box, enlarged, into a corner of the picture."""
    height, width = image.shape[:2]
    part = image[box[1] : box[3], box[0] : box[2]]
    if min(part.shape[:2]) < 8:
        return
    side = int(min(width, height) * rng.uniform(0.3, 0.42))
    large = cv2.resize(part, (side, side), interpolation=cv2.INTER_CUBIC)
    cv2.rectangle(large, (0, 0), (side - 1, side - 1), ink, max(1, side // 50))
    top = 0 if rng.random() < 0.5 else height - side
    left = 0 if rng.random() < 0.3 else width - side
    image[top : top + side, left : left + side] = large
