"""What duplicates of a unit's panels are found by: the table INDEX, and their pictures in two files beside it. Leaks
are found by the table PARENTS, too, which holds the pictures of whole figures itself.

The thumbnail of row n lies at byte n * THUMBNAIL of the one, its proof in the other where INDEX says; so a worker reads
those that it wants. INDEX holds the CRC-32 of each, for the files themselves have no checksums.
"""

import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dags.graph import Receipt
from pipeline.storage.backend import Span
from pipeline.storage.parquet import WRITING, load_batches, load_table
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Sink, Store
from schemas.duplicates import INDEX
from schemas.errors import Damaged
from schemas.figures import PARENTS
from schemas.panels import PANELS
from schemas.tables import Row, by_unit, conform, without
from transforms.duplicates.registration import SIDE

#: The files of pictures, as a receipt names them.
THUMBNAILS, PROOFS = "thumbnails", "proofs"

#: The columns of INDEX that say where pictures lie, and what they are; what panels say themselves is in the others.
PLACED = ("thumbnail_crc", "proof_start", "proof_size", "proof_crc")

#: Panels as they are made, with the pictures that a unit has in files of their own.
MADE = without(PANELS, "reject", "parent")

#: Bytes of a thumbnail.
THUMBNAIL = SIDE * SIDE

#: Rows of a row group of PARENTS, which is read for one picture in it: 0.2 MB of thumbnails, 0.5 MB of proofs.
PARENTS_GROUP = 64

#: Files of pictures that are read at once.
READERS = 16


def index_of(panels: pa.Table, start: int = 0) -> pa.Table:
    """The rows of INDEX for `panels` with their pictures; the proof of the first will lie at byte `start`."""
    flat, sizes = flattened(panels), pc.binary_length(panels["proof"]).to_numpy().astype(np.int64)
    columns = {
        "thumbnail_crc": pa.array(map(zlib.crc32, panels["thumbnail"].to_pylist()), pa.uint32()),
        "proof_start": pa.array(start + np.cumsum(sizes) - sizes),
        "proof_size": pa.array(sizes),
        "proof_crc": pa.array(map(zlib.crc32, panels["proof"].to_pylist()), pa.uint32()),
    }
    for name, values in columns.items():
        flat = flat.append_column(name, values)
    return conform(flat, INDEX)


def flattened(panels: pa.Table) -> pa.Table:
    """`panels` with the columns of INDEX that lie deeper in them: the year of the article, the CUIs of the concepts."""
    year = pa.chunked_array([chunk.field("year") for chunk in panels["article"].chunks], pa.int32())
    cuis = [sorted({concept["cui"] for concept in found or ()}) for found in panels["concepts"].to_pylist()]
    return panels.append_column("year", year).append_column("cuis", pa.array(cuis, pa.list_(pa.string())))


def with_pictures(store: Store, receipt: Receipt, schema: pa.Schema) -> Iterator[pa.Table]:
    """The panels of a unit, which its file holds in `schema`, as MADE; raises Damaged."""
    index = load_table(store, file_path(receipt, "index"), INDEX, [*PLACED])
    index = index.append_column("row", pa.array(np.arange(len(index))))
    start = 0
    for panels in load_batches(store, file_path(receipt, "panels"), schema):
        rows = index.slice(start, len(panels))
        for column, kind in (("thumbnail", THUMBNAILS), ("proof", PROOFS)):
            found = read_pictures(store, kind, file_path(receipt, kind), rows)
            panels = panels.append_column(column, pa.array(found, pa.binary()))
        yield conform(panels, MADE)
        start += len(panels)


def read_pictures(store: Store, kind: str, path: str, rows: pa.Table) -> list[bytes]:
    """The thumbnails or the proofs, as `kind` says, of some rows of a unit: PLACED, and `row`, which counts them.

    Raises:
        Damaged: the file is missing, ends before one of them, or one has another CRC-32.
    """
    spans, crcs = picture_spans(kind, rows)
    try:
        parts = store.read_spans(path, spans)
    except FileNotFoundError:
        raise Damaged(f"{store.uri}/{path}: missing", path) from None
    for row, part, (_, size), crc in zip(rows["row"].to_pylist(), parts, spans, crcs, strict=True):
        if len(part) != size or zlib.crc32(part) != crc:
            raise Damaged(f"{store.uri}/{path}: row {row} is not as its index states", path)
    return parts


