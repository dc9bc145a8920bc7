"""The selection as a file: which panels are left out, and the group of each that has one."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import Recipe, digest
from pipeline.phases.dedup.grouping import read_duplicates, read_edges
from pipeline.phases.dedup.withheld import read_withheld
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path, find_receipt, the_receipt
from pipeline.storage.store import Store
from schemas.ids import article_of
from schemas.selection import SELECTION
from transforms.duplicates.select import VERSION, WITHHELD, left_out
from transforms.place import hashes, part_name, units

FOLDER = "dedup/selection"

#: Rows of a row group: a worker that publishes a shard reads those of its units.
ROW_GROUP = 4096


def write_selection(
    store: Store, groups: Receipt, withheld: Receipt | None, recipe: Recipe, halved: Mapping[str, int]
) -> Receipt:
    """Commit the table SELECTION, sorted by unit; `halved` is how the corpus is cut."""
    item = selection_item(groups, withheld, recipe, halved)
    if (receipt := find_receipt(store, item)) is not None:
        return receipt
    table = find_selection(
        read_duplicates(store),
        read_edges(store),
        read_withheld(store)["panel_id"].to_pylist() if withheld else [],
        recipe,
        halved,
    )
    attempt = Attempt(store, item)
    with attempt.create("selection.parquet") as sink:
        pq.write_table(table, sink, row_group_size=ROW_GROUP, **WRITING)
    return attempt.settle({"selection": len(table)}, {"rows": len(table)})


def selection_item(groups: Receipt, withheld: Receipt | None, recipe: Recipe, halved: Mapping[str, int]) -> Item:
    """The selection as an item."""
    made_by = {"select": VERSION, "policy": recipe.duplicates, "splits": recipe.splits.model_dump(), "cut": {**halved}}
    return Item(FOLDER, digest([made_by, content(groups), withheld and content(withheld)]), None, made_by)


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


def count_withheld(selection: pa.Table) -> int:
    """The panels that are left out because they show what is withheld."""
    count: int = pc.sum(pc.equal(selection["left_out"], WITHHELD)).as_py() or 0
    return count


def read_selection(store: Store) -> pa.Table:
    """The table SELECTION; raises UserError where there is none, or none that can be read."""
    return load_table(store, file_path(the_receipt(store, FOLDER), "selection"), SELECTION)
