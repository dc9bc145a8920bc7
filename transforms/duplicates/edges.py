"""Edges: the pairs of panels of one cell that show the same, each found by its likeness and confirmed by its pixels."""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.duplicates import EDGES
from transforms.duplicates.cells import to_matrix
from transforms.duplicates.registration import SIDE, compare

RADIUS = 8  # bits in which the perceptual hashes of copies may differ
NEIGHBOURS = 48  # that are looked at of each panel, by either way
#: What a pair must have in common: the correlation of what lies over each other, and how much of them does.
LIKENESS, OVERLAP = 0.93, 0.4
#: The same within an article, whose pictures are alike as neighbouring slices are; what it shows twice, it copied well.
LIKENESS_WITHIN = 0.99
TOGETHER = 64  # pairs that are laid over each other at once
QUERIES = 4096  # panels that are looked for at once

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


class Pairs(NamedTuple):
    """Rows of the first and second pictures, and the cosines of their embeddings: (N,)."""

    one: Ints
    other: Ints
    cosine: Floats

    def where(self, mask: NDArray[np.bool_]) -> "Pairs":
        """Those of the mask."""
        return Pairs(self.one[mask], self.other[mask], self.cosine[mask])


class FindEdges:
    """DESCRIBED, all of one cell in one table, to EDGES between fresh panels and any. `threshold`: the least cosine."""

    name = "edges"
    version = "3"
    rowwise = False
    cpus = 1.0
    gpus = 0.125  # of one, where there is one
    batch = sys.maxsize  # a panel may be like any other
    output = EDGES

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold

    def setup(self) -> None:
        """Bound FAISS's threads."""
        faiss.omp_set_num_threads(int(self.cpus))

    def __call__(self, table: pa.Table) -> pa.Table:
        """The edges, sorted; panels of one figure are alike by their pixels only, since it has one style."""
        table = table.sort_by("panel_id")
        first, copies = _copies(table["pixel_sha256"])
        heads = table.take(pa.array(first))
        fresh = table["fresh"].to_numpy()
        vectors = to_matrix(heads["embedding"])
        pairs = candidates(vectors, heads["phash"], fresh[first], self._threshold)
        figure = figures(heads["panel_id"]).combine_chunks().dictionary_encode().indices.to_numpy()
        pairs = pairs.where(figure[pairs.one] != figure[pairs.other])
        thumbnails = to_pixels(heads["thumbnail"])
        likeness = confirm(thumbnails, thumbnails, pairs)
        article = pc.replace_substring_regex(heads["panel_id"], "-.*", "").combine_chunks().dictionary_encode()
        within = np.equal(*(article.indices.to_numpy()[row] for row in pairs[:2]))
        kept = likeness >= np.where(within, LIKENESS_WITHIN, LIKENESS)
        found = _edges(table, first, copies, pairs.where(kept), likeness[kept], fresh)
        return found.sort_by([("one", "ascending"), ("other", "ascending")])


class Neighbourhood:
    """Pictures, by unit vectors (N, dimension) and perceptual hashes, among which those near to others are found."""

    def __init__(self, vectors: Floats, hashes: pa.ChunkedArray) -> None:
        self._vectors: Any = faiss.IndexFlatIP(vectors.shape[1])
        if faiss.get_num_gpus():
            self._vectors = faiss.index_cpu_to_all_gpus(self._vectors)
        self._vectors.add(vectors)
        self._hashed, bits = _bits(hashes)
        self._hashes = faiss.IndexBinaryFlat(64)
        self._hashes.add(bits)

    def near(self, vectors: Floats, hashes: pa.ChunkedArray, threshold: float) -> Ints:
        """Rows of what is given with rows of what is near to it by either way, some twice: (N, 2)."""
        alike = _near(self._vectors, vectors, lambda cosines: cosines >= threshold)
        hashed, bits = _bits(hashes)
        given, found = _near(self._hashes, bits, lambda distances: distances <= RADIUS).T
        return np.concatenate([alike, np.stack([hashed[given], self._hashed[found]], 1)])


def candidates(vectors: Floats, hashes: pa.ChunkedArray, fresh: NDArray[np.bool_], threshold: float) -> Pairs:
    """The pairs of rows, one of them fresh, that are near by their unit vectors or by their hashes; each once."""
    asked = np.flatnonzero(fresh)
    near = Neighbourhood(vectors, hashes).near(vectors[asked], hashes.take(pa.array(asked)), threshold)
    near[:, 0] = asked[near[:, 0]]
    near.sort(axis=1)
    one, other = np.unique(near[near[:, 0] < near[:, 1]], axis=0).T
    return Pairs(one, other, cosines(vectors, vectors, one, other))


