"""Members: the panels whose picture is in a component, with what grouping asks of them, by bucket."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.committed import Committed
from pipeline.phases.dedup.buckets import BucketWriter
from pipeline.phases.dedup.components import find_places
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import Attempt, content, file_path
from pipeline.storage.store import Store
from schemas.duplicates import CANDIDATES, COMPONENTS, INDEX
from schemas.tables import conform

#: What the members depend on beside the units and the components.
MADE_BY = {"members": "2"}

_COLUMNS = [name for name in CANDIDATES.names if name in INDEX.names]


def blocks(units: Mapping[str, Receipt]) -> Iterator[tuple[str, dict[str, Receipt]]]:
    """A hundred neighbouring units at a time, those whose names differ in the last two digits, under a name."""
    for name, members in groupby(units, key=lambda unit: f"{unit[:-2]}xx"):
        yield name, {unit: units[unit] for unit in members}


@dataclass(frozen=True)
class Work:
    """The units, each with its file INDEX, and the file COMPONENTS."""

    units: list[tuple[str, str]]
    components: str


class Members(Committed):
    """Reads the panels of units, and commits those that are in a component."""

    FOLDER = "dedup/members"

    def items(self, units: Mapping[str, Receipt], components: Receipt, made_by: dict[str, Any]) -> list[Item]:
        """Each block of units (receipts by id) as work for an engine."""
        pictures, path = content(components, "pictures"), file_path(components, "pictures")
        items = []
        for name, mine in blocks(units):
            # The panels too: INDEX says of them what it says.
            contents = [[unit, content(receipt, "index", "panels")] for unit, receipt in mine.items()]
            files = [(unit, file_path(each, "index")) for unit, each in mine.items()]
            key = digest([made_by, pictures, contents])
            items.append(Item(f"{self.FOLDER}/{name}", key, Work(files, path), made_by))
        return items

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The candidates of each unit."""
        components = _components(self.store, item.payload.components)
        for unit, index in item.payload.units:
            yield candidates(self.store, unit, index, components)

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write them by bucket."""
        attempt = Attempt(self.store, item)
        with attempt.create("panels.parquet") as sink, BucketWriter(sink, CANDIDATES) as writer:
            for table in tables:
                writer.write(table)
        return attempt.settle({"panels": writer.rows}, {"panels": writer.rows})


def candidates(store: Store, unit: str, index: str, known: pa.Table) -> pa.Table:
    """The panels of a unit that are in a component of `known`; its INDEX lies at `index`. Raises Damaged."""
    found = load_table(store, index, INDEX, _COLUMNS)
    place = find_places(known, found["pixel_sha256"])
    row = np.flatnonzero(place >= 0)
    if not len(row):
        return CANDIDATES.empty_table()
    found = found.take(pa.array(row)).append_column("unit", pa.repeat(unit, len(row)))
    found = found.append_column("row", pa.array(row.astype(np.int32)))
    for name in ("component", "bucket"):
        found = found.append_column(name, known[name].take(pa.array(place[row])))
    return conform(found, CANDIDATES)


@lru_cache(maxsize=1)
def _components(store: Store, path: str) -> pa.Table:
    """The table COMPONENTS, which a process reads once."""
    return load_table(store, path, COMPONENTS)
