"""The dedup phase: what was compared, the groups of duplicates, and the panels that show a withheld image."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Item
from pipeline.phases.dedup import grouping, withheld
from pipeline.phases.dedup.index import INDEX_FILE, MIDDLES_FILE, SLICES, Index, contents_of, read_index
from pipeline.phases.dedup.matches import Matches
from pipeline.phases.dedup.slices import SLICED, Slices
from pipeline.phases.verify.files import Keys, Known, Vouched, told, vouched
from pipeline.storage.parquet import Fault
from pipeline.storage.store import Store
from schemas.duplicates import CONFIRMED, DUPLICATES, EDGES, LEAKS
from schemas.ids import panel_order

#: How two panels, or a panel and an image, may be the same.
KINDS = {"exact", "perceptual", "embedding"}


def duplicate_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of all that says which panels show the same; adds the tables to what is known."""
    known.named.update((INDEX_FILE, MIDDLES_FILE))
    named: dict[str, set[str]] = {}
    index: Index | None = None
    try:
        index = read_index(store)
    except FileNotFoundError as error:
        yield f"{INDEX_FILE}: it or its middles are missing: {error}"
    except (OSError, ValueError) as error:
        yield f"{INDEX_FILE}: {' '.join(str(error).split())}"
    if index is not None:
        yield from _index_faults(index, known)

    def slices(found: Index, made_by: dict[str, Any]) -> list[Item]:
        return Slices(store).items(found, made_by, {})

    def matches(found: Index, made_by: dict[str, Any]) -> list[Item]:
        return Matches(store).items(found, made_by, {})

    yield from _compared_faults(store, known, SLICES, "panels", SLICED, index, slices)
    yield from _compared_faults(store, known, Matches.FOLDER, "edges", EDGES, index, matches)
    if known.run.config.recipe.withheld if known.run else known.places("dedup").count(withheld.FOLDER):
        yield from _withheld_faults(store, known, named)
    yield from _grouping_faults(store, known, index, named)
    yield from _stranger_faults(store, known, named)


def _index_faults(index: Index, known: Known) -> Iterator[str]:
    taken = {unit: content for part in index.slices for unit, content in part.units.items()}
    readable = {unit: receipt for unit, receipt in known.units.items() if receipt is not None}
    for unit, content in contents_of(readable).items():
        if taken.get(unit) != content:
            yield f"{INDEX_FILE}: unit {unit} is not taken in as it is"


def _compared_faults(
    store: Store,
    known: Known,
    folder: str,
    name: str,
    schema: pa.Schema,
    index: Index | None,
    items: Callable[[Index, dict[str, Any]], list[Item]],
) -> Iterator[str]:
    """Faults of the slices or of the edges; without an index, of those that are there."""
    places = known.places(folder)
    keys = None
    if index is not None:
        keys = Keys(lambda made_by: items(index, made_by))
        expected = [item.folder for item in items(index, {})]
        unknown = {*places} - {*expected}
        known.unclear |= unknown
        yield from (f"{place}: not in {INDEX_FILE}" for place in sorted(unknown))
        places = expected
    for place in places:
        item = vouched(store, known, place, [name], keys)
        yield from item.faults
        rows = 0
        for table in item.batches(store, name, schema):
            yield from told(table)
            rows += 0 if isinstance(table, Fault) else len(table)
            if not isinstance(table, Fault) and "kind" in schema.names:
                yield from (f"{item.paths[name]}: {line}" for line in _likeness_faults(table, KINDS))
        if name not in item.broken:
            yield from item.counted({"edges" if "kind" in schema.names else "rows": rows})


def _likeness_faults(table: pa.Table, kinds: set[str]) -> Iterator[str]:
    """Rows of an unknown kind, or whose similarity is no cosine."""
    for kind in sorted({*pc.unique(table["kind"]).to_pylist()} - kinds):
        yield f"unknown kind {kind!r}"
    for similarity in table["similarity"].to_pylist():
        if not -1.01 < similarity < 1.01:  # float16 rounds; NaN is no cosine either
            yield f"similarity {similarity}"