def _bits(hashes: pa.ChunkedArray) -> tuple[Ints, NDArray[np.uint8]]:
    """The rows that have a hash, and these hashes as FAISS takes them."""
    return np.flatnonzero(hashes.is_valid().to_numpy()), hashes.drop_null().to_numpy().view(np.uint8).reshape(-1, 8)


def _near(index: Any, points: NDArray[Any], close: Callable[[NDArray[Any]], NDArray[np.bool_]]) -> Ints:
    """The rows of `points` with each of their neighbours in `index` that is close: (N, 2)."""
    found = [np.empty((0, 2), np.int64)]
    for start in range(0, len(points) if index.ntotal else 0, QUERIES):
        distances, neighbours = index.search(points[start : start + QUERIES], min(NEIGHBOURS, index.ntotal))
        row, rank = np.nonzero(close(distances))
        found.append(np.stack([start + row, neighbours[row, rank]], 1))
    return np.concatenate(found)


def cosines(ones: Floats, others: Floats, one: Ints, other: Ints) -> Floats:
    """Cosines of rows `one` of the unit vectors `ones` with rows `other` of `others`, rounded: no order of additions
    shows.
    """
    values = [
        np.einsum("ij,ij->i", ones[one[part]].astype(np.float64), others[other[part]].astype(np.float64))
        for part in np.array_split(np.arange(len(one)), len(one) // QUERIES + 1)
    ]
    return np.round(np.concatenate(values), 4).astype(np.float32)


def to_pixels(thumbnails: pa.ChunkedArray) -> NDArray[np.uint8]:
    """A column of thumbnails as (N, SIDE, SIDE)."""
    return np.frombuffer(b"".join(thumbnails.to_pylist()), np.uint8).reshape(-1, SIDE, SIDE)


def confirm(ones: NDArray[np.uint8], others: NDArray[np.uint8], pairs: Pairs) -> Floats:
    """The likeness of each pair of thumbnails, 0 where they do not overlap enough."""
    found = [np.empty(0, np.float32)]
    for start in range(0, len(pairs.one), TOGETHER):
        part = slice(start, start + TOGETHER)
        likeness = compare(ones[pairs.one[part]].astype(np.float32), others[pairs.other[part]].astype(np.float32))
        found.append(np.where(likeness.overlap >= OVERLAP, likeness.correlation, 0))
    return np.round(np.concatenate(found), 4).astype(np.float32)


def kinds(ones: pa.ChunkedArray, others: pa.ChunkedArray) -> list[str]:
    """How pairs of confirmed copies equal each other, by their hashes: perceptual or embedding."""
    one, other = (pc.fill_null(hashes, 0).to_numpy() for hashes in (ones, others))
    apart = np.unpackbits((one ^ other).view(np.uint8).reshape(-1, 8), axis=1).sum(1)
    hashed = pc.and_(ones.is_valid(), others.is_valid()).to_numpy()
    return [str(kind) for kind in np.where((apart <= RADIUS) & hashed, "perceptual", "embedding")]


def _copies(digests: pa.ChunkedArray) -> tuple[Ints, Ints]:
    """The first row of each digest, and for each row the place of its digest's first row among these."""
    codes = digests.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    return np.unique(codes, return_index=True)[1], codes  # codes count up in the order of their first rows


def _edges(
    table: pa.Table, first: Ints, head: Ints, pairs: Pairs, likeness: Floats, fresh: NDArray[np.bool_]
) -> pa.Table:
    later = np.flatnonzero((first[head] != np.arange(len(table))) & (fresh | fresh[first[head]]))
    one, other = first[pairs.one], first[pairs.other]
    hashed = [table["phash"].take(pa.array(row)) for row in (one, other)]
    rows = {"one": np.concatenate([first[head[later]], one]), "other": np.concatenate([later, other])}
    ones = np.ones(len(later), np.float32)
    return pa.table(
        {
            **{end: table["panel_id"].take(pa.array(row)) for end, row in rows.items()},
            **{f"{end}_pixels": table["pixel_sha256"].take(pa.array(row)) for end, row in rows.items()},
            "kind": pa.array(["exact"] * len(later) + kinds(*hashed), pa.string()),
            "similarity": np.concatenate([ones, pairs.cosine]),
            "likeness": np.concatenate([ones, likeness]),
        },
        schema=EDGES,
    )


def figures(panel_ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """The id of the figure of each panel."""
    return pc.replace_substring_regex(panel_ids, r"(g\d+)?-p\d+$", "")
