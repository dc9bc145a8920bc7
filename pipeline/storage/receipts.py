"""The commit of an item: its files under fixed names, and last of all the receipt that makes them count."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dags.graph import Failure, Item, Receipt
from pipeline.storage.store import Store
from schemas.rejects import TRANSIENT

MARKER = "_SUCCESS.json"

#: Where workers that cannot answer the driver leave what failed, a file for each item.
FAILURES = "failures"

Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class _Stamp(_Strict):
    bytes: Count
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    rows: Count


class _Counts(_Strict):
    __pydantic_extra__: dict[str, Count]
    rejects: dict[str, Count] = {}


class _Receipt(_Strict):
    """The shape of a receipt: what its readers rely on."""

    key: str
    made_by: dict[str, Any]
    files: dict[str, _Stamp]
    counts: _Counts

    @model_validator(mode="after")
    def _of_files(self) -> "_Receipt":
        if bool(self.files) != bool(self.counts.model_fields_set):
            raise ValueError("what is counted is not in files")
        return self


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
    path = f"{folder}/{MARKER}"
    try:
        return _Receipt.model_validate_json(store.read(path)).model_dump(exclude_unset=True)
    except (FileNotFoundError, ValidationError):
        return None
    except OSError:
        if store.size(path) is not None:  # there it is: the disk or the network fails
            raise
        return None


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
