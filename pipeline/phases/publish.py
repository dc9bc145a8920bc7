"""The publish phase: an output shard at a time, the same rows as Parquet and as WebDataset.

A shard is 2^j neighbouring units of one split, so it reads each of its units once, and a change in a unit is a change
in one shard.
"""

import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.committed import Committed
from pipeline.phases.curate import PANELS_FILE, ROW_GROUP, panels_path
from pipeline.phases.sums import ShardSums
from pipeline.storage.parquet import WRITING, load_batches, load_table
from pipeline.storage.receipts import Attempt, content, gave_up, is_receipt, receipt_path
from schemas.selection import SELECTION
from schemas.tables import Row, regroup
from transforms.emit import sample
from transforms.place import halvings, part_name

FOLDER = "publish"

#: Where the shards lie, and in which two forms.
DATA, WEBDATASET = "dataset/data", "dataset/webdataset"

#: How a shard's rows are laid out in its two files, and summed up: a shard of another format is written anew.
FORMAT = "5"


def parquet_path(shard: str) -> str:
    """Where a shard's Parquet file lies."""
    return f"{DATA}/{shard}.parquet"


def webdataset_path(shard: str) -> str:
    """Where a shard's tar lies: train-00003 is train-000003.tar."""
    split, _, number = shard.rpartition("-")
    return f"{WEBDATASET}/{split}-{int(number):06d}.tar"


def coverage_path(shard: str) -> str:
    """Where a shard's coverage partial lies."""
    return f"{FOLDER}/{shard}/coverage.parquet"


def choose_shards(units: Mapping[str, Receipt], halved: Mapping[str, int], shard_rows: int) -> dict[str, int]:
    """How often a unit is doubled, by split, so that a shard has about `shard_rows` rows: 2^j neighbouring units."""
    doubled = {}
    for split, times in halved.items():
        rows = [receipt["counts"]["panels"] for unit, receipt in units.items() if unit.rpartition("-")[0] == split]
        doubled[split] = min(times, halvings(shard_rows * len(rows), max(1, sum(rows))))
    return doubled


@dataclass(frozen=True)
class Shard:
    """An output shard: the units that it is made of, by their receipts, and how many rows are left out of them."""

    name: str
    units: dict[str, Receipt]
    left_out: int

    @property
    def split(self) -> str:
        """The split that it is in."""
        return self.name.rpartition("-")[0]

    @property
    def rows(self) -> int:
        """The triplets in it."""
        panels: int = sum(receipt["counts"]["panels"] for receipt in self.units.values())
        return panels - self.left_out


def shards_of(units: Mapping[str, Receipt], selected: pa.Table, doubled: Mapping[str, int]) -> list[Shard]:
    """The shards that have rows, in order; `units` are receipts by unit, `selected` is in SELECTED_COUNTS."""
    left_out = dict(zip(selected["unit"].to_pylist(), selected["left_out"].to_pylist(), strict=True))
    shards = []
    for name, members in groupby(units, key=lambda unit: _shard(unit, doubled)):
        mine = {unit: units[unit] for unit in members}
        shards.append(Shard(name, mine, sum(left_out.get(unit, 0) for unit in mine)))
    return [shard for shard in shards if shard.rows]


def units_lacking(shards: Iterable[Shard], items: Iterable[Item], there: Mapping[str, Receipt]) -> set[str]:
    """The units whose panels a shard is to be made of that gave them up; `there` are the shards that stand, by path."""
    return {
        unit
        for shard, item in zip(shards, items, strict=True)
        if receipt_path(item) not in there
        for unit, receipt in shard.units.items()
        if gave_up(receipt, "panels")
    }


def _shard(unit: str, doubled: Mapping[str, int]) -> str:
    split, _, number = unit.rpartition("-")
    return part_name(split, int(number) >> doubled[split])


@dataclass(frozen=True)
class Work:
    """What a worker reads for a shard: the panels of its units, and the rows of the selection that speak of these."""

    panels: list[str]
    units: list[str]
    selection: str


@dataclass(frozen=True)
class Dataset(Committed):
    """Reads the panels of a shard from their units, and commits its files. `schema` is that of the triplets."""

    schema: pa.Schema

    def items(self, shards: list[Shard], selected: pa.Table, path: str, made_by: dict[str, Any]) -> list[Item]:
        """Each shard as work for an engine; the table SELECTION lies at `path`, `selected` is in SELECTED_COUNTS."""
        made_by = {"format": FORMAT} | made_by  # that of a receipt, where it is asked for its own key
        said = dict(zip(selected["unit"].to_pylist(), selected["digest"].to_pylist(), strict=True))
        items = []
        for shard in shards:
            units = [[unit, content(receipt, "panels"), said.get(unit)] for unit, receipt in shard.units.items()]
            work = Work([panels_path(receipt) for receipt in shard.units.values()], list(shard.units), path)
            items.append(Item(f"{FOLDER}/{shard.name}", digest([made_by, units]), work, made_by))
        return items

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The shard's panels in order, with their `duplicate_group`."""
        work = item.payload
        mine = pc.field("unit").isin(work.units)
        selection = load_table(self.store, work.selection, SELECTION, filters=mine)
        listed = selection["panel_id"].combine_chunks()
        for path in work.panels:
            for table in load_batches(self.store, path, PANELS_FILE, rows=ROW_GROUP):
                rows = selection.take(pc.index_in(table["panel_id"], value_set=listed))
                grouped = table.append_column("duplicate_group", rows["duplicate_group"])
                yield grouped.filter(pc.is_null(rows["left_out"]))

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write the Parquet file and the tar in one pass, under the names that people look for, then their sums.

        The receipt of the shard that stood there goes first.
        """
        shard = item.folder.removeprefix(f"{FOLDER}/")
        self.store.delete_all(list(filter(is_receipt, self.store.listing(item.folder))))
        sums, attempt = ShardSums(shard.rpartition("-")[0]), Attempt(self.store, item)
        with (
            attempt.create_at("parquet", parquet_path(shard)) as data,
            attempt.create_at("webdataset", webdataset_path(shard)) as samples,
            pq.ParquetWriter(data, self.schema, **WRITING) as writer,
            tarfile.open(fileobj=cast(IO[bytes], samples), mode="w|", format=tarfile.USTAR_FORMAT) as archive,
        ):
            for table in regroup(tables, ROW_GROUP):
                whole = table.combine_chunks()
                rows = whole.to_pylist()
                writer.write_table(whole)
                _add_samples(archive, rows, self.schema)
                sums.add(whole, rows)
        coverage, counts = sums.coverage(), sums.counts()
        with attempt.create_at("coverage", coverage_path(shard)) as sink:
            pq.write_table(coverage, sink, **WRITING)
        lengths = {"parquet": counts["triplets"], "webdataset": counts["triplets"], "coverage": len(coverage)}
        return attempt.settle(lengths, counts)


def _add_samples(archive: tarfile.TarFile, rows: list[Row], schema: pa.Schema) -> None:
    for triplet in rows:
        for name, data in sample(triplet, schema):
            member = tarfile.TarInfo(name)  # mtime 0, owner 0: the same rows give the same bytes
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
