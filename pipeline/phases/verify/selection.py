"""The selection: it is what groups, edges and withheld images lead to, and no picture is published in two splits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Item, Receipt
from pipeline.config.run_record import PATH
from pipeline.phases.dedup import groups, withheld
from pipeline.phases.dedup.cap import Selected
from pipeline.phases.dedup.groups import MEMBERS_FILE
from pipeline.phases.dedup.selection import (
    FOLDER,
    UNCAPPED,
    count_selection,
    join_selections,
    load_counts,
    load_leaks,
    selection_item,
)
from pipeline.phases.verify.cap import cap_faults
from pipeline.phases.verify.files import told, vouched
from pipeline.phases.verify.groups import TABLES
from pipeline.phases.verify.items import Workers
from pipeline.phases.verify.known import Known
from pipeline.phases.verify.rows import split_faults
from pipeline.phases.verify.steps import Keys, step_faults
from pipeline.storage.parquet import Fault, load_batches, load_table, read_batches, read_table
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.duplicates import MEMBERS
from schemas.errors import Damaged
from schemas.ids import panel_order
from schemas.selection import SELECTED_COUNTS, SELECTION
from schemas.tables import batches, regroup
from transforms.duplicates.select import DUPLICATE, DUPLICATE_SPLIT, WITHHELD

#: Why a panel may be left out.
REASONS = {WITHHELD, DUPLICATE, DUPLICATE_SPLIT}

#: Rows looked at, or compared, at once.
ROWS = 4096


@dataclass(frozen=True)
class SelectionCheck:
    """The table SELECTION, and its counts. `buckets` are the sound ones: their files by name.

    `complete`: they are all, and so are the panels that are withheld, which lie at `leaks` if any are.
    """

    buckets: tuple[dict[str, str], ...]
    leaks: str | None
    complete: bool
    place: str

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of its files; it is sound if it is what the buckets lead to, from which it is found once more."""
        lines = list(self._faults(store, known))
        yield from lines
        if not lines:
            known.sound.add(self.place)

    def _faults(self, store: Store, known: Known) -> Iterator[str]:
        item = vouched(store, known, self.place, ["selection", "counts"])
        yield from item.faults
        table = item.read(store, "selection", SELECTION)
        yield from told(table)
        counts = item.read(store, "counts", SELECTED_COUNTS)
        if isinstance(table, Fault):
            yield from told(counts)
            return
        yield from item.counted({"rows": len(table)})
        yield from item.miscounted("selection", len(table))
        misnamed = list(_name_faults(table))
        lines = misnamed or self._row_faults(store, known, table)
        yield from (f"{item.paths['selection']}: {line}" for line in lines)
        yield from told(counts)
        if not isinstance(counts, Fault) and not counts.equals(count_selection(table)):
            yield f"{item.paths['counts']}: not what {item.paths['selection']} counts"

    def _row_faults(self, store: Store, known: Known, table: pa.Table) -> Iterator[str]:
        if known.run is None:
            return
        recipe, expected = known.run.config.recipe, None
        if self.complete and known.halved is not None:
            found = (load_table(store, bucket["selection"], SELECTION) for bucket in self.buckets)
            leaks = [] if self.leaks is None else load_leaks(store, self.leaks)
            expected = join_selections(found, leaks, recipe, known.halved)
            if table.equals(expected):
                return  # what its buckets publish is told of them
        for bucket in self.buckets:
            duplicates, edges = (load_table(store, bucket[name], TABLES[name][0]) for name in ("duplicates", "edges"))
            yield from split_faults(duplicates, edges, table, recipe.splits.model_dump())
        if expected is not None:
            what = f"not what the groups, the edges and the recipe of {PATH} lead to"
            yield f"{_first_difference(table, expected)}: {what}"


@dataclass(frozen=True)
class PublishedMembersCheck:
    """The published table MEMBERS; `members` are those of all buckets, None where one is not sound."""

    members: tuple[str, ...] | None
    place = MEMBERS_FILE

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """The fault of its file, or that it is not what the buckets hold, one after the other."""
        faults: list[Fault] = []
        found = _readable(read_batches(store, MEMBERS_FILE, MEMBERS, rows=ROWS), faults)
        if self.members is None:
            for _ in found:
                pass
            same = True
        else:
            said = (each for path in self.members for each in load_batches(store, path, MEMBERS, rows=ROWS))
            same = _are_same(found, said)
        if faults:
            yield faults[0].line
        elif not same:
            yield f"{MEMBERS_FILE}: not what {groups.FOLDER} and the panels say"


