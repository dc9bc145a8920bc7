"""Groups of duplicates: the panels in components, the groups of each bucket, and what of them is published."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from dags.graph import Item, Receipt
from pipeline.config.run_record import PATH
from pipeline.phases.dedup.buckets import load_bucket
from pipeline.phases.dedup.groups import FILES, FOLDER, Work, group_items, published_members, withheld_of
from pipeline.phases.dedup.members import MADE_BY, Members, blocks
from pipeline.phases.dedup.selection import find_selection
from pipeline.phases.verify.files import Vouched, told, vouched
from pipeline.phases.verify.items import Workers
from pipeline.phases.verify.known import Known
from pipeline.phases.verify.rows import (
    KINDS,
    likeness_faults,
    name_faults,
    rank_faults,
    split_faults,
    stranger_faults,
)
from pipeline.phases.verify.steps import Keys, Sound, places_of, step_faults
from pipeline.storage.parquet import Fault
from pipeline.storage.store import Store
from schemas.duplicates import CANDIDATES, CONFIRMED, DUPLICATES, MEMBERS
from schemas.errors import Damaged
from schemas.selection import SELECTION

#: The tables of a bucket, with their schemas and the columns that name panels.
TABLES: dict[str, tuple[pa.Schema, tuple[str, ...]]] = {
    "duplicates": (DUPLICATES, ("panel_id",)),
    "edges": (CONFIRMED, ("one", "other")),
    "selection": (SELECTION, ("panel_id",)),
    "members": (MEMBERS, ("panel_id",)),
}


@dataclass(frozen=True)
class MemberCheck:
    """The panels in components of a block of units. `expected` is their item, None where what it reads is not known."""

    place: str
    expected: Item | None

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of their file; they are found once more in each unit."""
        item = vouched(store, known, self.place, ["panels"])
        yield from item.faults
        table = item.read(store, "panels", CANDIDATES)
        yield from told(table)
        if isinstance(table, Fault):
            return
        lines = [*item.counted({"panels": len(table)}), *item.miscounted("panels", len(table))]
        if self.expected is not None:
            try:
                found = [CANDIDATES.empty_table(), *Members(store).read(self.expected)]
            except Damaged:
                found = [table]  # told of the unit
            if not table.sort_by("panel_id").equals(pa.concat_tables(found).sort_by("panel_id")):
                pictures = self.expected.payload.components
                lines.append(f"{item.paths['panels']}: not what its units and {pictures} say")
        yield from lines
        if item.sound and not lines:
            known.sound.add(self.place)


def member_faults(store: Store, known: Known, workers: Workers, components: Receipt | None) -> Sound:
    """Faults of the panels in components."""
    units, keys = known.sound_units(), None
    if units is None:
        places = yield from places_of(known, Members.FOLDER, None)
        yield from step_faults(known, workers, [MemberCheck(place, None) for place in places], None)
        return None
    phase, readable = Members(store), dict[str, Item]()
    mine = {f"{phase.FOLDER}/{name}": members for name, members in blocks(units)}
    if components is not None:
        keys = Keys(lambda made_by: phase.items(units, components, made_by))
        items = phase.items(units, components, MADE_BY)
        readable = {item.folder: item for item in items if not mine[item.folder].keys() & known.unread}
    places = yield from places_of(known, phase.FOLDER, list(mine))
    checks = [MemberCheck(place, readable.get(place)) for place in places]
    return (yield from step_faults(known, workers, checks, keys))


