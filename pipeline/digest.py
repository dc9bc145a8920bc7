"""The digest of a dataset: what it says, not how, where or in how many files it was built."""

import hashlib
import json

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.dataset import parquet_path, read_shards
from pipeline.store import Store
from schemas.errors import UserError
from schemas.tables import Row
from schemas.triplets import RUN_FIELDS, TRIPLETS


def dataset_digest(store: Store) -> str:
    """SHA-256 over every triplet and its split, in order; an image counts by its SHA-256, which `verify` checks."""
    total = hashlib.sha256()
    columns = [name for name in TRIPLETS.names if name != "image"]
    for shard in shard_names(store):
        split = shard.split("-")[0]
        with store.open(parquet_path(shard)) as file:
            for batch in pq.ParquetFile(file).iter_batches(columns=columns):
                for triplet in batch.to_pylist():
                    line = json.dumps([split, _content(triplet)], ensure_ascii=False, sort_keys=True)
                    total.update(line.encode() + b"\n")
    return total.hexdigest()


def shard_names(store: Store) -> list[str]:
    """The shards of a dataset, sorted; raises UserError where there is no dataset."""
    try:
        shards: pa.Table = read_shards(store)
    except FileNotFoundError:
        raise UserError(f"{store.uri} holds no dataset: build it first") from None
    return sorted(set(shards["shard"].drop_null().to_pylist()))


def _content(triplet: Row) -> Row:
    provenance = {name: value for name, value in triplet["provenance"].items() if name not in RUN_FIELDS}
    return triplet | {"embedding": [float(x) for x in triplet["embedding"]], "provenance": provenance}