def _readable(found: Iterable[pa.Table | Fault], faults: list[Fault]) -> Iterator[pa.Table]:
    """The tables; a fault is put to `faults`."""
    for each in found:
        if isinstance(each, Fault):
            faults.append(each)
        else:
            yield each


def _are_same(found: Iterable[pa.Table], said: Iterable[pa.Table]) -> bool:
    """Whether tables hold the same rows, however they are cut."""
    pairs = zip_longest(regroup(found, ROWS), regroup(said, ROWS))
    return all(one is not None and other is not None and one.equals(other) for one, other in pairs)


def selection_faults(store: Store, known: Known, workers: Workers, leaks: Receipt | None) -> Iterator[str]:
    """Faults of the selection, and of the members of groups as they are published.

    `leaks` is the receipt of what is withheld, None where it cannot be relied on.
    """
    some = [each for each in _buckets(known) if each["folder"] in known.sound | known.misfit]
    files = tuple({name: file_path(each, name) for name in TABLES} for each in some)
    complete = len(some) == len(known.places(groups.FOLDER)) and not (known.withholds and leaks is None)
    cap = known.run.config.recipe.concept_cap if known.run else None
    path, place = file_path(leaks, "leaks") if leaks and known.withholds else None, UNCAPPED if cap else FOLDER
    sound = yield from step_faults(known, workers, [SelectionCheck(files, path, complete, place)], _keys(known))
    if cap:
        selected = Selected(sound[0], load_counts(store, sound[0])) if sound else None
        yield from cap_faults(store, known, workers, cap, selected)
    receipt = known.receipt(FOLDER)
    if receipt is not None and "counts" in receipt["files"]:
        counts = read_table(store, file_path(receipt, "counts"), SELECTED_COUNTS)
        known.selected = None if isinstance(counts, Fault) else counts
    members = None if len(some) < len(known.places(groups.FOLDER)) else tuple(each["members"] for each in files)
    yield from step_faults(known, workers, [PublishedMembersCheck(members)], None)


def _keys(known: Known) -> Keys | None:
    """What the key of the selection must be; None where that cannot be said."""
    leaks = known.receipt(withheld.FOLDER)
    if known.run is None or known.halved is None or (known.withholds and leaks is None):
        return None
    recipe, halved, buckets = known.run.config.recipe, known.halved, _buckets(known)

    def items(made_by: dict[str, Any]) -> list[Item]:
        try:
            item = selection_item(buckets, leaks if known.withholds else None, recipe, halved)
        except Damaged:
            return []  # a receipt of a bucket names no selection, as is told of it
        return [item] if made_by == item.made_by else []

    return Keys(items)


def _buckets(known: Known) -> list[Receipt]:
    """The receipts of the groups in each bucket, in order."""
    found = [known.receipt(place) for place in known.places(groups.FOLDER)]
    return [receipt for receipt in found if receipt is not None]


def _name_faults(table: pa.Table) -> Iterator[str]:
    for some in batches(table, ROWS):
        for row in some.to_pylist():
            try:
                panel_order(row["panel_id"])
            except ValueError as error:
                yield str(error)
            if row["left_out"] not in REASONS | {None}:
                yield f"{row['panel_id']} is left out for {row['left_out']!r}, which is no reason"


def _first_difference(table: pa.Table, expected: pa.Table) -> str:
    """The first panel of a row that only one of two tables has."""
    found, wanted = _texts(table), _texts(expected)
    columns = [
        table["panel_id"].filter(pc.invert(pc.is_in(found, value_set=wanted))),
        expected["panel_id"].filter(pc.invert(pc.is_in(wanted, value_set=found))),
    ]
    names = sorted({name for column in columns for name in column.to_pylist()})
    return names[0] + (" and others" if names[1:] else "") if names else "the order of the rows"


def _texts(table: pa.Table) -> pa.Array:
    """A text a row."""
    columns = [pc.fill_null(column, "") for column in table.columns]
    return pc.binary_join_element_wise(*columns, "\t").combine_chunks()
