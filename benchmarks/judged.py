"""Pairs of real pictures that were looked at: which of them show the same, and what the product says.

    python -m benchmarks.judged SHARED [--every N]

JUDGED lists pairs of panels of SHARED (the mirror and panels/*, each figure once, and the same figure in several
places) that are near by their embeddings or hashes and whose thumbnails are alike: by file, box and digest of pixels,
with the verdict of an eye. `kind`: what the picture looks like to the modality network. --every: of the pictures of the
pairs every so many is planted, once through each transformation of planted.py.
"""

import argparse
import csv
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.random import default_rng
from numpy.typing import NDArray
from PIL import Image

from benchmarks.planted import TRANSFORMATIONS, rgb
from schemas.duplicates import IMAGES
from transforms.duplicates.appearance import appearance
from transforms.duplicates.confirm import (
    CORRELATION,
    CORRELATION_WITHIN,
    LIKENESS,
    LIKENESS_WITHIN,
    confirm,
    correlate,
)
from transforms.duplicates.thumbnails import Held, Thumbnails

JUDGED = Path(__file__).with_name("judged.tsv")
BATCH = 256

#: What pictures are confirmed by.
DESCRIBED_BY = pa.schema([IMAGES.field(name) for name in ("pixel_sha256", "thumbnail", "proof")])

Bools = NDArray[np.bool_]


class Picture(NamedTuple):
    """A panel: the file of its figure below SHARED, the box in it, and the first digits of the digest of its pixels."""

    file: str
    box: tuple[int, ...]
    digest: str


class Pair(NamedTuple):
    """`within`: both are of one article; `same`: what an eye says."""

    one: Picture
    other: Picture
    within: bool
    same: bool
    kind: str


def judged() -> list[Pair]:
    """All of the list."""
    with JUDGED.open(encoding="utf-8", newline="") as lines:
        return [
            Pair(
                *(
                    Picture(row[f"{end}_file"], _box(row[f"{end}_box"]), row[f"{end}_pixels"])
                    for end in ("one", "other")
                ),
                row["within"] == "yes",
                row["same"] == "yes",
                row["kind"],
            )
            for row in csv.DictReader(lines, delimiter="\t")
        ]


def _box(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


@lru_cache(16)
def _figure(file: Path) -> Image.Image:
    return rgb(file)


def cut(shared: Path, picture: Picture) -> Image.Image:
    """The pixels of a panel."""
    return _figure(shared / picture.file).crop(picture.box)


def described(pictures: list[Image.Image]) -> pa.Table:
    """What pictures are confirmed by, a row each."""
    return pa.Table.from_pylist([appearance(picture) for picture in pictures], DESCRIBED_BY)


class Found(NamedTuple):
    """Which pairs are confirmed by their thumbnails alone, and which by their proofs, too."""

    thumbnails: Bools
    proofs: Bools


def confirmed(rows: pa.Table, one: NDArray[np.int64], other: NDArray[np.int64], within: Bools) -> Found:
    """What the product confirms of pairs of rows."""
    held = Thumbnails(rows, Held())
    least = np.where(within, CORRELATION_WITHIN, CORRELATION).astype(np.float32)
    parts = [slice(start, start + BATCH) for start in range(0, len(one), BATCH)]
    alike = [correlate(held, one[part], held, other[part], least[part]).correlation for part in parts]
    likeness = confirm(held, one, held, other, within)
    return Found(np.concatenate(alike) >= least, likeness >= np.where(within, LIKENESS_WITHIN, LIKENESS))


def real(shared: Path, pairs: list[Pair]) -> tuple[Found, pa.Table]:
    """What the product confirms of judged pairs, and the rows of their pictures.

    Raises:
        ValueError: a picture is not the one that was judged.
    """
    pictures = sorted({picture for pair in pairs for picture in (pair.one, pair.other)})
    rows = pa.concat_tables([described([cut(shared, picture)]) for picture in pictures])
    for picture, digest in zip(pictures, rows["pixel_sha256"].to_pylist(), strict=True):
        if not digest.startswith(picture.digest):
            raise ValueError(f"{picture} has other pixels: {digest}")
    place = {picture: row for row, picture in enumerate(pictures)}
    one, other = (np.array([place[pair[end]] for pair in pairs]) for end in (0, 1))
    return confirmed(rows, one, other, np.array([pair.within for pair in pairs])), rows


def planted(shared: Path, pairs: list[Pair], every: int) -> tuple[list[str], Found]:
    """Of some pictures of the pairs, each once through every transformation: its name, and what is confirmed."""
    pictures = sorted({picture for pair in pairs for picture in (pair.one, pair.other)})[::every]
    names, made, ends = list[str](), list[pa.Table](), list[tuple[int, int]]()
    for index, picture in enumerate(pictures):
        original = cut(shared, picture)
        copies = [
            change(default_rng([0, index, number]), original, (index + number) % 3)
            for number, change in enumerate(TRANSFORMATIONS.values())
        ]
        start = index * (1 + len(copies))
        made.append(described([original, *copies]))
        names += TRANSFORMATIONS
        ends += [(start, start + 1 + number) for number in range(len(copies))]
    one, other = np.array(ends).T
    return names, confirmed(pa.concat_tables(made), one, other, np.zeros(len(ends), bool))


def report(shared: Path, every: int) -> None:
    """Print precision on real pairs and recall of planted copies of the same pictures."""
    pairs = judged()
    found, _ = real(shared, pairs)
    same = np.array([pair.same for pair in pairs])
    kinds = [pair.kind for pair in pairs]
    print(f"\n{'real pairs, judged by eye':28}{'same':>6}{'other':>7}{'by thumbnails':>22}{'and by proofs':>22}")
    for kind in [*(name for name, _ in Counter(kinds).most_common()), "all"]:
        here = np.array([kind in ("all", each) for each in kinds])
        cells = [f"{(way & same & here).sum()} right {(way & ~same & here).sum()} wrong" for way in found]
        print(f"{kind:28}{(same & here).sum():>6}{(~same & here).sum():>7}" + "".join(f"{cell:>22}" for cell in cells))
    print(f"{'precision':41}" + "".join(f"{same[way].mean():>22.4f}" for way in found))
    print(f"{'recall':41}" + "".join(f"{way[same].mean():>22.4f}" for way in found))
    names, made = planted(shared, pairs, every)
    print(f"\n{'planted copies of these':41}{'by thumbnails':>22}{'and by proofs':>22}")
    for name in [*TRANSFORMATIONS, "all"]:
        here = np.array([name in ("all", each) for each in names])
        print(f"{name:41}" + "".join(f"{way[here].mean():>22.3f}" for way in made))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--every", type=int, default=10)
    options = parser.parse_args()
    report(options.shared, options.every)


if __name__ == "__main__":
    main()
