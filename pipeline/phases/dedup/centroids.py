"""Centroids: the middles of the cells that panels are compared in, learnt from a sample of the corpus.

A rebuild from a lock takes those of the corpus that was locked.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.committed import Committed
from pipeline.phases.dedup.index import GENERATIONS, Index
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
    """Learns the centroids of `dimension` components; or takes those that are `given`, by a lock."""

    FOLDER = "dedup/centroids"

    dimension: int
    given: NDArray[np.float32] | None = None

    def before(self, index: Index | None, key: str, panels: int) -> Index | None:
        """The index to go on from: where centroids are given, one of these, which is empty unless it is `index`.

        `key` digests how panels are described, `panels` counts those of the corpus.
        """
        if self.given is None:
            return index
        mine = digest([key, len(self.given), hashlib.sha256(_written(self.given)).hexdigest()])
        if index is not None and (index.key, index.centroids) == (key, mine) and index.generations < GENERATIONS:
            return index
        cells = len(self.given)
        return Index(key=key, dimension=self.dimension, cells=cells, centroids=mine, panels=panels, parts=())

    def item(self, index: Index, units: Mapping[str, Receipt]) -> Item:
        """The centroids of an index as an item, learnt from `units` (receipts by id) unless they stand."""
        sampled = _sampled(units, index.cells) if self.given is None else []
        return Item(self.FOLDER, index.centroids, Work(index.cells, sampled))

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The sample, a table a file: evenly spaced rows."""
        for path, wanted in item.payload.files:
            found = load_table(self.store, path, INDEX, ["embedding"])
            yield found.take(pa.array(np.arange(0, len(found), -(-len(found) // wanted))))

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Learn the centroids, unless they are given, and write them as a NumPy array (cells, dimension)."""
        vectors = [to_matrix(table["embedding"]) for table in tables]
        sample = np.concatenate([np.zeros((0, self.dimension), np.float32), *vectors])
        found = train_cells(sample, item.payload.cells) if self.given is None else self.given
        attempt = Attempt(self.store, item)
        with attempt.create("centroids.npy") as sink:
            sink.write(_written(found))
        return attempt.settle({"centroids": item.payload.cells}, {"sampled": len(sample)})


def _written(centroids: NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, centroids)
    return buffer.getvalue()


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
