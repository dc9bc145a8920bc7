"""The cap on concepts: which of the panels that are published but for it are left out (transforms/concepts/cap.py).

concepts (Concepts)   some units: in how many of these panels each concept is
frequent (Frequent)   all units: the concepts that are in more of them than the cap
capped (Capped)       some units: the panels that are left out
selection (Joined)    what is left out for whatever reason, by unit: a block of units is held at a time
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.committed import Committed
from pipeline.phases.dedup.members import blocks
from pipeline.phases.dedup.selection import FOLDER, ROW_GROUP, count_selection
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path
from pipeline.storage.store import Store
from schemas.duplicates import INDEX
from schemas.rejects import Reason
from schemas.selection import CAPPED, CONCEPT_COUNTS, SELECTED_COUNTS, SELECTION
from schemas.tables import conform
from transforms.concepts.cap import VERSION, add_counts, count_concepts, find_capped, find_frequent

#: What concepts are counted by; the cap itself shapes only what follows.
COUNTED_BY: dict[str, Any] = {"cap": VERSION}


def capped_by(cap: int) -> dict[str, Any]:
    """What panels are left out by."""
    return COUNTED_BY | {"concept_cap": cap}


@dataclass(frozen=True)
class Work:
    """Some units, each with its file INDEX, the file SELECTION without the cap, and that of frequent concepts."""

    units: list[tuple[str, str]]
    selection: str
    frequent: str = ""


@dataclass(frozen=True)
class Selected:
    """What is published without the cap: the receipt of the table SELECTION, and its SELECTED_COUNTS."""

    receipt: Receipt
    counts: pa.Table

    def blocks(
        self, units: Mapping[str, Receipt]
    ) -> Iterator[tuple[str, list[list[str | None]], list[tuple[str, str]]]]:
        """Each block of units (receipts by id) under its name: what of it counts, and its files INDEX."""
        said = dict(zip(self.counts["unit"].to_pylist(), self.counts["digest"].to_pylist(), strict=True))
        for name, mine in blocks(units):
            contents = [[unit, content(each, "index"), said.get(unit)] for unit, each in mine.items()]
            yield name, contents, [(unit, file_path(each, "index")) for unit, each in mine.items()]

    @property
    def path(self) -> str:
        """Where the table lies."""
        return file_path(self.receipt, "selection")


class Concepts(Committed):
    """Reads the panels of units that are published without the cap, and commits how many mention each concept."""

    FOLDER = "dedup/concepts"

    def items(self, units: Mapping[str, Receipt], selected: Selected, made_by: dict[str, Any]) -> list[Item]:
        """Each block of units (receipts by id) as work for an engine."""
        return [
            Item(f"{self.FOLDER}/{name}", digest([made_by, contents]), Work(files, selected.path), made_by)
            for name, contents, files in selected.blocks(units)
        ]

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The counts, one table."""
        yield add_counts(count_concepts(panels["cuis"]) for _, panels in _published(self.store, item.payload))

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write them."""
        return _commit(Attempt(self.store, item), "counts", pa.concat_tables(tables))


class Frequent(Committed):
    """Reads how many panels mention each concept, and commits the concepts that too many do."""

    FOLDER = "dedup/frequent"

    def item(self, counted: Sequence[Receipt], made_by: dict[str, Any]) -> Item:
        """The frequent concepts as an item; `counted` are the receipts of the counts."""
        paths = [file_path(each, "counts") for each in counted]
        return Item(self.FOLDER, digest([made_by, [content(each) for each in counted]]), paths, made_by)

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The frequent concepts, one table."""
        counts = (load_table(self.store, path, CONCEPT_COUNTS) for path in item.payload)
        yield find_frequent(add_counts(counts), item.made_by["concept_cap"])

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write them."""
        return _commit(Attempt(self.store, item), "frequent", pa.concat_tables(tables))


class Capped(Committed):
    """Reads the panels of units that are published without the cap, and commits those that it leaves out."""

    FOLDER = "dedup/capped"

    def items(
        self, units: Mapping[str, Receipt], selected: Selected, frequent: Receipt, made_by: dict[str, Any]
    ) -> list[Item]:
        """Each block of units (receipts by id) as work for an engine; `frequent` is the receipt of these concepts."""
        known, path = content(frequent), file_path(frequent, "frequent")
        return [
            Item(f"{self.FOLDER}/{name}", digest([made_by, known, contents]), Work(files, selected.path, path), made_by)
            for name, contents, files in selected.blocks(units)
        ]

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The panels of each unit that are left out."""
        frequent = load_table(self.store, item.payload.frequent, CONCEPT_COUNTS)
        for unit, panels in _published(self.store, item.payload):
            out = find_capped(panels, frequent, item.made_by["concept_cap"])
            yield conform(out.append_column("unit", pa.repeat(unit, len(out))), CAPPED)

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write them."""
        return _commit(Attempt(self.store, item), "capped", pa.concat_tables([CAPPED.empty_table(), *tables]))


@dataclass(frozen=True)
class Parts:
    """The file SELECTION without the cap; by block the units, and the file CAPPED."""

    selection: str
    capped: list[tuple[list[str], str]]


class Joined(Committed):
    """Reads what is left out by the cap and without it, and commits it as the table SELECTION, a block at a time."""

    def item(
        self, units: Mapping[str, Receipt], selected: Receipt, capped: Sequence[Receipt], made_by: dict[str, Any]
    ) -> Item:
        """The table as an item; `selected` is the receipt of that without the cap, `capped` those of the blocks."""
        contents = [content(selected, "selection"), [content(each) for each in capped]]
        names = [list(mine) for _, mine in blocks(units)]
        pairs = sorted(zip(names, (file_path(each, "capped") for each in capped), strict=True))
        return Item(FOLDER, digest([made_by, contents]), Parts(file_path(selected, "selection"), pairs), made_by)

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The rows of SELECTION of each block."""
        for units, path in item.payload.capped:
            known = load_table(self.store, item.payload.selection, SELECTION, filters=pc.field("unit").isin(units))
            yield with_capped(known, load_table(self.store, path, CAPPED))

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write them, with what the driver counts."""
        attempt, counts, rows = Attempt(self.store, item), [SELECTED_COUNTS.empty_table()], 0
        with attempt.create("selection.parquet") as sink, pq.ParquetWriter(sink, SELECTION, **WRITING) as writer:
            for table in tables:
                writer.write_table(table, ROW_GROUP)
                counts.append(count_selection(table))
                rows += len(table)
        counted = pa.concat_tables(counts)
        with attempt.create("counts.parquet") as sink:
            pq.write_table(counted, sink, **WRITING)
        return attempt.settle({"selection": rows, "counts": len(counted)}, {"rows": rows})


def with_capped(selection: pa.Table, capped: pa.Table) -> pa.Table:
    """The table SELECTION of some units with the panels that the cap leaves out, sorted."""
    out, why = capped["panel_id"].combine_chunks(), Reason.CONCEPT_CAP.value
    listed = pc.is_in(selection["panel_id"], value_set=out)
    reasons = pc.if_else(listed, why, selection["left_out"])
    known = selection.set_column(SELECTION.get_field_index("left_out"), SELECTION.field("left_out"), reasons)
    new = capped.filter(pc.invert(pc.is_in(out, value_set=selection["panel_id"].combine_chunks())))
    added = conform(new.append_column("left_out", pa.repeat(why, len(new))), SELECTION)
    return pa.concat_tables([known, added]).sort_by([("unit", "ascending"), ("panel_id", "ascending")])


def _published(store: Store, work: Work) -> Iterator[tuple[str, pa.Table]]:
    """The panels of each unit that are published without the cap: `panel_id`, `cuis`."""
    mine = pc.field("unit").isin([unit for unit, _ in work.units]) & pc.field("left_out").is_valid()
    out = load_table(store, work.selection, SELECTION, filters=mine)["panel_id"].combine_chunks()
    for unit, path in work.units:
        panels = load_table(store, path, INDEX, ["panel_id", "cuis"])
        yield unit, panels.filter(pc.invert(pc.is_in(panels["panel_id"], value_set=out)))


def _commit(attempt: Attempt, name: str, table: pa.Table) -> Receipt:
    with attempt.create(f"{name}.parquet") as sink:
        pq.write_table(table, sink, **WRITING)
    return attempt.settle({name: len(table)}, {name: len(table)})
