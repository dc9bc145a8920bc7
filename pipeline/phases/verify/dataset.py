"""The published dataset: each row true to itself and to its unit, Parquet equal to WebDataset."""

import hashlib
import re
import tarfile
from collections.abc import Iterator
from itertools import groupby

import numpy as np
import pyarrow as pa

from pipeline.config.run_record import PATH, RunRecord
from pipeline.phases.publish import DATA, FOLDER, Dataset, parquet_path, shards_of, webdataset_path
from pipeline.phases.verify.files import Keys, Known, Vouched, told, vouched
from pipeline.phases.verify.origins import origin_faults, rows_of
from pipeline.storage.parquet import Fault, read_schema
from pipeline.storage.store import Store
from schemas.ids import article_of
from schemas.tables import Row, by_unit
from schemas.triplets import TRIPLETS, triplets
from transforms.emit import sample
from transforms.licenses import admitted
from transforms.place import hashes, part_name, units

#: Rows compared at once.
ROWS = 64

#: The members of a WebDataset sample.
Sample = list[tuple[str, bytes]]

#: The name of a shard.
_SHARD = re.compile(r"[a-z]+-\d{5,}", re.ASCII)


def dataset_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of the shards that should be there; where that cannot be known, of those that are."""
    receipts, keys = known.sound_units(), None
    if receipts is not None and known.selection is not None and known.doubled is not None:
        shards, selection = shards_of(receipts, known.selection, known.doubled), known.selection
        known.shards = shards
        keys = Keys(lambda made_by: Dataset(store, TRIPLETS).items(shards, selection, "", made_by))
    if known.shards is None or known.selection is None:
        for name in _standing(known):
            yield from _shard_faults(store, name, None, known, keys)
        return
    selected = dict(by_unit(known.selection))
    for shard in known.shards:
        yield from _shard_faults(store, shard.name, rows_of(store, shard, selected), known, keys)


def _standing(known: Known) -> list[str]:
    """The shards that are there."""
    files = {path.removeprefix(f"{DATA}/").removesuffix(".parquet") for path in known.there if path.startswith(DATA)}
    places = {place.rpartition("/")[2] for place in known.places(FOLDER)}
    return sorted(filter(_SHARD.fullmatch, files | places))


def _shard_faults(store: Store, name: str, rows: pa.Table | None, known: Known, keys: Keys | None) -> Iterator[str]:
    """Faults of a shard, which should hold `rows` (see `rows_of`); None where that is not known."""
    paths = {"parquet": parquet_path(name), "webdataset": webdataset_path(name)}
    path = paths["parquet"]
    item = vouched(store, known, f"{FOLDER}/{name}", paths, keys, paths)
    yield from item.faults
    if item.receipt is not None and known.run is not None:
        made_with = item.receipt["made_by"].get("config")
        if made_with != known.run.key:
            yield f"{item.marker}: made with config {made_with}, not {known.run.key} as {PATH} says"
    if "parquet" in item.broken:
        return
    dimension = _dimension(store, path)
    if known.run is not None and dimension != known.run.dimension:
        yield f"{path}: embeddings of {dimension} components, not {known.run.dimension} as {PATH} says"
    schema = triplets(dimension)
    yield from _row_faults(store, item, rows, schema)
    table = item.read(store, "parquet", schema, [name for name in schema.names if name != "image"])
    if isinstance(table, Fault):
        return  # told by its rows
    marked = item.receipt["counts"].get("with_metadata") if item.receipt else None  # a picture is not read twice
    yield from item.counted({"triplets": len(table), "with_metadata": marked})
    lines = [] if known.run is None else list(_run_faults(table, known.run))
    lines += _place_faults(table, name, known)
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


def _row_faults(store: Store, item: Vouched, expected: pa.Table | None, schema: pa.Schema) -> Iterator[str]:
    """Faults of a shard's rows one by one, and of the samples of its tar beside them."""
    path, tar = item.paths["parquet"], item.paths["webdataset"]
    panels = None if expected is None else iter(expected["panel_id"].to_pylist())
    samples = None if "webdataset" in item.broken else _samples(store, tar)
    for table in item.batches(store, "parquet", schema, ROWS):
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
    stated = {"pipeline": run.versions["medconcept"], "config": run.key}
    for name, value in (stated | {"vocabulary": run.vocabulary, "encoder": run.encoder}).items():
        for other in sorted({*provenance.field(name).to_pylist()} - {value}):
            yield f"{name} {other}, not {value} as {PATH} says"
    for panel, license in zip(table["panel_id"].to_pylist(), provenance.field("license").to_pylist(), strict=True):
        if not admitted(license, run.config.recipe.licenses):
            yield f"{panel}: {PATH} admits licences for {run.config.recipe.licenses}, not {license}"


def _place_faults(table: pa.Table, shard: str, known: Known) -> Iterator[str]:
    """Triplets that belong in another shard, and the first that does not stand where its hash puts it."""
    if known.run is None or known.halved is None or known.doubled is None or not len(table):
        return
    panels = table["panel_id"].to_pylist()
    try:
        first, _ = hashes(article_of(panel) for panel in panels)
    except ValueError as error:
        yield str(error)
        return
    shares = known.run.config.recipe.splits.model_dump()
    splits, numbers, inside = units(first, known.halved, shares)
    for row, panel in enumerate(panels):
        split = list(shares)[splits[row]]
        if (mine := part_name(split, numbers[row] >> known.doubled[split])) != shard:
            yield f"{panel} belongs in {mine} by the cut of {PATH}"
    back = np.flatnonzero(np.diff(inside) < 0)
    if len(back) and len(set(splits.tolist())) == 1:
        yield f"{panels[int(back[0]) + 1]} is not in the order of the hashes of articles"


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
