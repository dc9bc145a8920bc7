"""Graphical abstracts (icons and words with arrows), skeletal formulas, domain bars."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.ink import BLACK, WHITE, Colour, Image, arrow, dashed, fitted, line, write
from training.detector.draw.kind import Picture
from training.detector.draw.schemes.diagrams import box, paper
from training.detector.draw.schemes.tables import tint
from training.detector.draw.textures import outline
from training.detector.draw.vocabulary import GENES, GROUPS, PHRASES, pick


def icon(rng: Generator, image: Image, x: float, y: float, size: float) -> None:
    """Draw an icon: a cell, mouse, tube, person, dish or pill."""
    colour, kind, at = tint(rng, 50, 240), int(rng.integers(6)), (round(x), round(y))
    r = max(2, round(size / 2))
    if kind == 0:
        cv2.fillPoly(image, [outline(rng, x, y, r, r * 0.9, 0.12)], colour, cv2.LINE_AA)
        cv2.circle(image, at, max(1, r // 3), tuple(v // 2 for v in colour), -1, cv2.LINE_AA)
    elif kind == 1:
        cv2.ellipse(image, at, (r, max(1, r // 2)), 0, 0, 360, colour, -1, cv2.LINE_AA)
        cv2.circle(image, (at[0] + r, at[1]), max(1, r // 3), colour, -1, cv2.LINE_AA)
        cv2.ellipse(
            image, (at[0] - r, at[1]), (r // 2 + 1, r // 2 + 1), 0, 90, 270, colour, max(1, r // 8), cv2.LINE_AA
        )
    elif kind == 2:
        cv2.rectangle(image, (at[0] - r // 3, at[1] - r), (at[0] + r // 3, at[1] + r // 2), (225, 235, 245), -1)
        cv2.rectangle(image, (at[0] - r // 3, at[1] - r // 4), (at[0] + r // 3, at[1] + r), colour, -1)
        cv2.rectangle(image, (at[0] - r // 3, at[1] - r), (at[0] + r // 3, at[1] + r), (90, 90, 90), 1)
    elif kind == 3:
        cv2.circle(image, (at[0], at[1] - r // 2), max(1, r // 3), colour, -1, cv2.LINE_AA)
        cv2.ellipse(image, (at[0], at[1] + r), (max(1, r // 2), r), 0, 180, 360, colour, -1, cv2.LINE_AA)
    elif kind == 4:
        cv2.ellipse(image, at, (r, max(1, r // 2)), 0, 0, 360, (235, 225, 200), -1, cv2.LINE_AA)
        cv2.ellipse(image, at, (r, max(1, r // 2)), 0, 0, 360, (120, 110, 90), max(1, r // 10), cv2.LINE_AA)
    else:
        cv2.line(
            image,
            (at[0] - r // 2, at[1] + r // 2),
            (at[0] + r // 2, at[1] - r // 2),
            colour,
            max(2, r // 2),
            cv2.LINE_AA,
        )


def stage(rng: Generator, image: Image) -> None:
    """Draw the background of a scheme: mostly nothing, else two grounds, a membrane or the outline of a cell."""
    height, width = image.shape[:2]
    side = min(width, height)
    if rng.random() < 0.25:
        image[:, width // 2 :] = tint(rng, 190, 245)
    if rng.random() < 0.3:
        y = height * rng.uniform(0.2, 0.5)
        for x in range(0, width, max(3, side // 30)):
            for level in (y, y + side * 0.05):
                cv2.circle(image, (x, round(level)), max(1, side // 60), (230, 170, 60), -1, cv2.LINE_AA)
    if rng.random() < 0.3:
        shape = outline(rng, width / 2, height / 2, width * 0.45, height * 0.42, 0.12, points=40)
        cv2.fillPoly(image, [shape], tint(rng, 200, 250), cv2.LINE_AA)
        cv2.polylines(image, [shape], True, tint(rng, 60, 180), max(1, side // 70), cv2.LINE_AA)


def station(rng: Generator, image: Image, x: float, y: float, cell: float, size: float) -> None:
    """Draw one station of a scheme: a box of words, a heap of icons, or an icon with its name."""
    choice = int(rng.integers(4))
    if choice == 0:
        half = cell * 0.36, cell * rng.uniform(0.12, 0.28)
        words, soft = pick(rng, (*PHRASES, *GENES)), bool(rng.random() < 0.6)
        box(rng, image, x - half[0], y - half[1], x + half[0], y + half[1], tint(rng, 90, 256), words, size, soft)
    elif choice == 3:
        for _ in range(int(rng.integers(3, 9))):
            icon(rng, image, x + rng.normal(0, 0.17) * cell, y + rng.normal(0, 0.15) * cell, cell * 0.17)
    else:
        icon(rng, image, x, y, cell * rng.uniform(0.3, 0.6))
        if rng.random() < 0.7:
            words = fitted(pick(rng, (*GENES, *GROUPS, *PHRASES)), size, cell)
            write(image, words, x, y + cell * 0.33, size, at=(0.5, 0))


def scheme(rng: Generator, width: int, height: int) -> Image:
    """A schematic on white or colour: icons, boxes, membranes and arrows with words, as in graphical abstracts."""
    image = paper(rng, width, height, 0.45)
    side = min(width, height)
    size = float(np.clip(side * rng.uniform(0.04, 0.08), 5.5, 18))
    stage(rng, image)
    columns, rows = max(1, round(width / side * rng.integers(2, 5))), max(1, round(height / side * rng.integers(2, 4)))
    places = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)
    spots = (places + rng.uniform(0.35, 0.65, places.shape)) * (width / columns, height / rows)
    cell = min(width / columns, height / rows)
    for before, after in pairwise(spots):
        if rng.random() < 0.7:
            a, b = before + (after - before) * 0.32, before + (after - before) * 0.68
            colour = BLACK if rng.random() < 0.7 else tint(rng, 30, 200)
            thick = max(1, round(side * rng.uniform(0.004, 0.02)))
            arrow(image, (float(a[0]), float(a[1])), (float(b[0]), float(b[1])), colour, thick, cell * 0.12)
    for x, y in spots:
        station(rng, image, float(x), float(y), cell, size)
    if rng.random() < 0.2:
        x, y = width // 12, height // 12
        dashed(image, x, y, width - x, height - y, (90, 90, 90), 1, max(3, side // 40))
    return image


def molecule(rng: Generator, width: int, height: int) -> Image:
    """A skeletal formula: rings and chains at sixty degrees with hetero atoms, or two over an arrow."""
    image = np.full((height, width, 3), 255, np.uint8)
    side = min(width, height)
    bond, thick = side * rng.uniform(0.08, 0.16), max(1, round(side * 0.007))
    for _ in range(int(np.clip(width / height * rng.uniform(0.8, 2), 1, 4))):
        at, turn = rng.uniform(0.3, 0.7, 2) * (width, height), np.pi / 6
        for _ in range(int(rng.integers(2, 6))):
            ring = int(rng.choice([5, 6, 6, 6]))
            angles = np.arange(ring) * 2 * np.pi / ring + turn
            corners = at + bond * np.stack([np.cos(angles), np.sin(angles)], axis=1)
            cv2.polylines(image, [corners.round().astype(np.int32)[:, None]], True, BLACK, thick, cv2.LINE_AA)
            for k in range(0, ring - 1, 2):
                a, b = at + (corners[k] - at) * 0.8, at + (corners[k + 1] - at) * 0.8
                line(image, (float(a[0]), float(a[1])), (float(b[0]), float(b[1])), BLACK, thick)
            corner = corners[int(rng.integers(ring))]
            out = (corner - at) / bond
            end = corner + out * bond
            line(image, (float(corner[0]), float(corner[1])), (float(end[0]), float(end[1])), BLACK, thick)
            if rng.random() < 0.6:
                cover = max(4, round(bond * 0.35))
                cv2.circle(image, (round(end[0]), round(end[1])), cover, WHITE, -1)
                ink: Colour = BLACK if rng.random() < 0.6 else ((220, 0, 0), (0, 0, 220))[int(rng.integers(2))]
                write(
                    image,
                    str(rng.choice(["OH", "NH2", "O", "N", "Cl", "F", "COOH", "CH3", "S", "R"])),
                    end[0],
                    end[1],
                    bond * 0.55,
                    ink,
                    (0.5, 0.5),
                )
                at = at + (rng.choice([-1, 1], 2) * bond * (1.73, 0.0))
            else:
                at = end + out * bond
    if rng.random() < 0.4:
        write(image, pick(rng, GENES), width / 2, height, side * 0.08, at=(0.5, 1), bold=True)
    return image


def construct(rng: Generator, width: int, height: int) -> Image:
    """Rows of domain bars or gene constructs with names, ends and ticks."""
    image = np.full((height, width, 3), 255, np.uint8)
    rows = int(np.clip(height / rng.uniform(20, 50), 1, 10))
    size = float(np.clip(height / rows * 0.35, 5.5, 14))
    left = size * 4 if rng.random() < 0.7 else 2.0
    fills = [tint(rng, 60, 245) for _ in range(5)]
    domains = np.sort(rng.uniform(0.02, 0.95, 6)).reshape(3, 2)
    for r in range(rows):
        y, half = (r + 0.5) * height / rows, height / rows * rng.uniform(0.2, 0.3)
        end = width - 2 if rng.random() < 0.6 else left + (width - left) * rng.uniform(0.4, 0.95)
        line(image, (left, y), (end, y), BLACK, max(1, round(half / 4)))
        for k, (a, b) in enumerate(domains):
            x0, x1 = left + (width - left) * a, min(left + (width - left) * b, end)
            if x1 - x0 > 3 and rng.random() < 0.85:
                box(rng, image, x0, y - half, x1, y + half, fills[k], pick(rng, GENES), min(size, half * 1.5))
        if left > 3:
            write(image, fitted(pick(rng, (*GENES, *GROUPS)), size, left - 3), 0, y, size, at=(0, 0.5))
    return image


KINDS = {
    "scheme": Picture(scheme, weight=3.0, page=4, copies=4),
    "molecule": Picture(molecule),
    "construct": Picture(construct, page=2, copies=2),
}
