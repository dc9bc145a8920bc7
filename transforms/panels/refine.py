"""Panels from the detector's raw boxes, by the structure of the page.

Of boxes of one panel a mean remains (Solovyev, Wang, Gabruseva 2021, weighted boxes fusion). A large box over several
small ones is one panel or theirs, whichever the detector is surer of. Edges then move to where the page says that
panels end: to the last ink before a blank line, or to the seam between two pictures; boxes that lie over others now
settle once more.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Scores below it are no panels, chosen on the labelled figures that training held out.
LEAST = 0.5
SAME = 0.5  # IoU from which two boxes are one panel
ALIKE = 0.7  # IoU from which boxes count in a panel's mean
WITHIN = 0.6  # share of the smaller box in the larger from which they exclude each other
BLANK = 28  # gray levels within which a blank line stays, and between it and the page
CONTRAST = 14.0  # mean gray levels across a seam
REACH, SEAM_REACH = 0.03, 0.006  # how far an edge moves, to ink or to a seam: shares of the figure's longer side
MOST = 0.5  # share of what is drawn from which a lone panel is taken to be all of it
MIN_SIDE = 8  # pixels of a panel

Floats = NDArray[np.float64]
Gray = NDArray[np.uint8]


class Box(NamedTuple):
    """A panel in source pixels, ends excluded; `score` in 0..1."""

    x0: int
    y0: int
    x1: int
    y1: int
    score: float


def refine(boxes: NDArray[np.float32], scores: NDArray[np.float32], gray: Gray) -> list[Box]:
    """The panels of a figure from boxes (P, 4) in its pixels, their scores (P,) and its gray values (height, width)."""
    likely = (scores >= LEAST) & (boxes[:, 2:] - boxes[:, :2] >= 1).all(1)
    panels = settle(*fuse(boxes[likely].astype(np.float64), scores[likely].astype(np.float64)))
    page, found = ground(gray), []
    snapped = np.array([snap(box, gray, page) for box in panels[0]], np.float64).reshape(-1, 4)
    for (x0, y0, x1, y1), score in zip(*settle(snapped, panels[1]), strict=True):
        if min(x1 - x0, y1 - y0) >= MIN_SIDE:
            found.append(Box(int(x0), int(y0), int(x1), int(y1), float(score)))
    return [_lone(found[0], gray, page)] if len(found) == 1 else found


def _lone(box: Box, gray: Gray, page: int) -> Box:
    """A lone panel that is most of what is drawn is all of it; a page that is not light is a picture itself."""
    x0, y0, x1, y1 = 0, 0, gray.shape[1], gray.shape[0]
    if page >= 255 - BLANK:
        ink = gray < page - BLANK
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        if len(rows):
            x0, y0, x1, y1 = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    most = (box.x1 - box.x0) * (box.y1 - box.y0) >= MOST * (x1 - x0) * (y1 - y0)
    return Box(x0, y0, x1, y1, box.score) if most else box


def fuse(boxes: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """The boxes that no better one suppresses, each the mean of those like it weighted by their scores; best first."""
    means, kept = [], []
    order = np.argsort(-scores, kind="stable")
    boxes, scores = boxes[order], scores[order]
    left = np.ones(len(boxes), bool)
    for index in range(len(boxes)):
        if not left[index]:
            continue
        overlap = _iou(boxes[index], boxes)
        like = overlap >= ALIKE
        means.append(np.average(boxes[like], axis=0, weights=scores[like]))
        kept.append(scores[index])
        left &= overlap < SAME
    return np.array(means).reshape(-1, 4), np.array(kept)


def settle(boxes: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """The boxes that stay where a larger one holds smaller ones: it, if its score is above the mean of theirs."""
    sizes = areas(boxes)
    stays = np.ones(len(boxes), bool)
    for index in np.argsort(-sizes, kind="stable"):
        held = shared(boxes[index], boxes) / np.maximum(sizes, 1.0)
        inner = np.flatnonzero(stays & (sizes < sizes[index]) & (held > WITHIN))
        if not len(inner) or not stays[index]:
            continue
        if scores[index] >= scores[inner].mean():
            stays[inner] = False
        else:
            stays[index] = False
    return boxes[stays], scores[stays]


def ground(gray: Gray) -> int:
    """The page's level: the median of its border where most of that is of one level, else white."""
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]]).astype(np.int16)
    level = int(np.median(border))
    return level if np.mean(np.abs(border - level) <= BLANK) > 0.5 else 255


