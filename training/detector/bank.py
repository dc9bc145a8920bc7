"""A bank of drawn contents: `python -m training.detector.bank OUT COUNT SEED`.

It writes COUNT panels, OUT/00000-bars.png and so on; for every twenty of them a panel that fills a page,
OUT/page00000-table.png; and for every ten a page of plots, OUT/plots/00000.png, with the boxes of its panels in
OUT/plots.jsonl, in the form of labels.jsonl. Every picture depends on the seed and its own number alone, so a bank can
be made in parts and gives the same pictures wherever the same libraries and fonts are installed.
"""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.drawings import draw, kind_for
from training.detector.specimens import KINDS, specimen_for
from training.detector.subplots import page as plots_page

SIDES = 80, 420  # pixels
PAGES = 560, 900  # pixels of a page's longer side
#: Kinds of many pieces that stand alone on a page, too, by how often they are drawn so.
PIECES = {
    "scheme": 4, "table": 3, "flowchart": 3, "construct": 2, "network": 2, "timetable": 1, "branching": 1,
    "alignment": 1, "forest": 1, "deletions": 1, "exons": 1, "domains": 1, "neighbourhoods": 1, "text_table": 1,
    "lists": 1, "membrane": 1, "divided": 1, "grouped": 1,
}  # fmt: skip
PAGE_EVERY, PLOTS_EVERY = 20, 10  # contents for which there is one
ASPECTS = 0.3, 3.5  # width / height


def size(rng: Generator) -> tuple[int, int]:
    """A width and a height: the area and the proportions vary evenly on a logarithmic scale."""
    while True:
        side = float(np.exp(rng.uniform(*np.log(SIDES))))
        root = float(np.exp(np.clip(rng.normal(0.1, 0.45), *np.log(ASPECTS)) / 2))
        width, height = round(side * root), round(side / root)
        if SIDES[0] <= min(width, height) and max(width, height) <= SIDES[1]:
            return width, height


def content(rng: Generator) -> tuple[str, NDArray[np.uint8]]:
    """A panel content and the name of its kind: half of them plots, half specimens."""
    width, height = size(rng)
    if rng.random() < 0.5:
        name = kind_for(rng, width / height)
        return name, draw(rng, name, width, height)
    name = specimen_for(rng)
    return name, KINDS[name](rng, width, height)


def page_size(rng: Generator) -> tuple[int, int]:
    """A width and a height of a whole page."""
    longer, aspect = rng.uniform(*PAGES), float(np.exp(np.clip(rng.normal(0.1, 0.4), -1, 1)))
    return round(longer * min(1, aspect)), round(longer / max(1, aspect))


def page(rng: Generator) -> tuple[str, NDArray[np.uint8]]:
    """A panel of many pieces that fills a page, and the name of its kind."""
    weights = np.array(list(PIECES.values()), float)
    name, (width, height) = str(rng.choice(list(PIECES), p=weights / weights.sum())), page_size(rng)
    return name, KINDS[name](rng, width, height) if name in KINDS else draw(rng, name, width, height)


def make(out: Path, seed: int, number: int) -> None:
    """Draw what of the bank has this number; its content comes last, and says that all of it is there."""
    if number % PAGE_EVERY == 0:
        name, image = page(np.random.default_rng([seed, number, 1]))
        save(out / f"page{number:05d}-{name}.png", image)
    if number % PLOTS_EVERY == 0:
        rng = np.random.default_rng([seed, number, 2])
        image, boxes = plots_page(rng, *page_size(rng))
        save(out / "plots" / f"{number:05d}.png", image)
        panels = [{"box": box, "label": ""} for box in boxes.round(1).tolist()]
        row = json.dumps({"image": f"{number:05d}.png", "panels": panels})
        (out / "plots" / f"{number:05d}.json").write_text(row)
    name, image = content(np.random.default_rng([seed, number]))
    save(out / f"{number:05d}-{name}.png", image)


def save(file: Path, image: NDArray[np.uint8]) -> None:
    """Write a picture, without loss."""
    cv2.imwrite(str(file), image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])


def main(out: Path, count: int, seed: int) -> None:
    """Draw what of the bank is not there yet, in as many processes as there are processors."""
    (out / "plots").mkdir(parents=True, exist_ok=True)
    there = {path.name[:5] for path in out.glob("*.png")}
    missing = [number for number in range(count) if f"{number:05d}" not in there]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for _ in pool.map(partial(make, out, seed), missing, chunksize=10):
            pass
    rows = (file.read_text() for file in sorted((out / "plots").glob("*.json")))
    (out / "plots.jsonl").write_text("".join(f"{row}\n" for row in rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    main(**vars(parser.parse_args()))
