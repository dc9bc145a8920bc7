"""The published rows of a corpus: all that the receipts of its shards state, or none; and how many each article has."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dags.graph import Receipt
from pipeline.phases.corpus import Corpus, shard_receipts
from pipeline.storage.parquet import load_batches
from pipeline.storage.receipts import stated_path
from pipeline.storage.store import Store
from schemas.errors import Damaged
from schemas.triplets import triplets

#: Ids of panels that are read at once.
ROWS = 1 << 16


def shard_rows(store: Store, receipt: Receipt, schema: pa.Schema, columns: list[str], rows: int) -> Iterator[pa.Table]:
    """The rows of a shard in order, in tables of at most `rows`.

    Raises:
        Damaged: its file is missing, cannot be read, or has another size or other rows than its receipt states.
    """
    path, count = stated_path(store, receipt, "parquet"), 0
    for table in load_batches(store, path, schema, columns, rows):
        count += len(table)
        yield table
    if count != (stated := receipt["counts"]["triplets"]):
        raise Damaged(f"{store.uri}/{path}: {count:,} rows, and its receipt states {stated:,}", path)


def count_triplets(corpus: Corpus, numbers: NDArray[np.int64]) -> NDArray[np.int32]:
    """The triplets of each article, given by its accession number; `numbers` ascend.

    Raises UserError where a shard is not done, and Damaged where its file is not as its receipt states.
    """
    counts = np.zeros(len(numbers), np.int32)
    schema = triplets(corpus.run.dimension)
    for receipt in shard_receipts(corpus).values():
        for table in shard_rows(corpus.store, receipt, schema, ["panel_id"], ROWS):
            found, times = np.unique(_articles(table["panel_id"].chunks), return_counts=True)
            place = np.searchsorted(numbers, found)
            known = place < len(numbers)
            known[known] = numbers[place[known]] == found[known]
            counts[place[known]] += times[known].astype(np.int32)
    return counts


def _articles(panels: Iterable[pa.Array]) -> NDArray[np.int64]:
    """The accession number of the article of each panel."""
    found = (pc.struct_field(pc.extract_regex(each, r"^PMC(?P<pmc>\d+)v"), "pmc") for each in panels)
    return np.concatenate([np.zeros(0, np.int64), *(each.cast(pa.int64()).to_numpy() for each in found)])
