"""The published rows of a dataset in the newest schema, whichever version wrote them: its Parquet files alone count.

So an output of another version can be read, and a dataset that was downloaded without the output that it is of.
"""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from pipeline.storage.parquet import Fault, load_batches, read_schema
from pipeline.storage.store import Store
from schemas.errors import Damaged, UserError
from schemas.older import check_version, newest, source_columns

#: Where the files lie in an output, and in a dataset by itself.
FOLDERS = ("dataset/data", "data")


def published_files(store: Store) -> dict[str, list[str]]:
    """The Parquet files by split, in order; raises UserError where there is none.

    They are named train-00000.parquet; versions 1 and 2 named them train-00000-of-00004.parquet.
    """
    for folder in FOLDERS:
        if paths := [path for path in store.listing(folder) if path.endswith(".parquet")]:
            splits = [path.rpartition("/")[2].partition("-")[0] for path in paths]
            return {split: [path for path, its in zip(paths, splits, strict=True) if its == split] for split in splits}
    raise UserError(f"{store.uri} holds no dataset: there is no Parquet file in {' or '.join(FOLDERS)}")


def read_published(store: Store, path: str, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
    """`columns` of a file's triplets in tables of at most `rows` rows.

    Raises:
        UserError: the file holds no triplets that this version reads.
        Damaged: it is missing or cannot be read.
    """
    found = read_schema(store, path)
    if isinstance(found, Fault):
        raise Damaged(f"{store.uri}/{found.line}", found.path)
    try:
        check_version(found)
        for table in load_batches(store, path, found, source_columns(found, columns), rows):
            yield newest(table, columns)
    except Damaged:
        raise
    except UserError as error:
        raise UserError(f"{store.uri}/{path}: {error}") from None
