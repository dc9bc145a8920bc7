"""What stands: the receipts below a folder whose files are there, by one listing and one table.

The table is the ledger: the receipts of a phase as they were when it ended. It is a cache: what it lacks is read from
the receipts themselves. A build that finds them on a disk reads them all, for a disk may have damaged them.
"""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from dags.graph import Receipt
from pipeline.storage.parquet import WRITING, Fault, read_table
from pipeline.storage.receipts import altered, fault, is_receipt, load_receipt, parse_receipt
from pipeline.storage.store import Store
from schemas.errors import Damaged, UserError

#: Bytes of a phase whose content is compared at each build; of more `verify` tells what is altered.
SOON_READ = 1 << 30

#: Receipts read at once.
READERS = 32

LEDGER = pa.schema(
    [pa.field("path", pa.string(), nullable=False), pa.field("receipt", pa.string(), nullable=False)],
    metadata={"schema": "medconcept.ledger", "schema_version": "1"},
)


def standing(
    store: Store, folder: str, tell: Callable[[str], None], elsewhere: Iterable[str] = ()
) -> dict[str, Receipt]:
    """The receipts below `folder` by their paths; their files lie there or in the folders `elsewhere`.

    One that is damaged, or whose files are not there in their size, is withdrawn: its item is done again. On a disk,
    which may flip a bit, so is one of whose files the content is another, where all of them are soon read.
    """
    sizes = {path: size for place in (folder, *elsewhere) for path, size in store.listing(place).items()}
    paths = [path for path in sizes if is_receipt(path) and path.startswith(f"{folder}/")]
    on_disk = isinstance(store.filesystem, pafs.LocalFileSystem)
    known = {} if on_disk else _read(store, folder)
    whole = on_disk and sum(sizes.values()) <= SOON_READ

    def check(path: str) -> tuple[Receipt | None, str | None]:
        receipt = known.get(path)
        if receipt is None or fault(receipt, sizes):
            receipt = _loaded(store, path)
        if receipt is None:
            return None, path
        return receipt, fault(receipt, sizes) or (altered(store, receipt) if whole else None)

    found: dict[str, Receipt] = {}
    with ThreadPoolExecutor(READERS) as pool:
        for path, (receipt, lost) in zip(paths, pool.map(check, paths), strict=True):
            if receipt is not None and lost is None:
                found[path] = receipt
            else:
                tell(f"{store.uri}/{lost}: missing or damaged: it is made again")
                store.delete(path)
    return found


def receipts_below(store: Store, folder: str) -> dict[str, Receipt]:
    """The receipts below a folder by the folders of their items, as a phase that has ended leaves them.

    Raises:
        UserError: an item has two: the phase has not ended.
    """
    paths = [path for path in store.listing(folder) if is_receipt(path)]
    known = _read(store, folder)
    with ThreadPoolExecutor(READERS) as pool:
        read = pool.map(lambda path: known[path] if path in known else load_receipt(store, path), paths)
        found = {receipt["folder"]: receipt for receipt in read}
    if len(found) < len(paths):
        raise UserError(f"{store.uri}/{folder}: it is not complete: build it first")
    return found


def close(
    store: Store, folder: str, receipts: Iterable[Receipt], elsewhere: Iterable[str] = (), kept: Iterable[str] = ()
) -> None:
    """End a phase: remove what none of its receipts names, but for `kept`, and keep these in the ledger.

    No item of the phase may be running.
    """
    by_path = {f"{receipt['folder']}/{receipt['key']}.json": receipt for receipt in receipts}
    wanted = {*kept, *by_path, *(stamp["path"] for receipt in by_path.values() for stamp in receipt["files"].values())}
    for place in (folder, *elsewhere):
        strays = [path for path in store.files(place) if path not in wanted]  # drafts among them
        store.delete_all([path for path in strays if is_receipt(path)])
        store.delete_all([path for path in strays if not is_receipt(path)])
    if by_path != _read(store, folder):
        rows = [{"path": path, "receipt": json.dumps(receipt, sort_keys=True)} for path, receipt in by_path.items()]
        with store.create(ledger_path(folder)) as sink:
            pq.write_table(pa.Table.from_pylist(rows, schema=LEDGER), sink, **WRITING)


def ledger_path(folder: str) -> str:
    """Where the ledger of a phase lies."""
    return f"ledger/{folder.replace('/', '-')}.parquet"


def _read(store: Store, folder: str) -> dict[str, Receipt]:
    table = read_table(store, ledger_path(folder), LEDGER)
    if isinstance(table, Fault):
        return {}
    found = {}
    for path, data in zip(table["path"].to_pylist(), table["receipt"].to_pylist(), strict=True):
        with suppress(Damaged):
            found[path] = parse_receipt(path, data)
    return found


def _loaded(store: Store, path: str) -> Receipt | None:
    try:
        return load_receipt(store, path)
    except Damaged:
        return None
