"""Files of a mirror on disk: read without blocking, never from outside the mirror, and not missed while it is away.

A mount can go away: its folder is then gone, empty, or answers with an error. A missing file says something about its
article only while the mirror itself is there.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipeline.sources import transport
from pipeline.sources.transport import Missing, TooLarge, Transient

#: What the file system says of a path that is not a readable file.
_ABSENT = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO}
)

#: The folders of a mirror in the Cloud layout that must be there as long as the mirror is.
LANDMARKS = ("metadata", "inventory-reports")

OUTSIDE = "a link that leads out of the source"


class Folder:
    """Keys as paths below a directory."""

    def __init__(self, root: Path) -> None:
        self.uri, self._root = str(root), root
        self._folders = [root, *(root / name for name in LANDMARKS if (root / name).is_dir())]

    def get(self, key: str, until: float) -> bytes:
        """The file's bytes."""
        with self._judging(key), open_inside(self._root, key) as file:
            most = transport.MAX_BYTES
            if _size(file) <= most and len(data := file.read(most + 1)) <= most:  # it may still grow
                return data
        raise TooLarge

    def size(self, key: str, until: float) -> int:
        """The file's size in bytes."""
        with self._judging(key), open_inside(self._root, key) as file:
            return _size(file)

    def children(self, folder: str, until: float) -> list[str]:
        """The directory's entries."""
        try:
            with self._judging(folder), os.scandir(_inside(self._root, folder)) as entries:
                return sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries)
        except Missing:
            return []

    @contextmanager
    def _judging(self, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise judge(error, self._root / key, self._folders) from error


def judge(error: OSError, path: Path, folders: list[Path]) -> Missing | Transient:
    """What a failed access to `path` means: Missing only if the `folders` of its mirror are there.

    The first of them is its root. An unmounted one may be an empty folder.
    """
    if error.errno not in _ABSENT:
        return Transient(error.strerror or type(error).__name__)
    try:
        if not holds_anything(folders[0]):
            return Transient(f"{folders[0]} is empty")
        for folder in folders[1:]:
            os.scandir(folder).close()
    except OSError as away:
        return Transient(f"{away.filename} is away: {away.strerror}")
    # The mirror may have come back since the file was missed.
    return Transient("it was away") if error.errno == errno.ENOENT and path.exists() else Missing()


def holds_anything(folder: Path) -> bool:
    """Whether a folder has entries; raises OSError."""
    with os.scandir(folder) as entries:
        return any(entries)


@contextmanager
def open_inside(root: Path, name: str) -> Iterator[BinaryIO]:
    """A regular file below `root`, open for reading; raises Missing, OSError."""
    path = _inside(root, name)
    if not stat.S_ISREG(os.stat(path).st_mode):  # to open a device may already do something
        raise Missing("no regular file")
    # A pipe that took the file's place meanwhile does not block.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Missing("no regular file")
        yield file


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def leads_out(root: Path, path: Path) -> bool:
    """Whether a path below `root` leads, by a link, to a place that is not below it."""
    inner, outer = os.path.realpath(path), os.path.realpath(root)
    return os.path.commonpath([inner, outer]) != outer


def _inside(root: Path, name: str) -> Path:
    if leads_out(root, root / name):
        raise Missing(OUTSIDE)
    return root / name
