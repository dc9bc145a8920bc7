"""Where a run's files lie: a directory or an S3 prefix, behind one small interface.

A file appears whole or not at all, and what was there stays until then. A store that does not answer is asked again for
a minute; what it refuses is told at once.
"""

import hashlib
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlparse

import pyarrow as pa
import pyarrow.fs as pafs

from pipeline.config.places import check_output, local, scheme
from pipeline.storage.backend import DRAFT, Backend, Listed, Seen, Span, coalesce, patient
from pipeline.storage.disk import Disk
from schemas.errors import Outage, UserError
from schemas.explain import reason

T = TypeVar("T")

#: Seconds that a store may be away.
PATIENCE = 60.0


class StoreOutage(Outage, OSError):
    """The store refused, or gave no answer for as long as it was given. It names the file, not its draft."""


class Sink:
    """A file being written that knows its size and SHA-256; enough of a file for Parquet and tar writers."""

    def __init__(self, write: Callable[[Any], object]) -> None:
        self._write = write
        self._sha256, self.bytes, self.closed = hashlib.sha256(), 0, False

    def write(self, data: Any) -> int:
        """Append `data`."""
        size = memoryview(data).nbytes
        self._sha256.update(data)
        self.bytes += size
        self._write(data)
        return size

    def tell(self) -> int:
        """The bytes written so far."""
        return self.bytes

    def flush(self) -> None:
        """Nothing: the store flushes when the block ends."""

    def close(self) -> None:
        """Nothing: the store closes the file."""

    def stamp(self) -> dict[str, Any]:
        """What a receipt says of the file."""
        return {"bytes": self.bytes, "sha256": self._sha256.hexdigest()}


