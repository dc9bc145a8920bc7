"""Centroids: the middles of the cells that panels are compared in, learnt from a sample of the corpus."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dags.graph import Item, Receipt
from pipeline.phases.committed import Committed
from pipeline.phases.dedup.index import Index
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import Attempt, file_path
from pipeline.storage.store import Store
from schemas.duplicates import INDEX
from schemas.errors import Damaged
from transforms.duplicates.cells import SAMPLE, to_matrix, train_cells


@dataclass(frozen=True)
class Work:
    """How many centroids are learnt, and the sampled files with the rows that each gives at most."""

    cells: int
    files: list[tuple[str, int]]


@dataclass(frozen=True)
class Centroids(Committed):
    """Learns the centroids of `dimension` components."""

    FOLDER = "dedup/centroids"

    dimension: int

    def item(self, index: Index, units: Mapping[str, Receipt]) -> Item:
        """The centroids of an index as an item, learnt from `units` (receipts by id) unless they stand."""
        return Item(self.FOLDER, index.centroids, Work(index.cells, _sampled(units, index.cells)))

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The sample, a table a file: evenly spaced rows."""
        for path, wanted in item.payload.files:
            found = load_table(self.store, path, INDEX, ["embedding"])
            yield found.take(pa.array(np.arange(0, len(found), -(-len(found) // wanted))))

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Learn the centroids, and write them as a NumPy array (cells, dimension)."""
        vectors = [to_matrix(table["embedding"]) for table in tables]
        sample = np.concatenate([np.zeros((0, self.dimension), np.float32), *vectors])
        buffer = io.BytesIO()
        np.save(buffer, train_cells(sample, item.payload.cells))
        attempt = Attempt(self.store, item)
        with attempt.create("centroids.npy") as sink:
            sink.write(buffer.getvalue())
        return attempt.settle({"centroids": item.payload.cells}, {"sampled": len(sample)})


def load_centroids(store: Store, receipt: Receipt) -> NDArray[np.float32]:
    """The centroids (cells, dimension); raises Damaged."""
    path = file_path(receipt, "centroids")
    try:
        data = store.read(path)
    except FileNotFoundError:
        raise Damaged(f"{store.uri}/{path}: missing", path) from None
    if hashlib.sha256(data).hexdigest() != receipt["files"]["centroids"]["sha256"]:
        raise Damaged(f"{store.uri}/{path}: it has another SHA-256 than its receipt states", path)
    return np.asarray(np.load(io.BytesIO(data)))


def _sampled(units: Mapping[str, Receipt], cells: int) -> list[tuple[str, int]]:
    """The files to learn `cells` from, with the rows that each gives: at least one for each cell, SAMPLE at most.

    So many panels as there are cells lie evenly in the corpus; for each of them its unit gives SAMPLE of its own.
    """
    if cells == 1:
        return []
    ends = np.cumsum([receipt["counts"]["panels"] for receipt in units.values()])
    places = (np.arange(cells) * ends[-1] + ends[-1] // 2) // cells
    drawn, times = np.unique(np.searchsorted(ends, places, side="right"), return_counts=True)
    receipts = list(units.values())
    return [
        (file_path(receipts[n], "index"), SAMPLE * count)
        for n, count in zip(drawn.tolist(), times.tolist(), strict=True)
    ]
