"""Synthetic compound figures with the boxes of their panels and letters: the same for the same seed."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.contents import Bank, Pixels
from training.detector.layouts import WHOLE, Layout, Rect, Region, make_layout
from training.detector.lettering import Habit, choose_habit, stamp
from training.detector.words import heading, legend, write

ALONE = 0.07  # share of the pages that hold one panel of many pieces
LEAST = 0.03  # share of the page's longer side that a panel has at least
Box = tuple[int, int, int, int]


class Figure(NamedTuple):
    """A figure (height, width, 3), its panels' boxes (n, 4) in pixels, ends excluded, and their letters ("" for none).

    `letters` are the printed ones with their boxes.
    """

    image: Pixels
    boxes: NDArray[np.float64]
    labels: list[str]
    letters: list[tuple[str, Box]]


def compose(rng: Generator, bank: Bank, drawn: Sequence[Layout], side: int) -> Figure:
    """A figure whose longer side has `side` pixels, by a layout of `drawn` or one made by rule."""
    alone = bank.pieces() if rng.random() < ALONE else []
    layout = WHOLE if alone else drawn[int(rng.integers(len(drawn)))] if rng.random() < 0.35 else make_layout(rng)
    aspect = layout.aspect * float(np.exp(rng.normal(0, 0.4 if alone else 0.08)))
    width, height = (side, round(side / aspect)) if aspect > 1 else (round(side * aspect), side)
    if min(width, height) < 0.12 * side:
        return compose(rng, bank, drawn, side)
    page = _Page(rng, bank, width, height)
    if alone:
        page.theme = bank.choose(rng, 1.0, kind=str(rng.choice(alone)))
    elif len(layout.regions) == 1 and layout.regions[0].tight and rng.random() < 0.7:
        page.theme = bank.choose(rng, 1.0, "photo")
    regions = _split_letters(rng, layout.regions)
    for index, region in enumerate(regions):
        page.fill(region, index)
    if not page.boxes:
        return compose(rng, bank, drawn, side)
    return Figure(page.image, np.array(page.boxes, dtype=float), page.labels, page.letters)


def _split_letters(rng: Generator, regions: Sequence[Region]) -> list[Region]:
    """Now and then every picture of a grid has its own letter."""
    if len(regions) > 1 or rng.random() < 0.5:
        return list(regions)
    return [Region(slot, (slot,), regions[0].tight) for slot in regions[0].slots]


class _Page:
    """A page while it is filled."""

    def __init__(self, rng: Generator, bank: Bank, width: int, height: int) -> None:
        self.rng, self.bank = rng, bank
        self.size = np.array([width, height] * 2)
        self.ground = _ground(rng)
        self.image: Pixels = np.full((height, width, 3), self.ground, np.uint8)
        self.habit: Habit | None = choose_habit(rng, max(width, height)) if rng.random() < 0.82 else None
        self.theme = bank.choose(rng, 1.0) if rng.random() < 0.35 else None
        self.framed = bool(rng.random() < 0.08)
        self.snug = bool(rng.random() < 0.4)
        self.margin = self._borders()
        self.boxes: list[Box] = []
        self.labels: list[str] = []
        self.letters: list[tuple[str, Box]] = []

    def fill(self, region: Region, index: int) -> None:
        """Draw the contents of a region, its headings and its letter."""
        outer = self._pixels(region.box)
        text = self.habit.label(index) if self.habit else ""
        inner = self._reserve(outer, text)
        if inner[2] - inner[0] < 8 or inner[3] - inner[1] < 8:
            return
        slots = [_move(self._pixels(slot), outer, inner) for slot in region.slots]
        if region.tight and self.rng.random() < 0.3:
            self._paint(inner, slots)
        first = (
            self.theme
            if self.theme is not None
            else self.bank.choose(self.rng, _aspect(slots[0]), "photo" if region.tight else None)
        )
        drawn = [box for slot in slots if (box := self._content(slot, first, region))]
        if not drawn:
            return
        if region.headed:
            self._headings(slots)
        self.boxes += drawn
        printed = bool(self.habit) and self.rng.random() > 0.03
        self.labels += [_bare(text) if printed else ""] * len(drawn)
        if self.habit and printed:
            anchor = drawn[0] if self.habit.inside or len(slots) == 1 else inner
            self.letters.append((_bare(text), stamp(self.image, self.habit, text, *self.habit.room(anchor, text))))

    def _borders(self) -> Box:
        """Pixels kept free at the left, top, right and bottom; a title, a legend or a colour bar may stand there."""
        height, width = self.image.shape[:2]
        left, top, right, bottom = 0, 0, 0, 0
        if self.rng.random() < 0.1:
            top = max(8, round(0.05 * height))
            heading(self.rng, self.image, (0, 0, width, top), self.ground)
        if self.rng.random() < 0.1:
            bottom = max(8, round(0.06 * height))
            legend(self.rng, self.image, (0, height - bottom, width, height), self.ground)
        if self.rng.random() < 0.07:
            right = max(8, round(0.07 * width))
            _colour_bar(self.rng, self.image, (width - right, round(0.3 * height), width, round(0.7 * height)))
        return left, top, right, bottom

    def _pixels(self, rect: Rect) -> Box:
        height, width = self.image.shape[:2]
        left, top, right, bottom = self.margin
        x = [left + share * (width - left - right) for share in (rect.x0, rect.x1)]
        y = [top + share * (height - top - bottom) for share in (rect.y0, rect.y1)]
        return round(x[0]), round(y[0]), round(x[1]), round(y[1])

    def _reserve(self, box: Box, text: str) -> Box:
        """`box` less the room of its letter."""
        if self.habit is None:
            return box
        left, top, right, bottom = self.habit.reserve(text)
        return box[0] + left, box[1] + top, box[2] - right, box[3] - bottom

    def _paint(self, box: Box, slots: list[Box]) -> None:
        """A ground of its own behind a grid, so that its seams have another colour than the page."""
        union = np.array(slots)
        x0, y0, x1, y1 = *union[:, :2].min(0), *union[:, 2:].max(0)
        self.image[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = _ground(self.rng)

    def _content(self, slot: Box, first: int, region: Region) -> Box | None:
        """One panel in its slot; None where there is no room for one."""
        x0, y0, x1, y1 = slot
        if min(x1 - x0, y1 - y0) < LEAST * max(self.image.shape[:2]):
            return None
        rng = self.rng
        alike = self.theme is not None or len(region.slots) > 1
        kind = self.bank.kind(first) if alike and rng.random() < 0.9 else None
        family = "photo" if region.tight else None
        again = region.tight and rng.random() < 0.5  # neighbours are often parts of one scene
        number = first if again else self.bank.choose(rng, _aspect(slot), family, kind)
        image = _vary(rng, self.bank.draw(number), photo=self.bank.family(number) == "photo")
        fills = self.bank.family(number) == "photo" or region.tight
        if fills and (region.tight or rng.random() < 0.8):
            image = _crop(rng, _zoom(rng, image) if again else image, _aspect(slot))
            box = slot
        else:
            box = _fit(rng, image, slot, self.snug)
        size = (box[2] - box[0], box[3] - box[1])
        self.image[box[1] : box[3], box[0] : box[2]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        if fills and rng.random() < 0.08:
            _inset(rng, self.image, box)
        if self.framed:
            cv2.rectangle(self.image, box[:2], (box[2] - 1, box[3] - 1), (0, 0, 0), 1)
            return box
        return box if fills else _trim(self.image, box, self.ground)

    def _headings(self, slots: list[Box]) -> None:
        """Words above the columns and beside the rows of a grid."""
        boxes = np.array(slots)
        top, left = boxes[:, 1].min(), boxes[:, 0].min()
        for x0, y0, x1, _ in boxes[boxes[:, 1] == top]:
            heading(self.rng, self.image, (x0, max(0, y0 - round(0.15 * (x1 - x0)) - 8), x1, y0 - 1), self.ground)
        if self.rng.random() < 0.6:
            for x0, y0, _, y1 in boxes[boxes[:, 0] == left]:
                write(self.rng, self.image, (max(0, x0 - 14), y0, x0 - 2, y1), self.ground, upright=True)


def degrade(rng: Generator, image: Pixels) -> Pixels:
    """What happens to figures on their way: gray, casts, contrast, rescaling, noise, JPEG. The size stays."""
    if rng.random() < 0.12:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    if rng.random() < 0.02:
        image = 255 - image
    if rng.random() < 0.2:
        gain = rng.uniform(0.7, 1.1, 3) if rng.random() < 0.4 else np.full(3, rng.uniform(0.75, 1.15))
        image = np.clip(image * gain + rng.uniform(-12, 12), 0, 255).astype(np.uint8)
    height, width = image.shape[:2]
    if rng.random() < 0.3:
        factor = rng.uniform(0.45, 0.95)
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.12:
        noise = rng.normal(0, rng.uniform(2, 12), (height, width, 1))
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        quality = int(rng.integers(20, 95))
        encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return image


def _ground(rng: Generator) -> tuple[int, int, int]:
    """White mostly; black, gray or pale."""
    kind = rng.random()
    if kind < 0.82:
        return 255, 255, 255
    if kind < 0.91:
        return 0, 0, 0
    if kind < 0.95:
        return (int(rng.integers(100, 245)),) * 3
    r, g, b = rng.integers(215, 256, 3)
    return int(r), int(g), int(b)


def _aspect(box: Box) -> float:
    return max(1, box[2] - box[0]) / max(1, box[3] - box[1])


def _bare(text: str) -> str:
    return text.strip("().[]")


def _move(box: Box, source: Box, target: Box) -> Box:
    """`box` under the map that takes the box `source` to `target`."""
    x = [target[0] + (v - source[0]) * (target[2] - target[0]) / max(1, source[2] - source[0]) for v in box[::2]]
    y = [target[1] + (v - source[1]) * (target[3] - target[1]) / max(1, source[3] - source[1]) for v in box[1::2]]
    return round(x[0]), round(y[0]), round(x[1]), round(y[1])


def _vary(rng: Generator, image: Pixels, photo: bool) -> Pixels:
    if photo:
        image = image[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
        if rng.random() < 0.3:
            image = np.clip(image * rng.uniform(0.6, 1.5), 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        image = image[..., rng.permutation(3)]
    return image


def _zoom(rng: Generator, image: Pixels) -> Pixels:
    """A part of a picture, so that it does not look the same twice."""
    height, width = (max(8, round(extent * rng.uniform(0.5, 0.95))) for extent in image.shape[:2])
    y, x = int(rng.integers(image.shape[0] - height + 1)), int(rng.integers(image.shape[1] - width + 1))
    return image[y : y + height, x : x + width]


def _crop(rng: Generator, image: Pixels, aspect: float) -> Pixels:
    """A part of the picture with the given width by height."""
    height, width = image.shape[:2]
    if width > height * aspect:
        part = max(1, round(height * aspect))
        x = int(rng.integers(width - part + 1))
        return image[:, x : x + part]
    part = max(1, round(width / aspect))
    y = int(rng.integers(height - part + 1))
    return image[y : y + part]


def _fit(rng: Generator, image: Pixels, slot: Box, snug: bool) -> Box:
    """Where a picture stands in its slot: stretched a little, else centred or at the top left."""
    x0, y0, x1, y1 = slot
    width, height = x1 - x0, y1 - y0
    stretch = np.clip(np.log(width / height * image.shape[0] / image.shape[1]), -0.35, 0.35)
    aspect = image.shape[1] / image.shape[0] * float(np.exp(stretch))
    w, h = min(width, round(height * aspect)), min(height, round(width / aspect))
    shrink = 1.0 if snug else float(rng.uniform(0.75, 1))
    w, h = max(6, round(w * shrink)), max(6, round(h * shrink))
    x, y = ((width - w) // 2, (height - h) // 2) if rng.random() < 0.5 else (0, 0)
    return x0 + x, y0 + y, x0 + x + w, y0 + y + h


def _trim(image: Pixels, box: Box, ground: tuple[int, int, int]) -> Box | None:
    """`box` without rows and columns of the ground's colour at its edges."""
    x0, y0, x1, y1 = box
    ink = np.abs(image[y0:y1, x0:x1].astype(np.int16) - np.array(ground)).max(2) > 24
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows) or rows[-1] - rows[0] < 6 or columns[-1] - columns[0] < 6:
        return None
    return x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[-1]) + 1


