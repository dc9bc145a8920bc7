"""The emit phase: an output shard at a time, the same rows as Parquet and as WebDataset."""

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.curate import PANELS_FILE, ROW_GROUP, folder
from pipeline.storage.parquet import load_batches, load_table
from pipeline.storage.receipts import Committed, write_receipt
from pipeline.storage.store import Store
from schemas.errors import UserError
from schemas.shards import SHARDS
from schemas.tables import regroup
from transforms.emit import sample

SHARDS_FILE = "plan/shards.parquet"

#: How a shard's rows are laid out in its two files: a shard of another format is written anew.
FORMAT = "2"


def parquet_path(shard: str) -> str:
    """Where a shard's Parquet file lies."""
    return f"dataset/data/{shard}.parquet"


def webdataset_path(shard: str) -> str:
    """Where a shard's tar lies: train-00003-of-00012 is train-000003.tar."""
    split, number = shard.split("-")[:2]
    return f"dataset/webdataset/{split}-{int(number):06d}.tar"


@dataclass(frozen=True)
class Dataset(Committed):
    """Reads the panels of a shard from their units, and commits its two files. `schema` is that of the triplets."""

    schema: pa.Schema

    def items(self, shards: pa.Table, units: dict[str, Receipt], made_by: dict[str, Any]) -> list[Item]:
        """Each shard of the table SHARDS as work for an engine; `units` are the receipts of the units by id."""
        made_by = {"format": FORMAT} | made_by  # that of a receipt, where it is asked for its own key
        items = []
        for rows in _by_shard(shards):
            sources = pc.unique(rows["unit"]).to_pylist()
            content = [rows["panel_id"].to_pylist(), rows["duplicate_group"].to_pylist()]
            key = digest([made_by, content, [units[unit]["files"] for unit in sources]])
            items.append(Item(f"emit/{rows['shard'][0].as_py()}", key, sources, made_by))
        return items

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The shard's panels in order, with their `duplicate_group`."""
        wanted = read_shards(self.store, item.folder.removeprefix("emit/"))
        panel_ids = wanted["panel_id"].combine_chunks()
        for unit in item.payload:
            path = f"{folder(unit)}/panels.parquet"
            for table in load_batches(self.store, path, PANELS_FILE, rows=ROW_GROUP):
                place = pc.index_in(table["panel_id"], value_set=panel_ids)
                groups = wanted["duplicate_group"].take(place)
                yield table.append_column("duplicate_group", groups).filter(pc.is_valid(place))

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write the Parquet file and the tar in one pass."""
        shard = item.folder.removeprefix("emit/")
        parquet, tar = parquet_path(shard), webdataset_path(shard)
        rows = 0
        with (
            self.store.create(parquet) as data,
            self.store.create(tar) as samples,
            pq.ParquetWriter(data, self.schema, compression="zstd") as writer,
            tarfile.open(fileobj=cast(IO[bytes], samples), mode="w|", format=tarfile.USTAR_FORMAT) as archive,
        ):
            for table in regroup(tables, ROW_GROUP):
                rows += len(table)
                writer.write_table(table)
                _add_samples(archive, table, self.schema)
        files = {parquet: data.stamp() | {"rows": rows}, tar: samples.stamp() | {"rows": rows}}
        return write_receipt(self.store, item, files, {"triplets": rows})


def _add_samples(archive: tarfile.TarFile, table: pa.Table, schema: pa.Schema) -> None:
    for triplet in table.to_pylist():
        for name, content in sample(triplet, schema):
            member = tarfile.TarInfo(name)  # mtime 0, owner 0: the same rows give the same bytes
            member.size = len(content)
            archive.addfile(member, BytesIO(content))


def _by_shard(shards: pa.Table) -> Iterator[pa.Table]:
    """The rows of each shard, in the corpus's order (Arrow sorts stably)."""
    kept = shards.filter(pc.is_valid(shards["shard"])).sort_by("shard")
    start = 0
    for count in kept["shard"].value_counts().field("counts").to_pylist():
        yield kept.slice(start, count)
        start += count


def write_shards(store: Store, shards: pa.Table) -> None:
    """Keep which panel goes where, sorted by shard so that a worker reads only its own rows."""
    with store.create(SHARDS_FILE) as sink:
        pq.write_table(shards.sort_by("shard"), sink, compression="zstd")


def read_shards(store: Store, shard: str | None = None) -> pa.Table:
    """The table SHARDS, of one shard or of all; raises UserError where there is none, or none that can be read."""
    if store.size(SHARDS_FILE) is None:
        raise UserError(f"{store.uri} holds no dataset: build it first")
    return load_table(store, SHARDS_FILE, SHARDS, filters=None if shard is None else pc.field("shard") == shard)
