"""What goes with a dataset: its card, its Croissant description, the table of duplicates, and the audit.

They are one item, which depends on the shards, the units and the record of the run: where these are as they were, no
row is read again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.audit import write_audit
from pipeline.phases.corpus import Corpus
from pipeline.phases.dedup.members import MEMBERS_FILE, find_members
from pipeline.phases.dedup.selection import count_withheld
from pipeline.reports.card import dataset_card
from pipeline.reports.croissant import croissant
from pipeline.reports.facts import open_triplets, read_facts
from pipeline.reports.funnel import funnel, read_rejects
from pipeline.storage.parquet import WRITING
from pipeline.storage.receipts import Attempt, content
from pipeline.storage.store import Store

FOLDER, AUDIT = "documents", "audit"

CARD, CROISSANT = "dataset/README.md", "dataset/croissant.json"

#: The lines that a run ends with.
HEADLINE = f"{AUDIT}/headline.txt"

#: Documents of another version are written anew.
VERSION = "2"

#: The parts of a configuration that documents tell.
TOLD = {"source", "recipe", "limit", "sample", "exclude"}


@dataclass
class _Files:
    """Writes the files of an attempt, each called by its path."""

    attempt: Attempt
    rows: dict[str, int] = field(default_factory=dict)

    def write(self, path: str, data: bytes) -> None:
        """Write a whole file."""
        with self.attempt.create_at(path, path) as sink:
            sink.write(data)
        self.rows[path] = 0


def documents_item(corpus: Corpus, shards: list[Item], groups: Receipt) -> Item:
    """The documents as an item; `shards` are the items of the shards, `groups` the receipt of the duplicates."""
    record = corpus.run.model_dump(mode="json") | {"config": corpus.run.config.model_dump(mode="json", include=TOLD)}
    made_by = {"version": VERSION, "run": digest(record)}
    units = [content(receipt) for receipt in corpus.units.values()]
    return Item(FOLDER, digest([made_by, [item.key for item in shards], units, content(groups)]), None, made_by)


def withdraw_documents(store: Store) -> None:
    """Remove the receipt and the card, before files change that they would no longer describe.

    A reader that keeps what it loaded under the card's version must not find other rows behind that version.
    """
    store.delete_all(list(store.listing(FOLDER)))
    store.delete_all([path for path in (CARD, CROISSANT) if store.size(path) is not None])


def write_documents(corpus: Corpus, item: Item) -> Receipt:
    """Write all documents; raises UserError where the dataset is not complete."""
    attempt = Attempt(corpus.store, item)
    files = _Files(attempt)
    members = find_members(corpus.store, corpus.units.values(), corpus.selection)
    with attempt.create_at(MEMBERS_FILE, MEMBERS_FILE) as sink:
        pq.write_table(members, sink, **WRITING)
    facts = read_facts(corpus)
    files.write(CARD, dataset_card(facts).encode())
    files.write(CROISSANT, croissant(facts).encode())
    files.write(HEADLINE, "\n".join(write_report(corpus, files)).encode())
    return attempt.settle(files.rows | {MEMBERS_FILE: len(members)}, {"members": len(members)})


def write_report(corpus: Corpus, files: "_Files | Store") -> Iterator[str]:
    """Write the audit, and tell its headline figures in lines; raises UserError where a file cannot be read."""
    run, receipts, dataset = corpus.run, list(corpus.units.values()), open_triplets(corpus)
    rejects = read_rejects(corpus.store, receipts)
    withheld = count_withheld(corpus.selection) if run.config.recipe.withheld else None
    steps = funnel(receipts, rejects, withheld, dataset.count_rows())
    described = {
        "name": "MedConcept",
        "source": run.config.source,
        "inventory": run.snapshot.id,
        "config": run.key,
        "vocabulary": run.vocabulary,
        "pipeline": run.versions["medconcept"],
    }
    totals = write_audit(dataset, steps, rejects, described, files)
    yield from (f"{count:>12,}  {step}" for step, count in steps)
    yield (
        f"{totals['concepts']:,} concepts, {totals['concepts_per_triplet']:.2f} a triplet; of the triplets "
        f"{totals['with_concept']:.0%} have a concept, {totals['with_modality']:.0%} a modality, "
        f"{totals['license_clear']:.0%} a licence that nothing contradicts"
    )
