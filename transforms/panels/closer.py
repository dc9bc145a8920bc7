"""A second, closer look at figures of many small panels where the first leaves doubt.

The network sees a figure at 512 pixels a side. Where panels are small there and their scores low, four overlapping
windows are looked at, each at that size, and their boxes join those of the first look. What comes of all counts where
more panels then have one of their size beside them, as the cells of grids and rows do.

The limits were chosen on train2, by tables of both halves of its articles, each figure as it is and squashed; only
figures of the first half were looked at. Of 2 x 108 and 2 x 107 figures 8 and 5 are looked at again; 60 panels of
these were missed or false before and 30 after, and 34 and 23. Were every figure of small panels looked at and the
outcome always kept, the second half would lose: 46 before, 52 after.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from transforms.panels.boxes import Corners
from transforms.panels.detector import Detector, Floats, Raw
from transforms.panels.refine import Box

FEWEST = 3  # panels of a figure that is looked at again
DOUBTFUL = 0.95  # mean score of the panels, below which it is
SMALL = 0.215  # median of the panels' lesser sides, as shares of the figure's, below which it is
SHARE = 0.6  # of the figure's width and of its height that a window shows
EDGE = 0.015  # of a window's side: a box that comes as near to an edge inside the figure goes on behind it
ALIKE = 0.08  # of a panel's width and height, by which another of its size differs at most


def is_doubtful(boxes: Sequence[Box], size: tuple[int, int]) -> bool:
    """Whether a figure of `size` (width, height) with these panels is worth a second look."""
    if len(boxes) < FEWEST:
        return False
    width, height = size
    lesser = [min((box.x1 - box.x0) / width, (box.y1 - box.y0) / height) for box in boxes]
    return bool(np.mean([box.score for box in boxes]) < DOUBTFUL and np.median(lesser) < SMALL)


def look_closer(picture: Image.Image, first: Raw, detector: Detector) -> Raw:
    """The boxes of the first look at a picture and those of its windows that lie whole in them.

    Raises:
        Outage: the device failed or has no memory left.
    """
    parts = windows(picture.size)
    looks = [first]
    for window, raw in zip(parts, detector.detect([picture.crop(window) for window in parts]), strict=True):
        boxes = raw.boxes + np.array([*window[:2], *window[:2]], np.float32)
        whole = _lies_within(boxes, window, picture.size)
        looks.append(Raw(boxes[whole], raw.scores[whole]))
    return Raw(np.concatenate([look.boxes for look in looks]), np.concatenate([look.scores for look in looks]))


def windows(size: tuple[int, int]) -> list[Corners]:
    """The four windows of a figure of `size`, one in each corner."""
    width, height = size
    across, down = round(SHARE * width), round(SHARE * height)
    return [(x, y, x + across, y + down) for y in (0, height - down) for x in (0, width - across)]


def is_more_regular(boxes: Sequence[Box], others: Sequence[Box]) -> bool:
    """Whether more of `boxes` have one of their size beside them than of `others`."""
    return _count_alike(boxes) > _count_alike(others)


def _count_alike(boxes: Sequence[Box]) -> int:
    sizes = np.array([(box.x1 - box.x0, box.y1 - box.y0) for box in boxes], np.float64).reshape(-1, 2)
    alike = (np.abs(sizes[:, None] - sizes) < ALIKE * sizes[:, None]).all(axis=2).sum(axis=1)
    return int((alike > 1).sum())


def _lies_within(boxes: Floats, window: Corners, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which boxes come near to no edge of the window but the figure's own."""
    x0, y0, x1, y1 = window
    across, down = EDGE * (x1 - x0), EDGE * (y1 - y0)
    left, top, right, bottom = boxes.T
    clear_x = ((left >= x0 + across) | (x0 == 0)) & ((right <= x1 - across) | (x1 == size[0]))
    clear_y = ((top >= y0 + down) | (y0 == 0)) & ((bottom <= y1 - down) | (y1 == size[1]))
    return np.asarray(clear_x & clear_y)