def _inset(rng: Generator, image: Pixels, box: Box) -> None:
    """A magnified part of a picture in one of its corners, which is no panel of its own."""
    x0, y0, x1, y1 = box
    w, h = round((x1 - x0) * rng.uniform(0.2, 0.4)), round((y1 - y0) * rng.uniform(0.2, 0.4))
    if min(w, h) < 8:
        return
    x, y = int(rng.integers(x0, x1 - w // 2)), int(rng.integers(y0, y1 - h // 2))
    part = cv2.resize(image[y : y + h // 2, x : x + w // 2], (w, h))
    left, top = int(rng.choice([x0, x1 - w])), int(rng.choice([y0, y1 - h]))
    image[top : top + h, left : left + w] = part
    colour = (255, 255, 255) if rng.random() < 0.7 else (255, 230, 0)
    cv2.rectangle(image, (left, top), (left + w - 1, top + h - 1), colour, 1)


def _colour_bar(rng: Generator, image: Pixels, box: Box) -> None:
    """A shared colour bar with its ticks."""
    x0, y0, x1, y1 = box
    ramp = cv2.applyColorMap(np.linspace(255, 0, y1 - y0, dtype=np.uint8)[:, None], int(rng.integers(0, 20)))
    width = max(2, (x1 - x0) // 3)
    image[y0:y1, x0 + 2 : x0 + 2 + width] = np.asarray(ramp[..., ::-1], np.uint8)
    for y in np.linspace(y0, y1 - 8, 4).astype(int):
        write(rng, image, (x0 + 4 + width, int(y), x1, int(y) + 8), tuple(int(v) for v in image[0, 0]), number=True)
