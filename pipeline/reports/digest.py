"""The digest of a dataset: what it says, not how, where or in how many files it was built."""

import hashlib
import json
import re

from pipeline.config.recipe import Splits
from pipeline.config.run_record import read_run
from pipeline.phases.publish import SHARDS_FILE, parquet_path, read_shards
from pipeline.storage.parquet import load_batches
from pipeline.storage.store import Store
from schemas.errors import UserError
from schemas.tables import Row
from schemas.triplets import RUN_FIELDS, triplets

#: The name of a shard: its split, its number, and how many the split has.
SHARD = re.compile(rf"({'|'.join(Splits.model_fields)})-(\d{{5}})-of-(\d{{5}})", re.ASCII)


def dataset_digest(store: Store) -> str:
    """SHA-256 over every triplet and its split, in order; an image counts by its SHA-256, which `verify` checks.

    Raises:
        UserError: there is no dataset, or a file of it cannot be read.
    """
    total = hashlib.sha256()
    shards = shard_names(store)
    schema = triplets(read_run(store).dimension)
    columns = [name for name in schema.names if name != "image"]
    for shard in shards:
        split = shard.split("-")[0]
        for table in load_batches(store, parquet_path(shard), schema, columns):
            for triplet in table.to_pylist():
                line = json.dumps([split, _content(triplet)], ensure_ascii=False, sort_keys=True)
                total.update(line.encode() + b"\n")
    return total.hexdigest()


def shard_names(store: Store) -> list[str]:
    """The shards of a dataset, sorted; raises UserError where there is no dataset, or its list cannot be read."""
    names: list[str] = sorted(set(read_shards(store)["shard"].drop_null().to_pylist()))
    for name in names:
        if not SHARD.fullmatch(name):
            raise UserError(f"{store.uri}/{SHARDS_FILE}: {name!r} is no shard")
    return names


def _content(triplet: Row) -> Row:
    provenance = {name: value for name, value in triplet["provenance"].items() if name not in RUN_FIELDS}
    return triplet | {"embedding": [float(x) for x in triplet["embedding"]], "provenance": provenance}
