"""The user's cache: what can be made again, below XDG_CACHE_HOME (XDG Base Directory Specification).

What is taken from it was written by this user: the folder is refused where others may write. And it is as it was
written: damage is found before a file is used, and the file is made again.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas.errors import UserError
from schemas.explain import blamed

#: Lists the files of a folder with their SHA-256, in the form of the program sha256sum.
SUMS = "SHA256SUMS"


def cache() -> Path:
    """Our folder in it, which is there afterwards.

    Raises:
        UserError: it is another user's, or others may write into it. Some of its files are unpickled.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "medconcept"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(0o700)
    state = folder.stat()
    if state.st_uid != os.geteuid():
        raise UserError(f"{folder} belongs to another user: name a folder of your own in XDG_CACHE_HOME")
    if state.st_mode & 0o022:
        raise UserError(f"{folder} can be written by others: remove it, or chmod go-w it if you trust what it holds")
    return folder


def cached(name: str, make: Callable[[Path], object], is_whole: Callable[[Path], bool]) -> Path:
    """The file or folder of this name in the cache; `make` writes it where it is missing or not whole.

    Of several processes that want it at once, one makes it.
    """
    place = cache() / name
    if is_whole(place):
        return place
    place.parent.mkdir(exist_ok=True)
    with blamed(str(place)), _locked(place):
        if not is_whole(place):
            with TemporaryDirectory(dir=place.parent) as drafts:
                draft = Path(drafts) / place.name
                make(draft)
                _remove(place)
                draft.rename(place)
    return place


def cached_folder(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of this name in the cache; `make` fills an empty one where it is missing, or a file of it changed."""
    return cached(name, partial(_make_folder, make), _matches_sums)


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _make_folder(make: Callable[[Path], object], draft: Path) -> None:
    draft.mkdir()
    make(draft)
    files = sorted(path for path in draft.rglob("*") if path.is_file())
    (draft / SUMS).write_text("".join(f"{_sha256(file)}  {file.relative_to(draft)}\n" for file in files), "utf-8")


def _matches_sums(folder: Path) -> bool:
    """Whether every file of the folder is there as it was written; others beside them do not count."""
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
        return bool(lines) and all(_sha256(folder / path) == digest for digest, path in _pairs(lines))
    except (OSError, ValueError):  # no file, or sums that are damaged themselves
        return False


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        digest, path = line.split("  ", 1)
        yield digest, path


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
