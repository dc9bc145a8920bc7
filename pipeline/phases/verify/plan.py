"""The plan: cut anew from the snapshot as run.json says, it must be what its files say.

A file of the plan at a time is cut, read and compared; what stays is a line for each unit.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

import pyarrow as pa

from pipeline.config.recipe import digest
from pipeline.config.run_record import PATH, RunRecord
from pipeline.phases.plan import FOLDER, Halvings, Plan, Unit, cut, limited, newest, plan_item, units_of
from pipeline.phases.snapshot import load_snapshot, snapshot_path
from pipeline.phases.verify.contents import hold, holding
from pipeline.phases.verify.files import Vouched, vouched, wrong_key
from pipeline.phases.verify.known import Known
from pipeline.sources import Snapshot
from pipeline.storage.parquet import Fault, read_table
from pipeline.storage.store import Store
from schemas.articles import PLAN
from schemas.tables import by_unit

#: How the name of a snapshot begins.
SNAPSHOTS = f"{FOLDER}/snapshot-"


def plan_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of the snapshot and of the plan; adds the units to what is known, as they should be."""
    expected: Plan | None = None
    if known.run is None:
        known.named.update(path for path in known.there if path.startswith(SNAPSHOTS))
    else:
        path = snapshot_path(known.run.snapshot.checksum)
        known.named.add(path)
        snapshot = load_snapshot(store, path)
        yield from _snapshot_faults(snapshot, known.run, path)
        if not isinstance(snapshot, Fault) and known.halved is not None:
            expected = _cut(snapshot, known.run)
    if expected is None:
        yield from _file_faults(store, known)
    else:
        yield from _cut_faults(store, known, expected)


def _snapshot_faults(snapshot: Snapshot | Fault, run: RunRecord, path: str) -> Iterator[str]:
    if isinstance(snapshot, Fault):
        yield f"{snapshot.line}, which {PATH} names"
        return
    stated = (run.snapshot.id, run.snapshot.checksum, run.snapshot.articles)
    if (snapshot.id, snapshot.checksum, len(snapshot.articles)) != stated:
        yield f"{path}: not the snapshot that {PATH} names"


def _cut(snapshot: Snapshot, run: RunRecord) -> Plan:
    config = run.config
    chosen = limited(newest(snapshot.articles), config.limit)
    return cut(chosen, run.cut.units, config.recipe.splits.model_dump(), config.sample or 1.0, config.exclude)


@dataclass(frozen=True)
class _File:
    """What is left of a file of the plan when it has been looked at.

    `damage`: it is not as its receipt states; `lines`: the faults of its rows; `units`: those that can be read in it.
    """

    damage: str = ""
    lines: list[str] = field(default_factory=list)
    rows: int | None = None
    units: list[Unit] = field(default_factory=list)


def _cut_faults(store: Store, known: Known, expected: Plan) -> Iterator[str]:
    """Faults of the plan's files, which should be those of the cut; a unit is what the cut makes it."""
    halved = defaultdict(int, known.halved or {})
    units = {name: units_of([table], halved) for name, table in expected.files()}
    planned = [unit for some in units.values() for unit in some]
    item = vouched(store, known, FOLDER, units, later=None)
    rows = chain(expected.files(), ((name, None) for name in item.paths if name not in units))
    files: dict[str, _File] = {}
    for name, table in rows:
        if name in item.paths:
            files[name] = _look(store, item, name, table, halved)
        if table is not None and not (name in files and files[name].units):
            known.listed |= {unit: articles_digest(some) for unit, some in by_unit(table)}
    readable = {unit.id: unit for name in units if name in files for unit in files[name].units}
    known.planned = {unit.id: readable.get(unit.id, unit) for unit in planned}
    damage, lines = _in_order(item, files)
    yield from (*item.faults, *damage)
    if item.receipt is not None and item.receipt["key"] != plan_item(planned).key:
        yield wrong_key(item.marker)
    yield from lines
    yield from _count_faults(item, files, len(planned))


def _file_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of the plan's files where it cannot be cut anew: what they say is taken for the plan."""
    halved = defaultdict(int, known.halved or {})
    item = vouched(store, known, FOLDER, None, later=None)
    files = {name: _look(store, item, name, None, halved) for name in item.paths}
    if files and all(file.rows is not None for file in files.values()):
        known.planned = {unit.id: unit for file in files.values() for unit in file.units}
    damage, lines = _in_order(item, files)
    yield from (*item.faults, *damage, *lines)
    yield from _count_faults(item, files, len(known.planned or ()))


def articles_digest(articles: pa.Table) -> str:
    """A digest of the articles of a unit and of their contents."""
    return digest(list(zip(articles["article_id"].to_pylist(), articles["etag"].to_pylist(), strict=True)))


def _look(store: Store, item: Vouched, name: str, expected: pa.Table | None, halved: Halvings) -> _File:
    """A file of the plan, which should hold the rows `expected`; None where these are not known."""
    path, stamps = item.paths[name], item.receipt["files"] if item.receipt else {}
    damage, data = hold(store, path, stamps[name], item.marker)
    if damage:
        return _File(damage)
    found = read_table(holding(store, {} if data is None else {path: data}), path, PLAN)
    if isinstance(found, Fault):
        return _File(lines=[found.line])
    differences = [] if expected is None else [f"{path}: {line}" for line in _differences(found, expected)]
    units = [] if differences else [replace(unit, plan=path) for unit in units_of([found], halved)]
    return _File("", [*item.miscounted(name, len(found)), *differences], len(found), units)


def _in_order(item: Vouched, files: Mapping[str, _File]) -> tuple[list[str], list[str]]:
    """The damage of files and the faults of their rows, in the order of the receipt."""
    told = [files[name] for name in item.paths if name in files]
    return [file.damage for file in told if file.damage], [line for file in told for line in file.lines]


def _count_faults(item: Vouched, files: Mapping[str, _File], units: int) -> Iterator[str]:
    rows = [file.rows for file in files.values() if file.rows is not None]
    if rows and len(rows) == len(item.paths):
        yield from item.counted({"articles": sum(rows), "units": units})


def _differences(found: pa.Table, expected: pa.Table) -> Iterator[str]:
    """The first row that is not as it should be."""
    if found.equals(expected):
        return
    rows, wanted = found.to_pylist(), expected.to_pylist()
    place = next((n for n, (a, b) in enumerate(zip(rows, wanted, strict=False)) if a != b), min(len(rows), len(wanted)))
    told = [f"{table[place]['article_id']} in {table[place]['unit']}" if place < len(table) else "the end"
            for table in (rows, wanted)]  # fmt: skip
    what = " with another ETag or reject" if told[0] == told[1] else ""
    yield f"{told[0]}{what} where the snapshot and {PATH} put {told[1]}"
