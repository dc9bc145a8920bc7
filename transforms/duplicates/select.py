"""Which members of a group of duplicates are published: no picture stands in two splits.

Canonical, drop, flag and keep act inside each split. Then, of any two published panels of one group or one confirmed
edge in two splits, the one in the earlier split (train, else validation) is left out: what is evaluated stays whole.
Nothing is said of articles, so nothing spreads from one to the next.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

VERSION = "2"

WITHHELD, DUPLICATE, DUPLICATE_SPLIT = "withheld", "duplicate", "duplicate_split"

#: By panel, why it is left out.
LeftOut = dict[str, str]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


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
    panel in them, train being 0. Both may be of a part of the corpus that holds whole components. `policy`: "drop"
    publishes of a group the first in each split, the others all.
    """
    out = dict.fromkeys(with_their_groups(withheld, duplicates).to_pylist(), WITHHELD)
    shown = _Shown(duplicates, edges, splits, out)
    if policy == "drop":
        out |= dict.fromkeys(shown.drop(shown.copies()), DUPLICATE)
    return out | dict.fromkeys(shown.drop(shown.across()), DUPLICATE_SPLIT)


class _Shown:
    """The panels of groups and edges as numbers, and which of them are published."""

    def __init__(self, duplicates: pa.Table, edges: pa.Table, splits: Mapping[str, int], out: Collection[str]) -> None:
        columns = [duplicates["panel_id"], edges["one"], edges["other"]]
        self._names = pc.unique(pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string()))
        self._members, one, other = (pc.index_in(column, value_set=self._names).to_numpy() for column in columns)
        count = len(self._names)
        self._split = np.array([splits[name] for name in self._names.to_pylist()], np.int64)
        self._published = pc.invert(pc.is_in(self._names, value_set=pa.array([*out], pa.string()))).to_numpy(False)
        self._group = np.arange(count) + len(self._members)  # what is in none is one by itself
        self._group[self._members] = duplicates["group_id"].combine_chunks().dictionary_encode().indices.to_numpy()
        self._rank = duplicates["rank"].to_numpy()
        exact = pc.equal(edges["kind"], "exact").to_numpy()
        self._head = np.arange(count)  # one stands for all with the same pixels
        self._head[other[exact]] = one[exact]
        self._one, self._other = one[~exact], other[~exact]

    def drop(self, dropped: Bools) -> list[str]:
        """Publish these no more; returns their names."""
        self._published &= ~dropped
        names: list[str] = self._names.filter(pa.array(dropped)).to_pylist()
        return names

    def copies(self) -> Bools:
        """The published members of groups of which another in the same split ranks before."""
        members = self._members[np.argsort(self._rank, kind="stable")]
        members = members[self._published[members]]
        places = np.stack([self._group[members], self._split[members]], 1)
        found = np.zeros(len(self._names), bool)
        found[np.delete(members, np.unique(places, axis=0, return_index=True)[1])] = True
        return found

    def across(self) -> Bools:
        """The published panels that a published panel of a later split equals."""
        splits = self._split[self._published]
        grouped = _latest(self._group[self._published], splits, len(self._names) + len(self._members))
        shown = _latest(self._head[self._published], splits, len(self._names))
        ends = np.concatenate([self._one, self._other]), np.concatenate([self._other, self._one])
        beside = _latest(ends[0], shown[ends[1]], len(self._names))
        last = np.max([grouped[self._group], shown[self._head], beside[self._head]], 0)
        return np.asarray(self._published & (self._split < last))


def _latest(places: Ints, splits: Ints, count: int) -> Ints:
    """The latest split of each of `count` places, 0 where there is none."""
    found = np.zeros(count, np.int64)
    np.maximum.at(found, places, splits)
    return found
