"""Matches: the edges among the panels of one cell, of which one is of the generation that is taken in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.committed import Committed
from pipeline.phases.dedup.index import Index
from pipeline.phases.dedup.slices import SLICED
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, file_path
from schemas.duplicates import EDGES


class Matches(Committed):
    """Reads a cell from all slices, and commits its edges."""

    FOLDER = "dedup/edges"

    def items(self, index: Index, made_by: dict[str, Any], slices: Mapping[str, Receipt]) -> list[Item]:
        """Each cell of each generation as work for an engine; `slices` are the receipts of the slices by id."""
        items = []
        for generation in range(index.generations):
            parts = [(part.id, part.generation == generation) for part in index.until(generation)]
            opened = [(file_path(slices[part], "panels"), fresh) for part, fresh in parts if part in slices]
            for cell in range(index.cells):
                key = digest([made_by, index.key, index.middles, cell, parts])
                items.append(Item(f"{self.FOLDER}/{generation:02d}-{cell:05d}", key, (cell, opened), made_by))
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
        attempt = Attempt(self.store, item)
        with attempt.create("edges.parquet") as sink:
            pq.write_table(found.cast(EDGES), sink, **WRITING)
        return attempt.settle({"edges": len(found)}, {"edges": len(found)})


def _first_of_each(panels: pa.Table) -> pa.Table:
    """The first row of each panel with the same pixels."""
    names = pc.binary_join_element_wise(panels["panel_id"], panels["pixel_sha256"], " ").combine_chunks()
    codes = names.dictionary_encode().indices.to_numpy()
    return panels.take(pa.array(np.sort(np.unique(codes, return_index=True)[1])))
