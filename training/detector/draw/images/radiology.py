"""Slices and films as phantoms: CT, MRI, radiographs, and montages of slices."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.annotations import annotate
from training.detector.draw.ink import WHITE, Image, write
from training.detector.draw.kind import Picture
from training.detector.draw.textures import Field, blur, cloud, clouds, gray3, noisy, outline

HOT = cv2.COLORMAP_HOT


def _fill(field: Field, shape: np.ndarray, value: float) -> None:
    cv2.fillPoly(field, [shape], value, cv2.LINE_AA)


def head(rng: Generator, width: int, height: int) -> Image:
    """A slice of a head: skull, folds, ventricles, sometimes a lesion or a coloured map on it."""
    x, y = width / 2, height / 2
    rx, ry = width * rng.uniform(0.36, 0.47), height * rng.uniform(0.38, 0.48)
    field = np.zeros((height, width), np.float32)
    ct = rng.random() < 0.35
    _fill(field, outline(rng, x, y, rx, ry, 0.03), 240 if ct else 170)
    _fill(field, outline(rng, x, y, rx * 0.93, ry * 0.93, 0.03), 15)
    brain = np.zeros_like(field)
    _fill(brain, outline(rng, x, y, rx * 0.88, ry * 0.88, 0.05, points=60), 1)
    folds = np.abs(cloud(rng, width, height, rx / 4) - cloud(rng, width, height, rx / 5))
    level, gain = (100, 25) if ct else (rng.uniform(90, 160), rng.uniform(60, 110))
    inside = level + gain * (np.clip(folds * 6, 0, 1) - 0.5) + 10 * clouds(rng, width, height, rx / 3)
    field = field * (1 - brain) + inside * brain
    for side in (-1, 1):
        _fill(
            field,
            outline(rng, x + side * rx * 0.16, y, rx * 0.07, ry * 0.25, 0.25, side * -0.25),
            30 if rng.random() < 0.7 else 230,
        )
    lesion = (x + rng.normal(0, 0.3) * rx, y + rng.normal(0, 0.3) * ry)
    if rng.random() < 0.5:
        _fill(
            field,
            outline(rng, *lesion, rx * rng.uniform(0.08, 0.25), ry * rng.uniform(0.08, 0.2), 0.3),
            float(rng.uniform(180, 250)),
        )
    image = gray3(blur(field, min(width, height) * 0.006))
    if rng.random() < 0.2:
        heat = np.clip(clouds(rng, width, height, rx / 1.5, 2) * 2 - 1.1, 0, 1) * brain
        colour = cv2.applyColorMap((heat * 255).astype(np.uint8), HOT)[..., ::-1]
        image = np.where(heat[..., None] > 0.1, colour, image).astype(np.uint8)
    return noisy(rng, image, rng.uniform(2, 9))


def trunk(rng: Generator, width: int, height: int) -> Image:
    """A slice of a chest or belly: wall, lungs or organs, spine, table."""
    x, y = width / 2, height / 2
    field = np.zeros((height, width), np.float32)
    rx, ry = width * rng.uniform(0.42, 0.5), height * rng.uniform(0.36, 0.47)
    _fill(field, outline(rng, x, y, rx, ry, 0.04), 90)
    _fill(field, outline(rng, x, y, rx * 0.9, ry * 0.88, 0.05), 140)
    if rng.random() < 0.55:
        for side in (-1, 1):
            lung = np.zeros_like(field)
            _fill(lung, outline(rng, x + side * rx * 0.45, y, rx * 0.34, ry * 0.68, 0.15), 1)
            vessels = 25 + 170 * np.clip(clouds(rng, width, height, rx / 5) * 3 - 2, 0, 1)
            field = field * (1 - lung) + vessels * lung
        _fill(field, outline(rng, x + rx * 0.1, y - ry * 0.1, rx * 0.25, ry * 0.3, 0.15), 170)
    else:
        _fill(field, outline(rng, x - rx * 0.4, y - ry * 0.1, rx * 0.45, ry * 0.6, 0.15), 165)
        for _ in range(int(rng.integers(4, 12))):
            at = (x + rng.uniform(-0.5, 0.7) * rx, y + rng.uniform(-0.6, 0.4) * ry)
            _fill(
                field,
                outline(rng, *at, rx * rng.uniform(0.06, 0.18), ry * rng.uniform(0.08, 0.2), 0.25),
                float(rng.uniform(20, 220)),
            )
    _fill(field, outline(rng, x, y + ry * 0.62, rx * 0.13, ry * 0.16, 0.2), 245)
    for angle in np.linspace(0.3, 2.85, int(rng.integers(4, 9))):
        for side in (-1, 1):
            at = (x + side * rx * 0.88 * np.sin(angle), y - ry * 0.86 * np.cos(angle))
            _fill(field, outline(rng, *at, rx * 0.06, ry * 0.03, 0.2, angle * side), 235)
    field += 12 * (clouds(rng, width, height, rx / 6) - 0.5) * (field > 5)
    return noisy(rng, gray3(blur(field, min(width, height) * 0.005)), rng.uniform(2, 10))


def radiograph(rng: Generator, width: int, height: int) -> Image:
    """A chest film or a limb: soft shadows, ribs or long bones, a side marker."""
    x, y = width / 2, height / 2
    field = np.full((height, width), rng.uniform(5, 70), np.float32)
    if rng.random() < 0.6:
        _fill(field, outline(rng, x, height * 0.6, width * 0.52, height * 0.6, 0.05), 180)
        for side in (-1, 1):
            _fill(field, outline(rng, x + side * width * 0.22, height * 0.45, width * 0.15, height * 0.32, 0.1), 50)
        field = blur(field, width * 0.03)
        for k in range(9):
            for side in (-1, 1):
                at = (round(x + side * width * 0.2), round(height * (0.1 + 0.085 * k)))
                cv2.ellipse(
                    field,
                    at,
                    (round(width * 0.2), round(height * 0.1)),
                    side * 12.0,
                    200,
                    340,
                    float(field[min(at[1], height - 1), at[0]] + 35),
                    max(1, width // 70),
                    cv2.LINE_AA,
                )
        _fill(field, outline(rng, x + width * 0.06, height * 0.6, width * 0.14, height * 0.17, 0.1), 215)
        cv2.line(field, (round(x), 0), (round(x), height), 205.0, max(2, width // 18))
    else:
        _fill(field, outline(rng, x, y, width * 0.3, height * 0.7, 0.06), 90)
        for k in range(int(rng.integers(1, 4))):
            mid = x + width * 0.16 * (k - 1)
            wide = width * rng.uniform(0.04, 0.08)
            _fill(field, outline(rng, mid, y, wide, height * 0.6, 0.1, rng.normal(0, 0.06)), 200)
            _fill(field, outline(rng, mid, y, wide * 0.5, height * 0.55, 0.1), 160)
            _fill(field, outline(rng, mid, y * rng.uniform(0.3, 1.6), wide * 1.7, height * 0.09, 0.15), 215)
    field = blur(field, min(width, height) * 0.012) + 14 * clouds(rng, width, height, width / 8)
    image = noisy(rng, gray3(field if rng.random() < 0.9 else 255 - field), rng.uniform(2, 6))
    if rng.random() < 0.3:
        write(
            image, str(rng.choice(["R", "L"])), width * 0.05, height * 0.05, min(width, height) * 0.1, WHITE, bold=True
        )
    return image


def scan(rng: Generator, width: int, height: int) -> Image:
    """One of the slices or films with marks on it."""
    image = (head, trunk, radiograph)[int(rng.integers(3))](rng, width, height)
    annotate(rng, image, 0.5)
    return image


def montage(rng: Generator, width: int, height: int) -> Image:
    """Many slices in rows without a seam, printed as one picture."""
    columns, rows = max(1, min(6, round(width / 60))), max(1, min(5, round(height / 60)))
    image = np.zeros((height, width, 3), np.uint8)
    kind = head if rng.random() < 0.6 else trunk
    xs, ys = np.linspace(0, width, columns + 1).astype(int), np.linspace(0, height, rows + 1).astype(int)
    cell = kind(rng, int(xs[1]), int(ys[1]))
    for r in range(rows):
        for c in range(columns):
            if rng.random() < 0.5:
                cell = kind(rng, int(xs[1]), int(ys[1]))
            image[ys[r] : ys[r + 1], xs[c] : xs[c + 1]] = cv2.resize(
                cell, (int(xs[c + 1] - xs[c]), int(ys[r + 1] - ys[r]))
            )
    return image


KINDS = {
    "scan": Picture(scan, weight=4.0, fills=True),
    "montage": Picture(montage, compound=True),
}
