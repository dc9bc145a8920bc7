"""Grouping: all edges to the table of duplicates."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.curate import PANELS_FILE, panels_path
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path, find_receipt, the_receipt
from pipeline.storage.store import Store
from schemas.duplicates import CONFIRMED, DUPLICATES, EDGES
from schemas.tables import conform
from transforms.duplicates.edges import figures
from transforms.duplicates.groups import VERSION, group

FOLDER = "dedup/groups"

#: The receipts of units by id, in order.
Units = Mapping[str, Receipt]

#: Units read at once.
READERS = 16

_COLUMNS = ["panel_id", "pixel_sha256", "embedding", "width", "height", "article.license", "article.year"]


def write_duplicates(store: Store, units: Units, matches: Sequence[Receipt], unlike: float) -> Receipt:
    """Group what the receipts of the cells found; commit the groups, sorted by panel, and the edges between panels."""
    item = grouping_item(units, matches, {"group": VERSION, "unlike": unlike})
    if (receipt := find_receipt(store, item)) is not None:
        return receipt
    found = _read_edges(store, [file_path(receipt, "edges") for receipt in matches])
    compared = pa.chunked_array([*found["one_pixels"].chunks, *found["other_pixels"].chunks])
    panels = _read_panels(store, units.values(), pc.unique(compared))
    edges = _between(found, panels)
    tables = {
        "duplicates": group(panels, edges, unlike).sort_by("panel_id"),
        "edges": conform(edges, CONFIRMED).sort_by([("one", "ascending"), ("other", "ascending")]),
    }
    attempt = Attempt(store, item)
    for name, table in tables.items():
        with attempt.create(f"{name}.parquet") as sink:
            pq.write_table(table, sink, **WRITING)
    rows = {name: len(table) for name, table in tables.items()}
    return attempt.settle(rows, rows)


def grouping_item(units: Units, matches: Iterable[Receipt], made_by: dict[str, Any]) -> Item:
    """Grouping as an item; its result depends on the panels of the units and on the edges of the cells."""
    panels, edges = [content(unit, "panels") for unit in units.values()], [content(each) for each in matches]
    return Item(FOLDER, digest([made_by, panels, edges]), None, made_by)


def read_duplicates(store: Store) -> pa.Table:
    """The table DUPLICATES; raises UserError."""
    return load_table(store, file_path(the_receipt(store, FOLDER), "duplicates"), DUPLICATES)


def read_edges(store: Store) -> pa.Table:
    """The table CONFIRMED; raises UserError."""
    return load_table(store, file_path(the_receipt(store, FOLDER), "edges"), CONFIRMED)


def read_panels(store: Store, units: Iterable[Receipt], columns: list[str]) -> Iterator[pa.Table]:
    """Columns of the panels of each unit, in order; no more than READERS units are held. Raises Damaged."""
    rest = iter(units)
    with ThreadPoolExecutor(READERS) as pool:
        while some := list(islice(rest, READERS)):
            yield from pool.map(lambda unit: load_table(store, panels_path(unit), PANELS_FILE, columns), some)


def _read_edges(store: Store, paths: list[str]) -> pa.Table:
    return pa.concat_tables([EDGES.empty_table(), *(load_table(store, path, EDGES) for path in paths)])


def _read_panels(store: Store, units: Iterable[Receipt], wanted: pa.Array) -> pa.Table:
    """What grouping asks of the panels with these pixels."""
    tables = []
    for table in read_panels(store, units, _COLUMNS):
        flat = table.flatten()
        flat = flat.rename_columns([name.removeprefix("article.") for name in flat.column_names])
        tables.append(flat.filter(pc.is_in(flat["pixel_sha256"], value_set=wanted)))
    return pa.concat_tables(tables)


def _between(edges: pa.Table, panels: pa.Table) -> pa.Table:
    """The edges between panels that are there: the first of those with the pixels that were compared stands for all.

    A panel that was compared for them may be gone since, or show something else.
    """
    named = panels.select(["panel_id", "pixel_sha256"]).sort_by("panel_id")
    codes = named["pixel_sha256"].combine_chunks().dictionary_encode().indices.to_numpy()
    first = np.unique(codes, return_index=True)[1]
    heads = named.take(pa.array(first))
    alike = edges.filter(pc.not_equal(edges["kind"], "exact"))
    for end in ("one", "other"):
        row = pc.index_in(alike[f"{end}_pixels"], value_set=heads["pixel_sha256"].combine_chunks())
        alike = alike.set_column(alike.column_names.index(end), end, heads["panel_id"].take(row))
    alike = alike.filter(pc.not_equal(figures(alike["one"]), figures(alike["other"])))  # null where one is gone
    copies = named.take(pa.array(np.setdiff1d(np.arange(len(named)), first)))
    originals = named["panel_id"].take(pa.array(first[np.delete(codes, first)]))
    exact = {"kind": pa.repeat("exact", len(copies)), "similarity": pa.repeat(1.0, len(copies))}
    rows = pa.table({"one": originals, "other": copies["panel_id"]} | exact)
    return pa.concat_tables([conform(alike, CONFIRMED), conform(rows, CONFIRMED)])
