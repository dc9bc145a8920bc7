"""The run's vocabulary: compiled once, kept in the output under its version, loaded by each worker."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store import Store
from transforms.concepts import vocabulary
from transforms.concepts.starter import starter


def compile_vocabulary(umls: str | None) -> pa.Table:
    """The names of a UMLS release folder, or the starter vocabulary; raises UserError naming a faulty file."""
    return vocabulary.from_umls(Path(umls)) if umls else starter()


def keep_vocabulary(store: Store, umls: str | None) -> tuple[str, Callable[[], pa.Table]]:
    """The version of the vocabulary and how a worker loads it."""
    table = compile_vocabulary(umls)
    version = vocabulary.version(table)
    path = f"vocabulary/{version}.parquet"
    if store.size(path) is None:
        with store.create(path) as sink:
            pq.write_table(table, sink, compression="zstd")
    return version, partial(_load, store, path)


def _load(store: Store, path: str) -> pa.Table:
    with store.open(path) as file:
        return pq.read_table(file)
