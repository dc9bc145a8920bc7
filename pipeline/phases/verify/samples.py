"""The tar of a shard: read once, in big blocks, for its samples and for its SHA-256."""

import io
import tarfile
from collections.abc import Iterator
from itertools import groupby
from types import TracebackType

from dags.graph import Receipt
from pipeline.phases.verify.contents import BLOCK, Hashed, drain, stamp_fault
from pipeline.storage.parquet import Fault
from pipeline.storage.store import Store

#: The members of a WebDataset sample.
Sample = list[tuple[str, bytes]]


class Tar:
    """A tar that is open for one reading."""

    def __init__(self, store: Store, path: str) -> None:
        self._path, self._missing = path, ""
        try:
            self._file = store.open(path)
        except FileNotFoundError:
            self._missing = f"{path}: missing"
        except OSError as error:
            self._missing = f"{path}: cannot be read: {error}"
        else:
            self._hashed = Hashed(self._file)

    def __enter__(self) -> "Tar":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._missing:
            self._file.close()

    def samples(self) -> Iterator[Sample | Fault]:
        """The samples as WebDataset groups them: consecutive members with one key. A fault is the last of them."""
        if self._missing:
            yield Fault(self._missing)
            return
        try:
            # tarfile asks for 10 KB at a time.
            with tarfile.open(fileobj=io.BufferedReader(self._hashed, BLOCK), mode="r|") as archive:
                members = ((m.name, f.read()) for m in archive if (f := archive.extractfile(m)) is not None)
                for _, group in groupby(members, key=lambda member: member[0].split(".")[0]):
                    yield list(group)
        except (OSError, tarfile.TarError) as error:
            yield Fault(f"{self._path}: cannot be read: {error}")

    def fault(self, stamp: Receipt, marker: str) -> str | None:
        """Read what is left, and compare all with its `stamp` in the receipt `marker`."""
        if self._missing:
            return self._missing
        try:
            drain(self._hashed)
        except OSError as error:
            return f"{self._path}: cannot be read: {error}"
        return stamp_fault(self._path, self._hashed, stamp, marker)