def _withheld_faults(store: Store, known: Known, named: dict[str, set[str]]) -> Iterator[str]:
    receipts = known.sound_units()
    keys = None if receipts is None else Keys(lambda by: [withheld.withheld_item(receipts.values(), by)])
    item = vouched(store, known, withheld.FOLDER, ["leaks"], keys)
    yield from item.faults
    table = item.read(store, "leaks", LEAKS)
    yield from told(table)
    if isinstance(table, Fault):
        return
    misnamed = list(_name_faults(table, "panel_id"))
    known.withheld = None if misnamed else table
    counts = item.receipt["counts"] if item.receipt else {}
    images = {name: counts.get(name, 0) for name in ("images", "skipped")}  # how many there were, none can tell now
    yield from item.counted(images | {"leaks": len(table)})
    yield from item.miscounted("leaks", len(table))
    named[item.paths["leaks"]] = {*table["panel_id"].to_pylist()}
    yield from (f"{item.paths['leaks']}: {line}" for line in (*misnamed, *_likeness_faults(table, KINDS)))


def _grouping_faults(store: Store, known: Known, index: Index | None, named: dict[str, set[str]]) -> Iterator[str]:
    units, keys = known.sound_units(), None
    if index is not None and units is not None:
        by_folder = {receipt["folder"]: receipt for receipt in known.receipts.values()}
        found = [by_folder.get(item.folder) for item in Matches(store).items(index, {}, {})]
        matches = [receipt for receipt in found if receipt is not None]
        if len(matches) == len(found):
            keys = Keys(lambda made_by: [grouping.grouping_item(units, matches, made_by)])
    item = vouched(store, known, grouping.FOLDER, ["duplicates", "edges"], keys)
    yield from item.faults
    known.duplicates, known.edges = (
        (yield from _table_faults(store, item, "duplicates", DUPLICATES, ("panel_id",), named)),
        (yield from _table_faults(store, item, "edges", CONFIRMED, ("one", "other"), named)),
    )
    if known.duplicates is not None and known.edges is not None:
        yield from item.counted({"duplicates": len(known.duplicates), "edges": len(known.edges)})


def _table_faults(
    store: Store, item: Vouched, name: str, schema: pa.Schema, columns: tuple[str, ...], named: dict[str, set[str]]
) -> Generator[str, None, pa.Table | None]:
    """Faults of a table of the grouping, whose `columns` name panels; returns it where its names can be relied on."""
    table = item.read(store, name, schema)
    yield from told(table)
    if isinstance(table, Fault):
        return None
    misnamed = list(_name_faults(table, *columns))
    lines = _group_faults(table) if name == "duplicates" else _likeness_faults(table, KINDS)
    yield from (f"{item.paths[name]}: {line}" for line in (*misnamed, *lines))
    named[item.paths[name]] = {panel for column in columns for panel in table[column].to_pylist()}
    yield from item.miscounted(name, len(table))
    return None if misnamed else table


def _name_faults(table: pa.Table, *columns: str) -> Iterator[str]:
    """Names that are none of panels."""
    for name in columns:
        for panel in table[name].to_pylist():
            try:
                panel_order(panel)
            except ValueError as error:
                yield str(error)


def _stranger_faults(store: Store, known: Known, named: dict[str, set[str]]) -> Iterator[str]:
    """Panels that a table names and no unit holds, where all units can be read; `named` are the panels by table."""
    if known.unread or not any(named.values()):
        return
    units = [receipt for receipt in known.units.values() if receipt is not None]
    for panels in grouping.read_panels(store, units, ["panel_id"]):
        held = panels["panel_id"].to_pylist()
        for names in named.values():
            names.difference_update(held)
    yield from (f"{path}: there is no panel {panel}" for path, names in named.items() for panel in sorted(names))


def _group_faults(table: pa.Table) -> Iterator[str]:
    rows = table.to_pylist()
    canonicals = {row["group_id"]: row["panel_id"] for row in rows if row["kind"] == "canonical"}
    for panel, count in Counter(row["panel_id"] for row in rows).items():
        if count > 1:
            yield f"panel {panel} is in {count} groups"
    ranks: dict[str, list[int]] = {}
    for row in rows:
        ranks.setdefault(row["group_id"], []).append(row["rank"])
        if canonicals.get(row["group_id"]) != row["canonical_id"]:
            yield f"the canonical of {row['panel_id']} is not in its group"
        if (row["kind"] == "canonical") != (row["panel_id"] == row["canonical_id"]):
            yield f"panel {row['panel_id']} is {row['kind']}, its canonical {row['canonical_id']}"
        if (row["kind"] == "canonical") != (row["rank"] == 0):
            yield f"panel {row['panel_id']} is {row['kind']} in rank {row['rank']}"
    for group, found in ranks.items():
        if len(found) < 2:
            yield f"group {group} has one member"
        elif sorted(found) != [*range(len(found))]:
            yield f"group {group} has the ranks {', '.join(map(str, sorted(found)))}"
    yield from _likeness_faults(table, KINDS | {"canonical"})
