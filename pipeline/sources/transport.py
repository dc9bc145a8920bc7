"""Objects by key, one attempt at a time: the interface of all transports, and the one over a local directory."""

import errno
import os
import stat
from pathlib import Path
from typing import Protocol

#: An object is held in memory, so one above this size is refused.
MAX_BYTES = 256 << 20


class Missing(Exception):
    """The object is not there (or not for us: S3 answers 403 where listing is not allowed)."""


class TooLarge(Exception):
    """The object has more than MAX_BYTES."""

    def __str__(self) -> str:
        return f"larger than {MAX_BYTES >> 20} MiB"


class Transient(Exception):
    """It did not work this time."""


class Transport(Protocol):
    """One attempt at an object, given up at the monotonic time `until`; raises Missing, TooLarge, Transient."""

    uri: str

    def get(self, key: str, until: float) -> bytes:
        """The object's bytes."""

    def size(self, key: str, until: float) -> int:
        """The object's size in bytes."""

    def children(self, folder: str, until: float) -> list[str] | None:
        """The sorted names in a folder, folders with a slash behind; None where the transport cannot list."""


#: What the file system says of a path that is not a readable file.
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.ENAMETOOLONG, errno.ELOOP})


class Folder:
    """Keys as paths below a directory."""

    def __init__(self, root: Path) -> None:
        self.uri, self._root = str(root), root

    def get(self, key: str, until: float) -> bytes:
        """The file's bytes."""
        if self.size(key, until) > MAX_BYTES:
            raise TooLarge
        try:
            return (self._root / key).read_bytes()
        except OSError as error:
            raise _judged(error) from error

    def size(self, key: str, until: float) -> int:
        """The file's size in bytes."""
        try:
            found = (self._root / key).stat()
        except OSError as error:
            raise _judged(error) from error
        if not stat.S_ISREG(found.st_mode):  # a pipe would block for ever, a device never end
            raise Missing
        return found.st_size

    def children(self, folder: str, until: float) -> list[str]:
        """The directory's entries."""
        try:
            with os.scandir(self._root / folder) as entries:
                return sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries)
        except OSError as error:
            if error.errno in _ABSENT:
                return []
            raise _judged(error) from error


def _judged(error: OSError) -> Missing | Transient:
    return Missing() if error.errno in _ABSENT else Transient(error.strerror or type(error).__name__)
