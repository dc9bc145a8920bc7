"""Tables, running text, sequence alignments, timetables, lists and logos."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.draw.ink import BLACK, WHITE, Colour, Image, fitted, line, write
from training.detector.draw.kind import Picture
from training.detector.draw.vocabulary import GENES, GROUPS, LETTERS, MEASURES, PHRASES, number, pick, prose, several

RESIDUES = ((230, 30, 30), (30, 80, 230), (30, 160, 60), (220, 130, 20), (150, 50, 180), (60, 60, 60), (20, 160, 170))
ROWS = (*PHRASES, *GENES, *GROUPS)


def tint(rng: Generator, low: int, high: int) -> Colour:
    """A random colour whose channels lie between two values."""
    red, green, blue = (int(v) for v in rng.integers(low, high, 3))
    return red, green, blue


def rules(rng: Generator, image: Image, xs: NDArray[np.intp], ys: NDArray[np.intp], style: int, thick: int) -> None:
    """Draw the rules of a table: three level ones, all, or none."""
    height, width = image.shape[:2]
    gray = (120, 120, 120) if rng.random() < 0.5 else BLACK
    if style in (0, 3):
        for k, wide in ((0, thick), (1, 1), (len(ys) - 1, thick)):
            y = min(int(ys[k]), height - 1)
            cv2.line(image, (0, y), (width, y), BLACK, wide)
    elif style == 1:
        for y in np.minimum(ys, height - 1).tolist():
            cv2.line(image, (0, y), (width, y), gray, 1)
        for x in np.minimum(xs, width - 1).tolist():
            cv2.line(image, (x, 0), (x, height), gray, 1)


def table(rng: Generator, width: int, height: int) -> Image:
    """A table with rules, bands or boxes, a head row, and names in the first column."""
    image = np.full((height, width, 3), 255, np.uint8)
    face, size = int(rng.integers(3)), float(np.clip(min(width / 20, height / 8) * rng.uniform(0.6, 1.2), 5.5, 18))
    rows = max(2, int(height / (size * rng.uniform(1.5, 2.4))))
    columns = int(np.clip(width / (size * rng.uniform(5, 9)), 2, 9))
    first = rng.uniform(0.2, 0.45) if columns > 2 else 0.5
    xs = np.concatenate([[0], first * width + np.linspace(0, (1 - first) * width, columns)]).round().astype(int)
    ys = np.linspace(0, height, rows + 1).round().astype(int)
    style, middle = int(rng.integers(4)), 0.5 * (rng.random() < 0.5)
    headed = tint(rng, 30, 130) if style == 2 else tint(rng, 190, 240)
    band = tint(rng, 225, 248) if rng.random() < 0.5 else (238, 238, 238)
    for r in range(rows):
        y0, y1 = int(ys[r]), int(ys[r + 1])
        if style and (r == 0 or (r % 2 == 0 and style > 1)):
            image[y0:y1] = headed if r == 0 else band
        sub = r > 1 and rng.random() < 0.08
        bold, ink = r == 0 or sub, WHITE if r == 0 and style == 2 else BLACK
        for c in range(1 if sub else columns):
            text = number(rng) if r and c else pick(rng, ROWS if r else MEASURES)
            text = fitted(text, size, float(xs[c + 1] - xs[c]) - 4, bold, face)
            at = middle if c else 0.0
            x = xs[c] + 3 + at * (xs[c + 1] - xs[c] - 6)
            write(image, text, float(x), (y0 + y1) / 2, size, ink, (at, 0.5), bold=bold, face=face)
    rules(rng, image, xs, ys, style, 1 + int(size > 10))
    return image


def text_block(rng: Generator, width: int, height: int) -> Image:
    """Paragraphs, lists or a box of text on white or a pale ground."""
    ground = 255 if rng.random() < 0.6 else int(rng.integers(225, 250))
    image = np.full((height, width, 3), ground, np.uint8)
    if rng.random() < 0.25:
        image[:] = tint(rng, 220, 252)
    framed = rng.random() < 0.35
    size = float(np.clip(min(width / 18, height / 5) * rng.uniform(0.5, 1.1), 6, 20))
    face, pad = int(rng.integers(3)), round(size * 0.7) if framed or ground != 255 else 0
    y, listed = float(pad), rng.random() < 0.4
    first = True
    while y < height - size - pad + 1:
        heading = first and rng.random() < 0.5
        indent = size if listed and not heading else 0
        if listed and not heading:
            write(image, "•" if rng.random() < 0.6 else "-", pad, y, size, face=face)
        words = fitted(prose(rng, int(width / size / 2) + 2), size, width - 2 * pad - indent, heading, face)
        write(image, words, pad + indent, y, size, tint(rng, 0, 110) if heading else BLACK, bold=heading, face=face)
        y += size * rng.uniform(1.25, 1.35) + (size * 0.6 if heading or rng.random() < 0.12 else 0)
        first = False
    if framed:
        cv2.rectangle(image, (0, 0), (width - 1, height - 1), tint(rng, 0, 120), max(1, round(size / 9)))
    return image


def alignment(rng: Generator, width: int, height: int) -> Image:
    """Aligned sequences in blocks, with names, numbers and shading or coloured letters."""
    image = np.full((height, width, 3), 255, np.uint8)
    size = float(np.clip(width / rng.uniform(25, 60), 5.5, 16))
    step, rise = size * 0.85, size * 1.25
    left = size * 5
    columns = max(4, int((width - left - size * 2) / step))
    rows = min(int(rng.integers(2, 9)), max(1, int(height / rise)))
    letters = "ACGT" if rng.random() < 0.3 else LETTERS
    style, y = int(rng.integers(3)), 0.0
    names = several(rng, GENES, rows)
    while y + rows * rise <= height + 1:
        parent = rng.integers(len(letters), size=columns)
        kept = rng.random(columns) < 0.6
        for r in range(rows):
            write(image, fitted(names[r], size, left - 4), 0, y + (r + 0.5) * rise, size, at=(0, 0.5))
            for c in range(columns):
                index = int(parent[c]) if kept[c] or rng.random() < 0.4 else int(rng.integers(len(letters)))
                letter = "-" if rng.random() < 0.03 else letters[index]
                x, ink = left + c * step, BLACK
                if style == 0 and kept[c]:
                    cv2.rectangle(
                        image, (round(x), round(y + r * rise)), (round(x + step), round(y + (r + 1) * rise)), BLACK, -1
                    )
                    ink = WHITE
                elif style == 1:
                    cv2.rectangle(
                        image,
                        (round(x), round(y + r * rise)),
                        (round(x + step), round(y + (r + 1) * rise)),
                        tuple(120 + v // 2 for v in RESIDUES[index % 7]),
                        -1,
                    )
                elif style == 2:
                    ink = RESIDUES[index % 7]
                write(image, letter, x + step / 2, y + (r + 0.5) * rise, size * 0.9, ink, (0.5, 0.5), face=1)
            write(image, str(columns * (1 + int(y > 0))), width, y + (r + 0.5) * rise, size * 0.8, at=(1, 0.5))
        y += (rows + 1) * rise
        if rng.random() < 0.2:
            break
    return image


def badge(rng: Generator, width: int, height: int) -> Image:
    """A logo: plain shapes and a word on a coloured ground."""
    image = np.full((height, width, 3), tint(rng, 0, 256) if rng.random() < 0.6 else WHITE, np.uint8)
    side = min(width, height)
    for _ in range(int(rng.integers(1, 6))):
        colour, at = tint(rng, 0, 256), (round(width * rng.uniform(0.2, 0.8)), round(height * rng.uniform(0.2, 0.8)))
        reach, thick = round(side * rng.uniform(0.1, 0.4)), -1 if rng.random() < 0.5 else max(2, side // 20)
        if rng.random() < 0.6:
            cv2.circle(image, at, reach, colour, thick, cv2.LINE_AA)
        else:
            cv2.rectangle(
                image, (at[0] - reach, at[1] - reach // 2), (at[0] + reach, at[1] + reach // 2), colour, thick
            )
    write(
        image,
        pick(rng, GROUPS),
        width / 2,
        height / 2,
        side * rng.uniform(0.15, 0.3),
        tint(rng, 0, 256),
        (0.5, 0.5),
        bold=True,
    )
    return image


def timetable(rng: Generator, width: int, height: int) -> Image:
    """A calendar of bars: rows of names, spans and dots over a line of times."""
    image = np.full((height, width, 3), 255, np.uint8)
    rows = int(np.clip(height / 22, 2, 12))
    size = float(np.clip(height / rows * 0.5, 6, 15))
    left, foot = width * 0.28, height - size * 1.6
    for r in range(rows):
        y = (r + 0.5) * foot / rows
        write(image, fitted(pick(rng, PHRASES), size, left - 5), left - 4, y, size, at=(1, 0.5))
        a, b = np.sort(rng.uniform(left, width, 2))
        half = max(2.0, foot / rows * 0.3)
        cv2.rectangle(image, (round(a), round(y - half)), (round(b), round(y + half)), tint(rng, 40, 230), -1)
    line(image, (left, foot), (width, foot), BLACK)
    for k in range(6):
        write(image, str(k * int(rng.integers(1, 3))), left + (width - left) * (k + 0.3) / 6, height, size, at=(0.5, 1))
    return image


def text_table(rng: Generator, width: int, height: int) -> Image:
    """A table of two to four columns without rules, wide white between them, a head over each."""
    image = np.full((height, width, 3), 255, np.uint8)
    columns, face = int(rng.integers(2, 5)), int(rng.integers(3))
    columns = int(np.clip(width / 60, 2, columns))
    size = float(np.clip(width / columns / rng.uniform(5, 11), 6, 16))
    shares = rng.uniform(0.7, 1.5, columns)
    gap = rng.uniform(0.12, 0.45) * width / columns
    wides = (width - gap * (columns - 1)) * shares / shares.sum()
    lefts = np.concatenate([[0], (wides + gap).cumsum()[:-1]])
    at, headed = float(rng.choice([0, 0, 0.5])), rng.random() < 0.75
    worded = rng.random(columns) < 0.35
    step, first, y = size * rng.uniform(1.4, 2.6), True, size * 0.7
    while y < height - size * 0.4:
        head = first and headed
        for c in range(columns):
            words = MEASURES if head else ROWS
            text = pick(rng, words) if head or c == 0 or worded[c] else number(rng)
            text = fitted(text, size, float(wides[c]), head, face)
            x, where = lefts[c] + (at if c else 0) * wides[c], at if c else 0.0
            if c == 0 or rng.random() < 0.93:
                write(image, text, float(x), y, size, at=(where, 0.5), bold=head, face=face)
        y += step * (1.4 if head or rng.random() < 0.1 else 1)
        first = False
    return image


def lists(rng: Generator, width: int, height: int) -> Image:
    """Lists side by side, each under its bold head, of different length."""
    image = np.full((height, width, 3), 255, np.uint8)
    columns, face = int(np.clip(width / 75, 2, int(rng.integers(2, 5)))), int(rng.integers(3))
    gap = rng.uniform(0.08, 0.35) * width / columns
    wide = (width - gap * (columns - 1)) / columns
    size = float(np.clip(wide / rng.uniform(7, 13), 6, 16))
    mark = str(rng.choice(["• ", "• ", "- ", "", "", "1"]))
    step, ink = size * rng.uniform(1.25, 1.8), tint(rng, 0, 140) if rng.random() < 0.4 else BLACK
    long = rng.integers(max(2, int(height / step * 0.4)), max(3, int(height / step)), columns)
    long[int(rng.integers(columns))] = int(height / step)
    middle = 0.5 if rng.random() < 0.25 and mark == "" else 0.0
    wordy = rng.random() < 0.4
    for c, rows in enumerate(long.tolist()):
        x = c * (wide + gap) + middle * wide
        head = fitted(pick(rng, (*PHRASES, *GROUPS)), size * 1.1, wide, True, face)
        write(image, head, x, 0, size * 1.1, ink, (middle, 0), bold=True, face=face)
        for r in range(1, rows):
            lead = f"{r}. " if mark == "1" else mark
            text = lead + (prose(rng, 9) if wordy else pick(rng, ROWS))
            write(image, fitted(text, size, wide, face=face), x, (r + 0.25) * step, size, at=(middle, 0), face=face)
    return image


KINDS = {
    "table": Picture(table, weight=1.5, page=3),
    "text_block": Picture(text_block),
    "alignment": Picture(alignment, page=1),
    "badge": Picture(badge),
    "timetable": Picture(timetable, page=1),
    "text_table": Picture(text_table, page=1),
    "lists": Picture(lists, page=1),
}
