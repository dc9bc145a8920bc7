"""Matches: the edges among the panels of one cell, of which one is of the generation that is taken in."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.dedup.index import Index
from pipeline.phases.dedup.slices import SLICED
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import Committed, write_receipt
from schemas.duplicates import EDGES


class Matches(Committed):
    """Reads a cell from all slices, and commits its edges."""

    def items(self, index: Index, made_by: dict[str, Any]) -> list[Item]:
        """Each cell of each generation as work for an engine."""
        items = []
        for generation in range(index.generations):
            slices = [(part.path, part.generation == generation) for part in index.until(generation)]
            for cell in range(index.cells):
                key = digest([made_by, index.key, index.middles, cell, slices])
                items.append(Item(f"dedup/edges/{generation:02d}-{cell:05d}", key, (cell, slices), made_by))
        return items

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The panels of the cell in one table; one that came again as it was before is not fresh."""
        cell, slices = item.payload
        tables = []
        for path, fresh in slices:
            rows = load_table(self.store, path, SLICED, filters=pc.field("cell") == cell)
            tables.append(rows.append_column("fresh", pa.repeat(fresh, len(rows))))
        yield _first_of_each(pa.concat_tables(tables))

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write the edges."""
        found = pa.concat_tables(tables)
        path = f"{item.folder}/edges.parquet"
        with self.store.create(path) as sink:
            pq.write_table(found.cast(EDGES), sink, compression="zstd")
        return write_receipt(self.store, item, {path: sink.stamp() | {"rows": len(found)}}, {"edges": len(found)})


def _first_of_each(panels: pa.Table) -> pa.Table:
    """The first row of each panel with the same pixels."""
    names = pc.binary_join_element_wise(panels["panel_id"], panels["pixel_sha256"], " ").combine_chunks()
    codes = names.dictionary_encode().indices.to_numpy()
    return panels.take(pa.array(np.sort(np.unique(codes, return_index=True)[1])))
