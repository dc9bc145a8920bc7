"""What goes with a dataset: its card, its Croissant description and its audit, all from the published files."""

from collections.abc import Iterator
from typing import cast

import pyarrow.dataset as ds
from pyarrow.dataset import Dataset

from dags.graph import Receipt
from pipeline.audit import write_audit
from pipeline.card import Facts, File, croissant, dataset_card
from pipeline.commit import MARKER, read_receipt
from pipeline.dataset import parquet_path
from pipeline.dedup.withheld import count_withheld
from pipeline.digest import shard_names
from pipeline.funnel import funnel, read_rejects
from pipeline.parquet import load_batches
from pipeline.plan import read_units
from pipeline.run_file import RunRecord, read_run
from pipeline.store import Store
from pipeline.units import COUNTED, folder
from schemas.errors import UserError
from schemas.triplets import triplets
from transforms.coverage import COLUMNS, license_counts


def write_card(store: Store) -> None:
    """Write `dataset/README.md` and `dataset/croissant.json`."""
    run = read_run(store)
    files = list(_parquet_files(store))
    by_split: dict[str, int] = {}
    for file in files:
        by_split[file["split"]] = by_split.get(file["split"], 0) + file["rows"]
    dataset = _open(store, run)
    licenses = license_counts(dataset).to_pylist()
    facts: Facts = {
        "name": "MedConcept",
        "version": run.versions["medconcept"],
        "inventory": run.snapshot.id,
        "config": run.key,
        "splits": by_split,
        "licenses": {row["license"]: row["triplets"] for row in licenses},
        "schema": dataset.schema,
        "files": files,
    }
    store.write("dataset/README.md", dataset_card(facts).encode())
    store.write("dataset/croissant.json", croissant(facts).encode())


def write_report(store: Store) -> Iterator[str]:
    """Write the audit, and tell its headline figures in lines.

    Raises:
        UserError: there is no dataset, or a file of it cannot be read.
    """
    run = read_run(store)
    units = [unit.id for unit in read_units(store)]
    receipts = [_unit_receipt(store, unit) for unit in units]
    rejects = read_rejects(store, units)
    withheld = count_withheld(store) if run.config.recipe.withheld else None
    dataset, rows = _open(store, run), _count_rows(store, run)
    steps = funnel(receipts, rejects, withheld, rows)
    corpus = {
        "name": "MedConcept",
        "source": run.config.source,
        "inventory": run.snapshot.id,
        "config": run.key,
        "vocabulary": run.vocabulary,
        "pipeline": run.versions["medconcept"],
    }
    totals = write_audit(dataset, steps, rejects, corpus, store)
    yield from (f"{count:>12,}  {step}" for step, count in steps)
    yield (
        f"{totals['concepts']:,} concepts, {totals['concepts_per_triplet']:.2f} a triplet; of the triplets "
        f"{totals['with_concept']:.0%} have a concept, {totals['with_modality']:.0%} a modality, "
        f"{totals['license_clear']:.0%} a licence that nothing contradicts"
    )


def _unit_receipt(store: Store, unit: str) -> Receipt:
    receipt = read_receipt(store, folder(unit))
    if receipt is None or not receipt["counts"].keys() >= COUNTED:
        raise UserError(f"{store.uri}/{folder(unit)}/{MARKER}: missing or damaged: build it first")
    return receipt


def _count_rows(store: Store, run: RunRecord) -> int:
    """The triplets; what the audit reads of them is read once, for DuckDB would not say which file is damaged."""
    schema, columns = triplets(run.dimension), list(COLUMNS)
    shards = shard_names(store)
    return sum(len(table) for shard in shards for table in load_batches(store, parquet_path(shard), schema, columns))


def _open(store: Store, run: RunRecord) -> Dataset:
    paths = [f"{store.root}/{parquet_path(shard)}" for shard in shard_names(store)]
    return ds.dataset(paths, schema=triplets(run.dimension), filesystem=store.filesystem, format="parquet")


def _parquet_files(store: Store) -> Iterator[File]:
    for shard in shard_names(store):
        receipt, path = read_receipt(store, f"emit/{shard}"), parquet_path(shard)
        if receipt is None:
            raise UserError(f"{store.uri}: shard {shard} is not done: build it first")
        yield cast(
            File, {"name": path.removeprefix("dataset/"), "split": shard.split("-")[0], **receipt["files"][path]}
        )
