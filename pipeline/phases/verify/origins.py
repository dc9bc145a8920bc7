"""Triplets against the panels of the units that they are made of."""

from collections.abc import Iterator
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.phases.curate import PANELS_FILE, folder
from pipeline.phases.verify.files import Known
from pipeline.storage.parquet import Fault, read_table
from pipeline.storage.store import Store
from transforms.emit import ToTriplets

#: What a triplet is made of, but for the picture, which counts by its SHA-256.
_MADE_OF = [name for name in PANELS_FILE.names if name not in ("image", "thumbnail")]


def origin_faults(store: Store, table: pa.Table, rows: pa.Table, dimension: int, known: Known) -> Iterator[str]:
    """Triplets that are not what their panels say. `table` holds them without images, `rows` (SHARDS) their units."""
    start = 0
    for unit, some in groupby(rows["unit"].to_pylist()):
        count = len(list(some))
        if unit in known.units and unit not in known.unread:
            yield from _unit_faults(store, table.slice(start, count), rows.slice(start, count), unit, dimension)
        start += count


def _unit_faults(store: Store, table: pa.Table, rows: pa.Table, unit: str, dimension: int) -> Iterator[str]:
    panels = read_table(store, f"{folder(unit)}/panels.parquet", PANELS_FILE, _MADE_OF)
    if isinstance(panels, Fault) or {*pc.list_value_length(panels["embedding"]).to_pylist()} - {dimension}:
        return  # told of the unit
    place = pc.index_in(rows["panel_id"], value_set=panels["panel_id"].combine_chunks())
    if place.null_count:
        return  # told of the table of shards
    wanted = panels.take(place).append_column("duplicate_group", rows["duplicate_group"])
    run = table["provenance"][0].as_py()  # whose run it is, is looked at apart
    made = ToTriplets(dimension, run["inventory"], run["pipeline"], run["config"])(wanted).select(table.column_names)
    if not made.equals(table):
        for mine, said in zip(table.to_pylist(), made.to_pylist(), strict=True):
            if wrong := _differing(mine, said):
                yield f"{mine['panel_id']}: {', '.join(wrong)} differ from {folder(unit)}"


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
