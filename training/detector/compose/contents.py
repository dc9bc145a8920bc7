"""The contents that fill the panels of synthetic figures: drawn ones, photographs, panels cut from real figures."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from training.detector.draw.kinds import PICTURES

Pixels = NDArray[np.uint8]

SIDE, PAGE = 420, 900  # pixels of a kept content and of a whole page, at most
LEAST = 16  # pixels of its shorter side
#: How often a figure takes a content of each family.
FAMILIES = {"photo": 0.4, "drawn": 0.35, "real": 0.25}


class RealFigure(NamedTuple):
    """A figure labelled by hand: its pixels, and each panel's box in pixels and letter."""

    image: Pixels
    boxes: NDArray[np.float64]
    labels: list[str]


class _Kept(NamedTuple):
    family: str
    kind: str
    aspect: float
    encoded: NDArray[np.uint8]


class Bank:
    """Contents by family and kind, kept encoded.

    The families: `photo` fills its box, `drawn` are plots and diagrams, `real` are cut from figures, and a `page` is
    one panel that fills a figure.
    """

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._families: dict[str, list[int]] = defaultdict(list)
        self._kinds: dict[str, list[int]] = defaultdict(list)

    def add(self, family: str, kind: str, image: Pixels) -> None:
        """Keep a content, reduced to `SIDE`, a page to `PAGE`."""
        factor = (PAGE if family == "page" else SIDE) / max(image.shape[:2])
        if factor < 1:
            image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        if min(image.shape[:2]) >= LEAST:
            encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
            self._keep(family, kind, image.shape[1] / image.shape[0], encoded)

    def add_file(self, family: str, kind: str, path: Path) -> None:
        """Keep a content as it lies in a file, if it is small enough."""
        with Image.open(path) as picture:
            width, height = picture.size
        if max(width, height) > (PAGE if family == "page" else SIDE):
            self.add(family, kind, read(path))
        elif min(width, height) >= LEAST:
            self._keep(family, kind, width / height, np.frombuffer(path.read_bytes(), np.uint8))

    def _keep(self, family: str, kind: str, aspect: float, encoded: NDArray[np.uint8]) -> None:
        self._families[family] += [len(self._kept)] * (PICTURES[kind].copies if kind in PICTURES else 1)
        self._kinds[kind].append(len(self._kept))
        self._kept.append(_Kept(family, kind, aspect, encoded))

    def choose(self, rng: Generator, aspect: float, family: str | None = None, kind: str | None = None) -> int:
        """The number of a content: of four taken at random the one whose proportions (width / height) are nearest."""
        if kind is not None:
            among = self._kinds[kind]
        else:
            families = [name for name in FAMILIES if self._families[name]]
            shares = np.array([FAMILIES[name] for name in families])
            among = self._families[family or str(rng.choice(families, p=shares / shares.sum()))]
        tries = rng.choice(among, size=4)
        return int(min(tries, key=lambda i: abs(np.log(self._kept[i].aspect / aspect))))

    def has(self, family: str) -> bool:
        """Whether any content of a family is kept."""
        return bool(self._families[family])

    def holds(self, kind: str) -> bool:
        """Whether any content of a kind is kept."""
        return bool(self._kinds[kind])

    def kind(self, number: int) -> str:
        """The kind of a content."""
        return self._kept[number].kind

    def family(self, number: int) -> str:
        """The family of a content."""
        return self._kept[number].family

    def draw(self, number: int) -> Pixels:
        """The pixels of a content."""
        image = cv2.imdecode(self._kept[number].encoded, cv2.IMREAD_COLOR)
        assert image is not None  # it was encoded above
        return image[..., ::-1]


def fill_bank(drawn: Path, photographs: Iterable[Path], figures: Iterable[RealFigure]) -> Bank:
    """A bank of the folder `drawn` (training.detector.bank), of `photographs`, and of the panels of `figures`."""
    bank = Bank()
    for path in sorted(drawn.glob("*-*.*")):
        kind = path.stem.split("-")[1]
        drawn_as = PICTURES.get(kind)
        if path.stem.startswith("page"):
            bank.add_file("page", f"page of {kind}", path)
        elif drawn_as is None or not drawn_as.compound:
            bank.add_file("photo" if drawn_as is not None and drawn_as.fills else "drawn", kind, path)
    for path in photographs:
        image = read(path)
        for crop in _crops(image):
            bank.add("photo", path.parent.name, crop)
    for number, figure in enumerate(figures):
        for x0, y0, x1, y1 in figure.boxes.astype(int):
            bank.add("real", f"figure{number}", figure.image[y0:y1, x0:x1])
    return bank


def read(path: Path) -> Pixels:
    """The pixels of a picture, RGB.

    Raises:
        OSError: the file is missing or holds no picture.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise OSError(f"{path}: no picture")
    return image[..., ::-1]


def _crops(image: Pixels) -> list[Pixels]:
    """The whole picture, its left half and its lower two thirds."""
    height, width = image.shape[:2]
    return [image, image[:, : width // 2], image[height // 3 :]]


def read_figures(labels: Path, images: Path) -> list[RealFigure]:
    """Figures labelled by hand: a JSON line each, {"image", "panels": [{"box", "label"}]}; pictures lie in `images`."""
    figures = []
    for line in labels.read_text().splitlines():
        row = json.loads(line)
        boxes = np.array([panel["box"] for panel in row["panels"]], dtype=float).reshape(-1, 4)
        figures.append(RealFigure(read(images / row["image"]), boxes, [p["label"] or "" for p in row["panels"]]))
    return figures
