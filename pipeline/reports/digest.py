"""The digest of a dataset: what it says, not how, where or in how many files it was built."""

import hashlib
import json

from pipeline.phases.corpus import open_corpus
from pipeline.phases.publish import parquet_path
from pipeline.storage.parquet import load_batches
from pipeline.storage.store import Store
from schemas.tables import Row
from schemas.triplets import RUN_FIELDS, triplets


def dataset_digest(store: Store) -> str:
    """The sum, modulo 2^256, of the SHA-256 of every triplet with its split; an image counts by its own SHA-256.

    So it depends neither on the order of rows nor on how they are cut into shards.

    Raises:
        UserError: there is no dataset, or a file of it cannot be read.
    """
    corpus = open_corpus(store)
    schema = triplets(corpus.run.dimension)
    columns = [name for name in schema.names if name != "image"]
    total = 0
    for shard in corpus.shards:
        for table in load_batches(store, parquet_path(shard.name), schema, columns):
            total += sum(row_digest(shard.split, triplet) for triplet in table.to_pylist())
    return f"{total % 2**256:064x}"


def row_digest(split: str, triplet: Row) -> int:
    """The digest of one triplet."""
    line = json.dumps([split, _content(triplet)], ensure_ascii=False, sort_keys=True)
    return int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")


def _content(triplet: Row) -> Row:
    provenance = {name: value for name, value in triplet["provenance"].items() if name not in RUN_FIELDS}
    return triplet | {"embedding": [float(x) for x in triplet["embedding"]], "provenance": provenance}
