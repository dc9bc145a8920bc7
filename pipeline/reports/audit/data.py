"""Data files of the page: scripts, for a page that lies on a disk may load no others."""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.storage.parquet import WRITING
from pipeline.storage.store import Store

#: Where they lie, and where the tables lie for machines.
FOLDER, TABLES = "audit/data", "audit/coverage"

#: Files that are written at once: most of the time is waiting for the disk or the bucket.
WRITERS = 16


class Writer(Protocol):
    """Where the audit's files go."""

    def write(self, path: str, data: bytes) -> Any:
        """Write a whole file at a relative path."""


class Staged:
    """Holds files in a folder of the local disk until all are made: what stands in a store is the old or the new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.paths: set[str] = set()

    def write(self, path: str, data: bytes) -> None:
        """Write a whole file at a relative path."""
        place = self._folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        self.paths.add(path)

    def publish(self, store: Store, last: str) -> None:
        """Copy the files to a store, one of them when all others are there."""
        with ThreadPoolExecutor(WRITERS) as pool:
            for _ in pool.map(lambda path: self._copy(path, store), sorted(self.paths - {last})):
                pass  # an error is raised here
        self._copy(last, store)

    def _copy(self, path: str, store: Store) -> None:
        store.write(path, (self._folder / path).read_bytes())


def data_path(name: str) -> str:
    """Where the data of a name lies."""
    return f"{FOLDER}/{name}.js"


def write_data(out: Writer, name: str, value: Any) -> None:
    """Write a value: the page has it once the script has called `medconcept`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    out.write(data_path(name), f"medconcept({json.dumps(name)},{text})\n".encode("utf-8", "backslashreplace"))


def write_all(out: Writer, values: Iterable[tuple[str, Any]]) -> None:
    """Write values by their names; WRITERS of them are held."""
    rest = iter(values)
    with ThreadPoolExecutor(WRITERS) as pool:
        while some := list(islice(rest, WRITERS)):
            for _ in pool.map(lambda pair: write_data(out, *pair), some):
                pass  # an error is raised here


def table_path(name: str) -> str:
    """Where the table of a name lies whole."""
    return f"{TABLES}/{name}.parquet"


def write_table(out: Writer, name: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write a table that comes in parts whole, as Parquet."""
    buffer = pa.BufferOutputStream()
    with pq.ParquetWriter(buffer, schema, **WRITING) as writer:
        for table in tables:
            writer.write_table(table)
    out.write(table_path(name), buffer.getvalue().to_pybytes())


def columns(table: pa.Table) -> dict[str, Any]:
    """A table by its columns."""
    return {"columns": table.to_pydict(), "rows": len(table)}
