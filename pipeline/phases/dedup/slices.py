"""Slices: the descriptions of the panels of some units in one file, sorted by the cell that they are compared in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.committed import Committed
from pipeline.phases.curate import PANELS_FILE, panels_path
from pipeline.phases.dedup.index import Index
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt
from pipeline.storage.store import Sink
from schemas.duplicates import DESCRIBED
from schemas.tables import without

SLICED = without(DESCRIBED, "fresh")
_COLUMNS = without(SLICED, "cell").names

#: Rows in a row group at most; a new one starts at each cell, so that a reader of one cell skips the others.
ROW_GROUP = 4096


class Slices(Committed):
    """Reads what describes the panels of units, and commits it by cell."""

    def items(self, index: Index, made_by: dict[str, Any], units: Mapping[str, Receipt]) -> list[Item]:
        """Each slice of the index as work for an engine; `units` are the receipts of the units that are there, by id.

        A slice of units that are gone cannot be made again: it is there already.
        """
        items = []
        for part in index.slices:
            paths = [panels_path(units[unit]) for unit in part.units if unit in units]
            items.append(Item(part.folder, digest([made_by, index.key, index.middles, part.id]), paths, made_by))
        return items

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The descriptions, one table."""
        yield pa.concat_tables([load_table(self.store, path, PANELS_FILE, _COLUMNS) for path in item.payload])

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write the rows, sorted by cell."""
        found = pa.concat_tables(tables).select(SLICED.names).replace_schema_metadata(SLICED.metadata).sort_by("cell")
        attempt = Attempt(self.store, item)
        with attempt.create("panels.parquet") as sink, _writer(sink) as writer:
            start = 0
            for count in found["cell"].value_counts().field("counts").to_pylist():
                writer.write_table(found.slice(start, count), ROW_GROUP)
                start += count
        return attempt.settle({"panels": len(found)}, {"rows": len(found)})


def _writer(sink: Sink) -> pq.ParquetWriter:
    """Statistics of the cells alone: those of thumbnails would make a footer larger than what a reader wants."""
    return pq.ParquetWriter(sink, SLICED, write_statistics=["cell"], **WRITING)
