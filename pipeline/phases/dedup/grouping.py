"""Grouping: all edges to the table of duplicates."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.curate import PANELS_FILE, folder
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import current, write_receipt
from pipeline.storage.store import Store
from schemas.duplicates import DUPLICATES, EDGES
from transforms.duplicates.edges import figures
from transforms.duplicates.groups import VERSION, group

DUPLICATES_FILE = "dedup/duplicates.parquet"

#: Units read at once.
READERS = 16

_COLUMNS = ["panel_id", "pixel_sha256", "embedding", "width", "height", "article.license", "article.year"]


def write_duplicates(store: Store, units: Mapping[str, Receipt], matches: Sequence[Receipt], unlike: float) -> None:
    """Group what the receipts of the cells found, and commit the table, sorted by panel; nothing if it is current."""
    files = [path for receipt in matches for path in receipt["files"]]
    item = grouping_item([*units.values(), *matches], {"group": VERSION, "unlike": unlike})
    if current(store, item) is not None:
        return
    edges = _read_edges(store, files)
    compared = pa.chunked_array([*edges["one_pixels"].chunks, *edges["other_pixels"].chunks])
    panels = _read_panels(store, units, pc.unique(compared))
    found = group(panels, _between(edges, panels), unlike).sort_by("panel_id")
    with store.create(DUPLICATES_FILE) as sink:
        pq.write_table(found, sink, compression="zstd")
    stamp = sink.stamp() | {"rows": len(found)}
    write_receipt(store, item, {DUPLICATES_FILE: stamp}, {"duplicates": len(found)})


def grouping_item(receipts: Iterable[Receipt], made_by: dict[str, Any]) -> Item:
    """Grouping as an item; its result depends on what the receipts of units and of matches vouch for."""
    return Item("dedup", digest([made_by, [receipt["files"] for receipt in receipts]]), None, made_by)


def read_duplicates(store: Store) -> pa.Table:
    """The table DUPLICATES; raises UserError."""
    return load_table(store, DUPLICATES_FILE, DUPLICATES)


def read_panels(store: Store, units: Iterable[str], columns: list[str]) -> Iterator[pa.Table]:
    """Columns of the panels of each unit, in order; no more than READERS units are held. Raises UserError."""
    rest = iter(units)
    with ThreadPoolExecutor(READERS) as pool:
        while some := list(islice(rest, READERS)):
            yield from pool.map(partial(_read_unit, store, columns), some)


def _read_unit(store: Store, columns: list[str], unit: str) -> pa.Table:
    return load_table(store, f"{folder(unit)}/panels.parquet", PANELS_FILE, columns)


def _read_edges(store: Store, paths: list[str]) -> pa.Table:
    return pa.concat_tables([EDGES.empty_table(), *(load_table(store, path, EDGES) for path in paths)])


def _read_panels(store: Store, units: Iterable[str], wanted: pa.Array) -> pa.Table:
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
    names = ["one", "other", "kind", "similarity"]
    return pa.concat_tables([alike.select(names), rows.cast(alike.select(names).schema)])
