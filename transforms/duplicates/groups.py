"""Groups of duplicates, and which of each is canonical.

Edges do not chain: a panel joins a group by an edge to the canonical panel itself, and only if it is not unlike any
that joined before. So of A~B~C with A unlike C two are a group, and the third is not in it.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.duplicates import DUPLICATES
from schemas.ids import panel_order
from transforms.duplicates.cells import to_matrix

VERSION = "2"

#: From the freest licence on; what is not named comes last.
LICENSES = ("CC0", "CC BY", "CC BY-SA", "CC BY-ND", "CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND")

Ints = NDArray[np.int64]


class _Member(NamedTuple):
    row: int
    kind: str
    similarity: float


Neighbours = dict[int, dict[int, _Member]]


def group(panels: pa.Table, edges: pa.Table, unlike: float) -> pa.Table:
    """The groups of two and more duplicates in the schema DUPLICATES, a row for each of their panels.

    `panels` has the columns panel_id, embedding, width, height, license and year, of all panels that have an edge.
    Canonical is the one with the freest licence, then the largest, the earliest, the one of smallest id; it names
    the group. `unlike` is the cosine below which two panels do not stand in one group. The rows come in this rank,
    groups by their canonical panel, whatever the order of `panels` and `edges`.
    """
    panels = panels.take(pa.array(_ranking(panels)))
    copies, neighbours = _read(edges, panels["panel_id"])
    groups = []
    for members in _stars(copies, neighbours, to_matrix(panels["embedding"]), unlike):
        found = [member for head in members for member in (head, *(head._replace(row=row) for row in copies[head.row]))]
        if len(found) > 1:
            canonical, *others = sorted(found)
            groups.append([canonical, *(_exact(other, copies[canonical.row]) for other in others)])
    return _rows(panels["panel_id"], groups)


def _ranking(panels: pa.Table) -> Ints:
    """The rows of `panels`, the most canonical first."""
    license_rank = pc.fill_null(pc.index_in(panels["license"], pa.array(LICENSES)), len(LICENSES))
    area = panels["width"].to_numpy().astype(np.int64) * panels["height"].to_numpy()
    year = pc.fill_null(panels["year"], np.iinfo(np.int32).max)
    ids = panels["panel_id"].to_pylist()
    place = np.empty(len(ids), np.int64)
    place[sorted(range(len(ids)), key=lambda row: panel_order(ids[row]))] = np.arange(len(ids))
    return np.lexsort((place, year.to_numpy(), -area, license_rank.to_numpy()))


def _read(edges: pa.Table, ids: pa.ChunkedArray) -> tuple[dict[int, list[int]], Neighbours]:
    """The most canonical panel of each set of equal pixels with its copies, and what edges lead from each of these."""
    ends = [pc.index_in(edges[name], value_set=ids.combine_chunks()).to_pylist() for name in ("one", "other")]
    pairs = list(zip(*ends, edges["kind"].to_pylist(), edges["similarity"].to_pylist(), strict=True))
    head = list(range(len(ids)))

    def root(row: int) -> int:
        while head[row] != row:
            head[row] = row = head[head[row]]
        return row

    for one, other, kind, _ in pairs:
        if kind == "exact":
            low, high = sorted((root(one), root(other)))
            head[high] = low
    copies: dict[int, list[int]] = {}
    for row in range(len(ids)):
        copies.setdefault(root(row), []).extend([row] if root(row) != row else [])
    neighbours: Neighbours = defaultdict(dict)
    for one, other, kind, similarity in sorted(pairs, key=lambda pair: (pair[3], pair[2], pair[:2])):
        a, b = root(one), root(other)
        if a != b:
            neighbours[a][b], neighbours[b][a] = _Member(b, kind, similarity), _Member(a, kind, similarity)
    return copies, neighbours


def _stars(
    copies: dict[int, list[int]], neighbours: Neighbours, vectors: NDArray[np.float32], unlike: float
) -> Iterator[list[_Member]]:
    """Each panel that no earlier one took, with the later ones that it takes."""
    taken: set[int] = set()
    for head in copies:
        if head in taken:
            continue
        members = [_Member(head, "canonical", 1.0)]
        for row in sorted(set(neighbours[head]) - taken):
            if row > head and (vectors[[member.row for member in members]] @ vectors[row]).min() >= unlike:
                members.append(neighbours[head][row])
        taken.update(member.row for member in members)
        yield members


def _exact(member: _Member, copies: list[int]) -> _Member:
    return _Member(member.row, "exact", 1.0) if member.row in copies else member


def _rows(panel_ids: pa.ChunkedArray, groups: list[list[_Member]]) -> pa.Table:
    members = [member for group in groups for member in group]
    canonical = panel_ids.take(pa.array([group[0].row for group in groups for _ in group], pa.int64()))
    return pa.table(
        {
            "panel_id": panel_ids.take(pa.array([member.row for member in members], pa.int64())),
            "group_id": canonical,
            "canonical_id": canonical,
            "kind": [member.kind for member in members],
            "similarity": pa.array([member.similarity for member in members], pa.float32()),
            "rank": pa.array([rank for group in groups for rank in range(len(group))], pa.int32()),
        },
        schema=DUPLICATES,
    )
