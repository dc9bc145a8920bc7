"""Edges: the pairs of pictures of one cell that show the same, each found by its likeness and confirmed by its pixels.

Panels with equal pixels are one picture, and the most canonical of them, its head, stands for it. Pictures ask in rank
order, each those that are nearest to it, and on as long as these are copies. Two that one before them took for copies
are not compared with each other: a hundred copies of a picture are a star of a hundred edges, and groups.py compares
what it needs beside.
"""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.duplicates import EDGES
from transforms.duplicates.heads import Heads, Pairs, concatenated, kinds, to_similarity
from transforms.duplicates.rank import first_of_each, ranking
from transforms.duplicates.search import Search
from transforms.duplicates.thumbnails import Fetch

QUERIES = 1 << 15  # heads, in rank order, that know of each other what they took for copies

#: The note on a table which part of its queries is to be asked: "2/5".
PART = b"part"

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class FindEdges:
    """DESCRIBED, all of one cell in one table, to EDGES between pictures, of which one is fresh. `threshold`: the least
    cosine; `fetch` gets rows of DESCRIBED, those alone that are near to others.
    """

    name = "edges"
    version = "6"
    rowwise = False
    cpus = 1.0
    gpus = 0.0
    memory = 1 << 30
    batch = sys.maxsize  # a panel may be like any other
    output = EDGES

    def __init__(self, threshold: float, fetch: Fetch) -> None:
        self._threshold, self._fetch = threshold, fetch

    def setup(self) -> None:
        """Nothing is held."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """The edges, sorted; of a table with a note of its part, those that this part of its queries leads to."""
        table = table.take(pa.array(ranking(table)))
        first, head_of = first_of_each(table["pixel_sha256"])
        heads = table.take(pa.array(first))
        part, parts = _noted(table)
        fresh = table["fresh"].to_numpy()
        twice = _shown_twice(head_of, fresh)
        found = [_self_edges(heads["pixel_sha256"], twice[twice % parts == part])]
        if len(heads) > 1:
            compared = Heads(heads, self._threshold, self._fetch)
            starts = range(part * QUERIES, len(heads), parts * QUERIES)
            queries = [start + np.flatnonzero(fresh[first[start : start + QUERIES]]) for start in starts]
            pairs = concatenated([Search(compared, rows).run() for rows in queries])
            found.append(_edges(heads["pixel_sha256"], pairs))
        return pa.concat_tables(found).sort_by([("one_pixels", "ascending"), ("other_pixels", "ascending")])


def divided(table: pa.Table, part: int, parts: int) -> pa.Table:
    """`table` with the note that of its queries the part `part` (from 0) of `parts` is to be asked.

    The edges of all parts are those of the table undivided. There are no more than one part for QUERIES pictures.
    """
    return table.replace_schema_metadata({**(table.schema.metadata or {}), PART: f"{part}/{parts}".encode()})


def _noted(table: pa.Table) -> tuple[int, int]:
    part, parts = (table.schema.metadata or {}).get(PART, b"0/1").split(b"/")
    return int(part), int(parts)


def _shown_twice(head_of: Ints, fresh: Bools) -> Ints:
    """The pictures that several panels show, one of them fresh."""
    return np.flatnonzero((np.bincount(head_of) > 1) & (np.bincount(head_of, fresh) > 0))


def _self_edges(digests: pa.ChunkedArray, rows: Ints) -> pa.Table:
    shown, ones = digests.take(pa.array(rows)), np.ones(len(rows), np.float32)
    return pa.table(
        {
            "one_pixels": shown,
            "other_pixels": shown,
            "kind": pa.repeat("exact", len(rows)),
            "similarity": ones,
            "likeness": ones,
        },
        schema=EDGES,
    )


def _edges(digests: pa.ChunkedArray, pairs: Pairs) -> pa.Table:
    one, other = digests.take(pa.array(pairs.one)), digests.take(pa.array(pairs.other))
    ordered = pc.less(one, other)
    return pa.table(
        {
            "one_pixels": pc.if_else(ordered, one, other),
            "other_pixels": pc.if_else(ordered, other, one),
            "kind": kinds(pairs.hashed),
            "similarity": to_similarity(pairs.cosine),
            "likeness": pairs.likeness,
        },
        schema=EDGES,
    )
