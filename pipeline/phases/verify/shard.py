"""A shard: each row true to itself and to its unit, Parquet equal to WebDataset."""

import hashlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.config.run_record import PATH, RunRecord
from pipeline.phases.publish import FOLDER, coverage_path, parquet_path, webdataset_path
from pipeline.phases.sums import ShardSums
from pipeline.phases.verify.contents import holding
from pipeline.phases.verify.files import Vouched, told, vouched
from pipeline.phases.verify.known import Known
from pipeline.phases.verify.origins import Origin, origin_faults, rows_of
from pipeline.phases.verify.samples import Sample, Tar
from pipeline.storage.parquet import Fault, read_batches, read_schema
from pipeline.storage.store import Store
from schemas.coverage import COVERAGE
from schemas.ids import article_of
from schemas.panels import is_whole
from schemas.tables import Row, without
from schemas.triplets import triplets
from transforms.captions.parts import spans_text
from transforms.emit import sample
from transforms.place import hashes, part_name, units
from transforms.rights.figures import is_noderivatives
from transforms.rights.licenses import admitted
from transforms.rights.licenses import told as told_of

#: Rows compared at once.
ROWS = 64


class _Line(NamedTuple):
    """A fault; `of_tar`: it is of what the tar says."""

    text: str
    of_tar: bool = False


@dataclass(frozen=True)
class ShardCheck:
    """A shard on its own. `origin` is None where it is not known what should be in it."""

    name: str
    origin: Origin | None

    @property
    def place(self) -> str:
        """The folder of its receipt."""
        return f"{FOLDER}/{self.name}"

    @property
    def split(self) -> str:
        """The split that it is in."""
        return self.name.rpartition("-")[0]

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of the shard's files and of its rows. What the tar says counts only where its bytes are sound."""
        paths = {
            "parquet": parquet_path(self.name),
            "webdataset": webdataset_path(self.name),
            "coverage": coverage_path(self.name),
        }
        item = vouched(store, known, self.place, paths, paths, later=("webdataset",))
        with Tar(store, paths["webdataset"]) as tar:
            lines = [] if "parquet" in item.broken else list(self._parquet_faults(store, known, item, tar))
            stamp = item.receipt and item.receipt["files"].get("webdataset")
            damage = tar.fault(stamp, item.marker) if stamp and stamp["path"] == paths["webdataset"] else None
        yield from item.faults
        if damage:
            yield damage
        if item.receipt is not None and known.run is not None:
            made_with = item.receipt["made_by"].get("config")
            if made_with != known.run.key:
                yield f"{item.marker}: made with config {made_with}, not {known.run.key} as {PATH} says"
        yield from (line.text for line in lines if not (line.of_tar and damage))

    def _parquet_faults(self, store: Store, known: Known, item: Vouched, tar: Tar) -> Iterator[_Line]:
        path = item.paths["parquet"]
        opened = holding(store, item.held)
        dimension = _dimension(opened, path)
        if known.run is not None and dimension != known.run.dimension:
            yield _Line(f"{path}: embeddings of {dimension} components, not {known.run.dimension} as {PATH} says")
        expected = None if self.origin is None else rows_of(store, self.origin)
        sums = ShardSums(self.split)
        table = yield from _row_faults(opened, item, expected, triplets(dimension), tar, sums)
        if table is None:
            return  # told by its rows
        lines = [*item.counted(sums.counts()), *_coverage_faults(store, item, sums)]
        faults = [] if known.run is None else list(_run_faults(table, known.run))
        faults += _place_faults(table, self.name, known)
        if self.origin is not None and expected is not None and len(expected) == len(table):
            faults += origin_faults(table, expected, dimension, self.origin)
        yield from map(_Line, (*lines, *(f"{path}: {line}" for line in faults)))


def _coverage_faults(store: Store, item: Vouched, sums: ShardSums) -> Iterator[str]:
    """The fault of a coverage partial that is not that of the rows."""
    found = item.read(store, "coverage", COVERAGE)
    yield from told(found)
    if not isinstance(found, Fault) and not found.equals(sums.coverage()):
        yield f"{item.paths['coverage']}: not what {item.paths['parquet']} covers"


def _dimension(store: Store, path: str) -> int:
    """The components of the embeddings in a file; 1 where that cannot be told: it is not in its schema then."""
    found = read_schema(store, path)
    if isinstance(found, Fault) or (column := found.get_field_index("embedding")) < 0:
        return 1
    kind = found.field(column).type
    return int(kind.list_size) if pa.types.is_fixed_size_list(kind) else 1


def _row_faults(
    store: Store, item: Vouched, expected: pa.Table | None, schema: pa.Schema, tar: Tar, sums: ShardSums
) -> Generator[_Line, None, pa.Table | None]:
    """Faults of a shard's rows one by one, and of the samples of its tar beside them; returns the rows less pictures.

    The rows are added to `sums`.
    Behind a row that stands in the place of another none is looked at: all would be.
    """
    path, compared = item.paths["parquet"], _Compared(item.paths, expected, tar, schema)
    tables = []
    for table in read_batches(store, path, schema, rows=ROWS):
        if isinstance(table, Fault):
            yield _Line(table.line)
            return None
        tables.append(table.drop_columns(["image"]))
        found = table.to_pylist()
        sums.add(table, found)
        yield from compared.faults(found)
    rows = pa.concat_tables([without(schema, "image").empty_table(), *tables])
    if miscounted := list(item.miscounted("parquet", len(rows))):
        yield from map(_Line, miscounted)
    else:
        yield from compared.ends()
    return rows


