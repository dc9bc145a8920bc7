"""A mirror of so many articles with real pictures, made from those of a real mirror that have any.

usage: python -m benchmarks.pictured MIRROR FOLDER [--articles 3000]

Article n is a copy of one of them under an id of its own. Its pictures are cut out of the real ones, enlarged to their
size, turned or mirrored, and toned, each otherwise in each copy: of two that are turned alike the second is cut anew
where our own comparison takes it for a copy. All follows from n, so a smaller mirror is a part of a larger one.

3,000 articles are about 700 MB, and seven minutes of a core; of a hundred pictures two stay copies of another.
"""

import argparse
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.readers import PICTURES
from tests.pipeline.servers import Mirror
from transforms.duplicates.confirm import CORRELATION
from transforms.duplicates.registration import OVERLAP, SIDE, compare, thumbnail

FIRST = 8_000_000

#: How a picture may lie: as it is, turned, mirrored. Comparison finds none of these in another.
TURNS = (None, *Image.Transpose)

#: Where a cut lies, between the left and the right, the top and the bottom: cuts of at most half the sides, so that
#: little of one is in another. Each goes with each turn, which makes forty pictures of one.
PLACES = ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.5, 0.5))

#: The share of a picture's sides that is kept, and how often another is tried.
KEPT, TRIES = (0.35, 0.5), 4

#: Sides in pixels below which a picture is not cut further.
LEAST = 120

IDS = re.compile(rb'(<article-id\b[^>]*pub-id-type="(?:pmc|pmcid|pmcaid)"[^>]*>)[^<]*')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=3000)
    given = parser.parse_args()
    print(f"{write(given.folder, given.mirror, given.articles)} pictures could not be told from another's copy")


def write(root: Path, mirror: Path, count: int) -> int:
    """Write the mirror; return how many pictures our comparison takes for copies all the same."""
    made, alike = Mirror(root), 0
    sources = [folder for folder in sorted(mirror.glob("PMC*")) if any(_pictures(folder))]
    for number, source in enumerate(sources):
        names = [f"PMC{FIRST + n}.1" for n in range(number, count, len(sources))]
        media: dict[str, dict[str, bytes]] = {name: {} for name in names}
        for path in _pictures(source):
            for name, (data, copy) in zip(names, _variants(path, len(names)), strict=True):
                media[name][path.name] = data
                alike += copy
        xml = next(source.glob("*.xml")).read_bytes()
        stated = json.loads((mirror / "metadata" / f"{source.name}.json").read_bytes())
        for name in names:
            own = IDS.sub(rb"\g<1>" + name.partition(".")[0].encode(), xml)
            made.add(name, own, media[name], license_code=stated["license_code"], pmid=int(name[3:-2]))
    made.etags = dict(sorted(made.etags.items()))
    made.inventory()
    return alike


def _pictures(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.suffix.lower() in PICTURES)


def _variants(path: Path, count: int) -> Iterator[tuple[bytes, bool]]:
    """So many pictures cut out of one; with each whether it is a copy of one before it."""
    with Image.open(path) as opened:
        format, picture = opened.format, opened.convert("RGB")
    before: dict[Image.Transpose | None, list[NDArray[np.float32]]] = {turn: [] for turn in TURNS}
    for number in range(count):
        chance, turn = Random(f"{path.name} {number}"), TURNS[number % len(TURNS)]
        for _ in range(TRIES):
            variant = _toned(_cut(picture, PLACES[number // len(TURNS) % len(PLACES)], chance), chance)
            variant = variant if turn is None else variant.transpose(turn)
            small = np.frombuffer(thumbnail(variant), np.uint8).reshape(SIDE, SIDE).astype(np.float32)
            if not (copy := _is_copy(small, before[turn])):
                break
        before[turn].append(small)
        buffer = io.BytesIO()
        variant.save(buffer, format, **({"quality": 85} if format == "JPEG" else {}))
        yield buffer.getvalue(), copy


def _cut(picture: Image.Image, place: tuple[float, float], chance: Random) -> Image.Image:
    """A part of the picture at a place, in its size."""
    kept = [max(min(side, LEAST), round(side * chance.uniform(*KEPT))) for side in picture.size]
    left, top = (round(share * (side - part)) for share, side, part in zip(place, picture.size, kept, strict=True))
    box = (left, top, left + kept[0], top + kept[1])
    return picture.resize(picture.size, Image.Resampling.BICUBIC, box)


def _toned(picture: Image.Image, chance: Random) -> Image.Image:
    """The picture with a gamma and a gain for each colour."""
    curve = np.linspace(0, 1, 256)
    tables = [curve ** chance.uniform(0.6, 1.6) * chance.uniform(0.75, 1) * 255 for _ in picture.getbands()]
    return picture.point([round(value) for value in np.concatenate(tables)])


def _is_copy(small: NDArray[np.float32], before: list[NDArray[np.float32]]) -> bool:
    if not before:
        return False
    found = compare(np.stack([small] * len(before)), np.stack(before))
    return bool(np.any((found.correlation >= CORRELATION) & (found.overlap >= OVERLAP)))


if __name__ == "__main__":
    main()
