"""Names and contents that a power cut finds whole: what is synced, and in which order."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pipeline.storage.backend import DRAFT


def draft_of(place: Path) -> Path:
    """A name that nobody else takes, whatever its process is called in its container."""
    return place.with_name(f".{place.name}.{secrets.token_hex(8)}{DRAFT}")


def open_new(place: Path) -> int:
    """Open a file that is not there, in a folder that is there afterwards."""
    make_folder(place.parent)
    return os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)


def write_new(place: Path, data: bytes) -> None:
    """Write a file that is not there, and sync it."""
    with open(open_new(place), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def claim_by_name(place: Path, data: bytes) -> bool:
    """Claim where there are no hard links: the name is taken first and filled then."""
    try:
        descriptor = open_new(place)
    except FileExistsError:
        return False
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            os.unlink(place)
        raise
    sync(place.parent)
    return True


def put(draft: Path, place: Path) -> None:
    """Move a file to its place. A folder that stands there is damage."""
    try:
        os.replace(draft, place)
    except IsADirectoryError:
        shutil.rmtree(place)
        os.replace(draft, place)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, and sync where each was entered."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        os.mkdir(folder)
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None
    sync(folder.parent)


def sync(folder: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems sync no folders
            raise
    finally:
        os.close(descriptor)


def files_below(folder: Path) -> Iterator[tuple[str, int, float]]:
    """The path, the bytes and the time of each file; what is deleted meanwhile is left out."""
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir():
            yield from files_below(Path(entry.path))
        elif entry.is_file():
            with suppress(FileNotFoundError):
                found = entry.stat()
                yield entry.path, found.st_size, found.st_mtime
