"""The plan: which unit each article of a snapshot is in, and where a worker reads the articles of its unit.

Units are named after the place that they cover: train-00003 of 2^k equal parts of the split (transforms/place.py). The
plan is a table from end to end; the driver keeps a line for each unit.
"""

import hashlib
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dags.graph import Item
from pipeline.config.recipe import digest
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, file_path, find_receipt, receipt_path
from pipeline.storage.store import Store
from schemas.articles import PLAN, PLANNED
from schemas.rejects import REJECT, Reason, reject
from schemas.tables import Row, batches, by_unit, conform
from transforms.place import halvings, hashes, part_name, units

#: Where the plan lies in an output.
FOLDER = "plan"

#: A small corpus is cut into about so many units, so that all cores have work, but none smaller than LEAST articles.
PARTS, LEAST = 16, 8

#: Units in a file of the plan, and articles in a row group of it: a worker reads the row groups of its unit.
BUCKET, ROW_GROUP = 256, 4096

#: By split, how often it is halved to make units.
Halvings = dict[str, int]


@dataclass(frozen=True)
class Unit:
    """A unit of work. `plan` is the file that names its articles, `content` digests these.

    `halved`: how often its split is halved; `rejects`: articles that were found to be poison, and are not worked on.
    """

    id: str
    articles: int
    content: str
    plan: str
    halved: int
    rejects: Mapping[str, Row] = field(default_factory=dict)

    @property
    def split(self) -> str:
        """The split that it is in."""
        return self.id.rpartition("-")[0]

    @property
    def number(self) -> int:
        """Which part of its split it is."""
        return int(self.id.rpartition("-")[2])

    def rejecting(self, rejects: Mapping[str, Row]) -> "Unit":
        """The unit with these articles rejected, too."""
        return replace(self, rejects={**self.rejects, **rejects})


def newest(articles: pa.Table) -> pa.Table:
    """ARTICLE_VERSIONS with the accession number of each as `pmcid`; of several versions of an article the newest.

    The table is sorted by id, as a snapshot is, so that the versions of an article stand beside each other.
    """
    pmcids = pc.replace_substring_regex(articles["article_id"], "v[0-9]+$", "").combine_chunks()
    named = articles.append_column("pmcid", pmcids)
    first = np.concatenate([[True], pc.not_equal(pmcids[1:], pmcids[:-1]).to_numpy(zero_copy_only=False)])
    if first.all():
        return named
    versions = pc.replace_substring_regex(articles["article_id"], "^.*v", "").cast(pa.int64()).to_numpy()
    order = np.lexsort((versions, np.cumsum(first)))
    return named.take(pa.array(order[[*(np.flatnonzero(first)[1:] - 1), len(order) - 1]]))


def limited(articles: pa.Table, limit: int | None) -> pa.Table:
    """The `limit` articles of smallest second hash; all if it is None."""
    if limit is None or limit >= len(articles):
        return articles
    _, second = hashes(_pmcids(articles))
    return articles.take(pa.array(np.sort(np.argpartition(second, limit - 1)[:limit])))


def choose_cut(articles: int, shares: Mapping[str, float], unit_articles: int) -> Halvings:
    """How often each split is halved so that its units have about `unit_articles` articles."""
    size = min(unit_articles, max(LEAST, math.ceil(articles / PARTS)))
    return {split: halvings(articles * share, size) for split, share in shares.items()}


