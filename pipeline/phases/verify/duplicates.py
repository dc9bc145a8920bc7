"""The dedup phase: what was compared, the table of duplicates, and the panels that show a withheld image."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from dags.graph import Item
from pipeline.config.recipe import digest
from pipeline.phases.dedup.grouping import DUPLICATES_FILE, grouping_item
from pipeline.phases.dedup.index import INDEX_FILE, Index, read_index
from pipeline.phases.dedup.matches import Matches
from pipeline.phases.dedup.members import MEMBERS_FILE, find_members
from pipeline.phases.dedup.slices import SLICED, Slices
from pipeline.phases.dedup.withheld import WITHHELD, WITHHELD_FILE, withheld_item
from pipeline.phases.verify.files import Keys, Known, told, vouched
from pipeline.storage.parquet import Fault, read_table
from pipeline.storage.receipts import read_receipt
from pipeline.storage.store import Store
from schemas.duplicates import DUPLICATES, EDGES, LEAKS, MEMBERS

#: How two panels, or a panel and an image, may be the same.
KINDS = {"exact", "perceptual", "embedding"}


def duplicate_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of all that says which panels show the same; adds the tables to what is known."""
    index: Index | None = None
    try:
        index = read_index(store)
    except FileNotFoundError as error:
        yield f"{INDEX_FILE}: it or its middles are missing: {error}"
    except (OSError, ValueError) as error:
        yield f"{INDEX_FILE}: {' '.join(str(error).split())}"
    if index is not None:
        yield from _index_faults(index, known)
    yield from _compared_faults(store, "dedup/slices", "panels.parquet", SLICED, index, Slices(store).items)
    yield from _compared_faults(store, "dedup/edges", "edges.parquet", EDGES, index, Matches(store).items)
    if known.run is None or known.run.config.recipe.withheld:
        yield from _withheld_faults(store, known)
    else:
        left = [*store.files(WITHHELD), *([WITHHELD_FILE] if store.size(WITHHELD_FILE) is not None else [])]
        yield from (f"{path}: nothing is withheld" for path in left)
    yield from _grouping_faults(store, known, index)
    yield from _member_faults(store, known)


def _index_faults(index: Index, known: Known) -> Iterator[str]:
    taken = {unit: content for part in index.slices for unit, content in part.units.items()}
    for unit, receipt in known.receipts().items():
        if taken.get(unit) != digest(receipt["files"]):
            yield f"{INDEX_FILE}: unit {unit} is not taken in as it is"


def _compared_faults(
    store: Store,
    folder: str,
    name: str,
    schema: pa.Schema,
    index: Index | None,
    items: Callable[[Index, dict[str, Any]], list[Item]],
) -> Iterator[str]:
    """Faults of the slices or of the edges; without an index, of those that are there."""
    places = sorted({"/".join(path.split("/")[:3]) for path in store.files(folder)})
    keys = None
    if index is not None:
        keys = Keys(lambda made_by: items(index, made_by))
        expected = [item.folder for item in items(index, {})]
        yield from (f"{place}: not in {INDEX_FILE}" for place in sorted({*places} - {*expected}))
        places = expected
    for place in places:
        path = f"{place}/{name}"
        item = vouched(store, place, [path], keys)
        yield from item.faults
        rows = 0
        for table in item.batches(store, path, schema):
            yield from told(table)
            rows += 0 if isinstance(table, Fault) else len(table)
            if not isinstance(table, Fault) and "kind" in schema.names:
                yield from (f"{path}: {line}" for line in _likeness_faults(table, KINDS))
        if path not in item.broken:
            yield from item.counted({"edges" if "kind" in schema.names else "rows": rows})


def _likeness_faults(table: pa.Table, kinds: set[str]) -> Iterator[str]:
    """Rows of an unknown kind, or whose similarity is no cosine."""
    for row in table.to_pylist():
        if row["kind"] not in kinds:
            yield f"unknown kind {row['kind']!r}"
        if not -1.01 < row["similarity"] < 1.01:  # float16 rounds; NaN is no cosine either
            yield f"similarity {row['similarity']}"


