"""What duplicates of a unit's panels are found by: the table INDEX, and their thumbnails in a file beside it.

The thumbnail of row n lies at byte n * THUMBNAIL, so that a worker reads those that it wants. INDEX holds the CRC-32 of
each, for the file itself has no checksums.
"""

import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dags.graph import Receipt
from pipeline.storage.parquet import load_batches, load_table
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.duplicates import INDEX
from schemas.errors import Damaged
from schemas.panels import PANELS
from schemas.tables import by_unit, conform, without
from transforms.duplicates.registration import SIDE

#: Panels as they are made, with the thumbnails that a unit has in a file of their own.
MADE = without(PANELS, "reject")

#: Bytes of a thumbnail.
THUMBNAIL = SIDE * SIDE

#: Files of thumbnails that are read at once.
READERS = 16


def index_of(panels: pa.Table) -> pa.Table:
    """The rows of INDEX for `panels`, which have their thumbnails."""
    crcs = pa.array([zlib.crc32(thumbnail.as_buffer()) for thumbnail in panels["thumbnail"]], pa.uint32())
    flat = panels.append_column("thumbnail_crc", crcs)
    flat = flat.append_column("year", pa.chunked_array([chunk.field("year") for chunk in panels["article"].chunks]))
    return conform(flat, INDEX)


def with_thumbnails(store: Store, receipt: Receipt, schema: pa.Schema) -> Iterator[pa.Table]:
    """The panels of a unit, which its file holds in `schema`, as MADE; raises Damaged."""
    crcs = load_table(store, file_path(receipt, "index"), INDEX, ["thumbnail_crc"])["thumbnail_crc"].to_numpy()
    start = 0
    for panels in load_batches(store, file_path(receipt, "panels"), schema):
        rows = np.arange(start, start + len(panels))
        pixels = read_thumbnails(store, file_path(receipt, "thumbnails"), rows, crcs[rows])
        thumbnails = pa.array([each.tobytes() for each in pixels], pa.binary())
        yield conform(panels.append_column("thumbnail", thumbnails), MADE)
        start += len(panels)


def read_thumbnails(store: Store, path: str, rows: NDArray[np.int64], crcs: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The thumbnails of some rows of a unit, (N, SIDE, SIDE).

    Raises:
        Damaged: the file is missing, ends before one of them, or one has another CRC-32.
    """
    try:
        parts = store.read_spans(path, [(int(row) * THUMBNAIL, THUMBNAIL) for row in rows])
    except FileNotFoundError:
        raise Damaged(f"{store.uri}/{path}: missing", path) from None
    for row, part, crc in zip(rows, parts, crcs, strict=True):
        if len(part) != THUMBNAIL or zlib.crc32(part) != crc:
            raise Damaged(f"{store.uri}/{path}: the thumbnail of row {row} is not as its index states", path)
    return np.frombuffer(b"".join(parts), np.uint8).reshape(-1, SIDE, SIDE)


@dataclass(frozen=True)
class Thumbnails:
    """Fetches the thumbnails of panels that are named by `unit` and `row`; `paths` are the files of units by id."""

    store: Store
    paths: Mapping[str, str]

    def __call__(self, rows: pa.Table) -> NDArray[np.uint8]:
        """Those of `rows` (unit, row, thumbnail_crc), (N, SIDE, SIDE) in their order; raises Damaged."""
        found = np.empty((len(rows), SIDE, SIDE), np.uint8)
        place = pa.array(np.arange(len(rows)))
        named = rows.select(["unit", "row", "thumbnail_crc"]).append_column("place", place)
        parts = list(by_unit(named.sort_by([("unit", "ascending"), ("row", "ascending")]))) if len(rows) else []
        with ThreadPoolExecutor(READERS) as pool:
            for (_, part), pixels in zip(parts, pool.map(lambda part: self._read(*part), parts), strict=True):
                found[part["place"].to_numpy()] = pixels
        return found

    def _read(self, unit: str, rows: pa.Table) -> NDArray[np.uint8]:
        numbers = (rows[name].to_numpy() for name in ("row", "thumbnail_crc"))
        return read_thumbnails(self.store, self.paths[unit], *numbers)


def thumbnail_paths(units: Mapping[str, Receipt]) -> dict[str, str]:
    """Where the thumbnails of units lie, by their ids."""
    return {unit: file_path(receipt, "thumbnails") for unit, receipt in units.items()}
