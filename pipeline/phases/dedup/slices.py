"""Slices: the descriptions of the panels of some units in one file, sorted by the cell that they are compared in."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.curate import PANELS_FILE, folder
from pipeline.phases.dedup.index import Index
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import Committed, write_receipt
from pipeline.storage.store import Sink
from schemas.duplicates import DESCRIBED
from schemas.tables import without

SLICED = without(DESCRIBED, "fresh")
_COLUMNS = without(SLICED, "cell").names

#: Rows in a row group at most; a new one starts at each cell, so that a reader of one cell skips the others.
ROW_GROUP = 4096


class Slices(Committed):
    """Reads what describes the panels of units, and commits it by cell."""

    def items(self, index: Index, made_by: dict[str, Any]) -> list[Item]:
        """Each slice of the index as work for an engine."""
        return [
            Item(part.folder, digest([made_by, index.key, index.middles, part.id]), list(part.units), made_by)
            for part in index.slices
        ]

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The descriptions, one table."""
        paths = (f"{folder(unit)}/panels.parquet" for unit in item.payload)
        yield pa.concat_tables([load_table(self.store, path, PANELS_FILE, _COLUMNS) for path in paths])

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write the rows, sorted by cell."""
        found = pa.concat_tables(tables).select(SLICED.names).replace_schema_metadata(SLICED.metadata).sort_by("cell")
        path = f"{item.folder}/panels.parquet"
        with self.store.create(path) as sink, _writer(sink) as writer:
            start = 0
            for count in found["cell"].value_counts().field("counts").to_pylist():
                writer.write_table(found.slice(start, count), ROW_GROUP)
                start += count
        return write_receipt(self.store, item, {path: sink.stamp() | {"rows": len(found)}}, {"rows": len(found)})


def _writer(sink: Sink) -> pq.ParquetWriter:
    """Statistics of the cells alone: those of thumbnails would make a footer larger than what a reader wants."""
    return pq.ParquetWriter(sink, SLICED, compression="zstd", write_statistics=["cell"])
