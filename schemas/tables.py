"""Bringing tables and rows into a schema."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Row = dict[str, Any]


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


def regroup(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The rows of `tables` in tables of `rows` rows each, the last of which may be smaller; none is empty."""
    held: list[pa.Table] = []
    count = 0
    for table in tables:
        while count + len(table) >= rows:
            part = table.slice(0, rows - count)
            yield pa.concat_tables([*held, part])
            table, held, count = table.slice(len(part)), [], 0
        if len(table):
            held.append(table)
            count += len(table)
    if held:
        yield pa.concat_tables(held)


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
