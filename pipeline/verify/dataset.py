"""The published dataset: the panels that should be in it, each row true to itself, Parquet equal to WebDataset."""

import hashlib
import json
import tarfile
from collections.abc import Iterator, Mapping
from itertools import groupby, zip_longest

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.config import Recipe
from pipeline.dataset import SHARDS_FILE, parquet_path, webdataset_path
from pipeline.dedup.grouping import DUPLICATES_FILE
from pipeline.dedup.withheld import WITHHELD_FILE
from pipeline.run_file import RunRecord
from pipeline.store import Store
from pipeline.verify.files import read_exact, receipt_faults
from schemas.duplicates import DUPLICATES, LEAKS
from schemas.ids import parse_article_id
from schemas.shards import SHARDS
from schemas.tables import Row, is_in
from schemas.triplets import triplets
from transforms.emit import sample
from transforms.splits import with_their_groups

#: Rows compared at once.
ROWS = 64


def dataset_faults(store: Store, panels: Mapping[str, str], run: RunRecord) -> Iterator[str]:
    """Faults of the shards of a run; `panels` are all panels with their unit."""
    schema = triplets(run.dimension)
    shards = read_exact(store, SHARDS_FILE, SHARDS)
    if shards is None:
        yield f"{SHARDS_FILE}: missing, or not in its schema"
        return
    yield from _assignment_faults(store, shards, panels, run.config.recipe)
    yield from _split_faults(shards)
    kept = shards.filter(pc.is_valid(shards["shard"]))
    expected: set[str] = set()
    for shard, rows in groupby(kept.select(["shard", "panel_id"]).to_pylist(), key=lambda row: row["shard"]):
        yield from _shard_faults(store, shard, [row["panel_id"] for row in rows], schema)
        expected |= {parquet_path(shard), webdataset_path(shard)}
    for stray in sorted({*store.files("dataset/data"), *store.files("dataset/webdataset")} - expected):
        yield f"{stray}: belongs to no shard"


def _assignment_faults(store: Store, shards: pa.Table, panels: Mapping[str, str], recipe: Recipe) -> Iterator[str]:
    assigned = dict(zip(*(shards[name].to_pylist() for name in ("panel_id", "unit")), strict=True))
    if len(assigned) != len(shards):
        yield f"{SHARDS_FILE}: a panel is listed twice"
    for panel in sorted(assigned.items() ^ panels.items()):
        yield f"panel {panel[0]} of unit {panel[1]} is not both in its unit and in {SHARDS_FILE}"
    duplicates = read_exact(store, DUPLICATES_FILE, DUPLICATES)
    if duplicates is None:
        return
    left_out = set(shards.filter(pc.is_null(shards["shard"]))["panel_id"].to_pylist())
    reasons = _reasons(store, duplicates, recipe)
    yield from (f"panel {name} is left out but no duplicate, nor withheld" for name in sorted(left_out - {*reasons}))
    yield from (f"panel {name} is {reasons[name]} but not left out" for name in sorted({*reasons} - left_out))


def _reasons(store: Store, duplicates: pa.Table, recipe: Recipe) -> dict[str, str]:
    """Why panels are left out, by their ids."""
    reasons: dict[str, str] = {}
    if recipe.duplicates == "drop":
        copies = duplicates.filter(pc.not_equal(duplicates["panel_id"], duplicates["canonical_id"]))["panel_id"]
        reasons |= dict.fromkeys(copies.to_pylist(), "a duplicate")
    if recipe.withheld and (leaks := read_exact(store, WITHHELD_FILE, LEAKS)) is not None:
        withheld = with_their_groups(leaks["panel_id"].to_pylist(), duplicates).to_pylist()
        reasons |= dict.fromkeys(withheld, "withheld")
    return reasons


def _split_faults(shards: pa.Table) -> Iterator[str]:
    rows = shards.select(["panel_id", "duplicate_group", "split"]).to_pylist()
    for name, owner in (
        ("article", lambda row: parse_article_id(row["panel_id"].split("-")[0])[0]),
        ("duplicate group", lambda row: row["duplicate_group"]),
    ):
        splits: dict[str, set[str]] = {}
        for row in rows:
            if (key := owner(row)) is not None:
                splits.setdefault(key, set()).add(row["split"])
        for key, found in splits.items():
            if len(found) > 1:
                yield f"{name} {key} stands in the splits {', '.join(sorted(found))}"


def _shard_faults(store: Store, shard: str, panels: list[str], schema: pa.Schema) -> Iterator[str]:
    broken = list(receipt_faults(store, f"emit/{shard}"))
    yield from broken
    if broken:
        return
    with store.open(parquet_path(shard)) as data, store.open(webdataset_path(shard)) as samples:
        file = pq.ParquetFile(data)
        if not is_in(file.schema_arrow, schema):
            yield f"{parquet_path(shard)}: not in its schema"
            return
        rows = (row for batch in file.iter_batches(batch_size=ROWS) for row in batch.to_pylist())
        for panel, row, members in zip_longest(panels, rows, _samples(samples)):
            if panel is None or row is None or row["panel_id"] != panel:
                yield f"{parquet_path(shard)}: {row and row['panel_id']} where {panel} should stand"
                return
            yield from (f"{parquet_path(shard)}: {panel}: {fault}" for fault in triplet_faults(row))
            if members != _decoded(sample(row, schema)):
                yield f"{webdataset_path(shard)}: {panel} differs from its Parquet row"


def _samples(stream: pa.NativeFile) -> Iterator[dict[str, object]]:
    """The samples of a tar as WebDataset groups them: consecutive members with one key."""
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        members = ((m.name, f.read()) for m in archive if (f := archive.extractfile(m)) is not None)
        for _, group in groupby(members, key=lambda member: member[0].split(".")[0]):
            yield _decoded(list(group))


def _decoded(members: list[tuple[str, bytes]]) -> dict[str, object]:
    return {name: json.loads(data) if name.endswith(".json") else data for name, data in members}


def triplet_faults(row: Row) -> Iterator[str]:
    """What a triplet says of itself that is not true."""
    if hashlib.sha256(row["image"]).hexdigest() != row["sha256"]:
        yield "the image has another SHA-256"
    x0, y0, x1, y1 = row["provenance"]["box"]
    if (x1 - x0, y1 - y0) != (row["width"], row["height"]):
        yield "the box has another size than the image"
    end = 0
    for concept in sorted(row["concepts"], key=lambda concept: concept["start"]):
        if row["caption"][concept["start"] : concept["end"]] != concept["text"]:
            yield f"concept {concept['cui']} is not at {concept['start']}-{concept['end']} of the caption"
        if concept["start"] < end:
            yield f"concept {concept['cui']} overlaps the one before it"
        end = concept["end"]
    if not row["caption"]:
        yield "there is no caption"