class _Compared:
    """The rows of a shard as they come, beside the samples of its tar and the panels that should be there."""

    def __init__(self, paths: Mapping[str, str], expected: pa.Table | None, tar: Tar, schema: pa.Schema) -> None:
        self._path, self._tar, self._schema = paths["parquet"], paths["webdataset"], schema
        self._panels = None if expected is None else iter(expected["panel_id"].to_pylist())
        self._samples: Iterator[Sample | Fault] | None = tar.samples()
        self._lost = False

    def faults(self, rows: list[Row]) -> Iterator[_Line]:
        """Faults of the next rows."""
        for row in () if self._lost else rows:
            panel = row["panel_id"]
            if self._panels is not None and (due := next(self._panels, None)) != panel:
                yield _Line(f"{self._path}: {panel} where {due} should stand")
                self._lost = True
                return
            yield from (_Line(f"{self._path}: {panel}: {fault}") for fault in triplet_faults(row))
            yield from self._sample_faults(row)

    def _sample_faults(self, row: Row) -> Iterator[_Line]:
        if self._samples is None:
            return
        found, panel = next(self._samples, None), row["panel_id"]
        if found is None or isinstance(found, Fault):
            yield _Line(found.line if found else f"{self._tar}: it ends before {panel}", of_tar=True)
            self._samples = None
        elif found != sample(row, self._schema):
            yield _Line(f"{self._tar}: {panel} differs from its Parquet row", of_tar=True)

    def ends(self) -> Iterator[_Line]:
        """Faults of what should have come, and of what the tar has more."""
        if self._lost:
            return
        if self._panels is not None and (due := next(self._panels, None)):
            yield _Line(f"{self._path}: it ends before {due}")
        if self._samples is not None and (left := next(self._samples, None)):
            more = left.line if isinstance(left, Fault) else f"{self._tar}: more samples than {self._path} has rows"
            yield _Line(more, of_tar=True)


def _run_faults(table: pa.Table, run: RunRecord) -> Iterator[str]:
    """Rows of another run than run.json describes, or under a licence that its recipe does not admit."""
    provenance = table["provenance"].combine_chunks()
    stated = {"pipeline": run.versions["medconcept"], "config": run.key}
    for name, value in (stated | {"vocabulary": run.vocabulary, "encoder": run.encoder}).items():
        for other in sorted({*provenance.field(name).to_pylist()} - {value}):
            yield f"{name} {other}, not {value} as {PATH} says"
    recipe = run.config.recipe
    stated_of = (provenance.field(name).to_pylist() for name in ("license", "detector"))
    for panel, license, detector in zip(table["panel_id"].to_pylist(), *stated_of, strict=True):
        if not admitted(license, recipe.licenses):
            yield f"{panel}: {PATH} admits licences for {told_of(recipe.licenses)}, not {license}"
        if is_noderivatives(license) and not (recipe.crop_noderivatives or is_whole(detector)):
            yield f"{panel}: a crop under {license}, which {PATH} does not admit"


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
    for said in row["context"]:
        place = f"{said['mention']}:{said['start']}-{said['end']}"
        if not (0 <= said["mention"] < len(row["mentions"]) and 0 <= said["start"] < said["end"]):
            yield f"there is no {place} of the mentions"
        elif row["mentions"][said["mention"]][said["start"] : said["end"]] != said["text"]:
            yield f"context {place} is not what the mention says there"
    if not row["caption"]:
        yield "there is no caption"
    yield from _text_faults(row)
    yield from (f"cell {cell['box']} reaches out of the box" for cell in row["cells"] if not _holds(row, cell["box"]))


def _text_faults(row: Row) -> Iterator[str]:
    """What a caption and its parts say that the spans do not."""
    spans: dict[str, list[tuple[int, int]]] = {"own": [], "shared": []}
    for span in row["text_spans"]:
        if span["kind"] not in spans or not 0 <= span["start"] < span["end"] <= len(row["figure_caption"]):
            yield f"the text span {span['kind']} {span['start']}-{span['end']} is none of the caption"
            return
        spans[span["kind"]].append((span["start"], span["end"]))
    own, shared = (spans_text(row["figure_caption"], tuple(spans[kind])) for kind in ("own", "shared"))
    for name, said in (("caption_own", own), ("caption_shared", shared), ("caption", f"{own} {shared}".strip())):
        if row[name] != said:
            yield f"{name} is not what the text spans say"


def _holds(row: Row, cell: list[int]) -> bool:
    """Whether a cell lies in the box of its row."""
    x0, y0, x1, y1 = row["provenance"]["box"]
    return bool(x0 <= cell[0] < cell[2] <= x1 and y0 <= cell[1] < cell[3] <= y1)
