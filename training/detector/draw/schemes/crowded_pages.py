"""Pages crowded with small things: constructs, cells with pathways, lists, states, mind maps, labelled pictures."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.ink import BLACK, Colour, Image, arrow, fitted, line, write
from training.detector.draw.schemes.diagrams import box
from training.detector.draw.schemes.tables import tint
from training.detector.draw.schemes.workflow_parts import Pieces, caption, join, piece, plate, station
from training.detector.draw.textures import outline
from training.detector.draw.vocabulary import GENES, GROUPS, MEASURES, PHRASES, number, pick

GRAY = (110, 110, 110)


def constructs(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """Groups of gene or domain bars under headings, irregular, over the whole page."""
    height, width = image.shape[:2]
    columns = int(np.clip(round(width / height * rng.integers(1, 4)), 1, 4))
    fills = [tint(rng, 60, 240) for _ in range(6)]
    arrows = rng.random() < 0.5
    for c in range(columns):
        left, right, y = c * width / columns + 4, (c + 1) * width / columns - 6, 2.0
        while y < height - 5 * size:
            write(image, fitted(pick(rng, PHRASES), size * 1.2, right - left, True), left, y, size * 1.2, bold=True)
            y += size * 2
            for _ in range(int(rng.integers(1, 7))):
                if y > height - 2 * size:
                    break
                name = fitted(pick(rng, GENES), size, (right - left) * 0.3)
                write(image, name, left, y + size * 0.5, size, at=(0, 0.5))
                x, end = left + size * 5, left + (right - left) * rng.uniform(0.5, 1)
                line(image, (x, y + size * 0.5), (end, y + size * 0.5), BLACK, max(1, round(size / 10)))
                while x < end - size:
                    stop = min(end, x + size * rng.uniform(0.8, 6))
                    glyph(rng, image, x, y, stop, size, fills[int(rng.integers(6))], arrows)
                    x = stop + size * rng.uniform(0, 2.5)
                y += size * rng.uniform(1.5, 2.3)
            y += size * rng.uniform(0.5, 3)


def glyph(
    rng: Generator, image: Image, x0: float, y: float, x1: float, size: float, fill: Colour, pointed: bool
) -> None:
    """Draw a domain as a box or a gene as an arrow to either side, some with a name."""
    if pointed:
        tip = min(size * 0.6, (x1 - x0) / 2)
        points = np.array([(x0, y), (x1 - tip, y), (x1, y + size / 2), (x1 - tip, y + size), (x0, y + size)])
        points[:, 0] = x0 + x1 - points[:, 0] if rng.random() < 0.4 else points[:, 0]
        cv2.fillPoly(image, [points.round().astype(np.int32)], fill, cv2.LINE_AA)
        cv2.polylines(image, [points.round().astype(np.int32)], True, GRAY, 1, cv2.LINE_AA)
    else:
        plate(rng, image, x0, y, x1, y + size, fill, bool(rng.random() < 0.3))
    if x1 - x0 > 3 * size and rng.random() < 0.6:
        write(image, fitted(pick(rng, GENES), size * 0.7, x1 - x0 - 4), (x0 + x1) / 2, y + size / 2, size * 0.7,
              at=(0.5, 0.5))  # fmt: skip


def cell(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """A cell with nucleus, organelles and a pathway of names joined by arrows, and names around it."""
    height, width = image.shape[:2]
    body = outline(rng, width / 2, height / 2, width * 0.47, height * 0.46, 0.06, points=40)
    cv2.fillPoly(image, [body], tint(rng, 205, 250), cv2.LINE_AA)
    cv2.polylines(image, [body], True, tint(rng, 60, 180), max(2, round(size / 3)), cv2.LINE_AA)
    core = rng.uniform(0.4, 0.65, 2) * (width, height)
    nucleus = outline(rng, core[0], core[1], width * 0.17, height * 0.14, 0.05)
    cv2.fillPoly(image, [nucleus], tint(rng, 150, 225), cv2.LINE_AA)
    for _ in range(int(rng.integers(2, 9))):
        x, y = rng.uniform(0.15, 0.85, 2) * (width, height)
        organ = outline(rng, x, y, width * 0.05, height * 0.035, 0.15, float(rng.uniform(0, 3)))
        cv2.fillPoly(image, [organ], tint(rng, 120, 240), cv2.LINE_AA)
        cv2.polylines(image, [organ], True, tint(rng, 50, 150), 1, cv2.LINE_AA)
    spots = [tuple(float(v) for v in rng.uniform(0.08, 0.92, 2) * (width, height)) for _ in range(rng.integers(5, 14))]
    for a, b in pairwise(spots):
        if rng.random() < 0.8:
            join(rng, image, (a[0], a[1]), (b[0], b[1]), (size * 2.2, size), size, 0.1)
    for x, y in spots:
        half = size * rng.uniform(1.5, 2.4)
        cv2.ellipse(
            image, (round(x), round(y)), (round(half), round(size)), 0, 0, 360, tint(rng, 90, 250), -1, cv2.LINE_AA
        )
        write(image, fitted(pick(rng, GENES), size * 0.9, 2 * half), x, y, size * 0.9, at=(0.5, 0.5))
    if rng.random() < 0.4:
        piece(rng, image, pieces, width * 0.76, height * 0.74, width - 2, height - 2)


def listing(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """Columns of small words between white, in ruled groups."""
    height, width = image.shape[:2]
    size = float(np.clip(size * 0.7, 6, 12))
    columns, face, step = int(rng.integers(3, 10)), int(rng.integers(3)), size * rng.uniform(1.3, 2.0)
    lefts = np.concatenate([[0], np.sort(rng.uniform(0.8, 1.6, columns)).cumsum()])
    lefts *= (width - 4) / lefts[-1]
    thick, ruled, y, left = max(1, round(size / 8)), rng.random() < 0.8, 3.0, 0
    while y < height - step:
        head = left == 0
        left = int(rng.integers(2, 12)) if head else left - 1
        if head and ruled:
            line(image, (0, y), (width, y), BLACK, thick)
            y += step * 0.3
        for c in range(1 if head and rng.random() < 0.5 else columns):
            text = number(rng) if c and not head else pick(rng, (*PHRASES, *MEASURES) if not c else GROUPS)
            if rng.random() < 0.9:
                write(image, fitted(text, size, float(lefts[c + 1] - lefts[c]) - size, head, face), 2 + lefts[c], y,
                      size, bold=head, face=face)  # fmt: skip
        y += step * (1.5 if head or left == 0 else 1)
    line(image, (0, height - 2), (width, height - 2), BLACK, thick)


def states(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """Circles of words with straight and bent arrows between them and loops."""
    height, width = image.shape[:2]
    columns, rows = (int(np.clip(round(v / min(width, height) * rng.integers(2, 4)), 1, 5)) for v in (width, height))
    cell = width / columns, height / rows
    radius = min(cell) * rng.uniform(0.22, 0.34)
    fill, own, thick = tint(rng, 150, 256), rng.random() < 0.5, max(1, round(size / 8))
    spots = [((c + 0.5) * cell[0], (r + 0.5) * cell[1]) for r in range(rows) for c in range(columns)]
    for k, a in enumerate(spots):
        for b in spots[k + 1 :]:
            if np.hypot(a[0] - b[0], a[1] - b[1]) < 1.5 * max(cell) and rng.random() < 0.7:
                way = (np.array(b) - a) / np.hypot(a[0] - b[0], a[1] - b[1])
                for first, last, sign in ((a, b, 1), (b, a, -1))[: int(rng.integers(1, 3))]:
                    shift = np.array((-way[1], way[0])) * radius * 0.25 * sign
                    start, end = (
                        np.array(first) + way * sign * radius + shift,
                        np.array(last) - way * sign * radius + shift,
                    )
                    arrow(image, (start[0], start[1]), (end[0], end[1]), BLACK, thick, size * 0.7)
                    text = pick(rng, GENES) if rng.random() < 0.5 else f"{rng.random():.2f}"
                    x, y = (start + end) / 2 + shift * 1.5
                    write(image, text, float(x), float(y), size * 0.85, at=(0.5, 0.5))
    for x, y in spots:
        at, r = (round(x), round(y)), round(radius)
        if rng.random() < 0.3:
            cv2.ellipse(image, (at[0], at[1] - r), (r // 3, r // 2), 0, 120, 420, BLACK, thick, cv2.LINE_AA)
        cv2.circle(image, at, r, tint(rng, 120, 256) if own else fill, -1, cv2.LINE_AA)
        cv2.circle(image, at, r, BLACK, thick, cv2.LINE_AA)
        if rng.random() < 0.15:
            piece(rng, image, pieces, x - r * 0.6, y - r * 0.6, x + r * 0.6, y + r * 0.6)
        else:
            caption(rng, image, x, y - size / 2, 1.8 * radius, size, int(rng.integers(1, 3)))


def mind_map(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """A centre with branches to all sides, each with words or a picture, and twigs."""
    height, width = image.shape[:2]
    count, middle = int(rng.integers(4, 11)), (width / 2, height / 2)
    half = min(width * 0.16, size * 7), min(height * 0.11, size * 4)
    for k in range(count):
        angle = 2 * np.pi * (k + rng.uniform(-0.2, 0.2)) / count
        spot = (
            middle[0] + np.cos(angle) * (width / 2 - half[0] - 2),
            middle[1] + np.sin(angle) * (height / 2 - half[1] - 2),
        )
        colour = tint(rng, 40, 200)
        line(image, middle, spot, colour, max(1, round(size / 4)))
        for _ in range(int(rng.integers(0, 4))):
            end = spot[0] + rng.normal(0, 1.2) * half[0], spot[1] + rng.normal(0, 1.5) * half[1]
            line(image, spot, end, colour)
            write(image, pick(rng, GENES), end[0], end[1], size * 0.8, at=(0.5, 0.5))
        station(rng, image, pieces, spot, half, size, 0.3)
    box(rng, image, middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1],
        tint(rng, 100, 240), pick(rng, PHRASES), size * 1.2, True)  # fmt: skip


def leaders(rng: Generator, image: Image, pieces: Pieces, size: float) -> None:
    """A large picture or drawing with names at both sides, lines leading to it."""
    height, width = image.shape[:2]
    edge = min(size * rng.uniform(6, 9), width * 0.28)
    if rng.random() < 0.6:
        piece(rng, image, pieces, edge, 2, width - edge, height - 2)
    else:
        for k in range(int(rng.integers(2, 7))):
            share = 1 - k * 0.14
            shape = outline(rng, width / 2, height / 2, (width / 2 - edge) * share, height * 0.48 * share, 0.12)
            cv2.fillPoly(image, [shape], tint(rng, 100, 245), cv2.LINE_AA)
            cv2.polylines(image, [shape], True, GRAY, 1, cv2.LINE_AA)
    count, colour = int(rng.integers(3, 11)), BLACK if rng.random() < 0.7 else tint(rng, 20, 160)
    for k in range(2 * count):
        y, right = (k // 2 + 0.5) * height / count, k % 2
        text = fitted(pick(rng, (*PHRASES, *GENES)), size, edge - 4)
        write(image, text, width - 2 if right else 2, y, size, at=(right, 0.5))
        target = (
            width * (0.5 + (right - 0.5) * rng.uniform(0.1, 0.6)),
            height / 2 + (y - height / 2) * rng.uniform(0.5, 1),
        )
        line(image, (width - edge if right else edge, y), target, colour, max(1, round(size / 12)))
