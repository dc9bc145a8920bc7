"""The members of groups as they are published: what a dropped duplicate says stays within reach of the one kept."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.phases.dedup.grouping import read_duplicates, read_panels
from pipeline.storage.store import Store
from schemas.duplicates import MEMBERS
from schemas.tables import conform
from transforms.duplicates.select import WITHHELD

MEMBERS_FILE = "dataset/duplicates.parquet"


def find_members(store: Store, units: Iterable[Receipt], selection: pa.Table) -> pa.Table:
    """The table MEMBERS, sorted by group: the duplicates that are not withheld, in the units with these receipts."""
    duplicates = read_duplicates(store).sort_by([("group_id", "ascending"), ("panel_id", "ascending")])
    withheld = selection.filter(pc.equal(selection["left_out"], WITHHELD))["panel_id"].combine_chunks()
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
