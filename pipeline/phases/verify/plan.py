"""The plan: cut anew from the snapshot as run.json says, it must be what its files say."""

from collections import defaultdict
from collections.abc import Iterator

import pyarrow as pa

from pipeline.config.run_record import PATH, RunRecord
from pipeline.phases.plan import FOLDER, Plan, cut, limited, newest, plan_item, units_of
from pipeline.phases.snapshot import load_snapshot, snapshot_path
from pipeline.phases.verify.files import Keys, Known, Vouched, told, vouched
from pipeline.sources import Snapshot
from pipeline.storage.parquet import Fault
from pipeline.storage.store import Store
from schemas.articles import PLAN

#: How the name of a snapshot begins.
SNAPSHOTS = f"{FOLDER}/snapshot-"


def plan_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of the snapshot and of the plan; adds the plan to what is known, as it should be."""
    snapshot: Snapshot | Fault = Fault("")
    expected: dict[str, pa.Table] | None = None
    if known.run is None:
        known.named.update(path for path in known.there if path.startswith(SNAPSHOTS))
    else:
        path = snapshot_path(known.run.snapshot.checksum)
        known.named.add(path)
        snapshot = load_snapshot(store, path)
        yield from _snapshot_faults(snapshot, known.run, path)
        if not isinstance(snapshot, Fault) and known.halved is not None:
            expected = dict(_cut(snapshot, known.run).files())
            _learn(known, list(expected.values()))
    keys = None
    if known.planned is not None:
        item = plan_item(list(known.planned.values()))
        keys = Keys(lambda made_by: [item])
    yield from _file_faults(store, known, vouched(store, known, FOLDER, expected, keys), expected)


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


def _learn(known: Known, files: list[pa.Table]) -> None:
    units = units_of(files, known.halved or defaultdict(int))
    known.plan, known.planned = pa.concat_tables([PLAN.empty_table(), *files]), {unit.id: unit for unit in units}


def _file_faults(store: Store, known: Known, item: Vouched, expected: dict[str, pa.Table] | None) -> Iterator[str]:
    """Faults of the plan's files; where it cannot be cut anew, what they say is taken for the plan."""
    yield from item.faults
    tables = []
    for name, path in item.paths.items():
        table = item.read(store, name, PLAN)
        yield from told(table)
        if isinstance(table, Fault):
            continue
        tables.append(table)
        yield from item.miscounted(name, len(table))
        if expected is not None and name in expected:
            yield from (f"{path}: {line}" for line in _differences(table, expected[name]))
    if len(tables) < len(item.paths) or not tables:
        return
    if known.plan is None:
        _learn(known, tables)
    yield from item.counted({"articles": sum(map(len, tables)), "units": len(known.planned or ())})


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
