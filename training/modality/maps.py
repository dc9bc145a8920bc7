"""What the first blocks see in examples and altered views of them: `python -m training.modality.maps DATA BANK OUT`.

DATA is the folder of `panels`, `images` and `pmc`; BANK is made by `python -m training.detector.bank BANK 1100 77` and
`python -m training.detector.photographs BANK [FOLDER ...]`; OUT is a file that validate.py and train.py read.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from training.modality.material import DRAWN, Example, examples
from training.modality.network import SIDE, Backbone, early
from training.modality.views import view
from transforms.modality.picture import fitted

#: Altered views of an example that is not drawn.
VIEWS = 3


class Material(NamedTuple):
    """Views, of which those from `starts[n]` on are of example n, itself the first; and what examples are."""

    maps: NDArray[np.float16]
    shallow: NDArray[np.float32]
    starts: NDArray[np.int64]
    modality: NDArray[np.str_]
    weight: NDArray[np.float64]
    article: NDArray[np.str_]
    figure: NDArray[np.str_]

    @classmethod
    def load(cls, file: Path) -> Material:
        """What `main` saved."""
        with np.load(file) as kept:
            return cls(*(kept[name] for name in cls._fields))


def views(example: Example, number: int) -> Iterator[NDArray[np.uint8]]:
    """The pixels of an example and of its altered views."""
    yield fitted(example.picture, SIDE)
    rng = Random(number)
    for _ in range(0 if example.weight == DRAWN else VIEWS):
        yield fitted(view(example.picture, example.modality, rng), SIDE)


def main(data: Path, bank: Path, out: Path) -> None:
    """See and save."""
    torch.set_num_threads(1)
    pixels, starts, known = [], [0], []
    for number, example in enumerate(examples(data, bank)):
        pixels += views(example, number)
        starts.append(len(pixels))
        known.append(example[1:])
    maps, shallow = early(Backbone(), np.stack(pixels))
    columns = [np.array(column) for column in zip(*known, strict=True)]
    material = Material(maps, shallow, np.array(starts), *columns)
    with out.open("wb") as file:
        np.savez(file, **material._asdict())
    print(f"{len(known)} examples, {len(pixels)} views")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "bank", "out"):
        parser.add_argument(name, type=Path)
    main(**vars(parser.parse_args()))
