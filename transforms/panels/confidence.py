"""How sure a panel is: the chance that a person would cut it so, from the detector's scores and the other panels.

A logistic regression of two numbers, fitted by training/detector/confidence.py on synthetic figures: the mean score of
the places in the panel's middle, of which a wrong box has few that agree, and how many panels of the figure are of its
size, as those of grids and rows of plots are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from transforms.panels.refine import Box, Floats

MIDDLE = 0.5  # of a panel's width and height, within which places tell of it
ALIKE = 0.04  # of a panel's width and of its height by which others differ at most
SCORED, ALIKES, CONSTANT = 9.65, 0.89, -4.43  # the regression


def confident(boxes: Sequence[Box], scores: NDArray[np.float32], size: tuple[int, int]) -> list[Box]:
    """The panels of a figure of `size` (width, height) with their chances as scores.

    `scores` are those of the detector's places, a square of them row by row.
    """
    if not boxes:
        return []
    corners = np.array([box[:4] for box in boxes], np.float64)
    scored, alike = evidence(corners / np.array([*size, *size]), scores).T
    chances = 1 / (1 + np.exp(-(SCORED * scored + ALIKES * alike + CONSTANT)))
    return [box._replace(score=float(chance)) for box, chance in zip(boxes, chances, strict=True)]


def evidence(corners: Floats, scores: NDArray[np.float32]) -> Floats:
    """What the regression goes by, (n, 2), of panels (n, 4) in 0..1 of the figure and the scores of its places."""
    side = round(len(scores) ** 0.5)
    square = scores.reshape(side, side)
    scored = [float(square[_middle(y0, y1, side), _middle(x0, x1, side)].mean()) for x0, y0, x1, y1 in corners]
    sizes = corners[:, 2:] - corners[:, :2]
    alike = (np.abs(sizes[:, None] - sizes) < ALIKE * sizes[:, None]).all(axis=2).sum(axis=1)
    return np.stack([np.array(scored), np.log(alike)], axis=1)


def _middle(start: float, stop: float, side: int) -> slice:
    """The places, of `side` between 0 and 1, in the middle of an extent: at least the one nearest to it."""
    middle, half = (start + stop) / 2 * side, (stop - start) / 2 * side * MIDDLE
    first = min(int(middle), side - 1)
    return slice(min(first, round(middle - half)), max(first + 1, round(middle + half)))
