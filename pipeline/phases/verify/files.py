"""Files against the receipts that vouch for them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.config.run_record import RunRecord
from pipeline.phases.plan import Unit
from pipeline.phases.publish import Shard
from pipeline.storage.parquet import ROWS, Fault, read_batches, read_table
from pipeline.storage.receipts import is_receipt, load_receipt, read_stamp
from pipeline.storage.store import Store
from schemas.errors import Damaged


@dataclass
class Known:
    """What verification has learnt of an output; the faults that it met on the way are told already.

    What cannot be read is None. `there`: the paths of all files; `run`: run.json; `plan`: the table PLAN, `planned` its
    units by id, in the corpus's order; `units`: the receipts of units by id; `unread`: units whose panels cannot be
    read; `duplicates`, `edges`, `withheld`, `selection`: tables of the dedup phase; `shards`: those that should be
    there. `receipts` are all that were read, by path; `named` the paths that belong to the output; `unclear` the
    folders of which that cannot be said.
    """

    there: list[str]
    run: RunRecord | None
    plan: pa.Table | None = None
    planned: dict[str, Unit] | None = None
    units: dict[str, Receipt | None] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    duplicates: pa.Table | None = None
    edges: pa.Table | None = None
    withheld: pa.Table | None = None
    selection: pa.Table | None = None
    shards: list[Shard] | None = None
    receipts: dict[str, Receipt] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._markers: dict[str, list[str]] = {}
        for path in filter(is_receipt, self.there):
            self._markers.setdefault(path.rpartition("/")[0], []).append(path)

    @property
    def halved(self) -> dict[str, int] | None:
        """How often each split is halved to make units; None where run.json does not say."""
        return self._cut(self.run.cut.units) if self.run else None

    @property
    def doubled(self) -> dict[str, int] | None:
        """How often units are doubled to make shards; None where run.json does not say."""
        return self._cut(self.run.cut.shards) if self.run else None

    def _cut(self, stated: dict[str, int] | None) -> dict[str, int] | None:
        splits = self.run.config.recipe.splits.model_dump() if self.run else {}
        return stated if stated is not None and stated.keys() == splits.keys() else None

    def markers(self, place: str) -> list[str]:
        """The paths of the receipts in a folder."""
        return self._markers.get(place, [])

    def places(self, folder: str) -> list[str]:
        """The folders below a folder that hold a file."""
        depth = folder.count("/") + 2
        parts = (path.split("/") for path in self.there if path.startswith(f"{folder}/"))
        return sorted({"/".join(part[:depth]) for part in parts if len(part) > depth})

    def sound_units(self) -> dict[str, Receipt] | None:
        """The receipts of all units by id; None where one cannot be read, or where the plan cannot."""
        found = {unit: receipt for unit, receipt in self.units.items() if receipt is not None}
        return found if self.planned is not None and found.keys() == self.planned.keys() else None


class Keys:
    """The keys of a phase's items; `items` makes these of what they were made by."""

    def __init__(self, items: Callable[[dict[str, Any]], list[Item]]) -> None:
        self._items = items
        self._known: dict[str, dict[str, str]] = {}  # by the digest of what they were made by: it is mostly one

    def key(self, place: str, made_by: dict[str, Any]) -> str | None:
        """The key of the item in `place`."""
        named = digest(made_by)
        if named not in self._known:
            self._known[named] = {item.folder: item.key for item in self._items(made_by)}
        return self._known[named].get(place)


