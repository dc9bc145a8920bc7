"""The commit of an item: its files under fixed names, and last of all the receipt that makes them count."""

import json
from dataclasses import dataclass
from typing import Any

from dags.graph import Failure, Item, Receipt
from pipeline.store import Store
from schemas.rejects import TRANSIENT

MARKER = "_SUCCESS.json"

#: Where workers that cannot answer the driver leave what failed, a file for each item.
FAILURES = "failures"


@dataclass(frozen=True)
class Committed:
    """What the phases have in common: where the outcome of an item lies in the store."""

    store: Store

    def done(self, item: Item) -> Receipt | None:
        """The receipt of an item that is complete and current."""
        return current(self.store, item)

    def report(self, failure: Failure) -> None:
        """Keep a failure for the driver."""
        stated = {"error": failure.error, "outage": failure.outage, "trace": failure.trace}
        self.store.write(f"{FAILURES}/{failure.item.key}.json", json.dumps(stated).encode())

    def reported(self, item: Item) -> Failure | None:
        """The failure that was kept of an item."""
        try:
            return Failure(item, **json.loads(self.store.read(f"{FAILURES}/{item.key}.json")))
        except FileNotFoundError:
            return None


def write_receipt(store: Store, item: Item, files: dict[str, dict[str, Any]], counts: dict[str, Any]) -> Receipt:
    """Leave the receipt of an item whose `files` (by path, with bytes, sha256 and rows) are complete."""
    receipt = {"key": item.key, "made_by": item.made_by, "files": files, "counts": counts}
    store.write(f"{item.folder}/{MARKER}", json.dumps(receipt, indent=1, sort_keys=True).encode())
    return receipt


def read_receipt(store: Store, folder: str) -> Receipt | None:
    """The receipt in a folder, None where there is none that can be read."""
    try:
        receipt = json.loads(store.read(f"{folder}/{MARKER}"))
    except (FileNotFoundError, ValueError):
        return None
    return receipt if isinstance(receipt, dict) and {"key", "files", "counts"} <= set(receipt) else None


def current(store: Store, item: Item) -> Receipt | None:
    """The receipt of an item whose commit is complete: same key, every file there in its size."""
    receipt = read_receipt(store, item.folder)
    if receipt is None or receipt["key"] != item.key:
        return None
    whole = all(store.size(path) == stamp["bytes"] for path, stamp in receipt["files"].items())
    return receipt if whole else None


def settled(receipt: Receipt | None) -> bool:
    """Whether an item need not run again: nothing in it failed for a passing reason."""
    return receipt is not None and not TRANSIENT & set(receipt["counts"].get("rejects", {}))
