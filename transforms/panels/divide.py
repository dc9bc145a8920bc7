"""Boxes that hold the letters of several panels, cut between them.

Where the detector takes a row or a column of panels for one, their letters tell: two that follow each other in the
alphabet and stand in line belong to two panels. The cut is the blank band before the second, or else the widest between
the two, or else the line at which the picture changes most; where there is none of these, the box stays whole.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transforms.panels.lettered import IN_LINE, Letter, plain_letters
from transforms.panels.refine import MIN_SIDE, Box, ground, is_blank, snap, strongest_seam

LEAST = 0.1  # of a box's side that each part has at least
#: Letter heights around a box's top left corner within which a letter is that box's, whichever other box holds it.
#: On both halves of train2 2 mends what 3 does; of 148 labelled figures 3 mends one more.
CORNER = 3
#: Gray levels, and the share of a line along which a picture changes by them, that make it a seam.
CHANGE, SUPPORT = 16, 0.5

Gray = NDArray[np.uint8]


def divide(boxes: Sequence[Box], letters: Sequence[Letter], gray: Gray) -> list[Box]:
    """The boxes of a figure with gray values (height, width), those with several of its letters cut between them."""
    plain = [letter for letter in plain_letters(letters) if len(letter.text) == 1]
    page = ground(gray)
    return [part for box in boxes for part in _parts(box, _own(box, plain, boxes), gray, page)]


def _own(box: Box, letters: list[Letter], boxes: Sequence[Box]) -> list[Letter]:
    """The letters in a box before or after which another of them comes in the alphabet.

    Not those at the corners of other boxes: a box often ends behind its neighbour's letter.
    """
    others = [other for other in boxes if other is not box]
    inside = [each for each in letters if _holds(box, each) and not any(_begins_at(other, each) for other in others)]
    places = {ord(each.text.lower()) for each in inside}
    return [each for each in inside if {ord(each.text.lower()) - 1, ord(each.text.lower()) + 1} & places]


def _begins_at(box: Box, letter: Letter) -> bool:
    """Whether a letter stands at a box's top left corner."""
    near = CORNER * (letter.y1 - letter.y0)
    x, y = (letter.x0 + letter.x1) / 2, (letter.y0 + letter.y1) / 2
    return abs(box.x0 - x) <= near and abs(box.y0 - y) <= near


def _parts(box: Box, letters: list[Letter], gray: Gray, page: int) -> list[Box]:
    """A box, cut at the first place where that can be, and its parts again."""
    inside = sorted((each for each in letters if _holds(box, each)), key=lambda each: each.text.lower())
    for first, second in pairwise(inside):
        if halves := _cut(box, first, second, gray, page):
            return [part for half in halves for part in _parts(half, inside, gray, page)]
    return [box]


def _holds(box: Box, letter: Letter) -> bool:
    x, y = (letter.x0 + letter.x1) / 2, (letter.y0 + letter.y1) / 2
    return box.x0 <= x < box.x1 and box.y0 <= y < box.y1


def _cut(box: Box, first: Letter, second: Letter, gray: Gray, page: int) -> list[Box]:
    """The two parts of a box between two letters in line; [] where they are not, or nothing parts them."""
    height = max(first.y1 - first.y0, second.y1 - second.y0)
    pixels = gray[box.y0 : box.y1, box.x0 : box.x1]
    if abs(first.y0 - second.y0) <= IN_LINE * height and first.x1 < second.x0:
        at = _line(pixels.T, first.x1 - box.x0, second.x0 - box.x0, page)
        halves = [box._replace(x1=box.x0 + at), box._replace(x0=box.x0 + at)]
    elif abs(first.x0 - second.x0) <= IN_LINE * height and first.y1 < second.y0:
        at = _line(pixels, first.y1 - box.y0, second.y0 - box.y0, page)
        halves = [box._replace(y1=box.y0 + at), box._replace(y0=box.y0 + at)]
    else:
        return []
    if not at:
        return []
    one, other = (Box(*snap(np.array(half[:4], float), gray, page), half.score) for half in halves)
    parted = not _holds(one, second) and not _holds(other, first)  # in a small box an edge may snap past a letter
    large = all(min(x1 - x0, y1 - y0) >= MIN_SIDE for x0, y0, x1, y1, _ in (one, other))
    return [one, other] if parted and large else []


def _line(lines: Gray, start: int, stop: int, page: int) -> int:
    """The line to cut `lines` of a box before, between two of them; 0 where there is none."""
    start, stop = max(start, round(LEAST * len(lines))), min(stop, round((1 - LEAST) * len(lines)))
    if stop - start < 2:
        return 0
    band = lines[start:stop]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_blank(band, page), [False]])))
    runs = edges.reshape(-1, 2).tolist()
    if runs:
        first, last = runs[-1] if runs[-1][1] == len(band) else max(runs, key=lambda run: run[1] - run[0])
        return start + (first + last) // 2
    levels = band.astype(np.int16)
    seam = strongest_seam(levels)
    if seam is None or np.mean(np.abs(levels[seam + 1] - levels[seam]) > CHANGE) < SUPPORT:
        return 0
    return start + seam + 1
