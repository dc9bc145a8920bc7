"""Random fields to make pictures of: smooth noise, clouds, wobbly outlines, colour ramps."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Field = NDArray[np.float32]
Image = NDArray[np.uint8]
INK = 10  # grey levels off the ground that count as ink


def cloud(rng: Generator, width: int, height: int, grain: float) -> Field:
    """Smooth noise 0..1 whose features measure about so many pixels."""
    rows, columns = max(2, round(height / grain) + 2), max(2, round(width / grain) + 2)
    field = cv2.resize(rng.random((rows, columns), np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(field, 0, 1), np.float32)


def clouds(rng: Generator, width: int, height: int, grain: float, octaves: int = 4) -> Field:
    """Noise of several sizes, each half as large and half as strong as the one before, 0..1."""
    total = np.zeros((height, width), np.float32)
    for k in range(octaves):
        total += cloud(rng, width, height, max(grain / 2**k, 1)) / 2**k
    return np.asarray(cv2.normalize(total, None, 0, 1, cv2.NORM_MINMAX), np.float32)


def ramp(field: Field, stops: Sequence[tuple[int, int, int]]) -> Image:
    """A field 0..1 in the colours of a ramp with evenly spaced stops, (height, width, 3)."""
    at = np.linspace(0, 1, 256)
    table = np.stack(
        [np.interp(at, np.linspace(0, 1, len(stops)), [stop[k] for stop in stops]) for k in range(3)], axis=1
    )
    return np.asarray(table.astype(np.uint8)[np.clip(field * 255, 0, 255).astype(np.uint8)], np.uint8)


def outline(
    rng: Generator, x: float, y: float, rx: float, ry: float, wobble: float, angle: float = 0, points: int = 28
) -> NDArray[np.int32]:
    """A closed wobbly outline around a centre, (points, 1, 2) for OpenCV's polygons."""
    t = np.linspace(0, 2 * np.pi, points, endpoint=False)
    r = np.ones(points)
    for k in range(2, 6):
        r += wobble / k * rng.normal() * np.cos(k * t + rng.uniform(0, 2 * np.pi))
    px, py = rx * r * np.cos(t), ry * r * np.sin(t)
    c, s = np.cos(angle), np.sin(angle)
    return _polygon(np.stack([x + px * c - py * s, y + px * s + py * c], axis=1))


def wander(rng: Generator, width: int, height: int, steps: int, stride: float, bend: float) -> NDArray[np.int32]:
    """A path that winds over the picture, (steps, 1, 2) for OpenCV's polylines."""
    turn = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, bend, steps))
    start = rng.uniform(-0.1, 1.1, 2) * (width, height)
    return _polygon(start + np.cumsum(stride * np.stack([np.cos(turn), np.sin(turn)], axis=1), axis=0))


def _polygon(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Points (n, 2) as OpenCV takes them, (n, 1, 2) whole numbers."""
    return np.asarray(points.round()[:, None], np.int32)


def blur(field: NDArray[np.floating] | NDArray[np.uint8], sigma: float) -> Field:
    """Gaussian blur as float32; no blur where sigma is next to 0."""
    single = np.asarray(field, np.float32)
    return np.asarray(cv2.GaussianBlur(single, (0, 0), sigma), np.float32) if sigma > 0.1 else single


def noisy(rng: Generator, image: NDArray[np.floating] | NDArray[np.uint8], amount: float) -> Image:
    """The picture with Gaussian noise of so many grey levels."""
    noise = rng.standard_normal(image.shape[:2], np.float32) * np.float32(amount)
    return np.asarray(np.clip(image + (noise[..., None] if image.ndim == 3 else noise), 0, 255), np.uint8)


def gray3(field: NDArray[np.floating] | NDArray[np.uint8]) -> Image:
    """A grey field 0..255 as RGB."""
    return np.repeat(np.clip(field, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def crop(pixels: NDArray[np.uint8], pad: int = 0) -> NDArray[np.uint8]:
    """Crop an RGB image to its ink and `pad` pixels around it; the ground has the colour of its corner."""
    ink = cv2.absdiff(pixels, np.full_like(pixels, pixels[0, 0])).max(axis=2) > INK
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return pixels
    top, left = max(int(rows[0]) - pad, 0), max(int(columns[0]) - pad, 0)
    return pixels[top : int(rows[-1]) + 1 + pad, left : int(columns[-1]) + 1 + pad]


def fill(pixels: Image, width: int, height: int) -> Image:
    """Resize the image; its proportions may change."""
    shrinks = pixels.shape[0] > height or pixels.shape[1] > width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), (width, height), interpolation=method), np.uint8)
