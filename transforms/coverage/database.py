"""DuckDB: databases that tell no progress, for our own lines do, and a query over tables."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa


@contextmanager
def database(file: str = ":memory:", **settings: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with DuckDB's settings; raises MemoryError where what is asked does not fit into its memory."""
    with duckdb.connect(file, config=settings) as connection:
        connection.execute("SET enable_progress_bar = false")
        try:
            yield connection
        except duckdb.OutOfMemoryException as error:
            raise MemoryError(str(error).partition("\n")[0]) from None


def query(text: str, tables: Mapping[str, pa.Table], before: Sequence[str] = ()) -> pa.Table:
    """The answer to a query over `tables`, once the statements `before` have run; raises MemoryError."""
    return query_all({"": text}, tables, before)[""]


def query_all(
    texts: Mapping[str, str], tables: Mapping[str, pa.Table], before: Sequence[str] = ()
) -> dict[str, pa.Table]:
    """The answers to some queries by their names, as `query`."""
    with database(threads=1) as connection:  # a worker has one core
        for name, table in tables.items():
            connection.register(name, table)
        for statement in before:
            connection.execute(statement)
        return {name: connection.sql(text).to_arrow_table() for name, text in texts.items()}
