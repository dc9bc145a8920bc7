"""From pictures to their panels: the detector, the page's structure, the letters and the reading order."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from transforms.panels.closer import is_doubtful, is_more_regular, look_closer
from transforms.panels.confidence import confident
from transforms.panels.detector import Detector, Floats, Raw, model_digest
from transforms.panels.divide import divide
from transforms.panels.join import join
from transforms.panels.letters import Letter, LetterReader, attach
from transforms.panels.order import reading_order
from transforms.panels.refine import Box, refine

DETECTOR = "panels-5"
#: What stands in its place where no panels are looked for; and behind it where none is found.
UNSOUGHT, NOTHING = "whole-1", "/whole:nothing"
#: A lone panel of this share of the figure is all of it: the source's own bytes are worth more than a closer crop.
WHOLE = 0.75

Gray = NDArray[np.uint8]


class Panel(NamedTuple):
    """A panel in source pixels, ends excluded; `score` is the chance that it is one, `label` its letter if known."""

    box: tuple[int, int, int, int]
    score: float
    label: str | None


class Found(NamedTuple):
    """The panels of a picture in reading order, never none, and what found them.

    Where that is the whole picture `detector` states why behind a slash: "whole:nothing" was found (the score is 0), or
    "whole:single", a lone panel that fills it.
    """

    panels: list[Panel]
    detector: str

    @property
    def cells(self) -> tuple[Panel, ...]:
        """The panels that were looked for and found."""
        is_nothing = self.detector == UNSOUGHT or self.detector.endswith(NOTHING)
        return () if is_nothing else tuple(self.panels)


class PanelFinder:
    """Finds panels; its models use CUDA where that is, else at most `threads` threads, and open at the first use."""

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads

    def __reduce__(self) -> tuple[type["PanelFinder"], tuple[int]]:
        return PanelFinder, (self._threads,)

    def open(self) -> None:
        """Load the models now rather than at the first picture."""
        self.detector.open()
        _ = self.reader

    @cached_property
    def detector(self) -> Detector:
        """Finds boxes."""
        return Detector(self._threads)

    @cached_property
    def reader(self) -> LetterReader:
        """Finds letters."""
        return LetterReader(self._threads)

    def find(self, pictures: Sequence[Image.Image]) -> list[Found]:
        """The panels of each picture (mode L or RGB).

        Raises:
            Outage: the device failed or has no memory left.
        """
        raws = self.detector.detect(pictures)
        grays = [np.asarray(picture.convert("L")) for picture in pictures]
        found = []
        for picture, raw, gray, read in zip(pictures, raws, grays, self.reader.read(grays), strict=True):
            boxes = _boxes(raw, gray, read, raw.scores)
            if is_doubtful(boxes, picture.size):
                again = _boxes(look_closer(picture, raw, self.detector), gray, read, raw.scores)
                boxes = again if is_more_regular(again, boxes) else boxes
            boxes, whole = _or_whole(boxes, picture.size)
            found.append(Found(_panels(boxes, attach(read, boxes)), f"{DETECTOR}+{model_digest()}{whole}"))
        return found


def _boxes(raw: Raw, gray: Gray, letters: list[Letter], places: Floats) -> list[Box]:
    """The panels among the network's boxes; `places` are the scores of its places in the first look."""
    boxes = divide(refine(raw.boxes, raw.scores, gray), letters, gray)
    height, width = gray.shape
    return confident(join(boxes, attach(letters, boxes)), places, (width, height))


def _or_whole(boxes: list[Box], size: tuple[int, int]) -> tuple[list[Box], str]:
    """The boxes, or the whole picture and why."""
    width, height = size
    if not boxes:
        return [Box(0, 0, width, height, 0.0)], NOTHING
    if len(boxes) == 1:
        [(x0, y0, x1, y1, score)] = boxes
        if (x1 - x0) * (y1 - y0) >= WHOLE * width * height:
            return [Box(0, 0, width, height, score)], "/whole:single"
    return boxes, ""


def _panels(boxes: list[Box], labels: list[str | None]) -> list[Panel]:
    panels = [Panel(box[:4], round(float(box.score), 3), label) for box, label in zip(boxes, labels, strict=True)]
    return [panels[index] for index in reading_order([panel.box for panel in panels], labels)]
