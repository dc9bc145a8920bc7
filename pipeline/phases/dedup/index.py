"""What the dedup phase has taken in: which units lie in which slice, and the cells that all slices are cut into."""

import hashlib
import io
import json
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from dags.graph import Receipt
from pipeline.config.recipe import digest
from pipeline.phases.curate import PANELS_FILE, panels_path
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import content
from pipeline.storage.store import Store
from transforms.duplicates.cells import CELL, SAMPLE, AssignCells, to_matrix, train_cells

#: Where the slices lie.
SLICES = "dedup/slices"

INDEX_FILE, MIDDLES_FILE = "dedup/index.json", "dedup/middles.npy"

#: Panels in a slice, about 1 GB in memory.
SLICE = 200_000

#: The index is made anew when the corpus has outgrown its cells so many times, or after so many generations.
OUTGROWN, GENERATIONS = 4, 16


class Slice(BaseModel):
    """Units, by id with the digest of their content, whose panels lie in one file."""

    model_config = ConfigDict(frozen=True)

    generation: int = Field(ge=0, lt=GENERATIONS)
    units: dict[str, str]

    @property
    def id(self) -> str:
        """The digest of what is in it."""
        return digest([self.generation, self.units])

    @property
    def folder(self) -> str:
        """Where it lies."""
        return f"{SLICES}/{self.id}"


class Index(BaseModel):
    """The document. `key` digests how panels are described, `middles` those of the cells; `cells` counts these.

    `panels`: how many the cells are for.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    cells: int = Field(ge=1)
    middles: str
    panels: int = Field(ge=0)
    slices: tuple[Slice, ...]

    @property
    def generations(self) -> int:
        """How many there are: each holds what one run added."""
        return 1 + max((part.generation for part in self.slices), default=-1)

    def until(self, generation: int) -> list[Slice]:
        """The slices of this generation and those before."""
        return [part for part in self.slices if part.generation <= generation]


def bring_up_to_date(
    store: Store, units: Mapping[str, Receipt], slices_there: Collection[str], key: str, dimension: int
) -> tuple[Index, NDArray[np.float32]]:
    """The index with every unit in it (receipts by id), stored, and the middles of its cells: (cells, dimension).

    `slices_there`: the ids of the slices that stand.
    """
    key = digest([key, AssignCells.version, dimension])  # a slice in other cells could not be made of units long gone
    contents = contents_of(units)
    total = sum(receipt["counts"]["panels"] for receipt in units.values())
    index = _read(store)
    known = {} if index is None else {unit: content for part in index.slices for unit, content in part.units.items()}
    added = {unit: units[unit] for unit, content in contents.items() if known.get(unit) != content}
    if index is not None and index.key == key and not added and not _lost(index, contents, slices_there):
        return index, _middles(store)
    if index is None or index.key != key or _worn_out(index, total) or _lost(index, contents, slices_there):
        cells = -(-max(total, 1) // CELL)
        sample = _sample(store, units, cells) if cells > 1 else np.zeros((0, dimension), np.float32)
        middles = train_cells(sample, cells)
        buffer = io.BytesIO()
        np.save(buffer, middles)
        store.write(MIDDLES_FILE, buffer.getvalue())
        slices = tuple(_slices(units, contents, 0))
        index = Index(key=key, cells=cells, middles=_digest(buffer.getvalue()), panels=total, slices=slices)
    else:
        slices = (*index.slices, *_slices(added, contents, index.generations))
        index = index.model_copy(update={"slices": slices})
    store.write(INDEX_FILE, json.dumps(index.model_dump(), indent=1).encode())
    return index, _middles(store)


def contents_of(units: Mapping[str, Receipt]) -> dict[str, str]:
    """The digest of the panels of each unit."""
    return {unit: content(receipt, "panels") for unit, receipt in units.items()}


def forget(store: Store) -> None:
    """Have every panel described and compared anew, so that nothing stays of those that are to be taken down."""
    if store.size(INDEX_FILE) is not None:
        store.delete(INDEX_FILE)


def _worn_out(index: Index, panels: int) -> bool:
    return index.generations >= GENERATIONS or panels > OUTGROWN * max(CELL, index.panels)


def _lost(index: Index, contents: Mapping[str, str], there: Collection[str]) -> bool:
    """Whether a slice is missing or not committed that can no more be made: its units are gone."""
    return any(part.id not in there for part in index.slices if not part.units.items() <= contents.items())


def _read(store: Store) -> Index | None:
    """None also where a run ended between the two files, and where they are damaged: they are made again."""
    try:
        return read_index(store)
    except (FileNotFoundError, ValueError):
        return None


def read_index(store: Store) -> Index:
    """The index; raises FileNotFoundError, and ValueError where it or the file of its middles is damaged."""
    index = Index.model_validate_json(store.read(INDEX_FILE))
    if index.middles != _digest(store.read(MIDDLES_FILE)):
        raise ValueError(f"{MIDDLES_FILE} is another than it states")
    if index.cells != len(_middles(store)):
        raise ValueError(f"{MIDDLES_FILE} has {len(_middles(store))} cells, not {index.cells}")
    return index


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _middles(store: Store) -> NDArray[np.float32]:
    return np.asarray(np.load(io.BytesIO(store.read(MIDDLES_FILE))))


def _slices(units: Mapping[str, Receipt], contents: Mapping[str, str], generation: int) -> list[Slice]:
    """The units in order, as many to a slice as fit."""
    slices: list[dict[str, str]] = [{}]
    panels = 0
    for unit, receipt in units.items():
        panels += receipt["counts"]["panels"]
        if panels > SLICE and slices[-1]:
            slices.append({})
            panels = receipt["counts"]["panels"]
        slices[-1][unit] = contents[unit]
    return [Slice(generation=generation, units=part) for part in slices]


def _sample(store: Store, units: Mapping[str, Receipt], cells: int) -> NDArray[np.float32]:
    """Embeddings to learn `cells` from: (N, dimension), cells <= N <= SAMPLE * cells.

    So many panels as there are cells lie evenly in the corpus; for each of them its unit gives SAMPLE of its own.
    """
    ends = np.cumsum([receipt["counts"]["panels"] for receipt in units.values()])
    places = (np.arange(cells) * ends[-1] + ends[-1] // 2) // cells
    names = list(units)
    parts = []
    for unit, times in zip(*np.unique(np.searchsorted(ends, places, side="right"), return_counts=True), strict=True):
        path = panels_path(units[names[unit]])
        vectors = to_matrix(load_table(store, path, PANELS_FILE, ["embedding"])["embedding"])
        parts.append(vectors[:: -(-len(vectors) // (SAMPLE * times))])
    return np.concatenate(parts)
