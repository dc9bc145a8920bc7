"""A page of a synthetic figure while it is filled: contents, headings and letters put into the regions of a layout."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.compose.assemblies import arrange, assembly
from training.detector.compose.contents import Bank, Pixels
from training.detector.compose.headings import heading, headings, legend, tags
from training.detector.compose.layouts import Rect, Region
from training.detector.compose.placing import (
    Box,
    aspect_of,
    choose_vignette,
    colour_bar,
    crop_to,
    fade,
    fit,
    inset,
    look,
    move,
    page_colour,
    recolour,
    trim,
    zoom,
)
from training.detector.draw.panel_letters import Habit, choose_habit, stamp
from training.detector.draw.schemes.workflows import workflow

AMONG = 0.06  # share of the large drawn panels that are put together from other contents
AGAIN = (0.0, 0.2, 0.6, 1.0)  # share of a region's pictures that show what its first one does: neighbours often do
FADING = 0.2  # share of the grids of pictures that end in the dark, or in the light, before their seams
ASSEMBLED = 0.25  # share of the grids with plain seams whose every picture is an assembly of the same pieces
TAGGED = 0.12  # share of the grids whose every picture has words of its own in the same corner
LEAST = 0.03  # share of the page's longer side that a panel has at least


class Figure(NamedTuple):
    """A figure (height, width, 3), its panels' boxes (n, 4) in pixels, ends excluded, and their letters ("" for none).

    `letters` are the printed ones with their boxes.
    """

    image: Pixels
    boxes: NDArray[np.float64]
    labels: list[str]
    letters: list[tuple[str, Box]]


def extent(aspect: float, side: int) -> tuple[int, int]:
    """Width and height of a page whose longer side has `side` pixels."""
    return (side, round(side / aspect)) if aspect > 1 else (round(side * aspect), side)


class Page:
    """A page while it is filled."""

    def __init__(self, rng: Generator, bank: Bank, width: int, height: int, bleeds: bool) -> None:
        self.rng, self.bank = rng, bank
        self.ground = page_colour(rng)
        self.image: Pixels = np.full((height, width, 3), self.ground, np.uint8)
        self.habit: Habit | None = choose_habit(rng, max(width, height)) if rng.random() < 0.82 else None
        if bleeds and self.habit and not self.habit.inside:
            self.habit = None
        self.theme = bank.choose(rng, 1.0) if rng.random() < 0.35 else None
        self.framed = bool(rng.random() < 0.08)
        self.snug = bool(rng.random() < 0.4)
        self.margin = (0, 0, 0, 0) if bleeds else self._borders()
        self.boxes: list[Box] = []
        self.labels: list[str] = []
        self.letters: list[tuple[str, Box]] = []

    def fill(self, region: Region, index: int) -> None:
        """Draw the contents of a region, its headings and its letter."""
        outer = self.pixels(region.box)
        text = self.habit.label(index) if self.habit else ""
        inner = self._reserve(outer, text)
        if inner[2] - inner[0] < 8 or inner[3] - inner[1] < 8:
            return
        slots = [move(self.pixels(slot), outer, inner) for slot in region.slots]
        if region.tight and self.rng.random() < 0.3:
            self._paint(inner, slots)
        first = (
            self.theme
            if self.theme is not None
            else self.bank.choose(self.rng, aspect_of(slots[0]), "photo" if region.tight else None)
        )
        drawn = self._contents(slots, first, region)
        if not drawn:
            return
        if region.headed:
            headings(self.rng, self.image, slots, self.ground)
        if region.tight and len(drawn) > 1 and self.rng.random() < TAGGED:
            tags(self.rng, self.image, drawn)
        self.boxes += drawn
        printed = bool(self.habit) and self.rng.random() > 0.03
        self.labels += [_bare(text) if printed else ""] * len(drawn)
        if self.habit and printed:
            anchor = drawn[0] if self.habit.inside or len(slots) == 1 else inner
            self.letters.append((_bare(text), stamp(self.image, self.habit, text, *self.habit.room(anchor, text))))

    def alone(self, number: int | None) -> None:
        """Fill the page with one content, or with pieces that belong together."""
        height, width = self.image.shape[:2]
        left, top, right, bottom = self.margin
        pad = round(self.rng.uniform(0, 0.04) * max(height, width))
        slot = (left + pad, top + pad, width - right - pad, height - bottom - pad)
        image = self._pieces(slot) if number is None else self.bank.draw(number)
        if box := self._draw(image, slot if number is None else fit(self.rng, image, slot, self.snug), fills=False):
            self.boxes.append(box)
            self.labels.append("")

    def figure(self) -> Figure:
        """What is on it."""
        return Figure(self.image, np.array(self.boxes, dtype=float), self.labels, self.letters)

    def _pieces(self, slot: Box) -> Pixels:
        """Contents of the bank in a scheme of arrows and words."""
        family = "photo" if self.rng.random() < 0.3 else "drawn"
        kind = self.bank.kind(self.bank.choose(self.rng, 1.0, family)) if self.rng.random() < 0.5 else None
        count = int(self.rng.integers(3, 10))
        pieces = [self.bank.draw(self.bank.choose(self.rng, 1.0, family, kind)) for _ in range(count)]
        return workflow(self.rng, pieces, slot[2] - slot[0], slot[3] - slot[1])

    def _draw(self, image: Pixels, box: Box, fills: bool) -> Box | None:
        """A picture in a box; unless it fills that, the panel is what differs from the page, if anything does."""
        size = (box[2] - box[0], box[3] - box[1])
        drawn = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        self.image[box[1] : box[3], box[0] : box[2]] = drawn
        if fills and self.rng.random() < 0.08:
            inset(self.rng, self.image, box)
        if self.framed:
            cv2.rectangle(self.image, box[:2], (box[2] - 1, box[3] - 1), (0, 0, 0), 1)
        return box if fills or self.framed else trim(self.image, box, self.ground)

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
            colour_bar(self.rng, self.image, (width - right, round(0.3 * height), width, round(0.7 * height)))
        return left, top, right, bottom

    def pixels(self, rect: Rect) -> Box:
        """The pixels of a share of the page inside its borders."""
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
        self.image[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = page_colour(self.rng)

    def _contents(self, slots: list[Box], first: int, region: Region) -> list[Box]:
        """The panels of a region: of pictures side by side some show the same thing again, or each row another one."""
        again, rowwise = float(self.rng.choice(AGAIN)), self.rng.random() < 0.4
        if region.tight and _apart(slots) and self.rng.random() < ASSEMBLED:
            return self._assemblies(slots, first)
        vignette = choose_vignette(self.rng) if region.tight and self.rng.random() < FADING else None
        drawn, row = [], slots[0][1]
        for slot in slots:
            if rowwise and slot[1] != row:
                row, first = slot[1], self.bank.choose(self.rng, aspect_of(slot), kind=self.bank.kind(first))
            if box := self._content(slot, first, region, again=region.tight and self.rng.random() < again):
                drawn.append(box)
                if vignette:
                    fade(self.rng, self.image, box, vignette)
        return drawn

    def _assemblies(self, slots: list[Box], first: int) -> list[Box]:
        """Panels that show the same pieces each, on a ground of their own."""
        how = arrange(self.rng, self.ground)
        kind = self.bank.kind(first) if self.rng.random() < 0.5 else None
        numbers = [self.bank.choose(self.rng, 1.0, "photo", kind) for _ in range(sum(how.rows))]
        pieces = [self.bank.draw(number) for number in numbers]
        for box in slots:
            image = assembly(self.rng, pieces, how, box[2] - box[0], box[3] - box[1])
            self.image[box[1] : box[3], box[0] : box[2]] = image
        return slots

    def _content(self, slot: Box, first: int, region: Region, again: bool) -> Box | None:
        """One panel in its slot, a look at the first one or another; None where there is no room for one."""
        x0, y0, x1, y1 = slot
        if min(x1 - x0, y1 - y0) < LEAST * max(self.image.shape[:2]):
            return None
        rng = self.rng
        alike = self.theme is not None or len(region.slots) > 1
        kind = self.bank.kind(first) if alike and rng.random() < 0.9 else None
        family = "photo" if region.tight else None
        number = first if again else self.bank.choose(rng, aspect_of(slot), family, kind)
        fills = self.bank.family(number) == "photo" or region.tight
        if not fills and min(x1 - x0, y1 - y0) > 150 and rng.random() < AMONG:
            return self._draw(self._pieces(slot), slot, fills=False)
        image = recolour(rng, self.bank.draw(number), photo=self.bank.family(number) == "photo")
        if again:
            image = zoom(rng, image) if rng.random() < 0.5 else look(rng, image)
        if fills and (region.tight or rng.random() < 0.8):
            return self._draw(crop_to(rng, image, aspect_of(slot)), slot, fills)
        return self._draw(image, fit(rng, image, slot, self.snug), fills)


def _apart(slots: list[Box]) -> bool:
    """Whether pictures, some of them side by side, leave a seam between each other that shows."""
    boxes = np.array(slots)
    gaps = np.concatenate([boxes[1:, axis] - boxes[:-1, axis + 2] for axis in (0, 1)])
    sizes = boxes[:, 2:] - boxes[:, :2]
    return bool(sizes.min() >= 40 and (gaps >= 0).any() and gaps[gaps >= 0].min() >= 2)


def _bare(text: str) -> str:
    return text.strip("().[]")