@dataclass(frozen=True)
class Plan:
    """The table PLAN, of which only a file at a time is there: eight million articles are not moved at once.

    `order` gives the rows of `articles` (see `newest`) in the corpus's order, `places` the unit of each as a number,
    2^32 times that of its split, plus its own.
    """

    articles: pa.Table
    order: NDArray[np.int64]
    places: NDArray[np.int64]
    splits: list[str]
    excluded: frozenset[str]

    def __len__(self) -> int:
        return len(self.order)

    def files(self) -> Iterator[tuple[str, pa.Table]]:
        """The rows of each file of the plan, by its name."""
        starts = np.flatnonzero(np.diff(self.places // BUCKET, prepend=-1))
        for start, end in pairwise([*starts, len(self)]):
            rows = self.articles.take(pa.array(self.order[start:end]))
            names = [_unit_name(place, self.splits) for place in self.places[start:end].tolist()]
            table = rows.append_column("unit", pa.array(names, pa.string()))
            yield bucket_name(names[0]), conform(table.append_column("reject", _rejects(rows, self.excluded)), PLAN)

    def table(self) -> pa.Table:
        """The whole table."""
        return pa.concat_tables([PLAN.empty_table(), *(table for _, table in self.files())])


def cut(
    articles: pa.Table,
    halved: Halvings,
    shares: Mapping[str, float],
    sample: float = 1.0,
    excluded: Collection[str] = (),
) -> Plan:
    """The plan of `articles` (see `newest`): by split, unit, and place inside it.

    A `sample` below 1 takes the first units of each split. `excluded` names versions (PMC13901v1) or articles
    (PMC13901).
    """
    first, _ = hashes(_pmcids(articles))
    splits, numbers, inside = units(first, halved, shares)
    order = np.lexsort((inside, splits))
    taken = np.array([math.ceil(sample * 2 ** halved[split]) for split in shares])
    order = order[numbers[order] < taken[splits[order]]]
    places = splits[order].astype(np.int64) << 32 | numbers[order]
    return Plan(articles, order, places, list(shares), frozenset(excluded))


def _pmcids(articles: pa.Table) -> Iterator[str]:
    for chunk in batches(articles.select(["pmcid"]), 1 << 16):
        yield from chunk["pmcid"].to_pylist()


def _unit_name(place: int, splits: list[str]) -> str:
    return part_name(splits[place >> 32], place & 0xFFFFFFFF)


def _rejects(articles: pa.Table, excluded: Collection[str]) -> pa.Array:
    gates: list[Row | None] = [None] * len(articles)  # pa.nulls would leave parts null, which they must not be
    if excluded:
        named = pa.array(sorted(excluded), pa.string())
        out = pc.or_(pc.is_in(articles["article_id"], value_set=named), pc.is_in(articles["pmcid"], value_set=named))
        gates = [reject("plan", Reason.EXCLUDED) if left_out else None for left_out in out.to_pylist()]
    return pa.array(gates, REJECT)


def units_of(tables: Iterable[pa.Table], halved: Halvings) -> list[Unit]:
    """The units of the table PLAN, in order, whose rows come in tables; a unit lies in one of them.

    Where a worker finds them is not known yet.
    """
    return [
        Unit(name, len(rows), _content(rows), "", halved[name.rpartition("-")[0]])
        for table in tables
        for name, rows in by_unit(table)
    ]


def _content(rows: pa.Table) -> str:
    reasons = pc.fill_null(pc.struct_field(rows["reject"], "reason"), "")
    lines = pc.binary_join_element_wise(rows["article_id"], rows["etag"], reasons, " ").to_pylist()
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def write_plan(store: Store, plan: Plan, halved: Halvings) -> list[Unit]:
    """Commit the plan, unless it is there, and give its units."""
    planned = units_of((table for _, table in plan.files()), halved)
    item = plan_item(planned)
    receipt = find_receipt(store, item)
    if receipt is None:
        attempt, rows = Attempt(store, item), {}
        for name, table in plan.files():
            with attempt.create(f"{name}.parquet") as sink:
                pq.write_table(table, sink, row_group_size=ROW_GROUP, **WRITING)
            rows[name] = len(table)
        receipt = attempt.settle(rows, {"articles": len(plan), "units": len(planned)})
    return [replace(unit, plan=file_path(receipt, bucket_name(unit.id))) for unit in planned]


def plan_item(planned: list[Unit]) -> Item:
    """The plan as an item: it depends on what is in its units."""
    return Item(FOLDER, digest([[unit.id, unit.content] for unit in planned]), None)


def sweep_plan(store: Store, planned: list[Unit], snapshot: str) -> None:
    """Remove what an earlier plan left behind; `snapshot` is the path of that of this one."""
    wanted = {snapshot, receipt_path(plan_item(planned)), *(unit.plan for unit in planned)}
    store.delete_all([path for path in store.listing(FOLDER) if path not in wanted])


def bucket_name(unit: str) -> str:
    """The name of the file of the plan that a unit is in."""
    split, _, number = unit.rpartition("-")
    return f"{split}-{int(number) // BUCKET:04d}"


def read_unit(store: Store, unit: Unit) -> pa.Table:
    """The articles of a unit in the schema PLANNED, in order; raises Damaged."""
    rows = load_table(store, unit.plan, PLAN, filters=pc.field("unit") == unit.id)
    planned = conform(rows, PLANNED)
    if not unit.rejects:
        return planned
    gates = [
        unit.rejects.get(article, gate)
        for article, gate in zip(planned["article_id"].to_pylist(), planned["reject"].to_pylist(), strict=True)
    ]
    return planned.set_column(2, PLANNED.field("reject"), pa.array(gates, REJECT))
