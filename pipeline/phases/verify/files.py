"""Files against the receipts that vouch for them."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.config.run_record import RunRecord
from pipeline.storage.parquet import ROWS, Fault, read_batches, read_table
from pipeline.storage.receipts import MARKER, read_receipt
from pipeline.storage.store import Store

#: Bytes read at once when a file is checked against its SHA-256.
CHUNK = 1 << 22


@dataclass
class Known:
    """What verification has learnt of an output; the faults that it met on the way are told already.

    `run`: run.json, None where it cannot be read; `units`: the receipts of units by id; `panels`: the unit of each
    panel, in the corpus's order; `unread`: units whose panels cannot be read; `duplicates`, `withheld`: these tables,
    None where they cannot be read; `shards`: the names of the shards.
    """

    run: RunRecord | None
    units: dict[str, Receipt | None] = field(default_factory=dict)
    panels: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    duplicates: pa.Table | None = None
    withheld: pa.Table | None = None
    shards: list[str] = field(default_factory=list)

    def receipts(self) -> dict[str, Receipt]:
        """The receipts of the units, without those that cannot be read."""
        return {unit: receipt for unit, receipt in self.units.items() if receipt is not None}


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
    """An item's receipt, None where there is none to be read; its faults; and its files that are not as it states."""

    marker: str
    receipt: Receipt | None
    faults: list[str]
    broken: frozenset[str]

    def read(self, store: Store, path: str, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table | Fault:
        """One of the files as a table; the fault of a broken one, which is told already, is empty."""
        return Fault("") if path in self.broken else read_table(store, path, schema, columns)

    def batches(self, store: Store, path: str, schema: pa.Schema, rows: int = ROWS) -> Iterator[pa.Table | Fault]:
        """One of the files in tables of at most `rows` rows; nothing of a broken one. Last comes a fault, if any."""
        if path in self.broken:
            return
        count = 0
        for found in read_batches(store, path, schema, rows=rows):
            yield found
            if isinstance(found, Fault):
                return
            count += len(found)
        yield from map(Fault, self.miscounted(path, count))

    def miscounted(self, path: str, rows: int) -> Iterator[str]:
        """The fault of a file that has other than the `rows` which its receipt states."""
        stamp = self.receipt and self.receipt["files"].get(path)
        if stamp and stamp["rows"] != rows:
            yield f"{path}: {rows} rows, not {stamp['rows']} as {self.marker} states"

    def counted(self, counts: dict[str, Any]) -> Iterator[str]:
        """The fault of a receipt that counts something else."""
        if self.receipt is not None and self.receipt["counts"] != counts:
            yield f"{self.marker}: counts {self.receipt['counts']} where there are {counts}"


def vouched(store: Store, place: str, paths: Collection[str], keys: Keys | None) -> Vouched:
    """What the receipt in `place` says of `paths`, which it must vouch for; `keys` are None where they are unknown."""
    marker = f"{place}/{MARKER}"
    try:
        receipt = read_receipt(store, place)
    except OSError as error:
        return Vouched(marker, None, [f"{marker}: cannot be read: {error}"], frozenset())
    if receipt is None:
        return Vouched(marker, None, [f"{marker}: missing or unreadable"], frozenset())
    stamps = receipt["files"]
    found = {path: fault for path in paths if path in stamps and (fault := _fault(store, path, stamps[path], marker))}
    faults = list(found.values())
    if stamps.keys() != set(paths):
        faults.append(f"{marker}: vouches for other files than {', '.join(paths)}")
    if keys is not None and receipt["key"] != keys.key(place, receipt["made_by"]):
        faults.append(f"{marker}: its key is not that of what it was made of")
    return Vouched(marker, receipt, faults, frozenset(found))


def _fault(store: Store, path: str, stamp: Receipt, marker: str) -> str | None:
    try:
        sha256, size = hashlib.sha256(), 0
        with store.open(path) as file:
            while chunk := file.read(CHUNK):
                sha256.update(chunk)
                size += len(chunk)
    except FileNotFoundError:
        return f"{path}: missing"
    except OSError as error:
        return f"{path}: cannot be read: {error}"
    if (size, sha256.hexdigest()) != (stamp["bytes"], stamp["sha256"]):
        return f"{path}: {size} bytes with another SHA-256 than {marker} states"
    return None


def told(found: pa.Table | Fault) -> Iterator[str]:
    """The line of a fault that is not told yet."""
    if isinstance(found, Fault) and found.line:
        yield found.line
