"""The selection as a file: which panels are left out, and the group of each that has one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import Recipe, digest
from pipeline.phases.committed import Committed
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path, the_receipt
from pipeline.storage.store import Store
from schemas.duplicates import CONFIRMED, DUPLICATES, LEAKS
from schemas.ids import article_of
from schemas.rejects import Reason
from schemas.selection import SELECTED_COUNTS, SELECTION
from schemas.tables import by_unit
from transforms.duplicates.select import VERSION, WITHHELD, left_out
from transforms.place import hashes, part_name, units

FOLDER = "dedup/selection"

#: Where it lies before the cap on concepts, where the recipe has one.
UNCAPPED = "dedup/uncapped"

#: The version of what is counted of it.
COUNTS = "2"

#: Rows of a row group: a worker that publishes a shard reads those of its units.
ROW_GROUP = 4096


@dataclass(frozen=True)
class Work:
    """The selections of all buckets, and the panels that are withheld, if any are."""

    selections: list[str]
    leaks: str | None


@dataclass(frozen=True)
class Selection(Committed):
    """Reads the selections of all buckets, and commits them as one, sorted by unit, with what the driver counts."""

    recipe: Recipe
    halved: Mapping[str, int]

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The selections."""
        for path in item.payload.selections:
            yield load_table(self.store, path, SELECTION)

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write them, with the panels that are withheld and have no duplicate."""
        leaks = [] if item.payload.leaks is None else load_leaks(self.store, item.payload.leaks)
        table = join_selections(tables, leaks, self.recipe, self.halved)
        counts = count_selection(table)
        attempt = Attempt(self.store, item)
        with attempt.create("selection.parquet") as sink:
            pq.write_table(table, sink, row_group_size=ROW_GROUP, **WRITING)
        with attempt.create("counts.parquet") as sink:
            pq.write_table(counts, sink, **WRITING)
        return attempt.settle({"selection": len(table), "counts": len(counts)}, {"rows": len(table)})


def selection_item(groups: Sequence[Receipt], leaks: Receipt | None, recipe: Recipe, halved: Mapping[str, int]) -> Item:
    """The selection as an item; `leaks` is the receipt of what is withheld, if anything is.

    Where the recipe caps concepts, that follows (cap.py).
    """
    made_by: dict[str, Any] = {
        "select": VERSION,
        "counts": COUNTS,
        "splits": recipe.splits.model_dump(),
        "cut": {**halved},
    }
    contents = [content(each, "selection") for each in groups]
    work = Work([file_path(each, "selection") for each in groups], file_path(leaks, "leaks") if leaks else None)
    folder = UNCAPPED if recipe.concept_cap else FOLDER
    return Item(folder, digest([made_by, contents, leaks and content(leaks)]), work, made_by)


def join_selections(
    tables: Iterable[pa.Table], leaks: list[str], recipe: Recipe, halved: Mapping[str, int]
) -> pa.Table:
    """The table SELECTION of a corpus, given those of its buckets and the panels that are withheld."""
    grouped = pa.concat_tables([SELECTION.empty_table(), *tables])
    alone = pa.array(leaks, pa.string())
    alone = alone.filter(pc.invert(pc.is_in(alone, value_set=grouped["panel_id"].combine_chunks())))
    nothing = DUPLICATES.empty_table(), CONFIRMED.empty_table()
    others = find_selection(*nothing, pc.unique(alone).to_pylist(), recipe, halved)
    return pa.concat_tables([grouped, others]).sort_by([("unit", "ascending"), ("panel_id", "ascending")])


def find_selection(
    duplicates: pa.Table, edges: pa.Table, withheld: list[str], recipe: Recipe, halved: Mapping[str, int]
) -> pa.Table:
    """The table SELECTION for these groups (DUPLICATES), edges (CONFIRMED) and panels that are withheld."""
    named = [duplicates["panel_id"], edges["one"], edges["other"]]
    panels = sorted({*withheld, *(panel for column in named for panel in column.to_pylist())})
    shares = recipe.splits.model_dump()
    first, _ = hashes(article_of(panel) for panel in panels)
    splits, numbers, _ = units(first, halved, shares)
    out = left_out(duplicates, edges, dict(zip(panels, splits.tolist(), strict=True)), recipe.duplicates, withheld)
    groups = dict(zip(duplicates["panel_id"].to_pylist(), duplicates["group_id"].to_pylist(), strict=True))
    if recipe.duplicates == "keep":
        groups = {}
    rows = [
        {
            "unit": part_name(list(shares)[splits[n]], numbers[n]),
            "panel_id": panel,
            "left_out": out.get(panel),
            "duplicate_group": groups.get(panel),
        }
        for n, panel in enumerate(panels)
        if panel in out or panel in groups
    ]
    return pa.Table.from_pylist(rows, schema=SELECTION).sort_by([("unit", "ascending"), ("panel_id", "ascending")])


def count_selection(selection: pa.Table) -> pa.Table:
    """The table SELECTED_COUNTS of a table SELECTION that is sorted by unit."""
    rows = [
        {
            "unit": unit,
            "left_out": len(some) - some["left_out"].null_count,
            "withheld": pc.sum(pc.equal(some["left_out"], WITHHELD)).as_py() or 0,
            "capped": pc.sum(pc.equal(some["left_out"], Reason.CONCEPT_CAP.value)).as_py() or 0,
            "digest": digest(some.to_pylist()),
        }
        for unit, some in by_unit(selection)
    ]
    return pa.Table.from_pylist(rows, schema=SELECTED_COUNTS)


def load_leaks(store: Store, path: str) -> list[str]:
    """The panels of the table LEAKS at a path; raises Damaged."""
    panels: list[str] = load_table(store, path, LEAKS, ["panel_id"])["panel_id"].to_pylist()
    return panels


def read_selection(store: Store, panels: pa.Array) -> pa.Table:
    """The rows of `panels` in the table SELECTION; raises UserError where there is none, or none that can be read."""
    path = file_path(the_receipt(store, FOLDER), "selection")
    return load_table(store, path, SELECTION, filters=pc.field("panel_id").isin(panels))


def read_counts(store: Store) -> pa.Table:
    """The table SELECTED_COUNTS; raises UserError where there is none, or none that can be read."""
    return load_counts(store, the_receipt(store, FOLDER))


def load_counts(store: Store, receipt: Receipt) -> pa.Table:
    """The table SELECTED_COUNTS that a receipt names; raises Damaged."""
    return load_table(store, file_path(receipt, "counts"), SELECTED_COUNTS)
