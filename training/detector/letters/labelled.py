"""Hand-labelled real figures for the letter reader: letters boxed from marked points, letterless panels as contents.

In `labels.jsonl` a panel next to a printed letter has its middle as `letter_at`, to about 1 % of the figure's side; a
figure that has one such mark has all.
"""

import json
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from training.detector.compose.contents import read
from training.detector.draw.panel_letters import Box

REACH = 0.02  # of the longer side: how far a mark may lie off its letter's middle
LEAST, MOST = 0.007, 0.075  # heights of letters, of the longer side


class LetteredFigure(NamedTuple):
    """A real figure, RGB; its letters as printed (without brackets) with boxes; its panels' labels and boxes."""

    image: NDArray[np.uint8]
    letters: list[tuple[str, Box]]
    panels: list[tuple[str, Box]]


def read_lettered(labels: Path, images: Path) -> list[LetteredFigure]:
    """The labelled figures of a file of JSON lines, in its order; the pictures in the folder `images`."""
    figures = []
    for line in labels.read_text().splitlines():
        row = json.loads(line)
        image = read(images / row["image"])
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        marks = [(panel["label"], panel["letter_at"]) for panel in row["panels"] if panel.get("letter_at")]
        boxes = [find_ink(gray, *mark) for _, mark in marks]
        heights = [box[3] - box[1] for box in boxes if box is not None]
        height = int(np.median(heights)) if heights else max(gray.shape) // 40
        letters = [(text, box or _square(mark, height)) for (text, mark), box in zip(marks, boxes, strict=True)]
        panels = [(panel["label"], tuple(panel["box"])) for panel in row["panels"]]
        figures.append(LetteredFigure(image, letters, panels))
    return figures


def cut_contents(figures: list[LetteredFigure]) -> list[NDArray[np.uint8]]:
    """The panels that hold no panel letter, to compose further figures of."""
    contents = []
    for figure in figures:
        for _, (x0, y0, x1, y1) in figure.panels:
            held = any(b[0] < x1 and x0 < b[2] and b[1] < y1 and y0 < b[3] for _, b in figure.letters)
            if not held and x1 - x0 >= 50 and y1 - y0 >= 50:
                contents.append(figure.image[y0:y1, x0:x1])
    return contents


def find_ink(gray: NDArray[np.uint8], x: float, y: float) -> Box | None:
    """The box of the nearest connected ink, dark or light, that has a letter's size; None where there is none."""
    side = max(gray.shape)
    reach, window = REACH * side, round((REACH + MOST) * side)
    top, left = max(0, round(y) - window), max(0, round(x) - window)
    part = gray[top : round(y) + window, left : round(x) + window]
    _, dark = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    best: tuple[float, Box] | None = None
    for mask in (dark, 255 - dark):
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        for x0, y0, width, height, area in stats[1:].tolist():
            if (
                not LEAST * side <= height <= MOST * side
                or not 0.1 <= width / height <= 1.6
                or area < 0.1 * width * height
            ):
                continue
            far = float(np.hypot(left + x0 + width / 2 - x, top + y0 + height / 2 - y))
            cost = far + (reach / 2 if x0 == 0 or y0 == 0 else 0)
            if far <= reach and (best is None or cost < best[0]):
                best = cost, (left + x0, top + y0, left + x0 + width, top + y0 + height)
    return None if best is None else best[1]


def _square(mark: list[float], height: int) -> Box:
    x, y = round(mark[0]), round(mark[1])
    return x - height // 2, y - height // 2, x + height - height // 2, y + height - height // 2
