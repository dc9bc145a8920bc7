"""Triplets against the panels of the units that they are made of."""

from collections.abc import Iterator, Mapping
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.phases.curate import FOLDER, PANELS_FILE, panels_path
from pipeline.phases.publish import Shard
from pipeline.phases.verify.files import Known
from pipeline.storage.parquet import Fault, read_table
from pipeline.storage.store import Store
from schemas.selection import SELECTION
from transforms.emit import ToTriplets

#: What a triplet is made of, but for the picture, which counts by its SHA-256.
_MADE_OF = [name for name in PANELS_FILE.names if name not in ("image", "thumbnail")]


def rows_of(store: Store, shard: Shard, selected: Mapping[str, pa.Table]) -> pa.Table | None:
    """The rows that a shard should have: panel_id, unit, duplicate_group; None where a unit of it cannot be read.

    `selected` are the rows of SELECTION by unit.
    """
    tables = []
    for unit, receipt in shard.units.items():
        panels = read_table(store, panels_path(receipt), PANELS_FILE, ["panel_id"])
        if isinstance(panels, Fault):
            return None  # told of the unit
        mine = selected.get(unit, SELECTION.empty_table())
        said = mine.take(pc.index_in(panels["panel_id"], value_set=mine["panel_id"].combine_chunks()))
        panels = panels.replace_schema_metadata(None).append_column("unit", pa.repeat(unit, len(panels)))
        panels = panels.append_column("duplicate_group", said["duplicate_group"])
        tables.append(panels.filter(pc.is_null(said["left_out"])))
    return pa.concat_tables(tables)


def origin_faults(store: Store, table: pa.Table, rows: pa.Table, dimension: int, known: Known) -> Iterator[str]:
    """Triplets that are not what their panels say. `table` holds them without images, `rows` comes from `rows_of`."""
    start = 0
    for unit, some in groupby(rows["unit"].to_pylist()):
        count = len(list(some))
        receipt = known.units.get(unit)
        if receipt is not None and unit not in known.unread:
            part = table.slice(start, count), rows.slice(start, count)
            for line in _unit_faults(store, *part, panels_path(receipt), dimension):
                yield f"{line} differ from {FOLDER}/{unit}"
        start += count


def _unit_faults(store: Store, table: pa.Table, rows: pa.Table, path: str, dimension: int) -> Iterator[str]:
    panels = read_table(store, path, PANELS_FILE, _MADE_OF)
    if isinstance(panels, Fault) or {*pc.list_value_length(panels["embedding"]).to_pylist()} - {dimension}:
        return  # told of the unit
    wanted = panels.take(pc.index_in(rows["panel_id"], value_set=panels["panel_id"].combine_chunks()))
    wanted = wanted.append_column("duplicate_group", rows["duplicate_group"])
    run = table["provenance"][0].as_py()  # whose run it is, is looked at apart
    made = ToTriplets(dimension, run["pipeline"], run["config"])(wanted).select(table.column_names)
    if not made.equals(table):
        for mine, said in zip(table.to_pylist(), made.to_pylist(), strict=True):
            if wrong := _differing(mine, said):
                yield f"{mine['panel_id']}: {', '.join(wrong)}"


def _differing(mine: dict[str, object], said: dict[str, object], prefix: str = "") -> list[str]:
    """The names of the values that differ."""
    names = []
    for name, value in mine.items():
        other = said[name]
        if isinstance(value, dict) and isinstance(other, dict):
            names += _differing(value, other, f"{name}.")
        elif value != other:
            names.append(prefix + name)
    return names
