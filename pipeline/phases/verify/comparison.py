"""What was described and compared of panels: centroids, descriptions by cell, edges, the components they lead to."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dags.graph import Item
from pipeline.phases.dedup.centroids import Centroids, load_centroids
from pipeline.phases.dedup.compare import Compare
from pipeline.phases.dedup.components import BUCKET, MADE_BY, Components, find_places
from pipeline.phases.dedup.describe import KEPT
from pipeline.phases.dedup.index import INDEX_FILE
from pipeline.phases.verify.files import Vouched, told, vouched
from pipeline.phases.verify.known import Known
from pipeline.phases.verify.rows import KINDS, likeness_faults
from pipeline.storage.parquet import Fault
from pipeline.storage.store import Store
from schemas.duplicates import BUCKETED_EDGES, CELLS, COMPONENTS, EDGES
from transforms.duplicates.components import find_components, to_integers


@dataclass(frozen=True)
class CentroidCheck:
    """The centroids. `shape` is the one that they should have, None where that is not known."""

    shape: tuple[int, int] | None
    place = Centroids.FOLDER

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of their file."""
        item = vouched(store, known, self.place, ["centroids"])
        yield from item.faults
        if item.receipt is None or not item.sound:
            return
        found = load_centroids(store, item.receipt).shape
        if self.shape is not None and found != self.shape:
            yield f"{item.paths['centroids']}: {found} numbers, not {self.shape} as {INDEX_FILE} says"
        else:
            known.sound.add(self.place)


@dataclass(frozen=True)
class DescribedCheck:
    """The described panels of a part of the index, which has so many `cells`: None where that is not known."""

    place: str
    cells: int | None

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of the part's files, and of the order and the number of its rows."""
        item = vouched(store, known, self.place, ["panels", "cells"])
        yield from item.faults
        rows: dict[int, int] = {}
        last = -1
        for table in item.batches(store, "panels", KEPT, 2048):
            yield from told(table)
            if isinstance(table, Fault):
                return
            cells = table["cell"].to_numpy()
            if (np.diff(cells, prepend=last) < 0).any():
                yield f"{item.paths['panels']}: its rows are not in the order of their cells"
            last = cells[-1]
            for cell, count in zip(*np.unique(cells, return_counts=True), strict=True):
                rows[int(cell)] = rows.get(int(cell), 0) + int(count)
        if "panels" in item.broken:
            return
        lines = [*item.counted({"rows": sum(rows.values())})]
        if self.cells is not None and rows.keys() - {*range(self.cells)}:
            lines.append(f"{item.paths['panels']}: rows in other cells than the {self.cells} of {INDEX_FILE}")
        counted = item.read(store, "cells", CELLS)
        lines += told(counted)
        if not isinstance(counted, Fault):
            lines += item.miscounted("cells", len(counted))
            if dict(zip(counted["cell"].to_pylist(), counted["rows"].to_pylist(), strict=True)) != rows:
                lines.append(f"{item.paths['cells']}: it counts other rows than {item.paths['panels']} has")
        yield from lines
        if item.sound and not lines:
            known.sound.add(self.place)


@dataclass(frozen=True)
class EdgeCheck:
    """The edges of a range of cells."""

    place: str

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of their file, and of what it says."""
        item = vouched(store, known, self.place, ["edges"])
        yield from item.faults
        rows = 0
        for table in item.batches(store, "edges", EDGES, 4096):
            yield from told(table)
            if isinstance(table, Fault):
                return
            rows += len(table)
            yield from (f"{item.paths['edges']}: {line}" for line in likeness_faults(table, KINDS))
        lines = [] if "edges" in item.broken else [*item.counted({"edges": rows})]
        yield from lines
        if item.sound and not lines:
            known.sound.add(self.place)


@dataclass(frozen=True)
class ComponentCheck:
    """The components. `expected` is their item, as the edges lead to it; None where these cannot be relied on."""

    expected: Item | None
    place = Components.FOLDER

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of their files; they are found once more."""
        item = vouched(store, known, self.place, ["pictures", "edges"])
        yield from item.faults
        pictures = item.read(store, "pictures", COMPONENTS)
        yield from told(pictures)
        if isinstance(pictures, Fault):
            return
        lines = [*_bucket_faults(store, item, pictures)]
        yield from lines
        made_by = item.receipt and item.receipt["made_by"]
        if not lines and self.expected is not None and made_by == MADE_BY:
            read = Components(store).read(self.expected)
            pairs = [np.stack([to_integers(table[name]) for name in table.column_names]) for table in read]
            one, other = np.concatenate([np.empty((2, 0), np.int64), *pairs], axis=1)
            if not find_components(one, other, BUCKET).equals(pictures):
                yield f"{item.paths['pictures']}: not the components of the edges in {Compare.FOLDER}"
                return
        if not lines and item.sound:
            known.sound.add(self.place)


def _bucket_faults(store: Store, item: Vouched, pictures: pa.Table) -> Iterator[str]:
    """Whether edges are in the buckets of their components, and as many as the receipt counts."""
    rows = 0
    for edges in item.batches(store, "edges", BUCKETED_EDGES, 8192):
        yield from told(edges)
        if isinstance(edges, Fault):
            return
        rows += len(edges)
        place = find_places(pictures, edges["one_pixels"])
        if (place < 0).any() or not pictures["bucket"].take(pa.array(place)).equals(edges["bucket"]):
            yield f"{item.paths['edges']}: edges that are not in the bucket of their component"
            return
    if "edges" not in item.broken:
        yield from item.counted({"edges": rows, "buckets": 1 + int(pictures["bucket"].to_numpy().max(initial=-1))})
