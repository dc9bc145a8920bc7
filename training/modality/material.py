"""What the classifier learns from: pictures with the modality that they show, and what each counts.

Three sources: the panels of `panels/train2` with their truth; panels labelled by eye (labels.jsonl) of
`panels/unlabelled` and of the mirror; contents of the drawn bank (training/detector/bank.py), whose kinds say what they
are. And openly licensed X-rays and blood smears of `images`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image

LABELS = Path(__file__).parent / "labels.jsonl"
#: What an example of each source counts: the bank is many and drawn, a set of images is many of one kind.
REAL, DRAWN, PLAIN = 1.0, 0.3, 0.5
#: Every so many of a set of images is enough.
EVERY = 3

_DIAGRAMS = (
    "flowchart network branching scheme construct alignment timetable deletions exons domains neighbourhoods membrane "
    "divided grouped"
)
_PLOTS = (
    "bars flat_bars stacked_bars lines scatter spreads histogram shares rose survival roc forest agreement volcano "
    "manhattan heat_map correlation contour surface embedding cytometry regions traces raster spectrum tracks ridges"
)
#: What the kinds of the bank show; those that may be taken for several modalities are left out.
DRAWN_AS = {
    **dict.fromkeys(_DIAGRAMS.split(), "drawn/diagram"),
    **dict.fromkeys(_PLOTS.split(), "drawn/plot"),
    **dict.fromkeys(("blot", "blot_columns", "gel", "gel_plane", "dots"), "bench/gel-blot"),
    **dict.fromkeys(("table", "text_block", "text_table", "lists"), "drawn/table-text"),
    **dict.fromkeys(("molecule", "ribbon"), "drawn/molecule"),
    "agar": "bench/plate",
    "fluorescence": "microscopy/fluorescence",
    "histology": "microscopy/histology",
    "smear": "microscopy/light",
    "electron": "microscopy/electron",
}


class Example(NamedTuple):
    """A picture; `group` is the article of a truth, None where an example only serves to learn from."""

    picture: Image.Image
    modality: str
    weight: float
    group: str | None


def examples(data: Path, bank: Path) -> Iterator[Example]:
    """All examples, those of the truth first."""
    yield from _truth(data / "panels/train2")
    for row in map(json.loads, LABELS.read_text("utf-8").splitlines()):
        picture = _figure(data / row["picture"]).crop(row["box"])
        yield Example(picture, row["modality"], REAL, None)
    for file in sorted(bank.glob("[0-9]*.png")):
        modality = DRAWN_AS.get(file.stem.partition("-")[2])
        if modality:
            yield Example(Image.open(file).convert("RGB"), modality, DRAWN, None)
    for folder, modality in (("xray", "radiology/x-ray"), ("microscopy", "microscopy/light")):
        for file in sorted((data / "images" / folder).iterdir())[::EVERY]:
            yield Example(Image.open(file).convert("RGB"), modality, PLAIN, None)


def _truth(folder: Path) -> Iterator[Example]:
    """The panels of a truth set of which the annotator was sure."""
    lines = (folder / "SOURCES.tsv").read_text("utf-8").splitlines()[1:]
    articles = {line.split("\t")[0]: line.split("\t")[3] for line in lines}
    for row in map(json.loads, (folder / "modality.jsonl").read_text("utf-8").splitlines()):
        if row["sure"]:
            picture = _figure(folder / "images" / row["image"]).crop(row["box"])
            yield Example(picture, row["modality"], REAL, articles[row["image"]])


@lru_cache(maxsize=1)
def _figure(file: Path) -> Image.Image:
    """A figure, whose panels come one after the other."""
    return Image.open(file).convert("RGB")