def snap(box: Floats, gray: Gray, page: int) -> tuple[int, int, int, int]:
    """The box with each edge where the page has one, looked for on the lines between the other two edges."""
    height, width = gray.shape
    x0, y0, x1, y1 = np.clip(np.rint(box), 0, [width, height, width, height]).astype(int).tolist()
    side = max(gray.shape)
    for _ in range(2):  # the ends of the lines move with the other edges
        if min(x1 - x0, y1 - y0) < MIN_SIDE:
            break
        lines, columns = gray[:, x0:x1], gray[y0:y1].T
        y0, y1 = _edge(lines[::-1], height - y0, side, page, height), _edge(lines, y1, side, page, height)
        y0 = height - y0
        x0, x1 = width - _edge(columns[::-1], width - x0, side, page, width), _edge(columns, x1, side, page, width)
    return x0, y0, x1, y1


def _edge(lines: Gray, end: int, side: int, page: int, last: int) -> int:
    """The end of a panel's lines where the page has one; the lines before `end` are inside, the others outside."""
    reach = max(3, round(REACH * side))
    start, stop = max(0, end - reach), min(last, end + reach + 1)
    band = lines[start:stop]
    blank = is_blank(band, page)
    at = end - start - 1  # the outermost line inside
    if at < 0:
        return end
    if blank[at]:
        inked = np.flatnonzero(~blank[:at])
        return start + int(inked[-1]) + 1 if len(inked) else end
    clear = np.flatnonzero(blank[at + 1 :])
    if len(clear):
        return end + int(clear[0])
    if stop == last:  # drawn on up to the figure's border
        return last
    return start + _seam(band.astype(np.int16), at, 2 + round(SEAM_REACH * side))


def is_blank(lines: Gray, page: int) -> NDArray[np.bool_]:
    """Which of the lines (count, length) show nothing but the page."""
    blank: NDArray[np.bool_] = (lines.max(1) <= page + BLANK) & (lines.min(1) >= page - BLANK)
    return blank


def _seam(band: NDArray[np.int16], at: int, reach: int) -> int:
    """The line near `at` after which the picture changes most, if it does, else `at`; plus one."""
    near = slice(max(0, at - reach), at + reach + 1)
    seam = strongest_seam(band, near)
    return (at if seam is None else seam) + 1


def strongest_seam(lines: NDArray[np.int16], near: slice = slice(None)) -> int | None:
    """Of the lines `near` that after which gray values change most over the whole length; None where none do."""
    change = np.abs(np.diff(lines, axis=0)).mean(1)
    strongest = int(np.argmax(change[near])) + (near.start or 0)
    return strongest if change[strongest] > max(CONTRAST, 2.5 * float(np.median(change))) else None


def shared(box: Floats, boxes: Floats) -> Floats:
    """The areas that a box shares with each of `boxes`."""
    width = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    height = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    return np.asarray(np.maximum(width, 0.0) * np.maximum(height, 0.0))


def areas(boxes: Floats) -> Floats:
    """The areas of boxes (n, 4)."""
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))


def _iou(box: Floats, boxes: Floats) -> Floats:
    common = shared(box, boxes)
    union = areas(boxes) + (box[2] - box[0]) * (box[3] - box[1]) - common
    return np.asarray(common / np.maximum(union, 1e-6))
