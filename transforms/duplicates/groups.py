"""Groups of duplicates, and which of each is canonical.

Edges do not chain: a panel joins a group by an edge to the canonical panel itself, and only if it is not unlike any
that joined before. So of A~B~C with A unlike C two are a group, and the third is not in it.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.duplicates import CONFIRMED, DUPLICATES
from schemas.tables import conform
from transforms.duplicates.heads import Heads, Pairs, concatenated, kinds, to_similarity
from transforms.duplicates.rank import first_of_each, ranking
from transforms.duplicates.stars import Stars
from transforms.duplicates.thumbnails import Fetch

VERSION = "5"

Ints = NDArray[np.int64]


def group(
    panels: pa.Table, edges: pa.Table, threshold: float, unlike: float, fetch: Fetch
) -> tuple[pa.Table, pa.Table]:
    """The groups of two and more duplicates in the schema DUPLICATES, a row for each of their panels, and all edges
    between panels, as CONFIRMED.

    `panels` (CANDIDATES) are those that stand, of whole components; `edges` (EDGES) are what was found between their
    pictures, some of them perhaps twice, or to pictures that are gone. What such a picture held together is in one
    component still, so that it is compared here. Canonical is the panel of first rank, and it names the group. It is
    compared with all of its component that is near: `threshold` is the least cosine, `fetch` gets rows of `panels`.
    `unlike` is the cosine below which two panels do not stand in one group. The rows come in rank order, groups by
    their canonical panel, whatever the order of `panels` and `edges`.
    """
    panels = panels.take(pa.array(ranking(panels)))
    first, head_of = first_of_each(panels["pixel_sha256"])
    table = panels.take(pa.array(first))
    heads = Heads(table, threshold, fetch)
    stars = Stars(heads, _known(edges, table["pixel_sha256"], heads), unlike)
    stars.make(table["component"].to_numpy())
    pairs = stars.pairs()
    return (
        _duplicates(panels["panel_id"], first, head_of, stars.canonical, pairs),
        _confirmed(panels["panel_id"], first, head_of, pairs),
    )


def _known(edges: pa.Table, digests: pa.ChunkedArray, heads: Heads) -> Pairs:
    """The edges between two heads that stand, each once, the best of several."""
    ends = [pc.index_in(edges[name], value_set=digests.combine_chunks()) for name in ("one_pixels", "other_pixels")]
    rows = np.stack([pc.fill_null(end, -1).to_numpy() for end in ends]).astype(np.int64)
    rows.sort(axis=0)
    one, other = rows
    likeness = edges["likeness"].to_numpy()
    kept = (one >= 0) & (heads.figure[one] != heads.figure[other]) & (likeness >= heads.least(one, other))
    hashed = pc.equal(edges["kind"], "perceptual").to_numpy()
    found = Pairs(one, other, edges["similarity"].to_numpy().astype(np.float64), hashed, likeness)
    best = np.lexsort((-likeness, ~hashed, -found.cosine))
    return concatenated([found.take(best[kept[best]])])


def _duplicates(panel_ids: pa.ChunkedArray, first: Ints, head_of: Ints, canonical: Ints, pairs: Pairs) -> pa.Table:
    """The table DUPLICATES; `canonical` is the head of the group of each head."""
    star = canonical[head_of]
    rows = np.flatnonzero(np.bincount(star, minlength=len(first))[star] > 1)
    rows = rows[np.lexsort((rows, star[rows]))]
    star, head = star[rows], head_of[rows]
    start = np.searchsorted(star, star)
    edge = np.searchsorted(pairs.one * len(first) + pairs.other, star * len(first) + head)
    member = head != star
    kind = np.where(first[star] == rows, "canonical", "exact").astype(object)
    kind[member] = kinds(pairs.hashed[edge[member]]).to_pylist()
    similarity = np.ones(len(rows), np.float32)
    similarity[member] = to_similarity(pairs.cosine[edge[member]])
    names = panel_ids.take(pa.array(first[star]))
    return pa.table(
        {
            "panel_id": panel_ids.take(pa.array(rows)),
            "group_id": names,
            "canonical_id": names,
            "kind": pa.array(kind, pa.string()),
            "similarity": similarity,
            "rank": pa.array(np.arange(len(rows)) - start, pa.int32()),
        },
        schema=DUPLICATES,
    )


def _confirmed(panel_ids: pa.ChunkedArray, first: Ints, head_of: Ints, pairs: Pairs) -> pa.Table:
    """The table CONFIRMED, sorted."""
    copies = np.setdiff1d(np.arange(len(head_of)), first)
    one = np.concatenate([first[pairs.one], first[head_of[copies]]])
    other = np.concatenate([first[pairs.other], copies])
    table = pa.table(
        {
            "one": panel_ids.take(pa.array(one)),
            "other": panel_ids.take(pa.array(other)),
            "kind": pa.concat_arrays([kinds(pairs.hashed), pa.repeat("exact", len(copies))]),
            "similarity": np.concatenate([to_similarity(pairs.cosine), np.ones(len(copies), np.float32)]),
        }
    )
    return conform(table, CONFIRMED).sort_by([("one", "ascending"), ("other", "ascending")])
