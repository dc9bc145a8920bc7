"""A corpus that is built, as its readers find it: its record, its receipts, the counts of its selection, its shards."""

from dataclasses import dataclass

import pyarrow as pa

from dags.graph import Receipt
from pipeline.config.run_record import RunRecord, read_run
from pipeline.phases import curate, plan, publish
from pipeline.phases.dedup import selection
from pipeline.phases.publish import Shard, shards_of
from pipeline.storage.ledger import receipts_below
from pipeline.storage.receipts import the_receipt
from pipeline.storage.store import Store
from schemas.errors import UserError


@dataclass(frozen=True)
class Corpus:
    """What stands in an output: counts and receipts, no rows.

    `units`: the receipts of its units by id; `selected`: in SELECTED_COUNTS; `shards`: those that have rows; in order.
    """

    store: Store
    run: RunRecord
    units: dict[str, Receipt]
    selected: pa.Table
    shards: list[Shard]


def open_corpus(store: Store) -> Corpus:
    """The corpus in a store; raises UserError where there is none, or where it is not complete."""
    run = read_run(store)
    if run.cut.shards is None or not store.listing(selection.FOLDER):
        raise UserError(f"{store.uri} holds no dataset: build it first")
    units, table = unit_receipts(store, run), selection.read_counts(store)
    planned = the_receipt(store, plan.FOLDER)["counts"]["units"]
    if len(units) < planned:
        raise UserError(
            f"{store.uri}/{curate.FOLDER}: {planned - len(units)} of {planned} units are gone: build it again"
        )
    return Corpus(store, run, units, table, shards_of(units, table, run.cut.shards))


def unit_receipts(store: Store, run: RunRecord) -> dict[str, Receipt]:
    """The receipts of the units by id, in the corpus's order; raises UserError."""
    splits = list(run.config.recipe.splits.model_dump())
    found = {folder.rpartition("/")[2]: each for folder, each in receipts_below(store, curate.FOLDER).items()}
    return dict(sorted(found.items(), key=lambda pair: _place(pair[0], splits)))


def shard_receipts(corpus: Corpus) -> dict[str, Receipt]:
    """The receipts of the shards by their names; raises UserError where one is missing."""
    below = receipts_below(corpus.store, publish.FOLDER)
    if lost := [shard.name for shard in corpus.shards if f"{publish.FOLDER}/{shard.name}" not in below]:
        raise UserError(f"{corpus.store.uri}: shard {lost[0]} is not done: build it first")
    return {shard.name: below[f"{publish.FOLDER}/{shard.name}"] for shard in corpus.shards}


def _place(unit: str, splits: list[str]) -> tuple[int, int, str]:
    split, _, number = unit.rpartition("-")
    return splits.index(split) if split in splits else len(splits), len(number), number
