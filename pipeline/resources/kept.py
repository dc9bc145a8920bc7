"""What an output keeps of its surroundings, its vocabulary and its encoder: files that are copied in and out."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from pipeline.storage.store import Store
from schemas.errors import Damaged

#: Bytes that are read at once.
BLOCK = 1 << 20


def holds(store: Store, path: str, source: BinaryIO) -> bool:
    """Whether the file at `path` of the output has the bytes of `source`, which is read as long as it has."""
    if store.size(path) is None:
        return False
    with store.open(path) as kept:
        while block := source.read(BLOCK):
            if kept.read(len(block)) != block:
                return False
        return not kept.read(1)


def keep(store: Store, path: str, source: BinaryIO) -> None:
    """Write the bytes of `source` at `path` of the output, unless they are there."""
    if holds(store, path, source):
        return
    source.seek(0)
    if store.size(path) is None:
        with suppress(FileNotFoundError):
            store.delete(path)  # what lies there may be a folder
    with store.create(path) as sink:
        shutil.copyfileobj(source, sink, BLOCK)


def fetch(store: Store, path: str, file: Path) -> None:
    """Copy a file of the output into `file`; raises Damaged where there is none."""
    if store.size(path) is None:
        raise damaged(store, path, "it is missing")
    with store.open(path) as source, file.open("wb") as target:
        shutil.copyfileobj(source, target, BLOCK)


def damaged(store: Store, path: str, fault: str) -> Damaged:
    """The error that says so of a file of the output."""
    return Damaged(f"{store.uri}/{path}: {fault}: build the output again", path)
