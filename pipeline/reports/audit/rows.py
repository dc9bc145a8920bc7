"""The published rows in a database of DuckDB, so far as the audit asks for them, in bounded memory.

A row is known by `rank`, a hash of its id: what is chosen by the smallest ranks is chosen the same from the same rows,
however they lie in shards. Of concepts the number is kept, which is their place by falling triplets.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from dags.graph import Receipt
from pipeline.storage.parquet import load_batches
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.tables import regroup
from schemas.triplets import triplets
from transforms.coverage.database import database

#: Memory of DuckDB; what passes it lies on the disk for a while. Python and Arrow take as much beside.
MEMORY = "1GB"

#: Rows that are taken in at once.
ROWS = 100_000

#: What is read of a triplet: no picture, no text, no embedding.
COLUMNS = ["panel_id", "sha256", "concepts.list.element.cui", "modality", "provenance.year"]

_TABLE = """
    CREATE TABLE triplets (rank UBIGINT, shard INTEGER, row INTEGER, split VARCHAR, year INTEGER, modality VARCHAR,
                           sha256 VARCHAR, concepts INTEGER[])
"""

_TAKE_IN = """
    INSERT INTO triplets
    WITH mentions AS (SELECT shard, row, unnest(concepts).cui AS cui FROM batch),
    numbers AS (
        SELECT shard, row, list(DISTINCT number ORDER BY number) AS numbers FROM mentions JOIN concepts USING (cui)
        GROUP BY shard, row
    )
    SELECT md5_number_upper(panel_id), shard, row, split, year, modality, sha256, coalesce(numbers, [])
    FROM batch LEFT JOIN numbers USING (shard, row) ORDER BY shard, row
"""


@contextmanager
def open_rows(
    store: Store, shards: Mapping[str, Receipt], dimension: int, concepts: pa.Table, digits: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of the tables `triplets` and `concepts` (number, cui, file); it is gone when the block ends.

    `shards` are the receipts of the shards by name, `concepts` is the table of coverage. A concept's file
    is named by so many `digits` of the SHA-256 of its CUI. Raises Damaged.
    """
    with TemporaryDirectory(prefix="medconcept-audit-") as scratch:
        file, settings = str(Path(scratch) / "rows.db"), {"memory_limit": MEMORY, "temp_directory": scratch}
        with database(file, preserve_insertion_order=False, **settings) as rows:
            listed = concepts.select(["cui"]).append_column("number", pa.array(range(len(concepts)), pa.int32()))
            rows.register("listed", listed)
            rows.execute(
                "CREATE TABLE concepts AS SELECT number, cui, left(sha256(cui), ?) AS file FROM listed", [digits]
            )
            rows.unregister("listed")
            rows.execute(_TABLE)
            for batch in regroup(_read(store, shards, dimension), ROWS):
                rows.register("batch", batch)
                rows.execute(_TAKE_IN)
                rows.unregister("batch")
            yield rows


def _read(store: Store, shards: Mapping[str, Receipt], dimension: int) -> Iterator[pa.Table]:
    """What COLUMNS hold of all rows, and where each lies: the number of its shard, and of the row in it."""
    schema = triplets(dimension)
    for number, (name, receipt) in enumerate(shards.items()):
        start, split = 0, name.rpartition("-")[0]
        for table in load_batches(store, file_path(receipt, "parquet"), schema, COLUMNS, ROWS):
            yield pa.table(
                {
                    "shard": pa.repeat(pa.scalar(number, pa.int32()), len(table)),
                    "row": pa.array(range(start, start + len(table)), pa.int32()),
                    "split": pa.repeat(split, len(table)),
                    "panel_id": table["panel_id"],
                    "sha256": table["sha256"],
                    "year": pa.chunked_array([chunk.field("year") for chunk in table["provenance"].chunks], pa.int32()),
                    "modality": table["modality"],
                    "concepts": table["concepts"],
                }
            )
            start += len(table)
