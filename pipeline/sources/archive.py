"""Reading a `.tar.gz` from a stranger: in memory, in one pass, with bounds, and nothing ever written to disk."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.sources.names import to_uri
from pipeline.sources.transport import MAX_BYTES, Refused

#: What an archive may unpack to, and how many members it may have.
MAX_UNPACKED = 16 * MAX_BYTES
MAX_MEMBERS = 10_000

#: Bytes of an archive's members that are kept after the pass over it.
_KEEP = 32 << 20
_WANTED = frozenset({".nxml", ".xml", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".gif", ".webp", ".bmp"})


class Corrupt(Refused):
    """The archive is damaged."""


class Unsafe(Refused):
    """The archive holds what no article needs: links, devices, paths that lead out of it, a bomb."""


@contextmanager
def _judging() -> Iterator[None]:
    """Whatever tarfile, gzip and zlib raise for damaged data is Corrupt."""
    try:
        yield
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Corrupt(str(error)) from error
    except (ValueError, OverflowError, RecursionError) as error:  # tarfile's own, for numbers that make no sense
        raise Corrupt(f"a header makes no sense: {error}") from error


@dataclass(frozen=True)
class Archive:
    """The sizes of the files in an archive by name, and the contents of those that are likely to be read.

    Bytes of a name that are no UTF-8 are lone surrogates in it, as in a file name.
    """

    path: Path
    sizes: dict[str, int]
    kept: dict[str, bytes]

    @_judging()
    def read(self, name: str) -> bytes:
        """A file's bytes, from another pass where they were not kept; it must be of at most MAX_BYTES."""
        if name in self.kept:
            return self.kept[name]
        found = b""
        for member, tar in _members(self.path):
            if member.name == name:
                found = _content(tar, member)  # the last of several of one name counts, as for tar itself
        return found


@_judging()
def read_archive(path: Path) -> Archive:
    """One pass over the archive; raises Corrupt, Unsafe, FileNotFoundError."""
    sizes: dict[str, int] = {}
    kept: dict[str, bytes] = {}
    room = _KEEP
    for member, tar in _members(path):
        sizes[member.name] = member.size
        kept.pop(member.name, None)
        if PurePosixPath(member.name).suffix.lower() in _WANTED and member.size <= room:
            kept[member.name] = _content(tar, member)
            room -= member.size
    return Archive(path, sizes, kept)


def _members(path: Path) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    """The archive's files in order; each can be read before the next is asked for."""
    count = 0
    with gzip.open(path) as unzipped:
        stream = _Bounded(unzipped)
        with tarfile.open(fileobj=stream, mode="r:", encoding="utf-8") as tar:  # type: ignore[call-overload]
            while member := tar.next():
                tar.members = []  # type: ignore[attr-defined]  # it would keep every one
                count += 1
                _check(member, count)
                if member.isreg():
                    yield member, tar
        stream.finish()


def _check(member: tarfile.TarInfo, count: int) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise Unsafe(f"{to_uri(member.name)} leads out of the archive")
    if not (member.isreg() or member.isdir()):
        raise Unsafe(f"{to_uri(member.name)} is a link or device")
    if count > MAX_MEMBERS:
        raise Unsafe(f"more than {MAX_MEMBERS} members")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file else b""


class _Bounded:
    """The unzipped stream, forwards only and up to MAX_UNPACKED bytes: as much of a file as tarfile needs."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream, self._last = stream, b""

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, position: int) -> None:
        if position < self.tell():
            raise Corrupt("a member lies before its header")
        self._bound(position)
        self._stream.seek(position)

    def read(self, size: int) -> bytes:
        if size > MAX_BYTES:
            raise Unsafe(f"a header of {size} bytes")
        self._bound(self.tell() + size)
        self._last = self._stream.read(size)
        return self._last

    def finish(self) -> None:
        """Read to the end, where gzip checks its CRC; raises Corrupt when the tar stopped at what is no header."""
        if self._last.strip(b"\0"):
            raise Corrupt("bad header")
        while self._stream.read(io.DEFAULT_BUFFER_SIZE):
            self._bound(self.tell())

    def _bound(self, position: int) -> None:
        if position > MAX_UNPACKED:
            raise Unsafe(f"unpacks to more than {MAX_UNPACKED >> 20} MiB")
