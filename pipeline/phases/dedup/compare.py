"""Compare: the edges among the pictures of some cells, of which one is of the generation that is taken in.

An item is a range of cells whose rows fit into BYTES and whose comparisons into PAIRS. A dense cell, which holds more
pairs, is divided: each part compares some of its pictures with all of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.committed import Committed
from pipeline.phases.dedup.describe import KEPT
from pipeline.phases.dedup.index import Index, Part
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path
from pipeline.storage.store import Store
from schemas.duplicates import CELLS, DESCRIBED, EDGES
from transforms.duplicates.edges import divided

#: Bytes of rows that an item reads, and pairs that it compares: some minutes of a core.
BYTES, PAIRS = 1 << 28, 1 << 34

#: Files of counts read at once.
READERS = 16

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Range:
    """The cells from `first` to before `end` of a generation; part `part` of `parts` of their queries."""

    generation: int
    first: int
    end: int
    part: int = 0
    parts: int = 1

    @property
    def name(self) -> str:
        """A name that no other range of an index has."""
        name = f"{self.generation:02d}-{self.first:05d}"
        return f"{name}-{self.part:03d}" if self.parts > 1 else name


@dataclass(frozen=True)
class File:
    """Described panels of a part of the index."""

    path: str
    part: Part


@dataclass(frozen=True)
class Compare(Committed):
    """Reads ranges of cells from the described files of all parts, and commits their edges."""

    FOLDER = "dedup/edges"

    files: list[File]

    def items(self, index: Index, described: Mapping[str, Receipt], made_by: dict[str, Any]) -> list[Item]:
        """Each range of each generation as work for an engine; `described` are the receipts of parts by id."""
        counts = count_cells(self.store, index, described)
        items = []
        for generation in range(index.generations):
            parts = [(part.id, content(described[part.id], "panels")) for part in index.until(generation)]
            compared = digest([made_by, parts, index.standing(generation)])
            for each in ranges(index, generation, counts):
                key = digest([compared, each.first, each.end, each.part, each.parts])
                items.append(Item(f"{self.FOLDER}/{each.name}", key, each, made_by))
        return items

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The panels that stood in the generation, cell by cell, of each cell that has a new one."""
        wanted: Range = item.payload
        tables, former = [DESCRIBED.empty_table()], [KEPT.empty_table()]
        cells: pa.Array | None = None
        for file in sorted(self.files, key=lambda file: -file.part.generation):
            if file.part.generation > wanted.generation:
                continue
            if cells is None and file.part.generation < wanted.generation:
                cells = pc.unique(pa.concat_tables(tables)["cell"])  # only where something is new
            found = _rows_of(self.store, file, wanted, cells)
            since = _retired(file.part, found["unit"])
            stood = since > wanted.generation
            fresh = pa.repeat(file.part.generation == wanted.generation, len(found))
            tables.append(found.append_column(DESCRIBED.field("fresh"), fresh).filter(pa.array(stood)))
            former.append(found.filter(pa.array(since == wanted.generation)))
        panels = _only_new(pa.concat_tables(tables), pa.concat_tables(former)).sort_by("cell")
        for cell in pc.unique(panels["cell"].filter(panels["fresh"])):
            mine = panels.filter(pc.equal(panels["cell"], cell))
            yield divided(mine, wanted.part, wanted.parts)

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write the edges."""
        found = pa.concat_tables([EDGES.empty_table(), *tables])
        attempt = Attempt(self.store, item)
        with attempt.create("edges.parquet") as sink:
            pq.write_table(found, sink, **WRITING)
        return attempt.settle({"edges": len(found)}, {"edges": len(found)})


def described_files(index: Index, described: Mapping[str, Receipt]) -> list[File]:
    """The described files of an index, given the receipts of its parts by id."""
    return [File(file_path(described[part.id], "panels"), part) for part in index.parts]


def count_cells(store: Store, index: Index, described: Mapping[str, Receipt]) -> dict[str, Ints]:
    """The rows of each cell in the described file of each part, by the part's id."""

    def count(part: Part) -> Ints:
        table = load_table(store, file_path(described[part.id], "cells"), CELLS)
        rows = np.zeros(index.cells, np.int64)
        rows[table["cell"].to_numpy()] = table["rows"].to_numpy()
        return rows

    with ThreadPoolExecutor(READERS) as pool:
        return dict(zip((part.id for part in index.parts), pool.map(count, index.parts), strict=True))


def ranges(index: Index, generation: int, counts: Mapping[str, Ints]) -> Iterator[Range]:
    """The cells in which something is new, cut so that each range fits into BYTES and PAIRS."""
    nothing = np.zeros(index.cells, np.int64)
    parts = index.until(generation)
    rows = sum((counts[part.id] for part in parts), nothing)
    new = sum((counts[part.id] for part in parts if part.generation == generation), nothing)
    pairs, size = rows * new, rows * index.row
    first, held, compared = 0, 0, 0
    for cell in np.flatnonzero(new).tolist():
        if pairs[cell] > PAIRS or held + size[cell] > BYTES or compared + pairs[cell] > PAIRS:
            if held:
                yield Range(generation, first, cell)
            first, held, compared = cell, 0, 0
        if pairs[cell] > PAIRS:
            parted = -(-int(pairs[cell]) // PAIRS)
            yield from (Range(generation, cell, cell + 1, part, parted) for part in range(parted))
            continue
        if not held:
            first = cell
        held, compared = held + size[cell], compared + pairs[cell]
    if held:
        yield Range(generation, first, index.cells)


def _rows_of(store: Store, file: File, wanted: Range, cells: pa.Array | None) -> pa.Table:
    cell = pc.field("cell")
    found = load_table(store, file.path, KEPT, filters=(cell >= wanted.first) & (cell < wanted.end))
    return found if cells is None else found.filter(pc.is_in(found["cell"], value_set=cells))


def _retired(part: Part, units: pa.ChunkedArray) -> Ints:
    """The generation since which each row's unit no longer stands as it is in this part."""
    never = np.iinfo(np.int64).max
    named = pa.array(list(part.retired), pa.string())
    since = np.array([*part.retired.values(), never], np.int64)
    place = pc.fill_null(pc.index_in(units, value_set=named), len(named)).to_numpy()
    return np.asarray(since[place], np.int64)


def _only_new(panels: pa.Table, former: pa.Table) -> pa.Table:
    """`panels`, of which those are not fresh that stood with the same pixels in `former`, which was retired now."""
    known = pc.is_in(_named(panels), value_set=_named(former))
    fresh = pc.and_(panels["fresh"], pc.invert(known))
    return panels.set_column(panels.column_names.index("fresh"), DESCRIBED.field("fresh"), fresh)


def _named(panels: pa.Table) -> pa.Array:
    cell = panels["cell"].cast(pa.string())
    return pc.binary_join_element_wise(panels["panel_id"], panels["pixel_sha256"], cell, " ").combine_chunks()
