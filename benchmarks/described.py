"""What the product's parts say of the planted pictures, in one table; truth about its pairs.

A row for each original, copy and stranger. All have ids of different articles, so that the rule of one figure hides no
pair.
"""

import hashlib
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from benchmarks import planted, strangers
from schemas.duplicates import DESCRIBED
from schemas.panels import PANELS
from transforms.duplicates import hashes, proofs, registration
from transforms.duplicates.encoder import Encoder

#: Of a picture whether it is an original, a copy or a stranger is said by `change`: "original", the name of a
#: transformation, "stranger". `origin` numbers originals and strangers; `series` is the article of an original from
#: SHARED/pmc, with its copies, or the series of a stranger, else empty.
ROWS = pa.schema(
    [
        *DESCRIBED,
        PANELS.field("thumbnail"),
        PANELS.field("proof"),
        pa.field("name", pa.string()),
        pa.field("origin", pa.int32()),
        pa.field("change", pa.string()),
        pa.field("strength", pa.int8()),
        pa.field("series", pa.string()),
        pa.field("imagehash", pa.uint64()),
    ]
)
PACKAGES = ("nilearn", "nibabel", "pydicom", "matplotlib", "skimage", "imagehash")
BATCH = 32

Pairs = NDArray[np.int64]  # rows, the lower first: (N, 2)
Floats = NDArray[np.float32]


class Known(NamedTuple):
    """What is known of a picture before it is looked at."""

    name: str
    origin: int
    change: str
    strength: int
    series: str


def described(shared: Path, every: int, encoder: Encoder, cache: Path | None) -> pa.Table:
    """The rows of every so many originals and of all strangers, from `cache` if a file there is of the same making."""
    kept = cache / f"{key(encoder.version, every)}.parquet" if cache else None
    if kept and kept.exists():
        return pq.read_table(kept, schema=ROWS)
    boxes = cache / "boxes.json" if cache else None
    pictures = _pictures(shared, every, boxes)
    table = pa.concat_tables(_rows(part, encoder) for part in iter(lambda: list(islice(pictures, BATCH)), []))
    ids = pa.array([f"PMC{1_000_001 + row}v1-f001-p01" for row in range(len(table))])
    table = table.set_column(0, ROWS.field("panel_id"), ids)
    place = pa.array(range(len(table)), pa.int32())
    table = table.set_column(ROWS.get_field_index("row"), ROWS.field("row"), place)
    if kept:
        pq.write_table(table, kept, compression="zstd")
    return table


def key(*of: object) -> str:
    """A digest of this, of the code that makes the rows, and of the packages that it finds."""
    parts = (planted, strangers, hashes, registration.thumbnail, proofs, inspect.getmodule(key))
    code = [inspect.getsource(part) for part in parts]  # type: ignore[arg-type]
    found = [find_spec(package) is not None for package in PACKAGES]
    return hashlib.sha256(repr((of, code, found)).encode()).hexdigest()[:16]


def _pictures(shared: Path, every: int, boxes: Path | None) -> Iterator[tuple[Known, Image.Image]]:
    originals = planted.originals(shared, boxes)[::every]
    series = [name.split("/")[0] if name.startswith("PMC") else "" for name, *_ in originals]
    for origin, (name, image, _) in enumerate(originals):
        yield Known(name, origin, "original", -1, series[origin]), image
    for origin, change, strength, image in planted.copies(originals):
        yield Known(originals[origin].name, origin, change, strength, series[origin]), image
    for number, (name, image) in enumerate(strangers.strangers(shared)):
        yield Known(f"{name} {number}", len(originals) + number, "stranger", -1, name), image


def _rows(part: list[tuple[Known, Image.Image]], encoder: Encoder) -> pa.Table:
    pictures = [image for _, image in part]
    other = other_hash()
    columns: dict[str, list[Any]] = {
        "panel_id": [""] * len(part),
        "pixel_sha256": [hashes.pixel_digest(image) for image in pictures],
        "phash": [hashes.perceptual_hash(image) for image in pictures],
        "embedding": list(encoder.embed(pictures)),
        "thumbnail": [registration.thumbnail(image) for image in pictures],
        "proof": [proofs.proof(image) for image in pictures],
        "license": [None] * len(part),
        "year": [None] * len(part),
        "unit": [""] * len(part),
        "row": [0] * len(part),
        **{name: [0] * len(part) for name in ("thumbnail_crc", "proof_start", "proof_size", "proof_crc")},
        "cell": [0] * len(part),
        "fresh": [True] * len(part),
        "width": [image.width for image in pictures],
        "height": [image.height for image in pictures],
        "imagehash": [other(image) if other else None for image in pictures],
        **{name: [getattr(known, name) for known, _ in part] for name in Known._fields},
    }
    return pa.table({field.name: pa.array(columns[field.name], field.type) for field in ROWS}, schema=ROWS)


def other_hash() -> Callable[[Image.Image], int] | None:
    """The pHash of the package imagehash, if that is installed."""
    if not find_spec("imagehash"):
        return None
    phash = import_module("imagehash").phash
    return lambda image: int(str(phash(image)), 16)


def hash_vectors(column: pa.ChunkedArray) -> Floats:
    """Hashes as unit vectors: those that differ in n of 64 bits have the cosine 1 - n / 32; zeros where there is none.

    So one search serves hashes and embeddings.
    """
    codes = np.array(column.to_pylist(), object)
    there = np.array([code is not None for code in codes])
    bits = np.unpackbits(np.where(there, codes, 0).astype(np.uint64).view(np.uint8).reshape(-1, 8), axis=1)
    return np.asarray((bits.astype(np.float32) - 0.5) / 4 * there[:, None], np.float32)


class Truth:
    """Which pairs of rows are copies: those of one origin. Two originals of one article are undecidable."""

    def __init__(self, rows: pa.Table) -> None:
        self.origin = rows["origin"].to_numpy()
        self.change = np.array(rows["change"].to_pylist())
        self.strength = rows["strength"].to_numpy()
        self.stranger = self.change == "stranger"
        names = np.unique(rows["series"].to_pylist(), return_inverse=True)[1]
        alone = np.array([series == "" for series in rows["series"].to_pylist()]) | self.stranger
        self._article = np.where(alone, -1 - np.arange(len(rows)), names)

    def judge(self, pairs: Pairs) -> NDArray[np.int8]:
        """1 for copies, -1 for others, 0 where it cannot be said."""
        one, other = pairs.T
        copies = self.origin[one] == self.origin[other]
        undecidable = ~copies & (self._article[one] == self._article[other])
        return np.where(copies, 1, np.where(undecidable, 0, -1)).astype(np.int8)

    def planted(self) -> Pairs:
        """Each copy with its original."""
        place = {int(self.origin[row]): row for row in np.flatnonzero(self.change == "original")}
        copies = np.flatnonzero(~self.stranger & (self.change != "original"))
        return np.array([(place[int(self.origin[row])], row) for row in copies], np.int64).reshape(-1, 2)


def blocks(vectors: Floats, rows: int = 1024) -> Iterator[tuple[int, Floats]]:
    """The cosines of all pairs: a row, and those of it and some that follow with all; -2 up to the diagonal."""
    for start in range(0, len(vectors), rows):
        cosines = vectors[start : start + rows] @ vectors.T
        cosines[np.tril_indices(len(cosines), start, len(vectors))] = -2
        yield start, cosines


def near(vectors: Floats, least: float) -> Pairs:
    """All pairs of this cosine and more."""
    found = [np.add(np.argwhere(cosines >= least), (start, 0)) for start, cosines in blocks(vectors)]
    return np.concatenate(found)
