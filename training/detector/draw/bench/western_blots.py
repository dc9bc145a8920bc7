"""Western blots: stacks of strips, and rows by columns of blocks, with names, masses and heads."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.draw.bench.blot_lanes import (
    Heads,
    Lanes,
    Span,
    densities,
    groups,
    marks_over,
    signs,
    slanted,
    slants,
    strip,
)
from training.detector.draw.ink import BLACK, WHITE, Image, fitted, lettered, line, write
from training.detector.draw.kind import Picture
from training.detector.draw.textures import gray3, noisy
from training.detector.draw.vocabulary import GENES, pick, several

MASSES = (250, 180, 150, 130, 100, 75, 70, 55, 50, 40, 37, 35, 25, 20, 15, 10)
SHARED = ("Input", "IP: FLAG", "IP: HA", "Lysate", "WCL", "Nuclear", "Cytosol", "IP")  # by several rows


def blot(rng: Generator, width: int, height: int) -> Image:
    """One strip or a stack of strips of the same lanes, with names at the side, masses and lane heads."""
    if rng.random() < 0.4 and min(width, height) >= 60:
        return sheet(rng, width, height, 1, int(rng.integers(1, max(2, min(8, round(height / 26) + 1)))))
    image = np.full((height, width, 3), 255, np.uint8)
    rows = int(np.clip(round(height / (width * rng.uniform(0.1, 0.25))), 1, 9)) if rng.random() < 0.85 else 1
    size = float(np.clip(min(height / rows * 0.45, width * 0.06), 6, 20))
    bare = rng.random() < 0.15
    right = 0 if bare else round(size * rng.uniform(2.5, 4.5))
    left = 0 if bare or rng.random() < 0.5 else round(size * 2.4)
    top = 0 if bare or rng.random() < 0.3 else round(size * rng.uniform(1.2, 3))
    if rng.random() < 0.35:
        left, right = right, left
    lanes = int(rng.integers(2, 15))
    x0, x1 = left, width - right
    if x1 - x0 < 20 or height - top < 8 * rows:
        x0, x1, top, left, right = 0, width, 0, 0, 0
    edges = np.linspace(top, height, rows + 1).round().astype(int)
    gap = max(2, round(size * rng.uniform(0.15, 0.5)))
    framed, exposure = rng.random() < 0.6, rng.uniform(0.75, 1.1)
    for k in range(rows):
        y0, y1 = int(edges[k]), int(edges[k + 1]) - (gap if k < rows - 1 else 0)
        field = strip(rng, x1 - x0, y1 - y0, lanes, 1 if y1 - y0 < (x1 - x0) * 0.4 else int(rng.integers(2, 7)))
        image[y0:y1, x0:x1] = noisy(rng, gray3(field * exposure), rng.uniform(0, 5))
        if framed:
            cv2.rectangle(image, (x0, y0), (x1 - 1, y1 - 1), BLACK, 1)
        for space, at, x in ((left, 1.0, x0 - 3), (right, 0.0, x1 + 3)):
            if space > size * 2:
                mass = space < size * 2.45
                words = f"{rng.choice(MASSES)}-" if mass and at else pick(rng, GENES)
                write(image, fitted(words, size, space - 4), x, (y0 + y1) / 2, size, at=(at, 0.5))
    if top:
        head: Heads = (signs, marks_over, groups)[int(rng.integers(3))]
        head(rng, image, Lanes([(x0, x1)], [lanes], size, 0, left, leftward=True), top, top)
    return image


class _Margins(NamedTuple):
    """The room for names and masses at the sides and for heads at the top, in pixels."""

    names: float
    masses: float
    leftward: bool  # the names stand at the left
    top: float
    bracket: float  # of the names' margin, for a name that several rows share


def sheet(rng: Generator, width: int, height: int, columns: int, rows: int) -> Image:
    """A blot of columns and rows of blocks with white between them, with names, masses and heads."""
    image = np.full((height, width, 3), 255, np.uint8)
    size = float(np.clip(min(height / rows * rng.uniform(0.25, 0.5), width * rng.uniform(0.03, 0.055)), 6, 19))
    heads = _heading(rng)
    margins = _margins(rng, width, height, size, heads)
    numbered = rng.random() < 0.25
    lanes = _lanes(rng, width, columns, size, margins)
    spans = _rows(rng, height, margins.top, rows, size * 1.1 if numbered else 3)
    _blocks(rng, image, lanes, spans, columns > 1)
    _sides(rng, image, lanes, spans, margins)
    foot = margins.top
    for head, tall in heads:
        tall = min(tall * size, foot)
        head(rng, image, lanes, foot, tall)
        foot -= tall
    if numbered:
        among = rng.random(rows) < rng.choice([0.4, 1])
        for (_, y), (after, _), chosen in zip(spans, [*spans[1:], (height, 0.0)], among, strict=True):
            if chosen and after - y >= 6:
                densities(rng, image, lanes, y, min(after - y, size * 1.3))
    return image


def _heading(rng: Generator) -> list[tuple[Heads, float]]:
    """What stands over the lanes, from bottom to top, each with its height in letter sizes."""
    rows = int(rng.integers(1, 5))
    first: tuple[Heads, float] = (
        (slants, rng.uniform(3, 6)),
        (marks_over, 1.4),
        (signs, 1.25 * rows),
        (groups, 1.9),
    )[int(rng.choice(4, p=[0.3, 0.2, 0.28, 0.22]))]
    if rng.random() < 0.1:
        return []
    return [first, (groups, 1.9)] if first[0] is not groups and rng.random() < 0.45 else [first]


def _margins(rng: Generator, width: int, height: int, size: float, heads: list[tuple[Heads, float]]) -> _Margins:
    """The room around the blocks."""
    top = min(sum(tall for _, tall in heads) * size + (2 if heads else 0), height * 0.42)
    names = min(size * rng.uniform(3.2, 6.0), width * 0.26)
    masses = min(size * 2.3 + 5, width * 0.2) if rng.random() < 0.6 else 0.0
    if heads and heads[0][0] is slants:  # the last name juts out
        masses = max(masses, min(size * 2.3 + 5, width * 0.2))
    bracket = size * 1.7 if rng.random() < 0.15 and width > 150 else 0.0
    return _Margins(names + bracket, masses, bool(rng.random() < 0.6), top, bracket)


def _lanes(rng: Generator, width: int, columns: int, size: float, margins: _Margins) -> Lanes:
    """The columns, mostly with as many lanes each; the gaps are 3 to 20 % of a block's width."""
    left, right = (margins.names, margins.masses) if margins.leftward else (margins.masses, margins.names)
    gap = float(rng.uniform(0.03, 0.2))
    most = max(2, min(14 // columns + 2, int((width - left - right) / columns / 8)))
    counts = [int(rng.integers(2, most + 1))] * columns
    if rng.random() < 0.3:
        counts = [int(rng.integers(2, most + 1)) for _ in range(columns)]
    shares = np.array(counts, float) if rng.random() < 0.6 else np.ones(columns)
    block = (width - left - right) / (shares.sum() + gap * shares.mean() * (columns - 1))
    spans: list[Span] = []
    x = left
    for share in shares:
        spans.append((x, x + block * float(share)))
        x += block * float(share + gap * shares.mean())
    return Lanes(spans, counts, size, int(rng.choice([0, 0, 0, 1, 2])), margins.names, margins.leftward)


def _rows(rng: Generator, height: int, top: float, rows: int, least: float) -> list[Span]:
    """Top and foot of each row, of like or unlike heights; the gaps are at least `least`, at most .45 of a row."""
    shares = rng.uniform(0.6, 1.7, rows) if rng.random() < 0.6 else np.ones(rows)
    under = least if least > 3 else 0.0  # numbers stand under the last row, too
    room = height - top - under
    gap = max(least, room / rows * float(rng.choice([rng.uniform(0.05, 0.15), rng.uniform(0.15, 0.34)])))
    gap = min(gap, room / rows * 0.45)
    tall = (room - gap * (rows - 1)) * shares / shares.sum()
    spans, y = [], top
    for part in tall.tolist():
        spans.append((y, y + part))
        y += part + gap
    return spans


def _blocks(rng: Generator, image: Image, lanes: Lanes, spans: list[Span], holes: bool) -> None:
    """Draw the blocks. A row shares its tone; the last row may be a loading control; one block may be missing."""
    framed, grain = rng.random() < 0.6, rng.uniform(0, 5)
    control, dark = rng.random() < 0.6 and len(spans) > 1, rng.random() < 0.04
    hole = (int(rng.integers(len(spans))), int(rng.integers(len(lanes.columns)))) if holes else (-1, -1)
    hole = hole if rng.random() < 0.15 else (-1, -1)
    tone = rng.uniform(0.8, 1.1)
    for r, (top, foot) in enumerate(spans):
        last = control and r == len(spans) - 1
        exposure = tone * rng.uniform(0.92, 1.05) if not last else rng.uniform(0.55, 1.15)
        spliced, narrow = rng.random() < 0.08, min(b - a for a, b in lanes.columns)
        bands = 1 if last or foot - top < narrow * 0.4 or rng.random() < 0.5 else int(rng.integers(2, 7))
        at = np.sort(rng.uniform(0.15, 0.85, bands)) if bands > 1 else rng.uniform(0.35, 0.65, 1)
        for c, ((a, b), count) in enumerate(zip(lanes.columns, lanes.counts, strict=True)):
            if (r, c) == hole:
                continue
            x0, x1, y0, y1 = round(a), round(b), round(top), max(round(foot), round(top) + 5)
            field = strip(rng, x1 - x0, y1 - y0, count, bands, last, at if rng.random() < 0.9 else None) * exposure
            field = field if not dark else 255 - field
            image[y0:y1, x0:x1] = noisy(rng, gray3(field), grain)[: image[y0:y1].shape[0]]
            if spliced:
                x = round(x0 + (x1 - x0) * int(rng.integers(1, count)) / count)
                image[y0:y1, x : x + 1 + (x1 - x0) // 120] = WHITE
            if framed:
                cv2.rectangle(image, (x0, y0), (x1 - 1, y1 - 1), BLACK, 1 + int(x1 - x0 > 250))


def _sides(rng: Generator, image: Image, lanes: Lanes, spans: list[Span], margins: _Margins) -> None:
    """Write the proteins at one side, masses with ticks at the other, and a name that some rows share."""
    left, right, size, face = lanes.columns[0][0], lanes.columns[-1][1], lanes.size, lanes.face
    near, far = (left, right) if margins.leftward else (right, left)
    sign, before = (-1, 1.0) if margins.leftward else (1, 0.0)
    lead = str(rng.choice(["", "", "", "", "α-", "IB: ", "anti-", "" if margins.leftward else "◄ "]))
    for top, foot in spans:
        y = (top + foot) / 2
        name = _name(rng, lead, size, margins.names - margins.bracket - 4, face)
        write(image, name, near + 4 * sign, y, size, at=(before, 0.5), face=face)
        if margins.masses and rng.random() < 0.95:
            marks = 1 if foot - top < size * 3 else int(rng.integers(1, 5))
            for k in range(marks):
                level = y if marks == 1 else top + (foot - top) * (k + 0.5) / marks
                mass = str(MASSES[int(rng.integers(len(MASSES)))]) if marks == 1 else str(MASSES[2 + 3 * k])
                line(image, (far - sign * 2, level), (far - sign * 2 - sign * size * 0.4, level), BLACK)
                x = far - sign * (4 + size * 0.4)
                write(image, mass, x, level, size * 0.9, at=(1 - before, 0.5), face=face)
    if margins.masses and rng.random() < 0.4 and margins.top > size:
        write(image, "kDa", far - sign * 3, margins.top - 3, size * 0.9, at=(1 - before, 1), face=face)
    if margins.bracket:
        _bracket(rng, image, near + sign * (margins.names - margins.bracket), sign, spans, size)


def _name(rng: Generator, lead: str, size: float, width: float, face: int) -> str:
    """The first of several names of proteins that fits the width."""
    names = several(rng, GENES, 5)
    fits = (text for name in names for text in (lead + name, name) if fitted(text, size, width, face=face) == text)
    return next(fits, fitted(names[0], size, width, face=face))


def _bracket(rng: Generator, image: Image, x: float, sign: int, spans: list[Span], size: float) -> None:
    """Draw a line beside some of the rows and, along it, the name that they share."""
    cut = int(rng.integers(1, len(spans) + 1))
    for part in (spans[:cut], spans[cut:]):
        if part and part[-1][1] - part[0][0] > size * 2:
            line(image, (x, part[0][0] + 2), (x, part[-1][1] - 2), BLACK)
            words = fitted(pick(rng, SHARED), size, part[-1][1] - part[0][0])
            long = lettered(words, round(size)).shape[1]
            middle = (part[0][0] + part[-1][1] + long) / 2
            slanted(image, words, x + sign * 3 + size * (0.85 if sign > 0 else 0), middle, size, 90)


def blot_columns(rng: Generator, width: int, height: int) -> Image:
    """A blot of two to four columns by two to six rows of separate blocks, all one panel."""
    columns = int(np.clip(rng.integers(2, 5), 2, max(2, width // 55)))
    rows = int(np.clip(rng.integers(2, 7), 2, max(2, height // 24)))
    return sheet(rng, width, height, columns, rows)


KINDS = {
    "blot": Picture(blot, weight=3.5, copies=4),
    "blot_columns": Picture(blot_columns, weight=1.75, copies=3),
}
