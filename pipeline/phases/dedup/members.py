"""The members of groups as they are published: what a dropped duplicate says stays within reach of the one kept."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.phases.dedup.grouping import read_duplicates, read_panels
from pipeline.phases.dedup.withheld import WITHHELD_FILE, read_withheld
from pipeline.storage.store import Store
from schemas.duplicates import MEMBERS
from schemas.tables import conform
from transforms.splits import with_their_groups

MEMBERS_FILE = "dataset/duplicates.parquet"


def write_members(store: Store, units: Iterable[str]) -> None:
    """Write the table MEMBERS, sorted by group."""
    with store.create(MEMBERS_FILE) as sink:
        pq.write_table(find_members(store, units), sink, compression="zstd")


def find_members(store: Store, units: Iterable[str]) -> pa.Table:
    """The table MEMBERS, from the duplicates that are not withheld and the panels of the units."""
    duplicates = read_duplicates(store).sort_by([("group_id", "ascending"), ("panel_id", "ascending")])
    if store.size(WITHHELD_FILE) is not None:
        withheld = with_their_groups(read_withheld(store)["panel_id"].to_pylist(), duplicates)
        duplicates = duplicates.filter(pc.invert(pc.is_in(duplicates["panel_id"], value_set=withheld)))
    ids = duplicates["panel_id"].combine_chunks()
    tables = [
        table.filter(pc.is_in(table["panel_id"], value_set=ids))
        for table in read_panels(store, units, ["panel_id", "caption", "article.license", "article.year"])
    ]
    panels = pa.concat_tables(tables).flatten()
    place = pc.index_in(ids, value_set=panels["panel_id"].combine_chunks())
    said = panels.rename_columns([name.removeprefix("article.") for name in panels.column_names]).take(place)
    for name in ("caption", "license", "year"):
        duplicates = duplicates.append_column(name, said[name])
    return conform(duplicates, MEMBERS)
