"""Cells: regions of the space of embeddings, each small enough to compare all of it with itself.

A coarse quantizer cuts the space (k-means, as of FAISS's inverted files); a panel near a border is compared in the
cells on both sides of it (Q. Chen et al., "SPANN", NeurIPS 2021, closure assignment).
"""

import faiss
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.duplicates import DESCRIBED
from schemas.tables import conform

#: Panels that a cell is meant for, and vectors for each cell that a quantizer is trained on.
CELL, SAMPLE = 10_000, 64
#: The most cells that a panel is compared in, and how much less its cosine with the further ones may be.
VISITED, MARGIN = 4, 0.08
ITERATIONS = 12

Floats = NDArray[np.float32]


def train_cells(vectors: Floats, count: int) -> Floats:
    """The centroids (count, dimension) of `count` cells, unit vectors, learnt from unit vectors (N, dimension).

    A single cell needs none to learn from. Else there are at least as many vectors as cells.
    """
    if count == 1:
        return np.zeros((1, vectors.shape[1]), np.float32)
    learner = faiss.Kmeans(vectors.shape[1], count, niter=ITERATIONS, spherical=True, seed=1, gpu=faiss.get_num_gpus())
    learner.train(vectors)
    return np.asarray(learner.centroids, np.float32)


class AssignCells:
    """Rows of INDEX with `unit` and `row` to DESCRIBED: a row for each cell that a panel is compared in, by cell."""

    name = "cells"
    version = "3"
    rowwise = False
    cpus = 1.0
    gpus = 0.0
    memory = 1 << 30
    batch = 1 << 18
    output = DESCRIBED

    def __init__(self, centroids: Floats) -> None:
        self._centroids = centroids

    def setup(self) -> None:
        """Build the index of the centroids."""
        faiss.omp_set_num_threads(int(self.cpus))
        self._index = faiss.IndexFlatIP(self._centroids.shape[1])
        self._index.add(self._centroids)

    def __call__(self, table: pa.Table) -> pa.Table:
        """`table` with the cells; all are fresh, as long as nobody says otherwise."""
        row, cell = self._visits(to_matrix(table["embedding"]))
        order = np.lexsort((row, cell))
        found = table.take(pa.array(row[order])).append_column("cell", pa.array(cell[order], pa.int32()))
        return conform(found.append_column("fresh", pa.repeat(True, len(found))), self.output)

    def _visits(self, vectors: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and cells: each vector's nearest cell, and those that are nearly as near."""
        cosines, cells = self._index.search(vectors, min(VISITED, len(self._centroids)))
        row, rank = np.nonzero(cosines >= cosines[:, :1] - MARGIN)
        return row, cells[row, rank]


def to_matrix(embeddings: pa.ChunkedArray) -> Floats:
    """A column of embeddings as (N, dimension)."""
    flat = embeddings.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(flat.reshape(len(embeddings), len(flat) // max(1, len(embeddings))), np.float32)