@dataclass(frozen=True)
class Store:
    """Files below one root, named by relative paths; picklable, so that workers share it.

    Every method raises StoreOutage where the store refuses or gives no answer for `patience` seconds.
    """

    uri: str
    backend: Backend
    patience: float = PATIENCE

    @property
    def filesystem(self) -> pafs.FileSystem:
        """The file system to read from with pyarrow."""
        return self.backend.filesystem

    @property
    def root(self) -> str:
        """The root's path in `filesystem`."""
        return self.backend.root

    @contextmanager
    def create(self, path: str) -> Iterator[Sink]:
        """A new file at `path`, there once the block ends without an error."""
        with ExitStack() as block:
            with self._writing(path):
                write = block.enter_context(self.backend.create(path, patient(self.patience)))

            def named(data: Any) -> None:
                with self._writing(path):
                    write(data)

            yield Sink(named)
            with self._writing(path):
                block.pop_all().close()

    def write(self, path: str, data: bytes) -> dict[str, Any]:
        """Write a whole file."""

        def attempt() -> Sink:
            with self.backend.create(path, patient(0)) as write:
                sink = Sink(write)
                sink.write(data)
            return sink

        with self._writing(path):
            return self._patiently(path, attempt).stamp()

    def claim(self, path: str, data: bytes) -> bool:
        """Create a small file where there is none, for good; False where one stands already.

        An answer may be lost. Then equal bytes mean that we were first: `data` should hold something of its writer's.
        """
        unsure = False

        def attempt() -> bool:
            nonlocal unsure
            try:
                return self.backend.claim(path, data)
            except OSError:
                unsure = True
                raise

        with self._writing(path):
            return self._patiently(path, attempt) or (unsure and self.read(path) == data)

    def open(self, path: str) -> pa.NativeFile:
        """A file for reading at any place in it; raises FileNotFoundError, also for a folder."""
        return self._read(path, lambda: self.filesystem.open_input_file(f"{self.root}/{path}"))

    def read(self, path: str) -> bytes:
        """A whole file; raises FileNotFoundError, also for a folder."""
        return self._read(path, lambda: self.backend.read(path))

    def read_spans(self, path: str, spans: list[Span]) -> list[bytes]:
        """Parts of a file, in the order of `spans`; neighbours are read at once, and a part beyond the end is short.

        Raises FileNotFoundError.
        """
        covering = coalesce(sorted(set(spans)))
        parts = self._read(path, lambda: self.backend.read_spans(path, covering)) if covering else []
        starts = [start for start, _ in covering]
        found = []
        for start, length in spans:
            part = bisect_right(starts, start) - 1
            begin = start - starts[part]
            found.append(parts[part][begin : begin + length])
        return found

    def _read(self, path: str, action: Callable[[], T]) -> T:
        try:
            return self._patiently(path, action)
        except StoreOutage as error:
            if "is a directory" in str(error.__cause__).lower():  # pyarrow says so without a number
                raise FileNotFoundError(f"{path} is no file") from None
            raise

    def size(self, path: str) -> int | None:
        """The bytes of a file, None where there is no such file."""
        return self._patiently(path, lambda: self.backend.size(path))

    def files(self, folder: str) -> list[str]:
        """The paths of all files below `folder`, sorted; empty where there is no such folder."""
        return sorted(self._walk(folder))

    def listing(self, folder: str) -> dict[str, int]:
        """The bytes of every file below `folder` by its path, sorted; without drafts."""
        found = self._walk(folder)
        return {path: found[path].bytes for path in sorted(found) if not path.endswith(DRAFT)}

    def ages(self, folder: str) -> dict[str, float]:
        """The seconds since each file below `folder` was written, by its path; without drafts."""
        return {path: each.age for path, each in self._walk(folder).items() if not path.endswith(DRAFT)}

    def drafts(self, folder: str) -> list[str]:
        """The files below `folder` that were never finished, or are being written now."""
        return [path for path in self.files(folder) if path.endswith(DRAFT)]

    def delete(self, path: str) -> None:
        """Remove a file, or a folder and all below it."""
        self._patiently(path, lambda: self.backend.delete(path))

    def delete_all(self, paths: list[str]) -> None:
        """Remove files, those of a bucket by the thousand; one that is gone already is no error."""
        if paths:
            self._patiently(paths[0], lambda: self.backend.delete_all(paths))

    def discard_drafts(self) -> int:
        """Remove the drafts and uploads that were never finished; how many there were.

        They are nobody's only under the lease of the output, while no item runs.
        """
        return self._patiently("", self.backend.discard_drafts)

    def look(self, path: str) -> Seen | None:
        """A small file with its age by the store's clock, None where there is none."""
        return self._patiently(path, lambda: self.backend.look(path))

    def peek(self, path: str) -> Seen | None:
        """The same for who writes nothing, not even to learn a disk's clock: this machine's has to do."""
        return self._patiently(path, lambda: self.backend.peek(path))

    def refresh(self, path: str, seen: Seen, data: bytes) -> bool:
        """Write `data` over a small file where it is still what was seen, and True if so; false alarms are possible."""
        return self._patiently(path, lambda: self.backend.refresh(path, seen, data))

    def seize(self, path: str, seen: Seen, data: bytes | None) -> bool:
        """Put `data` (nothing if None) in the place of what was seen; True for one at most of several who try."""
        return self._patiently(path, lambda: self.backend.seize(path, seen, data))

    def _walk(self, folder: str) -> dict[str, Listed]:
        with self._naming(folder):
            return {each.path: each for each in self.backend.walk(folder, patient(self.patience))}

    def _patiently(self, path: str, action: Callable[[], T]) -> T:
        with self._naming(path):
            result: T = patient(self.patience)(action)
            return result

    @contextmanager
    def _naming(self, path: str) -> Iterator[None]:
        """Name the file of an error. That it is not there is no outage to who reads it."""
        try:
            yield
        except (FileNotFoundError, StoreOutage):
            raise
        except OSError as error:
            raise self._outage(path, error) from error

    @contextmanager
    def _writing(self, path: str) -> Iterator[None]:
        """The same for who writes it: then a folder is gone."""
        try:
            with self._naming(path):
                yield
        except FileNotFoundError as error:
            raise self._outage(path, error) from error

    def _outage(self, path: str, error: OSError) -> StoreOutage:
        return StoreOutage(f"{self.uri}/{path}".rstrip("/") + f": {reason(error)}")


def open_store(uri: str) -> Store:
    """The store at a directory or `s3://bucket/prefix`; S3 settings as boto3 reads them from the environment.

    Raises:
        UserError: it is neither.
    """
    check_output(uri)
    if not scheme(uri):
        path = local(uri).resolve()
        if path.exists() and not path.is_dir():
            raise UserError(f"{uri} is a file, not a directory")
        return Store(uri, Disk(str(path)))
    from pipeline.storage.s3 import Bucket  # boto3 is slow to import

    parts = urlparse(uri)
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return Store(uri, Bucket(parts.netloc, parts.path.strip("/"), endpoint, region))