@dataclass(frozen=True)
class Vouched:
    """An item's receipt, None where there is none to be read; its faults; and its files by the receipt's names.

    `marker` is the path of the receipt, or its folder where there is none; `broken` are the files that are not as it
    states.
    """

    marker: str
    receipt: Receipt | None
    faults: list[str]
    paths: Mapping[str, str]
    broken: frozenset[str] = frozenset()

    def read(self, store: Store, name: str, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table | Fault:
        """One of the files as a table; the fault of a broken one, which is told already, is empty."""
        if name in self.broken or name not in self.paths:
            return Fault("")
        return read_table(store, self.paths[name], schema, columns)

    def batches(self, store: Store, name: str, schema: pa.Schema, rows: int = ROWS) -> Iterator[pa.Table | Fault]:
        """One of the files in tables of at most `rows` rows; nothing of a broken one. Last comes a fault, if any."""
        if name in self.broken or name not in self.paths:
            return
        count = 0
        for found in read_batches(store, self.paths[name], schema, rows=rows):
            yield found
            if isinstance(found, Fault):
                return
            count += len(found)
        yield from map(Fault, self.miscounted(name, count))

    def miscounted(self, name: str, rows: int) -> Iterator[str]:
        """The fault of a file that has other than the `rows` which its receipt states."""
        stamp = self.receipt and self.receipt["files"].get(name)
        if stamp and stamp["rows"] != rows:
            yield f"{self.paths[name]}: {rows} rows, not {stamp['rows']} as {self.marker} states"

    def counted(self, counts: dict[str, Any]) -> Iterator[str]:
        """The fault of a receipt that counts something else."""
        if self.receipt is not None and self.receipt["counts"] != counts:
            yield f"{self.marker}: counts {self.receipt['counts']} where there are {counts}"


def vouched(
    store: Store,
    known: Known,
    place: str,
    names: Collection[str] | None,
    keys: Keys | None = None,
    paths: Mapping[str, str] | None = None,
) -> Vouched:
    """What the one receipt in `place` says of its files.

    It must name the files `names` (any if None), at `paths` (in `place` if None). `keys`: None where they are unknown.
    """
    markers = known.markers(place)
    known.named.update(markers, (paths or {}).values())
    if len(markers) != 1:
        known.unclear.add(place)
        line = f"{place}: {len(markers)} receipts: {', '.join(markers)}" if markers else f"{place}: no receipt"
        return Vouched(place, None, [line], paths or {})
    marker = markers[0]
    try:
        receipt = load_receipt(store, marker)
    except (Damaged, OSError) as error:
        known.unclear.add(place)
        line = str(error) if isinstance(error, Damaged) else f"{marker}: cannot be read: {error}"
        return Vouched(marker, None, [line], paths or {})
    known.receipts[marker] = receipt
    return _files(store, known, marker, receipt, names, keys, paths)


def _files(
    store: Store,
    known: Known,
    marker: str,
    receipt: Receipt,
    names: Collection[str] | None,
    keys: Keys | None,
    expected: Mapping[str, str] | None,
) -> Vouched:
    """What a receipt says, and whether its files are so."""
    place, stamps, faults = receipt["folder"], receipt["files"], []
    if names is not None and stamps.keys() != set(names):
        faults.append(f"{marker}: names other files than {', '.join(names)}")
    mine = {}
    for name, stamp in stamps.items():
        inside = stamp["path"].rpartition("/")[0] == place
        if inside if expected is None else stamp["path"] == expected.get(name):
            mine[name] = stamp["path"]
        else:
            faults.append(f"{marker}: its file {name} lies elsewhere: {stamp['path']}")
    known.named.update(mine.values())
    found = {name: fault for name, path in mine.items() if (fault := _fault(store, path, stamps[name], marker))}
    faults += found.values()
    if keys is not None and receipt["key"] != keys.key(place, receipt["made_by"]):
        faults.append(f"{marker}: its key is not that of what it was made of")
    return Vouched(marker, receipt, faults, {**(expected or {}), **mine}, frozenset(found))


def _fault(store: Store, path: str, stamp: Receipt, marker: str) -> str | None:
    try:
        size, sha256 = read_stamp(store, path)
    except FileNotFoundError:
        return f"{path}: missing"
    except OSError as error:
        return f"{path}: cannot be read: {error}"
    if (size, sha256) != (stamp["bytes"], stamp["sha256"]):
        return f"{path}: {size} bytes with another SHA-256 than {marker} states"
    return None


def told(found: pa.Table | Fault) -> Iterator[str]:
    """The line of a fault that is not told yet."""
    if isinstance(found, Fault) and found.line:
        yield found.line
