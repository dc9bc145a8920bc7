"""A bank of drawn panel contents: `python -m training.detector.bank OUT COUNT SEED` writes OUT/00000-bars.png, ...

Every picture depends on the seed and its own number alone, so a bank can be made in parts and gives the same pictures
wherever the same libraries and fonts are installed. One that is there is not drawn again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.drawings import draw, kind_for
from training.detector.specimens import KINDS, specimen_for

SIDES = 80, 420  # pixels
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


def main(out: Path, count: int, seed: int) -> None:
    """Draw what of the bank is not there yet."""
    out.mkdir(parents=True, exist_ok=True)
    there = {path.name[:5] for path in out.glob("*.png")}
    for number in range(count):
        if f"{number:05d}" not in there:
            name, image = content(np.random.default_rng([seed, number]))
            cv2.imwrite(str(out / f"{number:05d}-{name}.png"), image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    main(**vars(parser.parse_args()))
