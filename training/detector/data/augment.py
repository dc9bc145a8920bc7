"""Vary real figures: cut out parts, erase panels, put two on a page, mirror, reduce."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.compose.contents import Pixels, RealFigure

Boxes = NDArray[np.float64]


def vary(rng: Generator, figures: Sequence[RealFigure], side: int) -> tuple[Pixels, Boxes]:
    """A varied figure and its panels in pixels; figures are reduced to a longer side of at most `side` first."""
    image, boxes = _one(rng, figures, side)
    if rng.random() < 0.15:
        other, others = _one(rng, figures, side)
        image, boxes = _beside(rng, image, boxes, other, others)
    if rng.random() < 0.15:
        image, boxes = image[:, ::-1], boxes * [-1, 1, -1, 1] + [image.shape[1], 0, image.shape[1], 0]
        boxes = boxes[:, [2, 1, 0, 3]]
    if rng.random() < 0.1:
        image, boxes = image.transpose(1, 0, 2), boxes[:, [1, 0, 3, 2]]
    if rng.random() < 0.3:
        image = image[..., rng.permutation(3)]
    return np.ascontiguousarray(image), boxes


def _one(rng: Generator, figures: Sequence[RealFigure], side: int) -> tuple[Pixels, Boxes]:
    """A figure, more often one of many panels; whole, or a window of it."""
    counts = np.array([len(figure.boxes) for figure in figures])
    shares = np.sqrt(counts) + 1.0 * (counts == 1)
    figure = figures[int(rng.choice(len(figures), p=shares / shares.sum()))]
    factor = min(1.0, side / max(figure.image.shape[:2]))
    image = cv2.resize(figure.image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    boxes = figure.boxes * factor
    if len(boxes) > 1 and rng.random() < 0.6:
        image, boxes = _window(rng, image, boxes)
    if len(boxes) > 1 and rng.random() < 0.3:
        keep = rng.random(len(boxes)) < 0.75
        if keep.any():
            _erase(image, boxes[~keep], boxes[keep])
            boxes = boxes[keep]
    pad = (rng.uniform(0, 0.06, 4) * max(image.shape) * (rng.random(4) < 0.4)).astype(int)
    colour = _ground(image)
    image = cv2.copyMakeBorder(image, *pad.tolist(), cv2.BORDER_CONSTANT, value=colour)  # type: ignore[call-overload]
    return image, boxes + np.array([pad[2], pad[0]] * 2)


def _window(rng: Generator, image: Pixels, boxes: Boxes) -> tuple[Pixels, Boxes]:
    """The window around two random panels and all between them; panels that its edges would cut are erased."""
    pair = boxes[rng.choice(len(boxes), size=2)]
    height, width = image.shape[:2]
    margin = rng.uniform(0, 0.05, 4) * max(height, width)
    low = np.maximum(pair[:, :2].min(0) - margin[:2], 0).astype(int)
    high = np.minimum(pair[:, 2:].max(0) + margin[2:], [width, height]).astype(int)
    inside = (boxes[:, :2] >= low - 1).all(1) & (boxes[:, 2:] <= high + 1).all(1)
    if min(high - low) < 40 or not inside.any():
        return image, boxes
    _erase(image, boxes[~inside], boxes[inside])
    part = boxes[inside] - np.tile(low, 2)
    return image[low[1] : high[1], low[0] : high[0]], part


def _erase(image: Pixels, gone: Boxes, kept: Boxes) -> None:
    """Paint over panels with the ground's colour, except where panels that are kept lie."""
    spared = [(slice(int(y0), int(y1)), slice(int(x0), int(x1))) for x0, y0, x1, y1 in kept]
    pixels = [image[place].copy() for place in spared]
    for x0, y0, x1, y1 in gone.astype(int):
        image[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = _ground(image)
    for place, before in zip(spared, pixels, strict=True):
        image[place] = before


def _ground(image: Pixels) -> list[int]:
    """The median of the border's colours."""
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return [int(value) for value in np.median(border, axis=0)]


def _beside(rng: Generator, a: Pixels, a_boxes: Boxes, b: Pixels, b_boxes: Boxes) -> tuple[Pixels, Boxes]:
    """Two figures side by side or one above the other, at one height or width."""
    if rng.random() < 0.5:
        turned, boxes = _beside_rows(
            a.transpose(1, 0, 2), a_boxes[:, [1, 0, 3, 2]], b.transpose(1, 0, 2), b_boxes[:, [1, 0, 3, 2]]
        )
        return turned.transpose(1, 0, 2), boxes[:, [1, 0, 3, 2]]
    return _beside_rows(a, a_boxes, b, b_boxes)


def _beside_rows(a: Pixels, a_boxes: Boxes, b: Pixels, b_boxes: Boxes) -> tuple[Pixels, Boxes]:
    factor = a.shape[1] / b.shape[1]
    b = cv2.resize(
        np.ascontiguousarray(b), (a.shape[1], max(1, round(b.shape[0] * factor))), interpolation=cv2.INTER_AREA
    )
    shifted = b_boxes * factor + [0, a.shape[0], 0, a.shape[0]]
    return np.concatenate([a, b]), np.concatenate([a_boxes, shifted])
