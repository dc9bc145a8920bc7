"""What jitter.py does, a figure at a time without a GPU: there its passes over all pixels cost as much as a step."""

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from training.detector.data.jitter import MARGIN, PLAIN, TIGHT

Pixels = NDArray[np.uint8]
Boxes = NDArray[np.float32]


def jitter(images: Tensor, panels: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Figures, uint8 (N, height, width, 3), as others of `side` x `side`, and their panels (N, M, 4) in 0..1.

    Rows of zeros among the panels are none, and stay.
    """
    rng = np.random.default_rng(int(torch.randint(2**31, ())))
    varied, moved = zip(
        *(_one(rng, image, boxes, side) for image, boxes in zip(images.numpy(), panels.numpy(), strict=True)),
        strict=True,
    )
    return torch.from_numpy(np.stack(varied)), torch.from_numpy(np.stack(moved))


def _one(rng: Generator, image: Pixels, panels: Boxes, side: int) -> tuple[Pixels, Boxes]:
    """One figure and its panels (M, 4)."""
    real = panels.any(-1)
    boxes = panels[real]
    image, boxes = _mirror(rng, *_frame(rng, image, boxes, side))
    if rng.random() >= PLAIN:
        image = _sharpness(rng, _colours(rng, image))
    moved = np.zeros_like(panels)
    moved[real] = boxes
    return np.ascontiguousarray(image), moved


def _frame(rng: Generator, image: Pixels, boxes: Boxes, side: int) -> tuple[Pixels, Boxes]:
    """Another window: part of the margin around all panels is cut away, or some added in the left edge's colour."""
    low, high = boxes[:, :2].min(0, initial=1).clip(0), boxes[:, 2:].max(0, initial=0).clip(None, 1)
    tight = rng.random(4) * (rng.random(4) < TIGHT)
    added = MARGIN * rng.random(4) ** 2 * (rng.random(4) < 0.3)
    start = low * tight[:2] - added[:2]
    scale = np.maximum(1 - (1 - high) * tight[2:] + added[2:] - start, 0.05)
    height, width = image.shape[:2]
    ratio = side / (scale * (width, height))
    shift = -start * (width, height) * ratio + (ratio - 1) / 2
    ground = np.median(image[2:-2:7, 2], axis=0).tolist()
    matrix = np.array([[ratio[0], 0, shift[0]], [0, ratio[1], shift[1]]])
    window = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=ground)
    return np.asarray(window, np.uint8), ((boxes - np.tile(start, 2)) / np.tile(scale, 2)).astype(np.float32)


def _mirror(rng: Generator, image: Pixels, boxes: Boxes) -> tuple[Pixels, Boxes]:
    """Left for right, top for bottom, rows for columns, now and then."""
    if rng.random() < 0.12:
        image, boxes = image[:, ::-1], (boxes * [-1, 1, -1, 1] + [1, 0, 1, 0])[:, [2, 1, 0, 3]]
    if rng.random() < 0.05:
        image, boxes = image[::-1], (boxes * [1, -1, 1, -1] + [0, 1, 0, 1])[:, [0, 3, 2, 1]]
    if rng.random() < 0.05:
        image, boxes = image.transpose(1, 0, 2), boxes[:, [1, 0, 3, 2]]
    return image, boxes


def _colours(rng: Generator, image: Pixels) -> Pixels:
    """Channels exchanged, gray, contrast, gamma, a cast, a negative."""
    image = np.ascontiguousarray(image[..., rng.permutation(3)] if rng.random() < 0.25 else image)
    if rng.random() < 0.1:
        image = np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    tones = np.repeat(np.arange(256.0)[:, None], 3, 1)
    if rng.random() < 0.25:
        tones = 255 * (tones / 255) ** np.exp(rng.uniform(-0.6, 0.6))
    if rng.random() < 0.3:
        tones = tones * rng.uniform(0.6, 1.15) + rng.uniform(-25, 35)
    if rng.random() < 0.15:
        tones = tones * rng.uniform(0.8, 1.0, 3)
    if rng.random() < 0.03:
        tones = 255 - tones
    return np.asarray(cv2.LUT(image, tones.round().clip(0, 255).astype(np.uint8)[:, None]), np.uint8)


def _sharpness(rng: Generator, image: Pixels) -> Pixels:
    """Blurred or sharpened, reduced and enlarged again, noisy."""
    if rng.random() < 0.3:
        amount = rng.uniform(-0.8, 1.0)
        image = np.asarray(cv2.addWeighted(image, 1 - amount, cv2.blur(image, (3, 3)), amount, 0), np.uint8)
    if rng.random() < 0.2:
        small = cv2.resize(image, None, fx=0.625, fy=0.625, interpolation=cv2.INTER_AREA)
        image = np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.1:
        noise = rng.integers(-12, 13, (*image.shape[:2], 1), np.int16)
        image = (image + noise).clip(0, 255).astype(np.uint8)
    return image
