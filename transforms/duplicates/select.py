"""Which members of a group of duplicates are published: no picture stands in two splits.

Canonical, drop, flag and keep act inside each split. Then, of any two published panels of one group or one confirmed
edge in two splits, the one in the earlier split (train, else validation) is left out: what is evaluated stays whole.
Nothing is said of articles, so nothing spreads from one to the next.
"""

from collections.abc import Collection, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

VERSION = "2"

WITHHELD, DUPLICATE, DUPLICATE_SPLIT = "withheld", "duplicate", "duplicate_split"

#: By panel, why it is left out.
LeftOut = dict[str, str]


def with_their_groups(panels: Collection[str], duplicates: pa.Table) -> pa.Array:
    """The ids of panels with those of all that stand in a group of duplicates with one of them, each once."""
    given = pa.array(panels, pa.string())
    groups = duplicates["group_id"].filter(pc.is_in(duplicates["panel_id"], value_set=given)).combine_chunks()
    members = duplicates["panel_id"].filter(pc.is_in(duplicates["group_id"], value_set=groups))
    return pc.unique(pa.concat_arrays([given, *members.chunks]))


def left_out(
    duplicates: pa.Table, edges: pa.Table, splits: Mapping[str, int], policy: str, withheld: Collection[str] = ()
) -> LeftOut:
    """The panels that are not published, each with the reason.

    `duplicates` is in the schema DUPLICATES, `edges` in CONFIRMED; `splits` gives the number of the split of every
    panel in them, train being 0. `policy`: "drop" publishes of a group the first in each split, the others all.
    """
    out = dict.fromkeys(with_their_groups(withheld, duplicates).to_pylist(), WITHHELD)
    if policy == "drop":
        out |= _copies(duplicates, splits, out)
    groups = list(zip(*(duplicates[name].to_pylist() for name in ("panel_id", "group_id")), strict=True))
    return out | dict.fromkeys(_across(groups, list(_pairs(edges)), splits, out), DUPLICATE_SPLIT)


def _copies(duplicates: pa.Table, splits: Mapping[str, int], out: LeftOut) -> LeftOut:
    """The members of groups of which another in the same split ranks before."""
    found: LeftOut = {}
    taken: set[tuple[str, int]] = set()
    ranked = duplicates.sort_by([("group_id", "ascending"), ("rank", "ascending")])
    for panel, group in zip(ranked["panel_id"].to_pylist(), ranked["group_id"].to_pylist(), strict=True):
        if panel not in out:
            if (place := (group, splits[panel])) in taken:
                found[panel] = DUPLICATE
            taken.add(place)
    return found


def _pairs(edges: pa.Table) -> Iterator[tuple[str, str, bool]]:
    columns = (edges["one"].to_pylist(), edges["other"].to_pylist(), pc.equal(edges["kind"], "exact").to_pylist())
    return zip(*columns, strict=True)


def _across(
    groups: list[tuple[str, str]], pairs: list[tuple[str, str, bool]], splits: Mapping[str, int], out: LeftOut
) -> Iterator[str]:
    """The published panels that a published panel of a later split equals."""
    heads = {other: one for one, other, exact in pairs if exact}  # one stands for all with the same pixels
    panels = {panel for panel, _ in groups} | {end for one, other, _ in pairs for end in (one, other)}
    published = [panel for panel in sorted(panels) if panel not in out]
    group_of = dict(groups)
    grouped: dict[str, int] = {}  # the latest split in which a group is published
    shown: dict[str, int] = {}  # that in which a picture is
    for panel in published:
        for last, name in ((grouped, group_of.get(panel, panel)), (shown, heads.get(panel, panel))):
            last[name] = max(last.get(name, 0), splits[panel])
    beside: dict[str, int] = {}  # the latest split in which what has an edge to a picture is published
    for one, other, exact in pairs:
        if not exact:
            for mine, theirs in ((one, other), (other, one)):
                beside[mine] = max(beside.get(mine, 0), shown.get(theirs, 0))
    for panel in published:
        head = heads.get(panel, panel)
        if splits[panel] < max(grouped[group_of.get(panel, panel)], shown[head], beside.get(head, 0)):
            yield panel
