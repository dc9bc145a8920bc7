"""JSONL files: read and checked line by line, worked on a batch at a time, and written whole."""

import errno
import fcntl
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from rich.console import Console

from pipeline.config.run_record import PATH as RUN
from pipeline.phases.plan import FOLDER as PLAN
from pipeline.reports.progress import LineProgress
from schemas.errors import UserError
from schemas.explain import blamed
from schemas.tables import Row

#: Lines that are read, worked on and written at once.
BATCH = 256

#: What a draft is called behind the name of its file.
DRAFT = ".medconcept.part"

#: What a file system says that has no locks.
_NO_LOCKS = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK}


def map_lines(source: str, target: str, column: str, function: Callable[[list[Row]], list[Row]]) -> None:
    """Write what `function` makes of the rows, with their ids, a batch at a time; tell how many on a terminal."""
    # On one terminal the lines that are written tell enough.
    console = Console(stderr=True, quiet=target == "-" and sys.stdout.isatty())
    with (
        nullcontext(sys.stdin.buffer) if source == "-" else open(source, "rb") as lines,
        written(target, source) as write,
        LineProgress(console, Path(source).name) as progress,
    ):
        rows = _rows(lines, source, column)
        while batch := list(islice(rows, BATCH)):
            write([{"id": row["id"]} | made for row, made in zip(batch, function(batch), strict=True)])
            progress.advance(len(batch))


@contextmanager
def written(target: str, *sources: str) -> Iterator[Callable[[list[Row]], None]]:
    """What writes rows into a JSONL file, opened by `opened`."""
    with opened(target, *sources) as file:

        def write(rows: list[Row]) -> None:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            # Half a surrogate pair, which JSON can escape and UTF-8 not write, is escaped again.
            file.write(text.encode(errors="backslashreplace"))
            file.flush()

        yield write


@contextmanager
def opened(target: str, *sources: str) -> Iterator[BinaryIO]:
    """A file to write, or standard output for "-". A file that is there stays until all is written.

    Raises:
        UserError: as `check_target`, or another process writes the file.
    """
    check_target(target, *sources)
    name = "standard output" if target == "-" else target
    with blamed(name), nullcontext(sys.stdout.buffer) if target == "-" else replaced(target) as file:
        yield file


def check_target(target: str, *sources: str) -> None:
    """Check that writing `target` loses nothing that is read, and adds nothing to an output.

    Raises:
        UserError: the file is one of `sources`, or lies in one that is a folder, or in the folder of an output.
    """
    if target == "-":
        return
    if any(holds(source, target) for source in sources if source != "-"):
        raise UserError(f"{target} is read: name another file to write")
    place = Path(os.path.realpath(target))
    if output := next(filter(_is_output, (place, *place.parents)), None):
        raise UserError(f"{target} lies in the output {output}, which holds its own files only: name another place")


def holds(source: str, target: str) -> bool:
    """Whether `target` is a file that is `source`, by whatever name, or lies below it."""
    if not (os.path.exists(source) and os.path.exists(target)):
        return False
    return os.path.samefile(source, target) or Path(os.path.realpath(target)).is_relative_to(os.path.realpath(source))


def _is_output(folder: Path) -> bool:
    return (folder / RUN).is_file() and (folder / PLAN).is_dir()


@contextmanager
def replaced(target: str) -> Iterator[BinaryIO]:
    """A draft that takes the place of a file in the end; what is no file, such as a device, is written as it is.

    Raises:
        UserError: another process writes the file.
    """
    if os.path.exists(target) and not os.path.isfile(target):
        with open(target, "wb") as file:
            yield file
        return
    place = os.path.realpath(target)
    draft = place + DRAFT
    with _claimed(draft) as file:
        try:
            yield file
            file.flush()
            os.replace(draft, place)
        except BaseException:
            with suppress(FileNotFoundError):  # a signal may come when it has its place already
                os.remove(draft)
            raise


def _claimed(draft: str) -> BinaryIO:
    """A draft that this process alone writes; one that a killed process left is written anew. Raises UserError."""
    while True:
        file = open(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666), "wb")  # noqa: SIM115
        try:
            _lock(file, draft)
            if os.path.exists(draft) and os.path.samestat(os.fstat(file.fileno()), os.stat(draft)):
                file.truncate()
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # who wrote it before has put it in its place meanwhile


def _lock(file: BinaryIO, draft: str) -> None:
    """Lock a file for this process, where its file system has locks; raises UserError where another holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(f"{draft.removesuffix(DRAFT)}: another process writes it") from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _rows(lines: Iterable[bytes], source: str, column: str) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{source}:{number}: no JSON: {error}") from None
        if not isinstance(row, dict) or "id" not in row or not isinstance(row.get(column), str):
            raise UserError(f'{source}:{number}: no object with "id" and a text "{column}"')
        for name in ("labels", "letters"):
            texts = row.get(name)
            if texts is not None and not (isinstance(texts, list) and all(isinstance(text, str) for text in texts)):
                raise UserError(f'{source}:{number}: "{name}" is no list of texts')
        if not _is_markup(row.get("markup"), row[column]):
            raise UserError(f'{source}:{number}: "markup" is no list of {{"kind", "start", "end"}} in the {column}')
        abbreviations = row.get("abbreviations") or {}
        if not (isinstance(abbreviations, dict) and all(isinstance(long, str) for long in abbreviations.values())):
            raise UserError(f'{source}:{number}: "abbreviations" is no object of texts')
        yield row


def _is_markup(markup: object, text: str) -> bool:
    """Whether a row's markup, if it has any, is spans of its text."""
    if markup is None:
        return True
    return isinstance(markup, list) and all(
        isinstance(span, dict)
        and isinstance(span.get("kind"), str)
        and all(type(span.get(name)) is int for name in ("start", "end"))
        and 0 <= span["start"] <= span["end"] <= len(text)
        for span in markup
    )
