"""Files against the receipts that vouch for them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from dags.graph import Receipt
from pipeline.phases.verify.contents import HELD, hold, holding
from pipeline.phases.verify.known import Known
from pipeline.storage.parquet import ROWS, Fault, read_batches, read_table
from pipeline.storage.receipts import load_receipt
from pipeline.storage.store import Store
from schemas.errors import Damaged


@dataclass(frozen=True)
class Vouched:
    """An item's receipt, None where there is none to be read; its faults; and its files by the receipt's names.

    `marker` is the path of the receipt, or its folder where there is none; `broken` are the files that are not as it
    states, `held` the bytes of others by path: a file is read once, unless it is large.
    """

    marker: str
    receipt: Receipt | None
    faults: list[str]
    paths: Mapping[str, str]
    broken: frozenset[str] = frozenset()
    held: Mapping[str, pa.Buffer] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether there is a receipt, which names its files, and these are as it states."""
        return self.receipt is not None and not self.faults

    def read(self, store: Store, name: str, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table | Fault:
        """One of the files as a table; the fault of a broken one, which is told already, is empty."""
        if name in self.broken or name not in self.paths:
            return Fault("")
        return read_table(holding(store, self.held), self.paths[name], schema, columns)

    def batches(self, store: Store, name: str, schema: pa.Schema, rows: int = ROWS) -> Iterator[pa.Table | Fault]:
        """One of the files in tables of at most `rows` rows; nothing of a broken one. Last comes a fault, if any."""
        if name in self.broken or name not in self.paths:
            return
        count = 0
        for found in read_batches(holding(store, self.held), self.paths[name], schema, rows=rows):
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
    paths: Mapping[str, str] | None = None,
    later: Collection[str] | None = (),
    dispensable: Collection[str] = (),
) -> Vouched:
    """What the one receipt in `place` says of its files.

    It must name the files `names` (any if None), at `paths`; one that is not among these lies in `place`. Who
    calls compares the files `later` (all if None) with their stamps. The item may have given up those that are
    `dispensable`.
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
    mine, faults = _own_files(marker, receipt, names, paths, dispensable)
    known.named.update(mine.values())
    now = {} if later is None else {name: mine[name] for name in mine if name not in later}
    broken, held = _compared(store, marker, receipt, now)
    faults += broken.values()
    return Vouched(marker, receipt, faults, {**(paths or {}), **mine}, frozenset(broken), held)


def wrong_key(marker: str) -> str:
    """The fault of a receipt of other articles, panels or settings than it states."""
    return f"{marker}: its key is not that of what it was made of"


def _own_files(
    marker: str,
    receipt: Receipt,
    names: Collection[str] | None,
    expected: Mapping[str, str] | None,
    dispensable: Collection[str],
) -> tuple[dict[str, str], list[str]]:
    """The files that a receipt may name, by name, and the faults of those that it may not."""
    place, stamps, faults = receipt["folder"], receipt["files"], []
    lacking = receipt.get("given_up", {}).keys()
    if names is not None and stamps.keys() | (lacking & set(dispensable)) != set(names):
        faults.append(f"{marker}: names other files than {', '.join(names)}")
    faults += [f"{marker}: gave up its file {name}" for name in sorted(lacking - set(dispensable))]
    mine = {}
    for name, stamp in stamps.items():
        path = stamp["path"]
        if path == expected[name] if expected and name in expected else path.rpartition("/")[0] == place:
            mine[name] = path
        else:
            faults.append(f"{marker}: its file {name} lies elsewhere: {path}")
    return mine, faults


def _compared(
    store: Store, marker: str, receipt: Receipt, paths: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, pa.Buffer]]:
    """The faults of files (`paths` by name) by name, and the bytes of the others by path as far as they are held."""
    faults, held, room = {}, {}, HELD
    for name, path in paths.items():
        fault, data = hold(store, path, receipt["files"][name], marker, room)
        if fault:
            faults[name] = fault
        elif data is not None:
            held[path] = data
            room -= data.size
    return faults, held


def told(found: pa.Table | Fault) -> Iterator[str]:
    """The line of a fault that is not told yet."""
    if isinstance(found, Fault) and found.line:
        yield found.line
