"""What an output holds of one article: its places by hash, and the rows of its unit. Nothing else is read."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.config.run_record import RunRecord, read_run
from pipeline.phases import curate, publish
from pipeline.phases.plan import FOLDER as PLAN_FOLDER
from pipeline.phases.plan import bucket_name
from pipeline.phases.snapshot import snapshot_path
from pipeline.sources.base import ARTICLE_VERSIONS
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import fault, file_path, the_receipt
from pipeline.storage.store import Store
from schemas.articles import PLAN
from schemas.errors import UserError
from schemas.tables import Row
from transforms.place import hashes, part_name, units


@dataclass(frozen=True)
class Place:
    """Where an article's rows stand, by the hash of its accession number.

    `start` and `end` bound the split, `inside` is the place in it. `shard` is None before the corpus has shards.
    `sampled`: whether the share of the source that is built reaches so far.
    """

    pmcid: str
    hash: float
    split: str
    start: float
    end: float
    inside: float
    unit: str
    units: int
    shard: str | None
    shards: int | None
    sampled: bool


@dataclass
class Output:
    """An output that is asked about. `faults` gathers what could not be read, in lines."""

    store: Store
    run: RunRecord
    faults: list[str] = field(default_factory=list)

    def place(self, pmcid: str) -> Place:
        """The place of an article, whether the corpus holds it or not."""
        shares, cut = self.run.config.recipe.splits.model_dump(), self.run.cut
        first, _ = hashes([pmcid])
        (number,), (unit,), (inside,) = units(first, cut.units, shares)
        split, ends = list(shares)[number], [0.0, *accumulate(shares.values())]
        halved, doubled = cut.units[split], None if cut.shards is None else cut.shards[split]
        sample = self.run.config.sample
        return Place(
            pmcid=pmcid,
            hash=float(first[0]),
            split=split,
            start=round(ends[number], 9),
            end=round(ends[number + 1], 9),
            inside=float(inside),
            unit=part_name(split, unit),
            units=1 << halved,
            shard=None if doubled is None else part_name(split, unit >> doubled),
            shards=None if doubled is None else 1 << (halved - doubled),
            sampled=sample is None or int(unit) < math.ceil(sample * (1 << halved)),
        )

    @contextmanager
    def bearing(self) -> Iterator[None]:
        """Note an error that says what of the output cannot be read, and go on."""
        try:
            yield
        except UserError as error:
            self.faults.append(str(error))

    def rows(self, receipt: Receipt, name: str, schema: pa.Schema, wanted: pc.Expression, *without: str) -> list[Row]:
        """The wanted rows of a file of an item, without some columns; none where it cannot be read, which is noted."""
        with self.bearing():
            columns = [column for column in schema.names if column not in without]
            table = load_table(self.store, file_path(receipt, name), schema, columns, wanted)
            return list(table.to_pylist())
        return []

    def receipt(self, folder: str) -> Receipt | None:
        """The receipt in a folder, None where there is none that can be read; files that are lost are noted."""
        with self.bearing():
            receipt = the_receipt(self.store, folder)
            if lost := fault(receipt, self.store.listing(folder) | self._published(receipt)):
                self.faults.append(f"{self.store.uri}/{lost}: missing, or of another size than its receipt states")
            return receipt
        return None

    def _published(self, receipt: Receipt) -> dict[str, int]:
        """The sizes of an item's files that lie under names of their own."""
        paths = [stamp["path"] for stamp in receipt["files"].values()]
        away = [path for path in paths if not path.startswith(f"{receipt['folder']}/")]
        return {path: size for path in away if (size := self.store.size(path)) is not None}

    def unit(self, place: Place) -> Receipt | None:
        """The receipt of a unit, None where it has none."""
        return self.receipt(f"{curate.FOLDER}/{place.unit}")

    def shard(self, place: Place) -> Receipt | None:
        """The receipt of a shard, None where it has none."""
        return None if place.shard is None else self.receipt(f"{publish.FOLDER}/{place.shard}")

    def planned(self, place: Place) -> list[Row]:
        """The rows of the plan for an article, in the schema PLAN."""
        receipt, name = self.receipt(PLAN_FOLDER), bucket_name(place.unit)
        if receipt is None or name not in receipt["files"]:
            return []
        mine = (pc.field("unit") == place.unit) & versions_of(place.pmcid)
        return self.rows(receipt, name, PLAN, mine)

    def listed(self, wanted: pc.Expression) -> list[Row]:
        """The rows of the inventory snapshot, in the schema ARTICLE_VERSIONS."""
        with self.bearing():
            path = snapshot_path(self.run.snapshot.checksum)
            return list(load_table(self.store, path, ARTICLE_VERSIONS, filters=wanted).to_pylist())
        return []


def open_output(store: Store) -> Output:
    """The output in a store; raises UserError where there is none."""
    return Output(store, read_run(store))


def versions_of(pmcid: str) -> pc.Expression:
    """The rows of all versions of an article: PMC13901v1, PMC13901v2 …; row groups without them are not read."""
    return (pc.field("article_id") >= f"{pmcid}v") & (pc.field("article_id") < f"{pmcid}w")
