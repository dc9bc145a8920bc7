"""The dedup phase: the panels of all units are compared, and each learns of which group of duplicates it is one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.commit import current, write_receipt
from pipeline.config import digest
from pipeline.store import Store
from pipeline.units import folder

DUPLICATES_FILE = "dedup/duplicates.parquet"

#: What is compared of a panel; the order of the rows is the corpus's order.
_COLUMNS = ["panel_id", "pixel_sha256", "phash", "embedding", "width", "height", "article.license", "article.year"]


@dataclass(frozen=True)
class Dedup:
    """Reads the panels' hashes and embeddings, and commits the table of duplicates."""

    store: Store

    def item(self, units: dict[str, Receipt], made_by: dict[str, Any]) -> Item:
        """The comparison of all panels of these units (receipts by id), as work for an engine."""
        content = [receipt["files"] for receipt in units.values()]
        return Item("dedup", digest([made_by, content]), list(units), made_by)

    def read(self, item: Item) -> Iterator[pa.Table]:
        """One table of what is compared."""
        panels = read_panels(self.store, item.payload, _COLUMNS).flatten()
        names = [name.removeprefix("article.") for name in panels.column_names]
        order = pa.array(range(len(panels)), pa.int64())
        yield panels.rename_columns(names).append_column("order", order)

    def done(self, item: Item) -> Receipt | None:
        """The receipt where no unit has changed since."""
        return current(self.store, item)

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write the duplicates, sorted by panel."""
        found = pa.concat_tables(tables).sort_by("panel_id")
        with self.store.create(DUPLICATES_FILE) as sink:
            pq.write_table(found, sink, compression="zstd")
        files = {DUPLICATES_FILE: sink.stamp() | {"rows": len(found)}}
        return write_receipt(self.store, item, files, {"duplicates": len(found)})


def read_panels(store: Store, units: list[str], columns: list[str]) -> pa.Table:
    """Columns of all panels of the units, in their order."""
    tables = []
    for unit in units:
        with store.open(f"{folder(unit)}/panels.parquet") as file:
            tables.append(pq.read_table(file, columns=columns))
    return pa.concat_tables(tables)


def read_duplicates(store: Store) -> pa.Table:
    """The table DUPLICATES; raises FileNotFoundError."""
    with store.open(DUPLICATES_FILE) as file:
        return pq.read_table(file)
