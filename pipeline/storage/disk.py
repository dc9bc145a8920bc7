"""Files on a disk that a power cut finds whole: contents are synced before names, names before what relies on them."""

import errno
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.fs as pafs

from pipeline.signals import undone
from pipeline.storage.backend import DRAFT, Listed, Retry, Seen, Span
from pipeline.storage.syncing import claim_by_name, draft_of, files_below, open_new, put, sync, write_new

#: What a file system says that has no hard links.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}

#: What it says of a place that may be read only.
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


@dataclass(frozen=True)
class Disk:
    """Files below a directory."""

    root: str

    @property
    def filesystem(self) -> pafs.FileSystem:
        """The local one."""
        return pafs.LocalFileSystem()

    @contextmanager
    def create(self, path: str, retry: Retry[Any]) -> Iterator[Callable[[Any], object]]:
        """Write beside the place and move there; a sync that fails is never tried again, for the pages are lost."""
        place = self._place(path)
        draft = draft_of(place)
        with undone(lambda: os.unlink(draft)):
            file = None
            try:  # a signal may come as soon as the draft is there
                file = open(retry(lambda: open_new(draft)), "wb")  # noqa: SIM115 (closed on both ways out)
                yield file.write
                file.flush()
                os.fsync(file.fileno())
                file.close()
                put(draft, place)
            except BaseException:
                with suppress(OSError):  # what its buffer holds would fail for the same reason, which is on its way
                    if file is not None:
                        file.close()
                with suppress(OSError):
                    os.unlink(draft)
                raise
            sync(place.parent)

    def claim(self, path: str, data: bytes) -> bool:
        """Write beside the place and link there, which one of several can."""
        place = self._place(path)
        draft = draft_of(place)
        try:
            write_new(draft, data)
            try:
                os.link(draft, place)
            except FileExistsError:
                # A network file system that lost its answer asks twice, and meets its own link.
                if not os.path.samefile(draft, place):
                    if not place.is_dir():
                        return False
                    put(draft, place)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                return claim_by_name(place, data)
        finally:
            with suppress(OSError):
                os.unlink(draft)
        sync(place.parent)
        return True

    def read(self, path: str) -> bytes:
        """A whole file."""
        return self._place(path).read_bytes()

    def read_spans(self, path: str, spans: list[Span]) -> list[bytes]:
        """Parts of a file, which is opened once."""
        with self._place(path).open("rb", buffering=0) as file:
            return [os.pread(file.fileno(), length, start) for start, length in spans]

    def size(self, path: str) -> int | None:
        """The bytes of a file, None where there is none."""
        try:
            found = self._place(path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def walk(self, folder: str, retry: Retry[Any]) -> Iterator[Listed]:
        """The files below a folder. What is deleted meanwhile is left out. Ages are those by this machine's clock."""
        now = time.time()
        for path, size, written in retry(lambda: list(files_below(self._place(folder)))):
            yield Listed(os.path.relpath(path, self.root), size, now - written)

    def delete(self, path: str) -> None:
        """Remove a file or a folder."""
        place = self._place(path)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink()
        sync(place.parent)

    def delete_all(self, paths: list[str]) -> None:
        """Remove files; sync each folder once."""
        places = [self._place(path) for path in paths]
        for place in places:
            place.unlink(missing_ok=True)
        for folder in {place.parent for place in places}:
            with suppress(FileNotFoundError):
                sync(folder)

    def discard_drafts(self) -> int:
        """Remove what is half written."""
        found = (path for path, _, _ in files_below(Path(self.root)))
        drafts = [os.path.relpath(path, self.root) for path in found if path.endswith(DRAFT)]
        self.delete_all(drafts)
        return len(drafts)

    @contextmanager
    def rooted(self) -> Iterator[None]:
        """Remove the root after the block, if the block made it and left it empty."""
        made = not Path(self.root).exists()
        try:
            yield
        finally:
            if made:
                with suppress(OSError):
                    Path(self.root).rmdir()

    def look(self, path: str) -> Seen | None:
        """A small file; its age is that against a file written now, for the disk may be another machine's.

        Where nothing can be written, this machine's clock has to do.
        """
        seen = self.peek(path)
        if seen is None:
            return None
        draft = draft_of(self._place(path))
        try:
            write_new(draft, b"")
            ahead = draft.stat().st_mtime - time.time()
        except OSError as error:
            if error.errno not in _READ_ONLY:
                raise
            ahead = 0.0
        finally:
            with suppress(OSError):
                draft.unlink()
        return replace(seen, age=seen.age + ahead)

    def peek(self, path: str) -> Seen | None:
        """A small file; its age is that by this machine's clock."""
        place = self._place(path)
        try:
            return Seen(place.read_bytes(), time.time() - place.stat().st_mtime, "")
        except FileNotFoundError:
            return None

    def refresh(self, path: str, seen: Seen, data: bytes) -> bool:
        """Write through one descriptor: whoever moved the file away since finds the new bytes in what it moved."""
        try:
            with self._place(path).open("r+b", buffering=0) as file:
                if file.read() != seen.data:
                    return False
                os.pwrite(file.fileno(), data, 0)
                file.truncate(len(data))
                os.fsync(file.fileno())
        except FileNotFoundError:
            return False
        return True

    def seize(self, path: str, seen: Seen, data: bytes | None) -> bool:
        """Move the file away, look whether it is what was seen, then claim its place, or put it back."""
        place = self._place(path)
        moved = draft_of(place)
        try:
            os.rename(place, moved)
            found = moved.read_bytes()
            if found != seen.data:
                self.claim(path, found)
                return False
        except FileNotFoundError:
            return False
        finally:
            moved.unlink(missing_ok=True)
        sync(place.parent)
        return data is None or self.claim(path, data)

    def _place(self, path: str) -> Path:
        return Path(self.root, path)
