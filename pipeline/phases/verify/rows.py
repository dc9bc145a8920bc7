"""Rows of the dedup phase: what they name, how two pictures are the same, whether groups hold together."""

from collections import Counter
from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from schemas.ids import article_of, panel_order
from transforms.place import hashes, split_numbers

#: How two panels, or a panel and an image, may be the same.
KINDS = {"exact", "perceptual", "embedding"}


def likeness_faults(table: pa.Table, kinds: set[str]) -> Iterator[str]:
    """Rows of an unknown kind, or whose similarity, if they have one, is no cosine."""
    for kind in sorted({*pc.unique(table["kind"]).to_pylist()} - kinds):
        yield f"unknown kind {kind!r}"
    for similarity in table["similarity"].drop_null().to_pylist():
        if not -1.01 < similarity < 1.01:  # float16 rounds; NaN is no cosine either
            yield f"similarity {similarity}"


def name_faults(table: pa.Table, *columns: str) -> Iterator[str]:
    """Names that are none of panels."""
    for name in columns:
        for panel in table[name].to_pylist():
            try:
                panel_order(panel)
            except ValueError as error:
                yield str(error)


def stranger_faults(table: pa.Table, panels: pa.ChunkedArray, *columns: str) -> Iterator[str]:
    """Names that are not among `panels`."""
    named = pa.chunked_array([chunk for column in columns for chunk in table[column].chunks], pa.string())
    strangers = named.filter(pc.invert(pc.is_in(named, value_set=panels.combine_chunks())))
    yield from (f"there is no panel {panel}" for panel in sorted(pc.unique(strangers).to_pylist()))


def rank_faults(duplicates: pa.Table) -> Iterator[str]:
    """Groups without the one canonical, or the ranks, that they should have."""
    rows = duplicates.to_pylist()
    canonicals = {row["group_id"]: row["panel_id"] for row in rows if row["kind"] == "canonical"}
    for panel, count in Counter(row["panel_id"] for row in rows).items():
        if count > 1:
            yield f"panel {panel} is in {count} groups"
    ranks: dict[str, list[int]] = {}
    for row in rows:
        ranks.setdefault(row["group_id"], []).append(row["rank"])
        if canonicals.get(row["group_id"]) != row["canonical_id"]:
            yield f"the canonical of {row['panel_id']} is not in its group"
        if (row["kind"] == "canonical") != (row["panel_id"] == row["canonical_id"]):
            yield f"panel {row['panel_id']} is {row['kind']}, its canonical {row['canonical_id']}"
        if (row["kind"] == "canonical") != (row["rank"] == 0):
            yield f"panel {row['panel_id']} is {row['kind']} in rank {row['rank']}"
    for group, found in ranks.items():
        if len(found) < 2:
            yield f"group {group} has one member"
        elif sorted(found) != [*range(len(found))]:
            yield f"group {group} has the ranks {', '.join(map(str, sorted(found)))}"


def split_faults(
    duplicates: pa.Table, edges: pa.Table, selection: pa.Table, shares: Mapping[str, float]
) -> Iterator[str]:
    """Groups, and pairs that an edge confirms, that this selection, whatever it rests on, publishes in two splits.

    All names are those of panels.
    """
    out = selection.filter(pc.is_valid(selection["left_out"]))["panel_id"].combine_chunks()
    published = duplicates.filter(pc.invert(pc.is_in(duplicates["panel_id"], value_set=out)))
    both = pc.or_(pc.is_in(edges["one"], value_set=out), pc.is_in(edges["other"], value_set=out))
    pairs = edges.filter(pc.invert(both))
    members = published.append_column("split", _splits(published["panel_id"], shares))
    splits = members.group_by("group_id").aggregate([("split", "count_distinct")])
    for group in splits.filter(pc.greater(splits["split_count_distinct"], 1))["group_id"].to_pylist():
        yield f"group {group} is published in two splits"
    one, other = _splits(pairs["one"], shares), _splits(pairs["other"], shares)
    for row in pairs.filter(pc.not_equal(one, other)).to_pylist():
        yield f"{row['one']} and {row['other']}, which show the same, are published in two splits"


def _splits(panels: pa.ChunkedArray, shares: Mapping[str, float]) -> pa.Array:
    """The number of the split of each panel, by the hash of its article."""
    first, _ = hashes(article_of(panel) for panel in panels.to_pylist())
    return pa.array(split_numbers(first, shares)[0])
