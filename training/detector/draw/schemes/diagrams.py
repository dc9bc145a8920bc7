"""Boxes and nodes joined by lines: flowcharts, networks, decision trees."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.ink import BLACK, WHITE, Colour, Image, arrow, fitted, line, write
from training.detector.draw.kind import Picture
from training.detector.draw.schemes.tables import tint
from training.detector.draw.vocabulary import GENES, GROUPS, PHRASES, pick, prose


def paper(rng: Generator, width: int, height: int, tinted: float = 0.2) -> Image:
    """White or, on some, a pale colour."""
    ground = tint(rng, 215, 252) if rng.random() < tinted else WHITE
    return np.full((height, width, 3), ground, np.uint8)


def box(
    rng: Generator,
    image: Image,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    fill: Colour,
    words: str,
    size: float,
    round_off: bool = False,
) -> None:
    """A box with up to three lines of words in it."""
    a, b = (round(x0), round(y0)), (round(x1), round(y1))
    edge = BLACK if rng.random() < 0.7 else tuple(max(0, v - 70) for v in fill)
    if round_off:
        radius = max(1, round(min(x1 - x0, y1 - y0) * 0.25))
        cv2.rectangle(image, (a[0] + radius, a[1]), (b[0] - radius, b[1]), fill, -1)
        cv2.rectangle(image, (a[0], a[1] + radius), (b[0], b[1] - radius), fill, -1)
        for corner in (
            (a[0] + radius, a[1] + radius),
            (b[0] - radius, a[1] + radius),
            (a[0] + radius, b[1] - radius),
            (b[0] - radius, b[1] - radius),
        ):
            cv2.circle(image, corner, radius, fill, -1, cv2.LINE_AA)
    else:
        cv2.rectangle(image, a, b, fill, -1)
        cv2.rectangle(image, a, b, edge, max(1, round(size / 9)))
    lines = max(1, min(3, int((y1 - y0) / (size * 1.3))))
    ink = BLACK if sum(fill) > 330 else WHITE
    for k in range(lines):
        text = words if lines == 1 else words if k == 0 else prose(rng, 4).lower()
        y = (y0 + y1) / 2 + (k - (lines - 1) / 2) * size * 1.2
        write(image, fitted(text, size, x1 - x0 - 4), (x0 + x1) / 2, y, size, ink, (0.5, 0.5))


def flowchart(rng: Generator, width: int, height: int) -> Image:
    """Rows of boxes joined by arrows: a trial's flow, a study's design, a pipeline."""
    image = paper(rng, width, height)
    level = width > height * 1.6
    rows = int(np.clip((width if level else height) / rng.uniform(45, 90), 2, 7))
    counts = [int(rng.choice([1, 1, 2, 3])) for _ in range(rows)]
    fills = (
        [tint(rng, 170, 256) if rng.random() < 0.6 else WHITE] * rows
        if rng.random() < 0.5
        else [tint(rng, 60, 250) for _ in range(rows)]
    )
    size = float(np.clip(min(width, height) / rng.uniform(14, 24), 5.5, 16))
    soft, gap = rng.random() < 0.4, rng.uniform(0.25, 0.45)
    middles: list[list[tuple[float, float]]] = []
    along, across = (width, height) if level else (height, width)
    pitch = along / (rows - gap)
    for r, count in enumerate(counts):
        spots = []
        for c in range(count):
            a0, a1 = r * pitch + 1, r * pitch + pitch * (1 - gap) - 1
            share = across / count
            b0, b1 = c * share + share * 0.06 + 1, (c + 1) * share - share * 0.06 - 1
            if count == 1:
                b0, b1 = across * 0.12, across * 0.88
            x0, y0, x1, y1 = (a0, b0, a1, b1) if level else (b0, a0, b1, a1)
            box(rng, image, x0, y0, x1, y1, fills[r], pick(rng, PHRASES), size, soft)
            spots.append(((b0 + b1) / 2, a0, a1))
        for at, a0, _ in spots if middles else []:
            for before, a1 in (
                middles[-1] if len(middles[-1]) == 1 or count == 1 else [min(middles[-1], key=lambda s: abs(s[0] - at))]
            ):
                start, end = ((a1, before), (a0, at)) if level else ((before, a1), (at, a0))
                arrow(image, start, end, BLACK, max(1, round(size / 8)), max(3.0, pitch * gap * 0.35))
        middles.append([(at, a1) for at, _, a1 in spots])
    return image


def network(rng: Generator, width: int, height: int) -> Image:
    """Nodes and edges: a cloud, a ring or layers, with names, weights and communities in colour."""
    image = paper(rng, width, height, 0.1)
    count, kind, side = int(rng.integers(5, 60)), int(rng.integers(3)), min(width, height)
    if kind == 0:
        spots = rng.uniform(0.06, 0.94, (count, 2))
    elif kind == 1:
        angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
        spots = 0.5 + 0.44 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    else:
        layers = rng.integers(3, 6)
        spots = np.concatenate(
            [
                [(0.06 + 0.88 * k / (layers - 1), (j + 0.5) / n) for j in range(n)]
                for k, n in enumerate(rng.integers(2, 9, layers))
            ]
        )
        count = len(spots)
    points = spots * (width, height)
    reach = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    near = np.argsort(reach, axis=1)[:, 1 : int(rng.integers(3, 6))]
    tone, directed = (170, 170, 170) if rng.random() < 0.6 else tint(rng, 60, 200), rng.random() < 0.2
    radius = max(2, round(side * rng.uniform(0.015, 0.05)))
    for k in range(count):
        ahead = (
            np.flatnonzero((spots[:, 0] > spots[k, 0] + 0.01) & (spots[:, 0] < spots[k, 0] + 0.5))
            if kind == 2
            else rng.integers(0, count, 3)
            if kind == 1
            else near[k]
        )
        for other in ahead[:8]:
            a, b = tuple(points[k]), tuple(points[int(other)])
            if directed:
                arrow(image, a, b, tone, 1, radius * 2.0)
            else:
                line(image, a, b, tone, int(rng.choice([1, 1, 2])))
    palette, named = [tint(rng, 30, 240) for _ in range(int(rng.integers(1, 6)))], rng.random() < 0.5 and count < 30
    for k in range(count):
        x, y = round(points[k, 0]), round(points[k, 1])
        size = max(2, round(radius * (rng.uniform(0.5, 1.6) if kind == 0 else 1)))
        cv2.circle(image, (x, y), size, palette[k % len(palette)], -1, cv2.LINE_AA)
        cv2.circle(image, (x, y), size, BLACK if named else WHITE, 1, cv2.LINE_AA)
        if named:
            write(image, pick(rng, GENES), x, y + size + 2, max(6, side * 0.035), at=(0.5, 0))
    return image


def branching(rng: Generator, width: int, height: int) -> Image:
    """A decision tree: splits with questions on the lines, leaves with outcomes."""
    image = paper(rng, width, height, 0.1)
    levels = int(np.clip(min(height / 55, np.log2(width / 30)), 1, 4))
    size = float(np.clip(width / 2**levels / 4, 5, 13))
    fills = [tint(rng, 130, 256) for _ in range(levels + 1)]
    for k in range(levels + 1):
        for j in range(2**k):
            x, y = (j + 0.5) * width / 2**k, (k + 0.5) * height / (levels + 1)
            half = min(width / 2**k * 0.44, size * 4.5), height / (levels + 1) * 0.27
            if k < levels:
                for side in (0, 1):
                    end = ((2 * j + side + 0.5) * width / 2 ** (k + 1), (k + 1.25) * height / (levels + 1))
                    line(image, (x, y + half[1]), end, BLACK)
                    write(image, ("yes", "no")[side], (x + end[0]) / 2, (y + end[1]) / 2, size * 0.9, at=(0.5, 0.5))
            box(
                rng,
                image,
                x - half[0],
                y - half[1],
                x + half[0],
                y + half[1],
                fills[k],
                pick(rng, (*GENES, *GROUPS)),
                size,
                k == levels,
            )
    return image


KINDS = {
    "flowchart": Picture(flowchart, weight=2.0, page=3, copies=4),
    "network": Picture(network, weight=1.0, page=2),
    "branching": Picture(branching, page=1),
}
