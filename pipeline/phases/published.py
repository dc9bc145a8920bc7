"""How many triplets of each article a corpus has, from the ids in its shards."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.phases.corpus import Corpus, shard_receipts
from pipeline.storage.parquet import load_batches
from pipeline.storage.receipts import file_path
from schemas.triplets import triplets

#: Ids of panels that are read at once.
ROWS = 1 << 16


def count_triplets(corpus: Corpus, numbers: NDArray[np.int64]) -> NDArray[np.int32]:
    """The triplets of each article, given by its accession number; `numbers` ascend. Raises UserError."""
    counts = np.zeros(len(numbers), np.int32)
    schema = triplets(corpus.run.dimension)
    for receipt in shard_receipts(corpus).values():
        for table in load_batches(corpus.store, file_path(receipt, "parquet"), schema, ["panel_id"], ROWS):
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