@dataclass(frozen=True)
class GroupCheck:
    """The groups of a bucket. `work` is what they are made of, None where that cannot be relied on."""

    place: str
    work: Work | None

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of the bucket's tables, of panels that it does not hold, and of what is published of it."""
        item = vouched(store, known, self.place, FILES)
        yield from item.faults
        found = {name: item.read(store, name, schema) for name, (schema, _) in TABLES.items()}
        for table in found.values():
            yield from told(table)
        tables = {name: table for name, table in found.items() if not isinstance(table, Fault)}
        panels = None if self.work is None else _panels(store, self.work)
        misnamed = False
        for name, table in tables.items():
            path, columns = item.paths[name], TABLES[name][1]
            names = list(name_faults(table, *columns))
            misnamed = misnamed or bool(names)
            lines = names + _own_faults(name, table)
            if panels is not None:
                lines += stranger_faults(table, panels["panel_id"], *columns)
            yield from (f"{path}: {line}" for line in lines)
            yield from item.miscounted(name, len(table))
        if tables.keys() != TABLES.keys():
            return
        lines = list(item.counted({name: len(table) for name, table in tables.items()}))
        yield from lines
        if misnamed:
            return
        yield from _split_faults(known, item, tables)
        if self.work is not None and panels is not None:
            yield from _published_faults(store, known, item, tables, panels, self.work)
        if item.sound and not lines:
            known.sound.add(self.place)


def group_faults(
    known: Known,
    workers: Workers,
    components: Receipt | None,
    members: list[Receipt] | None,
    leaks: Receipt | None,
) -> Sound:
    """Faults of the groups; `leaks` is the sound receipt of what is withheld, if there is one."""
    if components is None or members is None:
        buckets = None if components is None else components["counts"]["buckets"]
        expected = None if buckets is None else [f"{FOLDER}/{bucket:05d}" for bucket in range(buckets)]
        places = yield from places_of(known, FOLDER, expected)
        sound = yield from step_faults(known, workers, [GroupCheck(place, None) for place in places], None)
        return sound if expected is not None else None

    def items(made_by: dict[str, Any]) -> list[Item]:
        fits = _is_of_run(known, made_by) and (leaks is not None or not known.withholds)
        return group_items(components, members, leaks, made_by) if fits else []

    work = {item.folder: item.payload for item in group_items(components, members, leaks, {})}
    places = yield from places_of(known, FOLDER, list(work))
    keys = None if known.run is None else Keys(items)
    return (yield from step_faults(known, workers, [GroupCheck(place, work[place]) for place in places], keys))


def _is_of_run(known: Known, made_by: dict[str, Any]) -> bool:
    """Whether groups were made by the recipe of the run, and for units as it cuts them."""
    if known.run is None:
        return False
    recipe = known.run.config.recipe
    stated = {"policy": recipe.duplicates, "splits": recipe.splits.model_dump(), "cut": known.halved}
    return all(made_by.get(name) == value for name, value in stated.items())


def _panels(store: Store, work: Work) -> pa.Table:
    """The candidates of a bucket."""
    found = [load_bucket(store, path, CANDIDATES, work.bucket) for path in work.members]
    return pa.concat_tables([CANDIDATES.empty_table(), *found])


def _own_faults(name: str, table: pa.Table) -> list[str]:
    """Faults that a table of a bucket shows by itself, beside its names."""
    if name == "duplicates":
        return [*rank_faults(table), *likeness_faults(table, KINDS | {"canonical"})]
    return list(likeness_faults(table, KINDS)) if name == "edges" else []


def _split_faults(known: Known, item: Vouched, tables: dict[str, pa.Table]) -> Iterator[str]:
    """What is published of a bucket in two splits."""
    if known.run is not None:
        shares = known.run.config.recipe.splits.model_dump()
        lines = split_faults(tables["duplicates"], tables["edges"], tables["selection"], shares)
        yield from (f"{item.paths['selection']}: {line}" for line in lines)


def _published_faults(
    store: Store, known: Known, item: Vouched, tables: dict[str, pa.Table], panels: pa.Table, work: Work
) -> Iterator[str]:
    """Whether what is published of a bucket follows from its groups."""
    if known.run is None or known.halved is None or (known.withholds and work.leaks is None):
        return
    held = withheld_of(store, work.leaks, panels["panel_id"])
    duplicates, edges = tables["duplicates"], tables["edges"]
    expected = find_selection(duplicates, edges, held, known.run.config.recipe, known.halved)
    if not tables["selection"].equals(expected):
        yield f"{item.paths['selection']}: not what the groups, the edges and the recipe of {PATH} lead to"
    elif not tables["members"].equals(published_members(duplicates, expected, panels)):
        yield f"{item.paths['members']}: not what the groups and the panels say"
