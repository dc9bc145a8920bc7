"""Leaks: the panels of a corpus that show an image from elsewhere, themselves or with the rest of their figure."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.duplicates import INDEX
from schemas.errors import UserError
from schemas.figures import PARENTS
from schemas.tables import without
from transforms.duplicates.leaks import FindLeaks

#: Units read at once.
READERS = 16

#: What is read of every unit; pictures are fetched where they are asked for.
_COLUMNS = without(INDEX, "caption", "cuis").names
_OF_FIGURES = ["graphic_id", "pixel_sha256", "phash"]


@dataclass(frozen=True)
class Searched:
    """A unit that is searched, by its id, and where its tables INDEX and PARENTS lie."""

    unit: str
    index: str
    parents: str


@dataclass(frozen=True)
class Described:
    """How the images that are searched for are described: the encoder and the length of embeddings."""

    version: str
    dimension: int


def searched(units: Mapping[str, Receipt]) -> list[Searched]:
    """Units to be searched, of receipts by id."""
    return [Searched(unit, file_path(each, "index"), file_path(each, "parents")) for unit, each in units.items()]


def find_leaks(store: Store, units: Iterable[Searched], find: FindLeaks, described: Described) -> Iterator[pa.Table]:
    """LEAKS of the panels of each unit, in order; READERS units are held.

    Raises:
        UserError: panels are described otherwise than the images.
    """
    rest = iter(units)
    with ThreadPoolExecutor(READERS) as pool:
        while some := list(islice(rest, READERS)):
            for panels, figures in pool.map(lambda unit: _load(store, unit), some):
                _check(store, panels, described)
                yield find(panels, figures)


def _load(store: Store, searched: Searched) -> tuple[pa.Table, pa.Table]:
    """INDEX of a unit without captions, and its PARENTS without their pictures, with the place of each row's."""
    panels = load_table(store, searched.index, INDEX, _COLUMNS)
    panels = panels.append_column("unit", pa.repeat(searched.unit, len(panels)))
    panels = panels.append_column("row", pa.array(np.arange(len(panels), dtype=np.int32)))
    figures = load_table(store, searched.parents, PARENTS, _OF_FIGURES)
    return panels, figures.append_column("path", pa.repeat(searched.parents, len(figures)))


def _check(store: Store, panels: pa.Table, described: Described) -> None:
    sizes = {*pc.list_value_length(panels["embedding"]).to_pylist(), described.dimension}
    if len(sizes) > 1:
        raise UserError(f"{store.uri}: embeddings of {min(sizes)} and of {max(sizes)} components: verify it")
    if others := set(pc.unique(panels["encoder"]).to_pylist()) - {described.version}:
        raise UserError(f"{store.uri}: panels are described by {min(others)}, not {described.version}: build it first")
