"""Boxes that are pieces of one panel: a scheme of icons far apart, which the detector takes for pictures, one each.

The panels of one letter stand close together: of 41 letters with three panels or more in the labelled figures of
training they cover at least .60 of the rectangle around them. Boxes of one letter that cover less than that are pieces.
"""

from collections.abc import Sequence
from itertools import compress

import numpy as np

from transforms.panels.refine import Box, Floats, areas, shared

FEWEST = 3  # boxes of a letter that may be pieces
COVERED = 0.57  # share of the rectangle around them that panels of one letter cover at least


def join(boxes: Sequence[Box], labels: Sequence[str | None]) -> list[Box]:
    """The boxes, pieces of one panel as one with the mean of their scores; `labels` are the letters of the boxes.

    Boxes without a letter that lie among the pieces are pieces, too; among boxes of other letters there are none.
    """
    joined, letters = list(boxes), list(labels)
    for label in sorted({label for label in labels if label}):
        corners = np.array([box[:4] for box in joined], np.float64)
        own = np.array([letter == label for letter in letters])
        pieces = own | (shared(_around(corners[own]), corners) > 0)
        if own.sum() < FEWEST or not {*compress(letters, pieces)} <= {label, None}:
            continue
        around = _around(corners[pieces])
        if areas(corners[pieces]).sum() < COVERED * areas(around[None])[0]:
            score = float(np.mean([box.score for box in compress(joined, pieces)]))
            x0, y0, x1, y1 = (int(edge) for edge in around)
            joined = [*compress(joined, ~pieces), Box(x0, y0, x1, y1, score)]
            letters = [*compress(letters, ~pieces), label]
    return joined


def _around(corners: Floats) -> Floats:
    """The rectangle around boxes (n, 4), n > 0."""
    return np.concatenate([corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)])
