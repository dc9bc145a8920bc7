"""Bytes of an output: read once, in big blocks, for their SHA-256 and for what they say."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pyarrow as pa

from dags.graph import Receipt
from pipeline.storage.store import Store

#: Bytes that one request reads.
BLOCK = 16 << 20

#: Bytes of an item's files that are kept in memory while it is checked; a file that does not fit is read twice: for its
#: SHA-256, and a row group at a time.
HELD = 512 << 20


@dataclass(frozen=True)
class Holding(Store):
    """A store of which some files have been read: `held` are their bytes by path."""

    held: Mapping[str, pa.Buffer] = field(default_factory=dict)

    def open(self, path: str) -> pa.NativeFile:
        """A file for reading, from memory if it is held."""
        return pa.BufferReader(self.held[path]) if path in self.held else super().open(path)


def holding(store: Store, held: Mapping[str, pa.Buffer]) -> Holding:
    """`store` with what is held of it."""
    return Holding(**{each.name: getattr(store, each.name) for each in fields(Store)}, held=held)


class Hashed(io.RawIOBase):
    """A file that is read from its start to its end, with the size and the SHA-256 of what has been read."""

    def __init__(self, file: pa.NativeFile) -> None:
        self._file, self._sha256, self.size = file, hashlib.sha256(), 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes into `buffer`; 0 at the end."""
        count = int(self._file.readinto(buffer))
        self._sha256.update(memoryview(buffer)[:count])
        self.size += count
        return count

    @property
    def left(self) -> int:
        """The bytes that have not been read."""
        return int(self._file.size()) - self.size

    @property
    def sha256(self) -> str:
        """That of the bytes read so far."""
        return self._sha256.hexdigest()


def hold(store: Store, path: str, stamp: Receipt, marker: str, room: int = HELD) -> tuple[str | None, pa.Buffer | None]:
    """Compare a file with its `stamp` in the receipt `marker`: the fault, and its bytes if they are sound.

    They are None, too, if they do not fit into `room`.
    """
    try:
        with store.open(path) as file:
            hashed = Hashed(file)
            bytes_there = file.size()
            kept = bytearray(bytes_there if bytes_there == stamp["bytes"] <= room else 0)
            view = memoryview(kept)
            for start in range(0, len(kept), BLOCK):
                _fill(hashed, view[start : start + BLOCK])
            drain(hashed)
    except FileNotFoundError:
        return f"{path}: missing", None
    except OSError as error:
        return f"{path}: cannot be read: {error}", None
    fault = stamp_fault(path, hashed, stamp, marker)
    return fault, pa.py_buffer(kept) if fault is None and len(kept) == hashed.size else None


def _fill(hashed: Hashed, view: memoryview) -> None:
    """Read until `view` is full or the file ends."""
    done = 0
    while done < len(view) and (count := hashed.readinto(view[done:])):
        done += count


def drain(hashed: Hashed) -> None:
    """Read what is left, for the SHA-256."""
    block = bytearray(min(BLOCK, max(hashed.left, 1)))
    while hashed.readinto(block):
        pass


def stamp_fault(path: str, hashed: Hashed, stamp: Receipt, marker: str) -> str | None:
    """The fault of a file that has been read and is not as the receipt `marker` states."""
    if (hashed.size, hashed.sha256) != (stamp["bytes"], stamp["sha256"]):
        return f"{path}: {hashed.size} bytes with another SHA-256 than {marker} states"
    return None
