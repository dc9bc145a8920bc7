"""The published dataset: each row true to itself and to its unit, Parquet equal to WebDataset."""

import hashlib
import tarfile
from collections.abc import Iterator
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.run_record import PATH, RunRecord
from pipeline.phases.publish import SHARDS_FILE, Dataset, parquet_path, webdataset_path
from pipeline.phases.verify.files import Keys, Known, Vouched, told, vouched
from pipeline.phases.verify.origins import origin_faults
from pipeline.phases.verify.shards import shards_faults
from pipeline.reports.digest import SHARD
from pipeline.storage.parquet import Fault, read_schema, read_table
from pipeline.storage.receipts import MARKER
from pipeline.storage.store import Store
from schemas.shards import SHARDS
from schemas.tables import Row
from schemas.triplets import TRIPLETS, triplets
from transforms.emit import sample
from transforms.licenses import admitted

#: Rows compared at once.
ROWS = 64

#: The members of a WebDataset sample.
Sample = list[tuple[str, bytes]]


def dataset_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of the table of shards and of the shards themselves; of those that are there, where it cannot be read."""
    shards = read_table(store, SHARDS_FILE, SHARDS)
    yield from told(shards)
    keys = None
    if isinstance(shards, Fault):
        names = {path.split("/")[1] for path in store.files("emit")}
    else:
        yield from shards_faults(shards, known)
        names = {*shards["shard"].drop_null().to_pylist()}
        receipts, table = known.receipts(), shards
        if {*known.units, *shards["unit"].to_pylist()} <= receipts.keys():
            keys = Keys(lambda made_by: Dataset(store, TRIPLETS).items(table, receipts, made_by))
    known.shards = sorted(filter(SHARD.fullmatch, names))
    for shard in known.shards:
        rows = None if isinstance(shards, Fault) else shards.filter(pc.equal(shards["shard"], shard))
        yield from _shard_faults(store, shard, rows, known, keys)


def stray_faults(store: Store, known: Known) -> Iterator[str]:
    """Files that belong to no shard."""
    expected = {
        path for name in known.shards for path in (parquet_path(name), webdataset_path(name), f"emit/{name}/{MARKER}")
    }
    found = {path for folder in ("dataset/data", "dataset/webdataset", "emit") for path in store.files(folder)}
    yield from (f"{stray}: belongs to no shard" for stray in sorted(found - expected))


def _shard_faults(store: Store, shard: str, rows: pa.Table | None, known: Known, keys: Keys | None) -> Iterator[str]:
    """Faults of a shard, which holds the panels of `rows` (in SHARDS); of any panels where that is not known."""
    path, tar = parquet_path(shard), webdataset_path(shard)
    item = vouched(store, f"emit/{shard}", [path, tar], keys)
    yield from item.faults
    if path in item.broken:
        return
    dimension = _dimension(store, path)
    if known.run is not None and dimension != known.run.dimension:
        yield f"{path}: embeddings of {dimension} components, not {known.run.dimension} as {PATH} says"
    schema = triplets(dimension)
    yield from _row_faults(store, item, shard, rows, schema)
    table = item.read(store, path, schema, [name for name in schema.names if name != "image"])
    if isinstance(table, Fault):
        return  # told by its rows
    yield from item.counted({"triplets": len(table)})
    lines = [] if known.run is None else list(_run_faults(table, known.run))
    if rows is not None and len(rows) == len(table):
        lines += origin_faults(store, table, rows, dimension, known)
    yield from (f"{path}: {line}" for line in lines)


def _dimension(store: Store, path: str) -> int:
    """The components of the embeddings in a file; 1 where that cannot be told: it is not in its schema then."""
    found = read_schema(store, path)
    if isinstance(found, Fault) or (column := found.get_field_index("embedding")) < 0:
        return 1
    kind = found.field(column).type
    return int(kind.list_size) if pa.types.is_fixed_size_list(kind) else 1


def _row_faults(store: Store, item: Vouched, shard: str, expected: pa.Table | None, schema: pa.Schema) -> Iterator[str]:
    """Faults of a shard's rows one by one, and of the samples of its tar beside them."""
    path, tar = parquet_path(shard), webdataset_path(shard)
    panels = None if expected is None else iter(expected["panel_id"].to_pylist())
    samples = None if tar in item.broken else _samples(store, tar)
    for table in item.batches(store, path, schema, ROWS):
        yield from told(table)
        if isinstance(table, Fault):
            return
        for row in table.to_pylist():
            panel = row["panel_id"]
            if panels is not None and (due := next(panels, None)) != panel:
                yield f"{path}: {panel} where {due} should stand"
                return
            yield from (f"{path}: {panel}: {fault}" for fault in triplet_faults(row))
            if samples is None:
                continue
            found = next(samples, None)
            if found is None or isinstance(found, Fault):
                yield found.line if found else f"{tar}: it ends before {panel}"
                samples = None
            elif found != sample(row, schema):
                yield f"{tar}: {panel} differs from its Parquet row"
    if panels is not None and (due := next(panels, None)):
        yield f"{path}: it ends before {due}"
    if samples is not None and (left := next(samples, None)):
        yield left.line if isinstance(left, Fault) else f"{tar}: more samples than {path} has rows"


def _samples(store: Store, path: str) -> Iterator[Sample | Fault]:
    """The samples of a tar as WebDataset groups them: consecutive members with one key. A fault is the last of them."""
    try:
        with store.open(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            members = ((m.name, f.read()) for m in archive if (f := archive.extractfile(m)) is not None)
            for _, group in groupby(members, key=lambda member: member[0].split(".")[0]):
                yield list(group)
    except FileNotFoundError:
        yield Fault(f"{path}: missing")
    except (OSError, tarfile.TarError) as error:
        yield Fault(f"{path}: cannot be read: {error}")


def _run_faults(table: pa.Table, run: RunRecord) -> Iterator[str]:
    """Rows of another run than run.json describes, or under a licence that its recipe does not admit."""
    provenance = table["provenance"].combine_chunks()
    stated = {"inventory": run.snapshot.id, "pipeline": run.versions["medconcept"], "config": run.key}
    for name, value in (stated | {"vocabulary": run.vocabulary, "encoder": run.encoder}).items():
        for other in sorted({*provenance.field(name).to_pylist()} - {value}):
            yield f"{name} {other}, not {value} as {PATH} says"
    for panel, license in zip(table["panel_id"].to_pylist(), provenance.field("license").to_pylist(), strict=True):
        if not admitted(license, run.config.recipe.licenses):
            yield f"{panel}: {PATH} admits licences for {run.config.recipe.licenses}, not {license}"


def triplet_faults(row: Row) -> Iterator[str]:
    """What a triplet says of itself that is not true."""
    if hashlib.sha256(row["image"]).hexdigest() != row["sha256"]:
        yield "the image has another SHA-256"
    x0, y0, x1, y1 = row["provenance"]["box"]
    if (x1 - x0, y1 - y0) != (row["width"], row["height"]):
        yield "the box has another size than the image"
    end = 0
    for concept in sorted(row["concepts"], key=lambda concept: concept["start"]):
        if row["caption"][concept["start"] : concept["end"]] != concept["text"] or concept["start"] < 0:
            yield f"concept {concept['cui']} is not at {concept['start']}-{concept['end']} of the caption"
        if concept["start"] < end:
            yield f"concept {concept['cui']} overlaps the one before it"
        end = concept["end"]
    if not row["caption"]:
        yield "there is no caption"
