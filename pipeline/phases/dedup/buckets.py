"""Buckets: rows are written beside those of their bucket, so that a worker reads those of one."""

from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.store import Sink, Store

#: Rows of a bucket that are held until they are a row group.
ROW_GROUP = 8192


class BucketWriter:
    """Writes tables with a column `bucket`, in row groups of one bucket each. `rows` counts what it was given."""

    def __init__(self, sink: Sink, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(sink, schema, write_statistics=["bucket"], **WRITING)
        self._schema = schema
        self._held: dict[int, list[pa.Table]] = {}
        self.rows = 0

    def __enter__(self) -> "BucketWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for bucket in sorted(self._held):
                self._flush(bucket)
        self._writer.close()

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        self.rows += len(table)
        for bucket in sorted(pc.unique(table["bucket"]).to_pylist()):
            held = self._held.setdefault(bucket, [])
            held.append(table.filter(pc.equal(table["bucket"], bucket)))
            if sum(map(len, held)) >= ROW_GROUP:
                self._flush(bucket)

    def _flush(self, bucket: int) -> None:
        rows = pa.concat_tables(self._held.pop(bucket))
        self._writer.write_table(rows.select(self._schema.names).cast(self._schema))


def load_bucket(store: Store, path: str, schema: pa.Schema, bucket: int) -> pa.Table:
    """The rows of a bucket; raises Damaged."""
    return load_table(store, path, schema, filters=pc.field("bucket") == bucket)
