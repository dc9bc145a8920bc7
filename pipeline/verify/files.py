"""Files against the receipts that vouch for them."""

import hashlib
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from dags.graph import Receipt
from pipeline.commit import MARKER, read_receipt
from pipeline.store import Store
from schemas.tables import is_in

#: Bytes read at once when a file is checked against its SHA-256.
CHUNK = 1 << 22


def receipt_faults(store: Store, place: str) -> Iterator[str]:
    """Faults of an item's receipt and of the files that it vouches for."""
    receipt = read_receipt(store, place)
    if receipt is None:
        yield f"{place}/{MARKER}: missing or unreadable"
        return
    for path, stamp in receipt["files"].items():
        yield from _file_faults(store, path, stamp)


def _file_faults(store: Store, path: str, stamp: Receipt) -> Iterator[str]:
    try:
        sha256, size = hashlib.sha256(), 0
        with store.open(path) as file:
            while chunk := file.read(CHUNK):
                sha256.update(chunk)
                size += len(chunk)
    except FileNotFoundError:
        yield f"{path}: missing"
        return
    if (size, sha256.hexdigest()) != (stamp["bytes"], stamp["sha256"]):
        yield f"{path}: {size} bytes with another SHA-256 than its receipt states"


def read_exact(store: Store, path: str, schema: pa.Schema) -> pa.Table | None:
    """A small Parquet file in exactly this schema and version, None where it is anything else."""
    try:
        with store.open(path) as file:
            table = pq.read_table(file)
    except (OSError, pa.ArrowInvalid):
        return None
    return table if is_in(table.schema, schema) else None
