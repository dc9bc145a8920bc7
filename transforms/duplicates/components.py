"""Components: pictures that edges join, directly or by others between them, in buckets of whole components."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from schemas.duplicates import COMPONENTS

VERSION = "1"

Ints = NDArray[np.int64]


def to_integers(digests: pa.ChunkedArray) -> Ints:
    """The first 8 bytes of digests in hexadecimal; two digests that share one only make a component larger."""
    data = "".join(each[:16] for each in digests.to_pylist())
    return np.frombuffer(bytes.fromhex(data), ">i8").astype(np.int64)


def find_components(one: Ints, other: Ints, size: int) -> pa.Table:
    """The table COMPONENTS, sorted by picture, of the graph whose edges join `one` and `other`, whatever their order.

    A component is named after its smallest picture. Components in the order of their names fill a bucket until it has
    `size` pictures.
    """
    pictures, ends = np.unique(np.concatenate([one, other]), return_inverse=True)
    row, column = ends.reshape(2, -1)
    graph = coo_array((np.ones(len(row), bool), (row, column)), shape=(len(pictures),) * 2)
    count, label = connected_components(graph, directed=False)
    first = np.unique(label, return_index=True)[1]  # the pictures are sorted, so the first is the smallest
    sizes = np.bincount(label, minlength=count)
    order = np.argsort(first)
    bucket = np.empty(count, np.int32)
    bucket[order] = np.unique((np.cumsum(sizes[order]) - sizes[order]) // size, return_inverse=True)[1]
    columns = {"picture": pictures, "component": pictures[first][label], "bucket": bucket[label]}
    return pa.table({name: pa.array(values) for name, values in columns.items()}, schema=COMPONENTS)
