"""Groups: the duplicates in a bucket of components, and what of them is published."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import Recipe, digest
from pipeline.phases.committed import Committed
from pipeline.phases.dedup.buckets import load_bucket
from pipeline.phases.dedup.selection import find_selection
from pipeline.phases.pictures import Pictures
from pipeline.storage.ledger import receipts_below
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path
from pipeline.storage.store import Store
from schemas.duplicates import BUCKETED_EDGES, CANDIDATES, DUPLICATES, EDGES, LEAKS, MEMBERS
from schemas.tables import conform
from transforms.duplicates import select
from transforms.duplicates.groups import VERSION, group
from transforms.duplicates.select import WITHHELD

FOLDER = "dedup/groups"

#: Where the tables MEMBERS of all buckets are published.
MEMBERS_FILE = "dataset/duplicates.parquet"

#: The tables of a bucket.
FILES = ("duplicates", "edges", "selection", "members")


@dataclass(frozen=True)
class Work:
    """A bucket, and the files that hold its edges, its candidates, and the panels that are withheld, if any are."""

    bucket: int
    edges: str
    members: list[str]
    leaks: str | None


@dataclass(frozen=True)
class Settings:
    """What shapes groups: cosines of the encoder, the recipe, and how often splits are halved to make units."""

    threshold: float
    unlike: float
    recipe: Recipe
    halved: Mapping[str, int]

    @property
    def made_by(self) -> dict[str, Any]:
        """The settings as a receipt states them."""
        return {
            "group": VERSION,
            "threshold": self.threshold,
            "unlike": self.unlike,
            "select": select.VERSION,
            "policy": self.recipe.duplicates,
            "splits": self.recipe.splits.model_dump(),
            "cut": {**self.halved},
        }


@dataclass(frozen=True)
class Groups(Committed):
    """Reads the candidates of a bucket, and commits its groups."""

    settings: Settings
    fetch: Pictures

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The candidates."""
        for path in item.payload.members:
            yield load_bucket(self.store, path, CANDIDATES, item.payload.bucket)

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Group them, select what is published, and write all of it."""
        work: Work = item.payload
        panels = pa.concat_tables([CANDIDATES.empty_table(), *tables])
        edges = conform(load_bucket(self.store, work.edges, BUCKETED_EDGES, work.bucket), EDGES)
        found = self._grouped(panels, edges, withheld_of(self.store, work.leaks, panels["panel_id"]))
        attempt = Attempt(self.store, item)
        for name in FILES:
            with attempt.create(f"{name}.parquet") as sink:
                pq.write_table(found[name], sink, **WRITING)
        rows = {name: len(found[name]) for name in FILES}
        return attempt.settle(rows, rows)

    def _grouped(self, panels: pa.Table, edges: pa.Table, withheld: list[str]) -> dict[str, pa.Table]:
        settings = self.settings
        duplicates, confirmed = group(panels, edges, settings.threshold, settings.unlike, self.fetch)
        duplicates = duplicates.sort_by("panel_id")
        confirmed = confirmed.sort_by([("one", "ascending"), ("other", "ascending")])
        selection = find_selection(duplicates, confirmed, withheld, settings.recipe, settings.halved)
        members = published_members(duplicates, selection, panels)
        return dict(zip(FILES, (duplicates, confirmed, selection, members), strict=True))


def group_items(
    components: Receipt, members: Sequence[Receipt], leaks: Receipt | None, made_by: dict[str, Any]
) -> list[Item]:
    """Each bucket as work for an engine; `leaks` is the receipt of what is withheld, if anything is."""
    depends = digest([made_by, content(components), [content(each) for each in members], leaks and content(leaks)])
    paths = [file_path(each, "panels") for each in members if each["counts"]["panels"]]
    edges, withheld = file_path(components, "edges"), file_path(leaks, "leaks") if leaks else None
    return [
        Item(f"{FOLDER}/{bucket:05d}", digest([depends, bucket]), Work(bucket, edges, paths, withheld), made_by)
        for bucket in range(components["counts"]["buckets"])
    ]


def withheld_of(store: Store, leaks: str | None, panels: pa.ChunkedArray) -> list[str]:
    """Those of the panels that are withheld, by the table LEAKS at a path."""
    if leaks is None:
        return []
    found = load_table(store, leaks, LEAKS, ["panel_id"])["panel_id"]
    mine: list[str] = pc.unique(found.filter(pc.is_in(found, value_set=panels.combine_chunks()))).to_pylist()
    return mine


def published_members(duplicates: pa.Table, selection: pa.Table, panels: pa.Table) -> pa.Table:
    """The table MEMBERS, sorted by group: the duplicates that are not withheld, with what their panels say."""
    withheld = selection.filter(pc.equal(selection["left_out"], WITHHELD))["panel_id"].combine_chunks()
    duplicates = duplicates.filter(pc.invert(pc.is_in(duplicates["panel_id"], value_set=withheld)))
    duplicates = duplicates.sort_by([("group_id", "ascending"), ("panel_id", "ascending")])
    said = panels.take(pc.index_in(duplicates["panel_id"], value_set=panels["panel_id"].combine_chunks()))
    for name in ("caption", "license", "year"):
        duplicates = duplicates.append_column(name, said[name])
    return conform(duplicates, MEMBERS)


def find_duplicates(store: Store) -> Iterator[pa.Table]:
    """The tables DUPLICATES of all buckets, one after the other; a group is in one of them. Raises UserError."""
    return _buckets(store, "duplicates", DUPLICATES)


def find_members(store: Store) -> Iterator[pa.Table]:
    """The tables MEMBERS of all buckets, one after the other, as they are published; raises UserError."""
    return _buckets(store, "members", MEMBERS)


def _buckets(store: Store, name: str, schema: pa.Schema) -> Iterator[pa.Table]:
    receipts = receipts_below(store, FOLDER)
    yield schema.empty_table()
    for folder in sorted(receipts):
        yield load_table(store, file_path(receipts[folder], name), schema)
