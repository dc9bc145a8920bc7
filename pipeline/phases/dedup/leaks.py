"""Leaks: the panels of a corpus that show an image from elsewhere."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.storage.parquet import load_table
from pipeline.storage.store import Store
from schemas.duplicates import INDEX
from schemas.errors import UserError
from transforms.duplicates.leaks import FindLeaks

#: Units read at once.
READERS = 16

_COLUMNS = [name for name in INDEX.names if name != "caption"]


@dataclass(frozen=True)
class Described:
    """How the images that are searched for are described: the encoder and the length of embeddings."""

    version: str
    dimension: int


def find_leaks(store: Store, units: list[tuple[str, str]], find: FindLeaks, described: Described) -> Iterator[pa.Table]:
    """LEAKS of the panels of each unit (its id, and where its INDEX lies), in order; READERS units are held.

    Raises:
        UserError: panels are described otherwise than the images.
    """
    rest = iter(units)
    with ThreadPoolExecutor(READERS) as pool:
        while some := list(islice(rest, READERS)):
            for panels in pool.map(lambda unit: _placed(store, *unit), some):
                _check(store, panels, described)
                yield find(panels)


def _placed(store: Store, unit: str, path: str) -> pa.Table:
    """INDEX of a unit without captions, with the place of each row's thumbnail."""
    panels = load_table(store, path, INDEX, _COLUMNS)
    panels = panels.append_column("unit", pa.repeat(unit, len(panels)))
    return panels.append_column("row", pa.array(np.arange(len(panels), dtype=np.int32)))


def _check(store: Store, panels: pa.Table, described: Described) -> None:
    sizes = {*pc.list_value_length(panels["embedding"]).to_pylist(), described.dimension}
    if len(sizes) > 1:
        raise UserError(f"{store.uri}: embeddings of {min(sizes)} and of {max(sizes)} components: verify it")
    if others := set(pc.unique(panels["encoder"]).to_pylist()) - {described.version}:
        raise UserError(f"{store.uri}: panels are described by {min(others)}, not {described.version}: build it first")
