"""Describe: what is compared of the panels of some units in one file, sorted by the cell that they are compared in.

The pictures stay where the units have them. A small file beside it counts the rows of each cell.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.committed import Committed
from pipeline.phases.dedup import index as taken_in
from pipeline.phases.dedup.index import Index
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path
from schemas.duplicates import CELLS, DESCRIBED, INDEX
from schemas.tables import without

#: What is kept of a panel: which are new, a later generation sees otherwise.
KEPT = without(DESCRIBED, "fresh")

_COLUMNS = [name for name in KEPT.names if name in INDEX.names]

#: Rows in a row group: a worker that compares some cells reads those that hold them.
ROW_GROUP = 2048


class Describe(Committed):
    """Reads what describes the panels of units, and commits it by cell."""

    FOLDER = taken_in.FOLDER

    def items(
        self, index: Index, centroids: Receipt, made_by: dict[str, Any], units: Mapping[str, Receipt]
    ) -> list[Item]:
        """Each part of the index as work for an engine; `units` are the receipts of the units that are there, by id.

        A part of units that are gone cannot be made again: it is there already.
        """
        items = []
        for part in index.parts:
            paths = [(unit, file_path(units[unit], "index")) for unit in part.units if unit in units]
            key = digest([made_by, index.key, content(centroids), part.id])
            items.append(Item(part.folder, key, paths, made_by))
        return items

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The rows of all units with their places, one table."""
        yield pa.concat_tables([self._placed(unit, path) for unit, path in item.payload])

    def _placed(self, unit: str, path: str) -> pa.Table:
        found = load_table(self.store, path, INDEX, _COLUMNS)
        found = found.append_column("unit", pa.repeat(unit, len(found)))
        return found.append_column("row", pa.array(np.arange(len(found), dtype=np.int32)))

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write the rows, sorted by cell, and how many there are of each."""
        found = pa.concat_tables(tables).select(KEPT.names).replace_schema_metadata(KEPT.metadata).sort_by("cell")
        counted = found["cell"].value_counts()
        cells = pa.table({"cell": counted.field("values"), "rows": counted.field("counts")}, schema=CELLS)
        attempt = Attempt(self.store, item)
        with attempt.create("panels.parquet") as sink, _writer(sink) as writer:
            writer.write_table(found, ROW_GROUP)
        with attempt.create("cells.parquet") as sink:
            pq.write_table(cells, sink, **WRITING)
        return attempt.settle({"panels": len(found), "cells": len(cells)}, {"rows": len(found)})


def _writer(sink: Any) -> pq.ParquetWriter:
    """Statistics of the cells alone: they are all that a reader asks for, and a footer is read for each range."""
    return pq.ParquetWriter(sink, KEPT, write_statistics=["cell"], **WRITING)
