"""Components: the pictures that edges lead to, by the component of the graph that they are in, and the edges by bucket.

A bucket holds whole components, so what is grouped in one depends on no other.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.committed import Committed
from pipeline.phases.dedup.buckets import BucketWriter
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path
from schemas.duplicates import BUCKETED_EDGES, EDGES
from transforms.duplicates.components import VERSION, find_components, to_integers

#: Pictures in a bucket, about.
BUCKET = 100_000

#: What components depend on beside the edges.
MADE_BY = {"components": VERSION}

_PIXELS = ["one_pixels", "other_pixels"]


class Components(Committed):
    """Reads all edges, and commits the components of their pictures."""

    FOLDER = "dedup/components"

    def item(self, compared: Sequence[Receipt], made_by: dict[str, Any]) -> Item:
        """The components as an item; `compared` are the receipts of the edges."""
        edges = [content(receipt) for receipt in compared]
        paths = [file_path(receipt, "edges") for receipt in compared if receipt["counts"]["edges"]]
        return Item(self.FOLDER, digest([made_by, edges]), paths, made_by)

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The pictures of the edges."""
        for path in item.payload:
            yield load_table(self.store, path, EDGES, _PIXELS)

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write the components, and the edges by bucket: these are read once more, a file at a time."""
        pairs = [np.stack([to_integers(table[name]) for name in _PIXELS]) for table in tables]
        one, other = np.concatenate([np.empty((2, 0), np.int64), *pairs], axis=1)
        found = find_components(one, other, BUCKET)
        buckets = 1 + int(found["bucket"].to_numpy().max(initial=-1))
        attempt = Attempt(self.store, item)
        with attempt.create("pictures.parquet") as sink:
            pq.write_table(found, sink, **WRITING)
        with attempt.create("edges.parquet") as sink, BucketWriter(sink, BUCKETED_EDGES) as writer:
            for path in item.payload:
                edges = load_table(self.store, path, EDGES)
                bucket = found["bucket"].take(pa.array(find_places(found, edges["one_pixels"])))
                writer.write(edges.append_column("bucket", bucket))
        rows = {"pictures": len(found), "edges": writer.rows}
        return attempt.settle(rows, {"edges": writer.rows, "buckets": buckets})


def find_places(pictures: pa.Table, digests: pa.ChunkedArray) -> NDArray[np.int64]:
    """The row of each picture in the table COMPONENTS, -1 where it is in no component."""
    known, wanted = pictures["picture"].to_numpy(), to_integers(digests)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place, -1) if len(known) else np.full(len(wanted), -1)
