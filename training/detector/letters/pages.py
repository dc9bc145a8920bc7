"""Figures for the letter reader: composed ones with further letters strewn in, and real ones varied."""

import string
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.compose.contents import Bank, fill_bank
from training.detector.compose.figures import compose
from training.detector.compose.layouts import Layout, drawn_layouts
from training.detector.data.degrade import degrade
from training.detector.draw.panel_letters import Box, Habit, choose_habit, stamp
from training.detector.letters.labelled import LetteredFigure, cut_contents

SINGLES = string.ascii_letters + string.digits + "*+-"
SYLLABLES = (
    "con",
    "tro",
    "l",
    "in",
    "fec",
    "ted",
    "WT",
    "KO",
    "mi",
    "Ab",
    "gen",
    "DA",
    "PI",
    "day",
    "IL",
    "pos",
    "0",
    "1",
    "25",
)
PAGES = (480, 1100)  # pixels of a composed figure's longer side


class Page(NamedTuple):
    """A figure (height, width, 3), its panel letters without brackets with their boxes, boxes of other letters."""

    image: NDArray[np.uint8]
    letters: list[tuple[str, Box]]
    others: list[Box]


class Material(NamedTuple):
    """What pages are made from."""

    bank: Bank
    layouts: list[Layout]
    figures: list[LetteredFigure]


def gather(drawn: Path, shared: Path, figures: list[LetteredFigure]) -> Material:
    """Material from a drawn bank, the folder of shared data and labelled figures; contents hold no panel letter."""
    bank = fill_bank(drawn, sorted((shared / "images").glob("*/*.*g")), [])
    for number, content in enumerate(cut_contents(figures)):
        bank.add("real", f"figure{number}", content)
    return Material(bank, drawn_layouts(shared / "panels" / "layouts.jsonl.gz"), figures)


def composed_page(rng: Generator, material: Material) -> Page:
    """A composed figure. Its letters may begin anywhere in the alphabet, as later letters are rare."""
    figure = compose(rng, material.bank, material.layouts, int(rng.integers(*PAGES)))
    image = figure.image
    others = _strew(rng, image, [tuple(box) for box in figure.boxes.astype(int).tolist()], figure.letters)
    return Page(degrade(rng, image), figure.letters, others)


def real_page(rng: Generator, figures: list[LetteredFigure]) -> Page:
    """A labelled figure at another scale and contrast, now and then inverted."""
    figure = figures[int(rng.integers(len(figures)))]
    factor = float(rng.uniform(0.6, 1.25))
    across = factor * float(np.exp(rng.normal(0, 0.08)))
    image = cv2.resize(figure.image, None, fx=across, fy=factor, interpolation=cv2.INTER_AREA)
    letters = [(text, _scaled(box, across, factor)) for text, box in figure.letters]
    if rng.random() < 0.1:
        image = 255 - image
    return Page(degrade(rng, np.asarray(image, np.uint8)), letters, [])


def squashed(page: Page, side: int) -> Page:
    """The page at `side` x `side` pixels."""
    y, x = side / page.image.shape[0], side / page.image.shape[1]
    image = np.asarray(cv2.resize(page.image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    letters = [(text, _scaled(box, x, y)) for text, box in page.letters]
    return Page(image, letters, [_scaled(box, x, y) for box in page.others])


def _scaled(box: Box, x: float, y: float) -> Box:
    return round(box[0] * x), round(box[1] * y), round(box[2] * x), round(box[3] * y)


def _strew(rng: Generator, image: NDArray[np.uint8], panels: list[Box], letters: list[tuple[str, Box]]) -> list[Box]:
    """Strew words and lone letters over the panels, beside the panel letters; the boxes of the lone ones."""
    taken = [_grown(box, (box[3] - box[1]) // 2) for _, box in letters]
    lone: list[Box] = []
    habit = replace(choose_habit(rng, max(image.shape[:2])), frame=("", ""), chip=None)
    for x0, y0, x1, y1 in panels:
        if rng.random() < 0.5:
            continue
        size = max(7, round(habit.size * float(rng.uniform(0.4, 1.0))))
        mark = replace(habit, size=size)
        for _ in range(int(rng.integers(0, 3))):
            text = SINGLES[int(rng.integers(len(SINGLES)))]
            width, height = x1 - x0, y1 - y0
            x = int(rng.integers(x0 + width // 5, x0 + width // 5 + max(1, width * 3 // 5)))
            y = int(rng.integers(y0 + height // 5, y0 + height // 5 + max(1, height * 3 // 5)))
            lone += put(image, mark, text, x, y, taken)
        if rng.random() < 0.4:
            put(image, mark, _words(rng), int(rng.integers(x0, x1)), int(rng.integers(y0, y1)), taken)
    for _, (_, y0, x1, y1) in letters:
        if rng.random() < 0.06:  # the panel's title on the letter's line
            put(image, replace(habit, size=max(8, y1 - y0)), _words(rng), x1 + (y1 - y0) // 2, y0, taken)
    return lone


def put(image: NDArray[np.uint8], habit: Habit, text: str, x: int, y: int, taken: list[Box]) -> list[Box]:
    """Stamp a text if it fits and hides nothing of `taken`; return its box in a list, else an empty list."""
    width, height = habit.extent(text)
    box = (x, y, x + width, y + height)
    if (
        x < 0
        or y < 0
        or box[2] > image.shape[1]
        or box[3] > image.shape[0]
        or any(touch(box, other) for other in taken)
    ):
        return []
    return [stamp(image, habit, text, x, y)]


def _words(rng: Generator) -> str:
    words = ["".join(rng.choice(SYLLABLES, int(rng.integers(1, 4)))) for _ in range(int(rng.integers(1, 4)))]
    return " ".join(words)


def _grown(box: Box, by: int) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def touch(first: Box, second: Box) -> bool:
    """True if two boxes overlap."""
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]
