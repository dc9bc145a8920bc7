"""Rows of DESCRIBED of a few pictures, and of many copies of one; their pictures lie on SHELF."""

import io

import numpy as np
import pyarrow as pa
from PIL import Image

from schemas.duplicates import DESCRIBED
from tests.pictures import drawing, encoded
from tests.shelf import Shelf
from transforms.duplicates.hashes import perceptual_hash, pixel_digest

SHELF = Shelf()

#: Near copies of one picture: more than NEIGHBOURS and FURTHER together (heads.py). Each pair compares two proofs.
COPIES = 600


def at(angle):
    """The unit vector `angle` degrees away from the first axis."""
    return [np.cos(np.radians(angle)), np.sin(np.radians(angle))]


def panel(name, picture, angle=0.0, fresh=True, **fields):
    """A row of DESCRIBED; `name` 3a is panel 1 of figure 1 of article 3, b its second figure, "3a p2" its panel 2."""
    article, figure = name.split()[0][:-1], "ab".index(name.split()[0][-1]) + 1
    number = int(name.split("p")[1]) if "p" in name else 1
    found = {
        "panel_id": f"PMC{article}v1-f{figure:03d}-p{number:02d}",
        "pixel_sha256": pixel_digest(picture),
        "phash": perceptual_hash(picture),
        "embedding": np.array(at(angle), np.float16),
        "width": picture.width,
        "height": picture.height,
        "unit": "train-00000",
        "row": SHELF.put(picture),
        "cell": 0,
        "fresh": fresh,
    }
    return found | fields


def copies_of(picture, count, angle=0.0):
    """So many copies of a picture in as many articles: compressed, darker, cropped."""
    rng = np.random.default_rng(count)
    rows = []
    for n in range(count):
        copy = picture
        if n % 3 == 1:
            copy = picture.point([round(level * rng.uniform(0.7, 0.95)) for level in range(256)] * 3)
        if n % 3 == 2:
            left, top, right, bottom = rng.integers(1, 12, 4)
            copy = picture.crop((left, top, picture.width - right, picture.height - bottom))
        copy = Image.open(io.BytesIO(encoded(copy, "JPEG", quality=int(rng.integers(30, 90)))))
        rows.append(panel(f"{n + 1}a", copy, angle, pixel_sha256=f"{n:064x}"))
    return rows


def many(count):
    """Near copies of one picture, as rows of one table: 60 of them again and again, each in an article of its own."""
    few = copies_of(drawing(1), 60)
    rows = [few[n % 60] | {"panel_id": f"PMC{n + 1}v1-f001-p01", "pixel_sha256": f"{n:064x}"} for n in range(count)]
    return pa.Table.from_pylist(rows, schema=DESCRIBED)
