"""Where a run's files lie: a directory or an S3 prefix, behind one small interface.

A file appears whole or not at all: on a file system it is written beside its place and moved there, on S3 an object
exists when its upload is complete.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlparse

import pyarrow as pa
import pyarrow.fs as pafs

from pipeline.config.places import check_output, local, scheme
from pipeline.signals import undone
from schemas.errors import Outage, UserError
from schemas.explain import reason


class Sink:
    """A file being written that knows its size and SHA-256; enough of a file for Parquet and tar writers."""

    def __init__(self, stream: pa.NativeFile, naming: Callable[[], AbstractContextManager[None]]) -> None:
        self._stream, self._naming = stream, naming
        self._sha256, self.bytes, self.closed = hashlib.sha256(), 0, False

    def write(self, data: Any) -> int:
        """Append `data`."""
        self._sha256.update(data)
        self.bytes += len(memoryview(data))
        with self._naming():
            self._stream.write(data)
        return len(memoryview(data))

    def tell(self) -> int:
        """The bytes written so far."""
        return self.bytes

    def flush(self) -> None:
        """Nothing: the stream flushes when it is closed."""

    def close(self) -> None:
        """Nothing: the store closes the stream."""

    def stamp(self) -> dict[str, Any]:
        """What a receipt says of the file."""
        return {"bytes": self.bytes, "sha256": self._sha256.hexdigest()}


@dataclass(frozen=True)
class Store:
    """Files below one root, named by relative paths; picklable, so that workers share it."""

    uri: str
    filesystem: pafs.FileSystem = field(repr=False)
    root: str

    @contextmanager
    def create(self, path: str) -> Iterator[Sink]:
        """A new file at `path`, there once the block ends without an error.

        Raises:
            Outage: it cannot be written.
        """
        target = f"{self.root}/{path}"
        local = isinstance(self.filesystem, pafs.LocalFileSystem)
        place = f"{target}.{os.getpid()}.part" if local else target
        with ExitStack() as block:
            with self._naming(path):
                if local:
                    self.filesystem.create_dir(os.path.dirname(target), recursive=True)
                    block.enter_context(undone(partial(os.unlink, place)))
                stream = self.filesystem.open_output_stream(place)
            try:
                yield Sink(stream, partial(self._naming, path))
                with self._naming(path):
                    stream.close()
                    if local:
                        os.replace(place, target)
            except BaseException:
                with suppress(OSError):
                    stream.close()
                with suppress(OSError):
                    self.filesystem.delete_file(place)
                raise

    @contextmanager
    def _naming(self, path: str) -> Iterator[None]:
        """Turn what the file system refuses into an Outage that names the file, not its draft."""
        try:
            yield
        except OSError as error:
            raise Outage(f"{self.uri}/{path}: {reason(error)}") from error

    def write(self, path: str, data: bytes) -> dict[str, Any]:
        """Write a whole file."""
        with self.create(path) as sink:
            sink.write(data)
        return sink.stamp()

    def open(self, path: str) -> pa.NativeFile:
        """A file for reading at any place in it; raises FileNotFoundError."""
        return self.filesystem.open_input_file(f"{self.root}/{path}")

    def read(self, path: str) -> bytes:
        """A whole file; raises FileNotFoundError."""
        with self.open(path) as stream:
            return bytes(stream.read())

    def size(self, path: str) -> int | None:
        """The bytes of a file, None where there is no such file."""
        size: int | None = self.filesystem.get_file_info(f"{self.root}/{path}").size
        return size

    def files(self, folder: str) -> list[str]:
        """The paths of all files below `folder`, sorted; empty where there is no such folder."""
        selector = pafs.FileSelector(f"{self.root}/{folder}", recursive=True, allow_not_found=True)
        found = self.filesystem.get_file_info(selector)
        return sorted(info.path.removeprefix(f"{self.root}/") for info in found if info.type == pafs.FileType.File)

    def delete(self, path: str) -> None:
        """Remove a file, or a folder and all below it."""
        place = f"{self.root}/{path}"
        if self.filesystem.get_file_info(place).type == pafs.FileType.Directory:
            self.filesystem.delete_dir(place)
        else:
            self.filesystem.delete_file(place)


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
        return Store(uri, pafs.LocalFileSystem(), str(path))
    parts = urlparse(uri)
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    address = urlparse(endpoint)
    filesystem = pafs.S3FileSystem(
        endpoint_override=address.netloc or None,
        scheme=address.scheme or "https",
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
    )
    return Store(uri, filesystem, f"{parts.netloc}/{parts.path.strip('/')}".rstrip("/"))
