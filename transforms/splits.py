"""Splits and shards: no article, and no group of duplicates, stands in two splits."""

import hashlib
from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.shards import SHARDS


def article_splits(articles: Iterable[str], linked: Iterable[list[str]], shares: Mapping[str, float]) -> dict[str, str]:
    """The split of each article; articles in one list of `linked` go together, and so on transitively.

    The split is drawn by hash, so an article keeps it as the corpus grows, unless a duplicate ties it to another.
    """
    parent: dict[str, str] = {}

    def root(article: str) -> str:
        while (above := parent.get(article, article)) != article:
            parent[article] = article = parent.get(above, above)
        return article

    for group in linked:
        first, *others = sorted({root(article) for article in group})
        parent.update(dict.fromkeys(others, first))
    return {article: _draw(root(article), shares) for article in articles}


def _draw(article: str, shares: Mapping[str, float]) -> str:
    point = int.from_bytes(hashlib.sha256(article.encode()).digest()[:8], "big") / 2**64
    for split, share in shares.items():
        if point < share:
            return split
        point -= share
    return next(iter(shares))


def with_their_groups(panels: Collection[str], duplicates: pa.Table) -> pa.Array:
    """The ids of panels with those of all that stand in a group of duplicates with one of them, each once."""
    given = pa.array(panels, pa.string())
    groups = duplicates["group_id"].filter(pc.is_in(duplicates["panel_id"], value_set=given)).combine_chunks()
    members = duplicates["panel_id"].filter(pc.is_in(duplicates["group_id"], value_set=groups))
    return pc.unique(pa.concat_arrays([given, *members.chunks]))


def assign(
    panels: pa.Table,
    duplicates: pa.Table,
    shares: Mapping[str, float],
    shard_rows: int,
    policy: str,
    withheld: Collection[str] = (),
) -> pa.Table:
    """The table SHARDS for `panels` (panel_id, pmcid, unit; in the corpus's order).

    `policy`: "drop": all but the canonical member of a group of duplicates have no shard; "flag": all have one, and
    name their group; "keep": they do not name it. The panels `withheld` have none, nor has any in their groups.
    """
    found = pc.index_in(panels["panel_id"], value_set=duplicates["panel_id"].combine_chunks())
    groups = duplicates["group_id"].take(found)
    copies = pc.fill_null(pc.not_equal(duplicates["canonical_id"].take(found), panels["panel_id"]), False)
    splits = _splits(panels["pmcid"], groups, shares)
    kept = ~pc.is_in(panels["panel_id"], value_set=with_their_groups(withheld, duplicates)).to_numpy()
    if policy == "drop":
        kept &= ~copies.to_numpy()
    shards = _shards(splits, kept, shard_rows)
    named = pa.nulls(len(groups), pa.string()) if policy == "keep" else groups
    return pa.table([panels["panel_id"], panels["unit"], splits, shards, named], schema=SHARDS)


def _splits(pmcids: pa.ChunkedArray, groups: pa.ChunkedArray, shares: Mapping[str, float]) -> pa.Array:
    pairs = pa.table({"pmcid": pmcids, "group": groups}).filter(pc.is_valid(groups))
    linked = pairs.group_by("group").aggregate([("pmcid", "distinct")])["pmcid_distinct"].to_pylist()
    articles = pc.unique(pmcids)
    drawn = article_splits(articles.to_pylist(), linked, shares)
    return pa.array(list(drawn.values()), pa.string()).take(pc.index_in(pmcids, value_set=articles).combine_chunks())


def _shards(splits: pa.Array, kept: NDArray[np.bool_], rows: int) -> pa.Array:
    """The name of each row's shard: every `rows` kept rows of a split fill one. Null where the row is not kept."""
    names: list[str] = []
    index = np.zeros(len(splits), np.int64)
    for split in pc.unique(splits).to_pylist():
        members = np.flatnonzero(pc.equal(splits, split).to_numpy(zero_copy_only=False) & kept)
        total = -(-len(members) // rows)
        index[members] = np.arange(len(members)) // rows + len(names)
        names += [f"{split}-{number:05d}-of-{total:05d}" for number in range(total)]
    return pa.array(names, pa.string()).take(pa.array(index, mask=~kept))
