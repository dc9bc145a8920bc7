"""The figures that we labelled by hand: those of labels.jsonl, and those of `panels/train2` in the shared data.

Every fifth figure of labels.jsonl and every fifth article of train2 is held out: to validate, and to choose by.
"""

import csv
import json
from pathlib import Path
from typing import NamedTuple

import cv2

from training.detector.compose.contents import Pixels, RealFigure, read_figures

LABELS = Path(__file__).with_name("labels.jsonl")
#: Figures of labels.jsonl that are left out: they show in another size what one held out, or of a truth set, does.
COPIES = {"5ed3543fd033.jpg", "c70bcbbedc37.jpg", "16bfaba55c5c.jpg"}
LONGEST = 1200  # pixels of a figure that is learnt from: pages are made smaller than that
#: What the panels of a kind of figure are called in the bank: those that fill their slots, or stand on white.
FILLING = {"radiology": "radiology", "photo": "clinical", "microscopy": "microscopy", "blot": "gel"}
STANDING = {"brain-map": "cortex", "3d": "rendering"}


class Labelled(NamedTuple):
    """The figures that are learnt from, those held out, and panels of known kinds: (family, kind, pixels)."""

    training: list[RealFigure]
    held_out: list[RealFigure]
    contents: list[tuple[str, str, Pixels]]


def held_out(figure: int) -> bool:
    """Whether a labelled figure (its line in labels.jsonl, from 0) is kept for validation: every fifth."""
    return figure % 5 == 4


def articles_held_out(sources: Path) -> set[str]:
    """The pictures of every fifth article, in the order of their names, of a SOURCES.tsv."""
    with sources.open(newline="") as lines:
        article = {row["image"]: row["article"] for row in csv.DictReader(lines, delimiter="\t")}
    kept = set(sorted(set(article.values()))[4::5])
    return {image for image, name in article.items() if name in kept}


def read_labelled(shared: Path) -> Labelled:
    """All of them, from the folder of shared data."""
    ours = read_figures(LABELS, shared / "panels" / "unlabelled")
    folder = shared / "panels" / "train2"
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]
    others = read_figures(folder / "truth.jsonl", folder / "images")
    kept = articles_held_out(folder / "SOURCES.tsv")
    names = [json.loads(line)["image"] for line in LABELS.read_text().splitlines()]
    training = [figure for n, figure in enumerate(ours) if not held_out(n) and names[n] not in COPIES]
    contents = []
    for row, figure in zip(rows, others, strict=True):
        if row["image"] not in kept:
            training.append(_reduced(figure))
            contents += _contents(row["kind"], training[-1])
    held = [figure for n, figure in enumerate(ours) if held_out(n)]
    held += [figure for row, figure in zip(rows, others, strict=True) if row["image"] in kept]
    return Labelled(training, held, contents)


def _reduced(figure: RealFigure) -> RealFigure:
    factor = min(1.0, LONGEST / max(figure.image.shape[:2]))
    image = cv2.resize(figure.image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return RealFigure(image, figure.boxes * factor, figure.labels)


def _contents(kind: str, figure: RealFigure) -> list[tuple[str, str, Pixels]]:
    """The panels of a figure of one kind; the figures of mixed kinds give none."""
    if kind not in FILLING | STANDING:
        return []
    family = "photo" if kind in FILLING else "drawn"
    cut = (figure.image[y0:y1, x0:x1] for x0, y0, x1, y1 in figure.boxes.astype(int))
    return [(family, {**FILLING, **STANDING}[kind], panel) for panel in cut]
