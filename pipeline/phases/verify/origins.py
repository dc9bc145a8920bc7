"""Triplets against the panels of the units that they are made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.phases.curate import FOLDER, PANELS_FILE
from pipeline.storage.parquet import Fault, read_table
from pipeline.storage.store import Store
from schemas.duplicates import INDEX
from schemas.selection import SELECTION
from transforms.emit import ToTriplets, phash_text

#: What a triplet is made of, but for the picture, which counts by its SHA-256.
_MADE_OF = [name for name in PANELS_FILE.names if name != "image"]

#: What of a triplet INDEX has, too: of the row itself, and of its provenance.
_OF_ROW = ["panel_id", "width", "height", "caption", "embedding", "duplicate_group"]
_OF_PROVENANCE = ["license", "year", "encoder"]


@dataclass(frozen=True)
class Origin:
    """What a shard is made of: the files of panels by unit, that of the selection. `unread`: units that are damaged.

    `given_up`: units that gave up their panels; of these `units` names the files INDEX.
    """

    units: Mapping[str, str]
    selection: str
    unread: tuple[str, ...]
    given_up: frozenset[str]


def rows_of(store: Store, origin: Origin) -> pa.Table | None:
    """The panels that a shard should publish, in order, without pictures; None where one of its files cannot be read.

    Beside the panels' columns, or those of INDEX, stand `unit` and `duplicate_group`.
    """
    units, selection = origin.units, origin.selection
    said = read_table(store, selection, SELECTION, filters=pc.field("unit").isin(list(units)))
    if isinstance(said, Fault):
        return None
    listed = said["panel_id"].combine_chunks()
    tables = []
    for unit, path in units.items():
        by_index = unit in origin.given_up
        panels = read_table(store, path, INDEX) if by_index else read_table(store, path, PANELS_FILE, _MADE_OF)
        if isinstance(panels, Fault):
            return None  # told of the unit
        rows = said.take(pc.index_in(panels["panel_id"], value_set=listed))
        panels = panels.append_column("unit", pa.repeat(unit, len(panels)))
        panels = panels.append_column("duplicate_group", rows["duplicate_group"])
        tables.append(panels.filter(pc.is_null(rows["left_out"])))
    return pa.concat_tables(tables, promote_options="default")


def origin_faults(table: pa.Table, rows: pa.Table, dimension: int, origin: Origin) -> Iterator[str]:
    """Triplets that are not what their panels say. `table` holds them without images, `rows` comes from `rows_of`.

    What is made of units that are unread is told of these.
    """
    start = 0
    for unit, some in groupby(rows["unit"].to_pylist()):
        count = len(list(some))
        mine, said = table.slice(start, count), rows.slice(start, count)
        if unit not in origin.unread:
            lines = _index_faults(mine, said) if unit in origin.given_up else _unit_faults(mine, said, dimension)
            yield from (f"{line} differ from {FOLDER}/{unit}" for line in lines)
        start += count


def _unit_faults(table: pa.Table, panels: pa.Table, dimension: int) -> Iterator[str]:
    if {*pc.list_value_length(panels["embedding"]).to_pylist()} - {dimension}:
        return  # told of the unit
    run = table["provenance"][0].as_py()  # whose run it is, is looked at apart
    made = ToTriplets(dimension, run["pipeline"], run["config"])(panels).select(table.column_names)
    if not made.equals(table):
        for mine, said in zip(table.to_pylist(), made.to_pylist(), strict=True):
            if wrong := _differing(mine, said):
                yield f"{mine['panel_id']}: {', '.join(wrong)}"


def _index_faults(table: pa.Table, index: pa.Table) -> Iterator[str]:
    """Triplets that are not what INDEX says of their panels, which were given up."""
    for mine, row in zip(table.to_pylist(), index.to_pylist(), strict=True):
        said = {name: row[name] for name in _OF_ROW} | {"phash": phash_text(row["phash"])}
        if wrong := _differing(said | {"provenance": {name: row[name] for name in _OF_PROVENANCE}}, mine):
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