def _withheld_faults(store: Store, known: Known) -> Iterator[str]:
    if known.run is None and store.size(WITHHELD_FILE) is None:
        return  # whether anything is withheld cannot be known
    receipts = known.receipts().values()
    keys = Keys(lambda made_by: [withheld_item(receipts, made_by)]) if len(receipts) == len(known.units) else None
    item = vouched(store, WITHHELD, [WITHHELD_FILE], keys)
    yield from item.faults
    table = item.read(store, WITHHELD_FILE, LEAKS)
    yield from told(table)
    if isinstance(table, Fault):
        return
    known.withheld = table
    counts = item.receipt["counts"] if item.receipt else {}
    images = {name: counts.get(name, 0) for name in ("images", "skipped")}  # how many there were, none can tell now
    yield from item.counted(images | {"leaks": len(table)})
    yield from item.miscounted(WITHHELD_FILE, len(table))
    yield from (f"{WITHHELD_FILE}: {line}" for line in _likeness_faults(table, KINDS))
    if not known.unread:
        strangers = {*table["panel_id"].to_pylist()}.difference(known.panels)
        yield from (f"{WITHHELD_FILE}: there is no panel {panel}" for panel in sorted(strangers))


def _grouping_faults(store: Store, known: Known, index: Index | None) -> Iterator[str]:
    receipts = list(known.receipts().values())
    matches = [read_receipt(store, item.folder) for item in Matches(store).items(index, {})] if index else [None]
    receipts += [receipt for receipt in matches if receipt is not None]
    whole = len(receipts) == len(known.units) + len(matches)
    item = vouched(store, "dedup", [DUPLICATES_FILE], Keys(lambda by: [grouping_item(receipts, by)]) if whole else None)
    yield from item.faults
    table = item.read(store, DUPLICATES_FILE, DUPLICATES)
    yield from told(table)
    if not isinstance(table, Fault):
        known.duplicates = table
        yield from item.counted({"duplicates": len(table)})
        yield from item.miscounted(DUPLICATES_FILE, len(table))
        yield from (f"{DUPLICATES_FILE}: {line}" for line in _group_faults(table, known))


def _group_faults(table: pa.Table, known: Known) -> Iterator[str]:
    rows = table.to_pylist()
    canonicals = {row["group_id"]: row["panel_id"] for row in rows if row["kind"] == "canonical"}
    for panel, count in Counter(row["panel_id"] for row in rows).items():
        if count > 1:
            yield f"panel {panel} is in {count} groups"
        if panel not in known.panels and not known.unread:
            yield f"there is no panel {panel}"
    for row in rows:
        if canonicals.get(row["group_id"]) != row["canonical_id"]:
            yield f"the canonical of {row['panel_id']} is not in its group"
        if (row["kind"] == "canonical") != (row["panel_id"] == row["canonical_id"]):
            yield f"panel {row['panel_id']} is {row['kind']}, its canonical {row['canonical_id']}"
    for group, count in Counter(row["group_id"] for row in rows).items():
        if count < 2:
            yield f"group {group} has one member"
    yield from _likeness_faults(table, KINDS | {"canonical"})


def _member_faults(store: Store, known: Known) -> Iterator[str]:
    """Whether the published members are what the tables of duplicates and of panels say, if these can be read."""
    members = read_table(store, MEMBERS_FILE, MEMBERS)
    yield from told(members)
    withheld = known.withheld is not None or store.size(WITHHELD_FILE) is None
    if isinstance(members, Fault) or known.duplicates is None or known.unread or not withheld:
        return
    if not members.equals(find_members(store, known.units)):
        yield f"{MEMBERS_FILE}: not what {DUPLICATES_FILE} and the panels say"