def picture_spans(kind: str, rows: pa.Table) -> tuple[list[Span], list[int]]:
    """Where pictures lie in their file, and the CRC-32 of each."""
    if kind == THUMBNAILS:
        return [(row * THUMBNAIL, THUMBNAIL) for row in rows["row"].to_pylist()], rows["thumbnail_crc"].to_pylist()
    places = zip(rows["proof_start"].to_pylist(), rows["proof_size"].to_pylist(), strict=True)
    return list(places), rows["proof_crc"].to_pylist()


@dataclass(frozen=True)
class Pictures:
    """Fetches the pictures of panels that are named by `unit` and `row`, with what INDEX says of them.

    `paths` are the files of units, by kind and by id.
    """

    store: Store
    paths: Mapping[str, Mapping[str, str]]

    def thumbnails(self, rows: pa.Table) -> NDArray[np.uint8]:
        """The thumbnails of `rows`: (N, SIDE, SIDE) in their order; raises Damaged."""
        return np.frombuffer(b"".join(self._fetch(THUMBNAILS, rows)), np.uint8).reshape(-1, SIDE, SIDE)

    def proofs(self, rows: pa.Table) -> list[bytes]:
        """The proofs of `rows` in their order; raises Damaged."""
        return self._fetch(PROOFS, rows)

    def _fetch(self, kind: str, rows: pa.Table) -> list[bytes]:
        found = [b""] * len(rows)
        named = rows.select(["unit", "row", *PLACED]).append_column("place", pa.array(np.arange(len(rows))))
        parts = list(by_unit(named.sort_by([("unit", "ascending"), ("row", "ascending")]))) if len(rows) else []

        def read(part: tuple[str, pa.Table]) -> list[bytes]:
            unit, wanted = part
            return read_pictures(self.store, kind, self.paths[kind][unit], wanted)

        with ThreadPoolExecutor(READERS) as pool:
            for (_, part), pictures in zip(parts, pool.map(read, parts), strict=True):
                for place, picture in zip(part["place"].to_pylist(), pictures, strict=True):
                    found[place] = picture
        return found


@dataclass(frozen=True)
class FigurePictures:
    """Fetches the pictures of graphics that are named by `graphic_id` and the `path` of their table PARENTS."""

    store: Store

    def thumbnails(self, rows: pa.Table) -> NDArray[np.uint8]:
        """The thumbnails of `rows`: (N, SIDE, SIDE) in their order; raises Damaged."""
        return np.frombuffer(b"".join(self._fetch("thumbnail", rows)), np.uint8).reshape(-1, SIDE, SIDE)

    def proofs(self, rows: pa.Table) -> list[bytes]:
        """The proofs of `rows` in their order; raises Damaged."""
        return self._fetch("proof", rows)

    def _fetch(self, column: str, rows: pa.Table) -> list[bytes]:
        found: dict[str, bytes] = {}
        for path in pc.unique(rows["path"]).to_pylist():
            names = rows.filter(pc.equal(rows["path"], path))["graphic_id"].combine_chunks()
            wanted = pc.field("graphic_id").isin(names)
            table = load_table(self.store, path, PARENTS, ["graphic_id", column], wanted)
            found |= zip(*table.to_pydict().values(), strict=True)
        return [found[graphic] for graphic in rows["graphic_id"].to_pylist()]


def write_parents(sink: Sink, rows: list[Row]) -> int:
    """Write the table PARENTS of a unit, sorted by graphic, and return how many rows it has."""
    table = pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["graphic_id"])), schema=PARENTS)
    pq.write_table(table, sink, row_group_size=PARENTS_GROUP, **WRITING)
    return len(table)


def picture_paths(units: Mapping[str, Receipt]) -> dict[str, dict[str, str]]:
    """Where the pictures of units lie, by kind and by id."""
    kinds = (THUMBNAILS, PROOFS)
    return {kind: {unit: file_path(receipt, kind) for unit, receipt in units.items()} for kind in kinds}
