"""A bank of drawn contents: `python -m training.detector.bank OUT COUNT SEED`.

It writes COUNT panels: OUT/00000-bars.png and so on. For every twentieth it adds a panel that fills a page,
OUT/page00000-table.png; for every tenth a page of plots, OUT/plots/00000.png, whose panels' boxes stand in
OUT/plots.jsonl, in the form of data/labels.jsonl. A picture depends on SEED, its number, the libraries and the fonts.
A run goes on where the last one stopped.
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

from training.detector.draw import pictures
from training.detector.draw.kinds import PAGES, PLOTS
from training.detector.draw.plots import single_plots
from training.detector.draw.plots.plot_pages import page as plots_page

SIDES = 80, 420  # pixels
PAGE_SIDES = 560, 900  # pixels of a page's longer side
PAGE_EVERY, PLOTS_EVERY = 20, 10  # contents for which there is one
ASPECTS = 0.3, 3.5  # width / height


def size(rng: Generator) -> tuple[int, int]:
    """A width and a height in pixels; areas and proportions are spread evenly on a logarithmic scale."""
    while True:
        side = float(np.exp(rng.uniform(*np.log(SIDES))))
        root = float(np.exp(np.clip(rng.normal(0.1, 0.45), *np.log(ASPECTS)) / 2))
        width, height = round(side * root), round(side / root)
        if SIDES[0] <= min(width, height) and max(width, height) <= SIDES[1]:
            return width, height


def content(rng: Generator) -> tuple[str, NDArray[np.uint8]]:
    """The kind of a content and its picture: half of the contents are plots."""
    width, height = size(rng)
    name = single_plots.kind_for(rng, width / height) if rng.random() < 0.5 else pictures.kind_for(rng)
    return name, draw(rng, name, width, height)


def draw(rng: Generator, name: str, width: int, height: int) -> NDArray[np.uint8]:
    """A content (height, width, 3) of the kind named."""
    return (single_plots if name in PLOTS else pictures).draw(rng, name, width, height)


def page_size(rng: Generator) -> tuple[int, int]:
    """A width and a height of a whole page."""
    longer, aspect = rng.uniform(*PAGE_SIDES), float(np.exp(np.clip(rng.normal(0.1, 0.4), -1, 1)))
    return round(longer * min(1, aspect)), round(longer / max(1, aspect))


def page(rng: Generator) -> tuple[str, NDArray[np.uint8]]:
    """The kind of a panel that fills a page, and its picture."""
    weights = np.array(list(PAGES.values()), float)
    name = str(rng.choice(list(PAGES), p=weights / weights.sum()))
    return name, draw(rng, name, *page_size(rng))


def make(out: Path, seed: int, number: int) -> None:
    """Draw the pictures of one number. The content is written last: where it is, the others are, too."""
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
    """Draw the pictures that the folder lacks, on all processors."""
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
