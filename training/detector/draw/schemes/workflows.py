"""Pages that are one panel of many pieces: pictures and words joined by arrows, in rows, rings, trees, lanes, zones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.ink import Image, arrow, dashed, fitted, line, write
from training.detector.draw.schemes.crowded_pages import cell, constructs, leaders, listing, mind_map, states
from training.detector.draw.schemes.diagrams import box, paper
from training.detector.draw.schemes.tables import tint
from training.detector.draw.schemes.workflow_parts import Pieces, join, piece, plate, station
from training.detector.draw.vocabulary import PHRASES, pick

GRAY = (110, 110, 110)


def workflow(rng: Generator, pieces: Pieces, width: int, height: int) -> Image:
    """A page (height, width, 3) that is one panel; `pieces` are 3 to 12 small pictures that it may show."""
    layout = LAYOUTS[int(rng.choice(len(LAYOUTS), p=_SHARES))][0]
    image = paper(rng, width, height, 0.25)
    size = float(np.clip(min(width, height) * rng.lognormal(np.log(0.022), 0.3), 6, 26))
    if layout in (_path, _ring, _tree, _lanes, _zones) and rng.random() < 0.25:
        _ground(rng, image)
    layout(rng, image, pieces, size)
    return image


def _ground(rng: Generator, image: Image) -> None:
    """Draw a ground for the page: rounded, dashed or framed."""
    height, width = image.shape[:2]
    kind, edge = int(rng.integers(3)), max(2, min(width, height) // 200)
    if kind == 0:
        plate(rng, image, edge, edge, width - edge, height - edge, tint(rng, 205, 250), bool(rng.random() < 0.7))
    elif kind == 1:
        dashed(image, edge, edge, width - edge, height - edge, tint(rng, 20, 150), edge, 4 * edge)
    else:
        cv2.rectangle(image, (edge, edge), (width - edge, height - edge), tint(rng, 0, 150), edge)


def _path(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """Rows of stations, read as a snake or line by line, an arrow from each to the next."""
    height, width = image.shape[:2]
    rows = int(np.clip(round(height / width * rng.uniform(1.5, 4)), 1, 5))
    columns = int(np.clip(round(width / height * rng.uniform(1.5, 4)), 4 if rows == 1 else 2, 7))
    rows = min(6, max(rows, round(height * columns / width / 1.4)))  # no tall, empty cells
    cell = width / columns, height / rows
    half = cell[0] * rng.uniform(0.28, 0.42), cell[1] * rng.uniform(0.32, 0.48)
    snake, spots = rng.random() < 0.5, []
    for r in range(rows):
        order = [(c + 0.5) * cell[0] for c in range(columns)]
        spots += [(x, (r + 0.5) * cell[1]) for x in (order[::-1] if snake and r % 2 else order)]
    for a, b in pairwise(spots):
        if a[1] == b[1] or snake:
            join(rng, image, a, b, half, size)
    pictures = rng.uniform(0.2, 0.9)
    for spot in spots:
        if rng.random() < 0.93:
            station(rng, image, pieces, spot, half, size, pictures)


def _ring(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """Stations in a circle, arrows from each to the next, sometimes one in the middle."""
    height, width = image.shape[:2]
    count = int(rng.integers(4, 10))
    half = 1.1 * width / (count + 2), 1.0 * height / (count + 2)
    turns = np.arange(count) * 2 * np.pi / count + rng.uniform(0, 1)
    spots = [
        (width / 2 + np.cos(t) * (width / 2 - half[0] - 2), height / 2 + np.sin(t) * (height / 2 - half[1] - 2))
        for t in turns
    ]
    for k, spot in enumerate(spots):
        join(rng, image, spot, spots[(k + 1) % count], half, size)
        station(rng, image, pieces, spot, half, size)
    inner = min(half[0] * 1.2, width / 2 - 2 * half[0] - 4), min(half[1] * 1.2, height / 2 - 2 * half[1] - 4)
    if rng.random() < 0.6 and min(inner) > 2 * size:
        station(rng, image, pieces, (width / 2, height / 2), inner, size * 1.3)


def _tree(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """Levels of stations, each below or beside the one that it comes from, with straight or bent lines."""
    height, width = image.shape[:2]
    level, levels = width > height * rng.uniform(0.8, 1.5), int(rng.integers(3, 5))
    along, across = (width, height) if level else (height, width)
    bent, before = rng.random() < 0.5, [0.5]
    for k in range(levels):
        count = 1 if k == 0 else int(np.clip(len(before) * rng.integers(1, 4), 2, 8))
        now = [(j + 0.5) / count for j in range(count)]
        half_along, half_across = along / levels * 0.33, min(across / count * 0.42, across * 0.3)
        half = (half_along, half_across) if level else (half_across, half_along)
        for j, at in enumerate(now):
            parent = before[j * len(before) // count]
            here, there = (k + 0.5) / levels * along, (k - 0.5) / levels * along
            spot = (here, at * across) if level else (at * across, here)
            source = (there, parent * across) if level else (parent * across, there)
            if k and bent:
                middle = (here + there) / 2
                corners = [(middle, parent * across), (middle, at * across)]
                corners = corners if level else [(v, u) for u, v in corners]
                for a, b in pairwise([source, *corners, spot]):
                    line(image, a, b, GRAY, max(1, round(size * 0.1)))
            elif k:
                join(rng, image, source, spot, half, size)
            station(rng, image, pieces, spot, half, size, 0.4)
        before = now


def _lanes(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """Columns, or lanes, of boxes of words under heads, arrows from column to column."""
    height, width = image.shape[:2]
    count, head = int(rng.integers(2, 6)), size * 2.4
    gap = width / count * rng.uniform(0.04, 0.16)
    wide = (width - gap * (count - 1)) / count
    backed, one, soft = rng.random() < 0.5, tint(rng, 200, 240), rng.random() < 0.6
    fills = [(232, 232, 232) if rng.random() < 0.4 else tint(rng, 150, 250)] * count
    fills = fills if rng.random() < 0.6 else [tint(rng, 150, 250) for _ in range(count)]
    for c in range(count):
        x0, x1 = c * (wide + gap) + 1, c * (wide + gap) + wide - 2
        if backed:
            plate(rng, image, x0, 1, x1, height - 2, one, soft)
        box(rng, image, x0 + 2, 2, x1 - 2, head, tint(rng, 60, 220), pick(rng, PHRASES), size * 1.1, soft)
        y, pad = head + size, size * 0.6
        while y < height - 3 * size:
            tall = min(size * rng.uniform(2, 8), height - y - size * 0.5)
            if rng.random() < 0.15:
                piece(rng, image, pieces, x0 + pad, y, x1 - pad, y + tall * 1.3)
                tall *= 1.3
            else:
                box(rng, image, x0 + pad, y, x1 - pad, y + tall, fills[c], pick(rng, PHRASES), size, soft)
            y += tall + size * rng.choice([0.5, 1, 2])
        if c and gap > 4:
            at = height * float(rng.choice([0.5, rng.uniform(0.2, 0.8)]))
            arrow(image, (x0 - gap + 1, at), (x0 - 1, at), GRAY, max(1, round(gap / 5)), gap * 0.5)


def _zones(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """Coloured zones, one a step, each with its head and a few pictures and words."""
    height, width = image.shape[:2]
    level, count = rng.random() < 0.5, int(rng.integers(2, 5))
    gap, soft = int(rng.choice([0, 3, 8])), rng.random() < 0.6
    for k in range(count):
        x0, x1 = (k * width / count + gap, (k + 1) * width / count - gap) if level else (gap, width - gap - 1)
        y0, y1 = (gap, height - gap - 1) if level else (k * height / count + gap, (k + 1) * height / count - gap)
        plate(rng, image, x0, y0, x1, y1, tint(rng, 195, 250), soft)
        write(image, fitted(pick(rng, PHRASES), size * 1.3, x1 - x0), (x0 + x1) / 2, y0 + size * 0.5, size * 1.3,
              at=(0.5, 0), bold=True)  # fmt: skip
        part = image[round(y0 + 2.4 * size) : round(y1 - 3), round(x0 + 4) : round(x1 - 3)]
        if min(part.shape[:2]) > 6 * size:
            (_path, _path, _ring, _tree)[int(rng.integers(4))](rng, part, pieces, size)


LAYOUTS: tuple[tuple[Callable[[Generator, Image, Pieces, float], None], float], ...] = (
    (_path, 0.2), (_ring, 0.07), (_tree, 0.09), (_lanes, 0.13), (_zones, 0.13), (constructs, 0.1), (cell, 0.06),
    (listing, 0.08), (states, 0.05), (mind_map, 0.04), (leaders, 0.05),
)  # fmt: skip


_SHARES = [share for _, share in LAYOUTS]
