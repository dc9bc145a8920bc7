"""The selection: it is what groups, edges and withheld images lead to, and no picture is published in two splits."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.config.run_record import PATH
from pipeline.phases.dedup import grouping, withheld
from pipeline.phases.dedup.members import MEMBERS_FILE, find_members
from pipeline.phases.dedup.selection import FOLDER, find_selection, selection_item
from pipeline.phases.verify.files import Keys, Known, Vouched, told, vouched
from pipeline.storage.parquet import Fault, read_table
from pipeline.storage.store import Store
from schemas.duplicates import MEMBERS
from schemas.ids import article_of, panel_order
from schemas.selection import SELECTION
from transforms.duplicates.select import DUPLICATE, DUPLICATE_SPLIT, WITHHELD
from transforms.place import hashes, split_numbers

#: Why a panel may be left out.
REASONS = {WITHHELD, DUPLICATE, DUPLICATE_SPLIT}


def selection_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of the table SELECTION, and of the members of groups as they are published."""
    item = vouched(store, known, FOLDER, ["selection"], _keys(known))
    yield from item.faults
    table = item.read(store, "selection", SELECTION)
    yield from told(table)
    if not isinstance(table, Fault):
        known.selection = table
        yield from item.counted({"rows": len(table)})
        yield from item.miscounted("selection", len(table))
        yield from (f"{item.paths['selection']}: {line}" for line in _row_faults(table, known, item))
    yield from _member_faults(store, known)


def _keys(known: Known) -> Keys | None:
    """What the key of the selection must be; None where that cannot be said."""
    groups, leaks = _receipt(known, grouping.FOLDER), _receipt(known, withheld.FOLDER)
    if known.run is None or known.halved is None or groups is None or (_withholds(known) and leaks is None):
        return None
    recipe, halved = known.run.config.recipe, known.halved
    item = selection_item(groups, leaks if _withholds(known) else None, recipe, halved)
    return Keys(lambda made_by: [item] if made_by == item.made_by else [])


def _receipt(known: Known, folder: str) -> Receipt | None:
    return next((receipt for receipt in known.receipts.values() if receipt["folder"] == folder), None)


def _withholds(known: Known) -> bool:
    return known.run is not None and bool(known.run.config.recipe.withheld)


def _row_faults(table: pa.Table, known: Known, item: Vouched) -> Iterator[str]:
    misnamed = list(_name_faults(table))
    yield from misnamed
    if misnamed or known.run is None or known.duplicates is None or known.edges is None:
        return
    yield from _split_faults(table, known.duplicates, known.edges, known.run.config.recipe.splits.model_dump())
    if known.halved is None or (_withholds(known) and known.withheld is None):
        return
    leaks = known.withheld["panel_id"].to_pylist() if known.withheld is not None and _withholds(known) else []
    expected = find_selection(known.duplicates, known.edges, leaks, known.run.config.recipe, known.halved)
    if not table.equals(expected):
        yield f"{_first_difference(table, expected)}: not what the groups, the edges and the recipe of {PATH} lead to"


def _name_faults(table: pa.Table) -> Iterator[str]:
    for row in table.to_pylist():
        try:
            panel_order(row["panel_id"])
        except ValueError as error:
            yield str(error)
        if row["left_out"] not in REASONS | {None}:
            yield f"{row['panel_id']} is left out for {row['left_out']!r}, which is no reason"


def _first_difference(table: pa.Table, expected: pa.Table) -> str:
    found, wanted = ({row["panel_id"]: row for row in each.to_pylist()} for each in (table, expected))
    names = sorted(panel for panel in found.keys() | wanted.keys() if found.get(panel) != wanted.get(panel))
    return names[0] + (" and others" if names[1:] else "") if names else "the order of the rows"


def _split_faults(
    selection: pa.Table, duplicates: pa.Table, edges: pa.Table, shares: dict[str, float]
) -> Iterator[str]:
    """Groups, and pairs that an edge confirms, that are published in two splits; whatever the selection rests on."""
    out = selection.filter(pc.is_valid(selection["left_out"]))["panel_id"].combine_chunks()
    published = duplicates.filter(pc.invert(pc.is_in(duplicates["panel_id"], value_set=out)))
    both = pc.or_(pc.is_in(edges["one"], value_set=out), pc.is_in(edges["other"], value_set=out))
    pairs = edges.filter(pc.invert(both))
    members = published.append_column("split", _splits(published["panel_id"], shares))
    splits = members.group_by("group_id").aggregate([("split", "count_distinct")])
    for group in splits.filter(pc.greater(splits["split_count_distinct"], 1))["group_id"].to_pylist():
        yield f"group {group} is published in two splits"
    one, other = _splits(pairs["one"], shares), _splits(pairs["other"], shares)
    for row in pairs.filter(pc.not_equal(one, other)).to_pylist():
        yield f"{row['one']} and {row['other']}, which show the same, are published in two splits"


def _splits(panels: pa.ChunkedArray, shares: dict[str, float]) -> pa.Array:
    """The number of the split of each panel, by the hash of its article."""
    first, _ = hashes(article_of(panel) for panel in panels.to_pylist())
    return pa.array(split_numbers(first, shares)[0])


def _member_faults(store: Store, known: Known) -> Iterator[str]:
    """Whether the published members are what the tables of duplicates and of panels say, if these can be read."""
    members = read_table(store, MEMBERS_FILE, MEMBERS)
    yield from told(members)
    units = known.sound_units()
    if isinstance(members, Fault) or known.duplicates is None or known.selection is None or known.unread or not units:
        return
    if not members.equals(find_members(store, units.values(), known.selection)):
        yield f"{MEMBERS_FILE}: not what {grouping.FOLDER} and the panels say"
