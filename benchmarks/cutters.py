"""Panels without a model: a cutter by the projection profiles of Canny edges, and plain suppression of raw boxes.

The cutter is the common baseline of compound figure separation: rows and columns without an edge, wide enough, are
gutters; the parts are cut again until none has one. Lengths are in pixels of a copy whose longer side is `SIDE`.
"""

from itertools import pairwise

import numpy as np
from PIL import Image

SIDE = 600
LOW, HIGH = 60, 160  # of Canny's two thresholds, sums of both gradients of 3 x 3 Sobel
GUTTER = 0.012  # of the longer side
LEAST = 0.06  # a part's shorter side, of the longer side

Corners = tuple[int, int, int, int]


def edge_cut(figure: Image.Image) -> list[Corners]:
    """The parts of a figure between its gutters, in its pixels; the whole where it has none."""
    factor = max(figure.size) / SIDE
    small = figure.convert("L").resize([max(8, round(side / factor)) for side in figure.size], Image.Resampling.BOX)
    edges = canny(np.asarray(small))
    parts = _cut(edges, 0, 0)
    if len(parts) < 2:
        return [(0, 0, *figure.size)]
    scale = np.array(2 * figure.size) / np.array(2 * small.size)
    return [tuple(np.rint(np.array(part) * scale).astype(int).tolist()) for part in parts]


def canny(gray):
    """The edges of a gray picture (Canny 1986): smoothed by a binomial, thinned, grown from strong to weak ones."""
    values = gray.astype(np.float32)
    for axis in (0, 1):
        values = _filtered(values, (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16), axis)
    dx = _filtered(_filtered(values, (-1, 0, 1), 1), (1, 2, 1), 0)
    dy = _filtered(_filtered(values, (-1, 0, 1), 0), (1, 2, 1), 1)
    size = np.abs(dx) + np.abs(dy)
    direction = np.rint(np.arctan2(dy, dx) / (np.pi / 4)).astype(int) % 4
    padded = np.pad(size, 1)
    thin = np.zeros(size.shape, bool)
    for number, (y, x) in enumerate([(0, 1), (1, 1), (1, 0), (1, -1)]):
        ahead, behind = (_shifted(padded, sign * y, sign * x) for sign in (1, -1))
        thin |= (direction == number) & (size >= ahead) & (size > behind)
    weak, strong = thin & (size > LOW), thin & (size > HIGH)
    while True:
        grown = np.pad(strong, 1)
        grown = weak & np.any([_shifted(grown, y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)], axis=0)
        if grown.sum() == strong.sum():
            return strong
        strong = grown


def _filtered(values, kernel, axis):
    half = len(kernel) // 2
    padded = np.pad(values, [(half, half) if n == axis else (0, 0) for n in (0, 1)], mode="edge")
    length = values.shape[axis]
    return sum(weight * padded.take(range(n, n + length), axis) for n, weight in enumerate(kernel) if weight)


def _shifted(padded, y, x):
    height, width = padded.shape
    return padded[1 + y : height - 1 + y, 1 + x : width - 1 + x]


def _cut(edges, x, y) -> list[Corners]:
    """The parts of a piece whose corner lies at x, y; trimmed to its edges, [] where it is too small."""
    rows, columns = (np.flatnonzero(edges.any(axis=axis)) for axis in (1, 0))
    if not len(rows) or min(rows[-1] - rows[0], columns[-1] - columns[0]) < LEAST * SIDE:
        return []
    edges = edges[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    x, y = x + int(columns[0]), y + int(rows[0])
    height, width = edges.shape
    for axis in (0, 1):
        drawn = np.flatnonzero(edges.any(axis=1 - axis))
        gaps = np.flatnonzero(np.diff(drawn) > GUTTER * SIDE)
        if not len(gaps):
            continue
        bounds = [0, *((drawn[gap] + drawn[gap + 1]) // 2 for gap in gaps), edges.shape[axis]]
        spans = list(pairwise(bounds))
        if axis:
            parts = [part for start, stop in spans for part in _cut(edges[:, start:stop], x + int(start), y)]
        else:
            parts = [part for start, stop in spans for part in _cut(edges[start:stop], x, y + int(start))]
        if parts:
            return parts
    return [(x, y, x + width, y + height)]


def suppressed(boxes, scores, size, least=0.3, overlap=0.5) -> list[tuple[Corners, float]]:
    """Of raw boxes (P, 4) the best, and those that overlap no better one by this IoU: nothing but suppression."""
    found: list[tuple[Corners, float]] = []
    for index in np.argsort(-scores, kind="stable"):
        if scores[index] < least:
            break
        box: Corners = tuple(np.clip(np.rint(boxes[index]), 0, 2 * size).astype(int).tolist())
        if box[2] > box[0] and box[3] > box[1] and all(iou(box, other) < overlap for other, _ in found):
            found.append((box, float(scores[index])))
    return found or [((0, 0, *size), 0.0)]


def iou(a: Corners, b: Corners) -> float:
    """Intersection over union of two boxes."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    inner = max(width, 0) * max(height, 0)
    return inner / (sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (a, b)) - inner)
