"""Receipts: the receipt is the commit. Files lie under names of their attempt, and count once it names them.

The receipt of an item is `<folder>/<key>.json`; the key digests all that the result depends on. It is created and never
replaced: of two attempts the first wins, and the other removes its own files. So what a receipt names stands as long as
the receipt does, whatever dies on the way. A file that nobody needs any more is given up by a next receipt, which keeps
its stamp: what was made of the file is known as before.

What an item took (`work`) stands in its receipt outside of the receipt's digest: seconds say nothing of the content.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.storage.store import Sink, Store
from schemas.errors import Damaged, UserError

#: A SHA-256, or a sum of some.
SHA256 = "^[0-9a-f]{64}$"

Count = Annotated[int, Field(ge=0)]

#: Bytes read at once when a file is checked against its SHA-256.
CHUNK = 1 << 22


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Stamp(_Strict):
    path: str
    bytes: Count
    sha256: str = Field(pattern=SHA256)
    rows: Count


class _Counts(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, Count]
    rejects: dict[str, Count] = {}
    rejects_by_stage: dict[str, Count] = {}
    articles_by_stage: dict[str, Count] = {}
    licenses: dict[str, Count] = {}
    digest: str = Field("", pattern=SHA256)


class _Spent(_Strict):
    seconds: float = Field(ge=0)
    rows_in: Count
    rows_out: Count
    rejects: Count


class _Work(_Strict):
    seconds: float = Field(ge=0)
    attempts: Count
    stages: dict[str, _Spent]


class _Receipt(_Strict):
    """The shape of a receipt: what its readers rely on."""

    folder: str
    key: str
    made_by: dict[str, Any]
    files: dict[str, _Stamp]
    given_up: dict[str, _Stamp] = {}
    counts: _Counts
    work: _Work | None = None
    digest: str

    @model_validator(mode="after")
    def _inside(self) -> "_Receipt":
        stamps = (*self.files.values(), *self.given_up.values())
        if any(".." in stamp.path.split("/") or stamp.path.startswith("/") for stamp in stamps):
            raise ValueError("it names a file outside the output")
        if self.files.keys() & self.given_up.keys():
            raise ValueError("it names a file that it gave up")
        return self


class Attempt:
    """One attempt at an item: the files that it writes, and the receipt that makes them count."""

    def __init__(self, store: Store, item: Item) -> None:
        self._store, self._item = store, item
        self._token = secrets.token_hex(8)
        self._files: dict[str, tuple[str, Sink]] = {}

    def create(self, name: str) -> AbstractContextManager[Sink]:
        """A new file of the item; `panels.parquet` lies under `panels-<random>.parquet`."""
        stem, _, suffix = name.partition(".")
        return self.create_at(stem, f"{self._item.folder}/{stem}-{self._token}.{suffix}")

    @contextmanager
    def create_at(self, name: str, path: str) -> Iterator[Sink]:
        """A new file of the item at a place where people look for it; the receipt calls it `name`."""
        with self._store.create(path) as sink:
            yield sink
        self._files[name] = (path, sink)

    def settle(self, rows: Mapping[str, int], counts: dict[str, Any]) -> Receipt:
        """Leave the receipt, with the rows of each file and what the item took, where that was measured.

        Where another attempt was first, give that one's.
        """
        files = {name: {"path": path, **sink.stamp(), "rows": rows[name]} for name, (path, sink) in self._files.items()}
        item = self._item
        stated = {"folder": item.folder, "key": item.key, "made_by": item.made_by, "files": files, "counts": counts}
        if item.meter:
            stated["work"] = item.meter.stated()
        receipt = _signed(stated)
        if _claimed(self._store, receipt):
            return receipt
        first = load_receipt(self._store, receipt_path(item))
        named = {stamp["path"] for stamp in first["files"].values()}
        self._store.delete_all([place for place, _ in self._files.values() if place not in named])
        return first


def give_up(store: Store, receipt: Receipt, name: str, key: str) -> Receipt:
    """Leave the receipt of an item under its next `key`, in which one of the files is given up; the file stays as yet.

    Of the two receipts the old one is to go first, then the file.
    """
    stated = {each: value for each, value in receipt.items() if each != "digest"}
    files = {each: stamp for each, stamp in receipt["files"].items() if each != name}
    stated |= {"key": key, "files": files, "given_up": {name: receipt["files"][name]}}
    given = _signed(stated)
    _claimed(store, given)  # where it stands already, it is the same
    return given


def gave_up(receipt: Receipt, name: str) -> bool:
    """Whether an item has given up one of its files."""
    return name in receipt.get("given_up", {})


def _signed(receipt: Receipt) -> Receipt:
    return receipt | {"digest": _digest(receipt)}


def _digest(receipt: Receipt) -> str:
    """The digest of all that a receipt states but the digest itself and what the item took."""
    return digest({name: value for name, value in receipt.items() if name not in ("digest", "work")})


def _claimed(store: Store, receipt: Receipt) -> bool:
    """Whether the receipt is the first under its key, and stands now."""
    path = f"{receipt['folder']}/{receipt['key']}.json"
    return store.claim(path, json.dumps(receipt, indent=1, sort_keys=True).encode())


def receipt_path(item: Item) -> str:
    """Where the receipt of an item lies."""
    return f"{item.folder}/{item.key}.json"


def load_receipt(store: Store, path: str) -> Receipt:
    """The receipt at a path; raises FileNotFoundError, and Damaged where it is not what it was written as."""
    return parse_receipt(path, store.read(path))


def parse_receipt(path: str, data: str | bytes) -> Receipt:
    """The receipt that `data` is, of the path `path`; raises Damaged."""
    try:
        receipt = _Receipt.model_validate_json(data).model_dump(exclude_unset=True)
    except ValidationError:
        raise Damaged(f"{path}: no receipt can be read", path) from None
    if receipt["digest"] != _digest(receipt):
        raise Damaged(f"{path}: the receipt has another digest than it states", path)
    if path != f"{receipt['folder']}/{receipt['key']}.json":
        raise Damaged(f"{path}: the receipt of another item", path)
    return receipt


def find_receipt(store: Store, item: Item) -> Receipt | None:
    """The receipt of an item, None where it has none; raises Damaged."""
    try:
        return load_receipt(store, receipt_path(item))
    except FileNotFoundError:
        return None


def the_receipt(store: Store, folder: str) -> Receipt:
    """The one receipt in a folder; raises UserError where there is none, or more than one."""
    paths = [path for path in store.listing(folder) if is_receipt(path) and path.rpartition("/")[0] == folder]
    if len(paths) != 1:
        found = "no receipt" if not paths else f"{len(paths)} receipts"
        raise UserError(f"{store.uri}/{folder}: {found}: build it first")
    return load_receipt(store, paths[0])


def is_receipt(path: str) -> bool:
    """Whether a path is that of a receipt."""
    return path.endswith(".json")


def file_path(receipt: Receipt, name: str) -> str:
    """Where a file of an item lies, or lay until it was given up; raises Damaged where its receipt names none."""
    return str(_stamp(receipt, name)["path"])


def stated_path(store: Store, receipt: Receipt, name: str) -> str:
    """Where a file of an item lies; raises Damaged where it is missing, or has another size than its receipt states."""
    stamp = _stamp(receipt, name)
    path, stated, size = stamp["path"], stamp["bytes"], store.size(stamp["path"])
    if size != stated:
        found = "missing" if size is None else f"{size:,} bytes, and its receipt states {stated:,}"
        raise Damaged(f"{store.uri}/{path}: {found}", path)
    return str(path)


def content(receipt: Receipt, *names: str) -> str:
    """A digest of what an item holds, or of some of its files; the same for every attempt with the same result.

    What it has given up counts as if it were there.

    Raises:
        Damaged: the receipt does not name them.
    """
    return digest({name: _stamp(receipt, name)["sha256"] for name in (names or _stamps(receipt))})


def _stamp(receipt: Receipt, name: str) -> dict[str, Any]:
    if (stamp := _stamps(receipt).get(name)) is None:
        path = f"{receipt['folder']}/{receipt['key']}.json"
        raise Damaged(f"{path}: it names no file {name}", path)
    return dict(stamp)


def _stamps(receipt: Receipt) -> dict[str, Any]:
    return {**receipt["files"], **receipt.get("given_up", {})}


def fault(receipt: Receipt, sizes: Mapping[str, int]) -> str | None:
    """The first file of an item that is not there in its size; `sizes` are the bytes of what is there, by path."""
    stamps = receipt["files"].values()
    return next((stamp["path"] for stamp in stamps if sizes.get(stamp["path"]) != stamp["bytes"]), None)


def altered(store: Store, receipt: Receipt) -> str | None:
    """The first file of an item that has another SHA-256 than its receipt states."""
    stamps = receipt["files"].values()
    return next((stamp["path"] for stamp in stamps if read_stamp(store, stamp["path"])[1] != stamp["sha256"]), None)


def read_stamp(store: Store, path: str) -> tuple[int, str]:
    """The bytes and the SHA-256 of a file; raises FileNotFoundError."""
    sha256, size = hashlib.sha256(), 0
    with store.open(path) as file:
        while chunk := file.read(CHUNK):
            sha256.update(chunk)
            size += len(chunk)
    return size, sha256.hexdigest()
