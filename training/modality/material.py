"""What the classifier learns from: pictures with the modality that they show, and what each counts.

The panels of `panels/train2` with their truth; panels labelled by eye (labels.jsonl) of `panels/unlabelled` and of the
mirror; contents of the drawn bank (training/detector/bank.py), whose kinds say what they are; photographs and scans of
packages (training/detector/photographs.py), labelled by eye (packages.jsonl); a section stained by antibodies, of
scikit-image; openly licensed X-rays and blood smears of `images`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from transforms.duplicates.hashes import perceptual_hash

LABELS, PACKAGES = (Path(__file__).parent / name for name in ("labels.jsonl", "packages.jsonl"))
#: What an example of each source counts, 0..1: the bank is many and drawn, a set of images is many of one kind.
REAL, DRAWN, PLAIN = 1.0, 0.3, 0.5
#: Bits by which a picture of a package may differ from the one that was labelled.
NEAR = 4
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
    """A picture; `article` is the truth's that it is of, else empty; `figure` is that of the truth's own panels."""

    picture: Image.Image
    modality: str
    weight: float
    article: str = ""
    figure: str = ""


def examples(data: Path, bank: Path) -> Iterator[Example]:
    """All examples, those of the truth first; `bank` holds drawn contents and the pictures of packages."""
    truth = data / "panels/train2"
    articles = _articles(truth / "SOURCES.tsv")
    for row in _rows(truth / "modality.jsonl"):
        if row["sure"]:
            picture = _figure(truth / "images" / row["image"]).crop(row["box"])
            yield Example(picture, row["modality"], REAL, articles[row["image"]], row["image"])
    published = _published(data / "pmc/ARTICLES.tsv", set(articles.values()))
    for row in _rows(LABELS):
        picture = _figure(data / row["picture"]).crop(row["box"])
        yield Example(picture, row["modality"], REAL, published.get(row["picture"].split("/")[1], ""))
    for file in sorted(bank.glob("[0-9]*.png")):
        modality = DRAWN_AS.get(file.stem.partition("-")[2])
        if modality:
            yield Example(Image.open(file).convert("RGB"), modality, DRAWN)
    yield from _packaged(bank)
    for folder, modality in (("xray", "radiology/x-ray"), ("microscopy", "microscopy/light")):
        for file in sorted((data / "images" / folder).iterdir())[::EVERY]:
            yield Example(Image.open(file).convert("RGB"), modality, PLAIN)


def _articles(sources: Path) -> dict[str, str]:
    """The article of each picture of a truth."""
    lines = sources.read_text("utf-8").splitlines()[1:]
    return {line.split("\t")[0]: line.split("\t")[3] for line in lines}


def _published(listed: Path, truth: set[str]) -> dict[str, str]:
    """The articles of the mirror that the truth has figures of, too, as the truth names them: by their DOI."""
    named = (line.split("\t") for line in listed.read_text("utf-8").splitlines()[1:])
    found = {folder: next((name for name in truth if doi and doi in name), "") for folder, _, doi, *_ in named}
    return {folder: name for folder, name in found.items() if name}


def _packaged(bank: Path) -> Iterator[Example]:
    """The labelled pictures of packages, known by their hash, and scikit-image's stained section with its quarters."""
    known = {int(row["phash"], 16): row["modality"] for row in _rows(PACKAGES)}
    for file in sorted(bank.glob("package*.jpg")):
        picture = Image.open(file).convert("RGB")
        bits = perceptual_hash(picture)
        near = bits and min(known, key=lambda other: (bits ^ other).bit_count(), default=0)
        if bits and near and (bits ^ near).bit_count() <= NEAR:
            yield Example(picture, known.pop(near), PLAIN)
    stained = Image.open(str(files("skimage") / "data/ihc.png")).convert("RGB")
    half = stained.width // 2
    for x, y, side in ((0, 0, 2 * half), (0, 0, half), (half, 0, half), (0, half, half), (half, half, half)):
        yield Example(stained.crop((x, y, x + side, y + side)), "microscopy/immunohistochemistry", PLAIN)


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@lru_cache(maxsize=1)
def _figure(file: Path) -> Image.Image:
    """A figure, whose panels come one after the other."""
    return Image.open(file).convert("RGB")
