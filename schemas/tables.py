"""Bringing tables and rows into a schema."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Row = dict[str, Any]

#: Bytes of pictures in a row group of a file at most, unless one picture is larger: whoever reads or writes a row group
#: holds it some times over. A row group of panels as they are has 15 MB.
PICTURES = 128 << 20


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """`table` in the columns and types of `schema`: a missing column is null, one that it does not name is dropped."""
    return pa.table([_column(table, field) for field in schema], schema=schema)


def _column(table: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    if field.name not in table.column_names:
        return pa.nulls(len(table), field.type)
    column = table[field.name]
    return column if column.type.equals(field.type) else column.cast(field.type)


def map_rows(table: pa.Table, schema: pa.Schema, function: Callable[[Row], Iterable[Row]]) -> pa.Table:
    """Each row through `function`, which yields the rows that it becomes."""
    return pa.Table.from_pylist([new for row in table.to_pylist() for new in function(row)], schema=schema)


def rejected(table: pa.Table) -> pa.ChunkedArray:
    """A mask of the rows that carry a reject; none does in a table without that column."""
    if "reject" not in table.column_names:
        return pa.chunked_array([pa.repeat(False, len(table))])
    return pc.is_valid(table["reject"])


def batches(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    """`table` in slices of at most `rows` rows; an empty table is one empty slice, so that its schema goes on."""
    for start in range(0, max(len(table), 1), rows):
        yield table.slice(start, rows)


def regroup(tables: Iterable[pa.Table], rows: int, pictures: int = PICTURES) -> Iterator[pa.Table]:
    """The rows of `tables` in tables of `rows` rows each, the last of which may be smaller; none is empty.

    A table ends sooner where the next picture (column `image`) would take it over `pictures` bytes. Where it ends
    follows from the rows alone.
    """
    held: list[pa.Table] = []
    count = size = 0
    for table in tables:
        sizes = _picture_bytes(table)
        while len(table):
            fitting = int(np.searchsorted(sizes.cumsum(), pictures - size, side="right"))
            taken = min(rows - count, max(fitting, 0 if count else 1), len(table))
            held.append(table.slice(0, taken))
            count, size = count + taken, size + int(sizes[:taken].sum())
            table, sizes = table.slice(taken), sizes[taken:]
            if len(table) or count == rows:
                yield pa.concat_tables(held)
                held, count, size = [], 0, 0
    if held:
        yield pa.concat_tables(held)


def _picture_bytes(table: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    if "image" not in table.column_names:
        return np.zeros(len(table), np.int64)
    lengths = pc.fill_null(pc.binary_length(table["image"]), 0)
    return np.asarray(lengths.to_numpy(), np.int64)


def by_unit(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each unit in a table that is sorted by its column `unit`."""
    runs = pc.run_end_encode(table["unit"].combine_chunks())
    start = 0
    for unit, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield unit, table.slice(start, end - start)
        start = end


def without(schema: pa.Schema, *names: str) -> pa.Schema:
    """`schema` less the named columns."""
    return pa.schema([field for field in schema if field.name not in names], metadata=schema.metadata)


def is_in(found: pa.Schema, schema: pa.Schema) -> bool:
    """Whether `found`, as read from a file, is `schema` in its version (Parquet renames the items of lists)."""
    return bool(found.equals(schema)) and found.metadata == schema.metadata
