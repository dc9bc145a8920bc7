"""Data files of the page: scripts, for a page that lies on a disk may load no others."""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Protocol

import pyarrow as pa

#: Where they lie.
FOLDER = "audit/data"

#: Files that are written at once: most of the time is waiting for the disk or the bucket.
WRITERS = 16


class Writer(Protocol):
    """Where the audit's files go."""

    def write(self, path: str, data: bytes) -> Any:
        """Write a whole file at a relative path."""


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


def columns(table: pa.Table) -> dict[str, Any]:
    """A table by its columns."""
    return {"columns": table.to_pydict(), "rows": len(table)}
