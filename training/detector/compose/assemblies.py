"""Panels of several pieces on one ground: views of an organ, cuts of a specimen, rows of them, with words between."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.compose.contents import Pixels
from training.detector.compose.headings import write
from training.detector.compose.placing import Vignette, fade, look

LIGHT = 380  # sum of the channels from which on a page counts as light
ROWS, ACROSS = (2, 3, 4), (1, 1, 2, 3)


class Arrangement(NamedTuple):
    """How the panels of a region show the same pieces: how many in each row, on which ground, how far apart."""

    rows: tuple[int, ...]
    ground: tuple[int, int, int]
    room: float  # share of its cell that a piece takes
    worded: bool


def arrange(rng: Generator, page: tuple[int, int, int]) -> Arrangement:
    """A random arrangement on a ground unlike the page's, so that panels show: black on light pages, else white."""
    tone = int(rng.integers(0, 30) if sum(page) > LIGHT else rng.integers(215, 256))
    rows = tuple(int(rng.choice(ACROSS)) for _ in range(int(rng.choice(ROWS))))
    return Arrangement(rows, (tone, tone, tone), rng.uniform(0.7, 0.98), bool(rng.random() < 0.6))


def assembly(rng: Generator, pieces: Sequence[Pixels], how: Arrangement, width: int, height: int) -> Pixels:
    """One panel, (height, width, 3), of `sum(how.rows)` pieces, each another look at what it shows."""
    image = np.full((height, width, 3), how.ground, np.uint8)
    edges = np.linspace(0, height, len(how.rows) + 1).round().astype(int)
    vignette, left = Vignette(1.0, 0.15, how.ground), iter(pieces)
    for count, top, bottom in zip(how.rows, edges[:-1], edges[1:], strict=True):
        words = max(0, min(14, (bottom - top) // 5)) if how.worded else 0
        cell = width // count
        for column in range(count):
            piece = look(rng, next(left))
            factor = how.room * min(cell / piece.shape[1], (bottom - top - words) / piece.shape[0])
            w, h = (max(4, round(side * factor)) for side in piece.shape[1::-1])
            x, y = column * cell + max(0, cell - w) // 2, int(top) + words + max(0, bottom - top - words - h) // 2
            small = cv2.resize(piece, (w, h), interpolation=cv2.INTER_AREA)[: height - y, : width - x]
            image[y : y + h, x : x + w] = small
            fade(rng, image, (x, y, x + small.shape[1], y + small.shape[0]), vignette)
        write(rng, image, (0, int(top), width, int(top) + words), how.ground)
    return image
