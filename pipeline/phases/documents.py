"""What goes with a dataset: card, Croissant description, citation, table of duplicates, audit, and last the checksums.

They are one item, which depends on the shards, the units and the record of the run: where these are as they were,
nothing is read again. They are sums of what the receipts count and of the shards' coverage partials.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.places import public_name
from pipeline.config.recipe import digest
from pipeline.phases.corpus import Corpus, shard_receipts
from pipeline.phases.dedup.groups import MEMBERS_FILE, find_members
from pipeline.reports.audit.data import FOLDER as DATA
from pipeline.reports.audit.data import TABLES, Writer, write_data
from pipeline.reports.audit.sums import write_sums
from pipeline.reports.card import dataset_card
from pipeline.reports.checksums import checksums, shard_sums
from pipeline.reports.citation import citation
from pipeline.reports.covered import read_covered
from pipeline.reports.croissant import croissant
from pipeline.reports.digest import corpus_digest
from pipeline.reports.facts import read_facts, read_funnel, read_rejects
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, stated_path
from pipeline.storage.store import Sink, Store
from schemas.coverage import COVERAGE
from schemas.duplicates import MEMBERS
from schemas.tables import regroup
from transforms.coverage.partials import total

FOLDER, AUDIT = "documents", "audit"

CARD, CROISSANT = "dataset/README.md", "dataset/croissant.json"
CITATION, CHECKSUMS = "dataset/CITATION.cff", "dataset/CHECKSUMS"

#: The lines that a run ends with.
HEADLINE = f"{AUDIT}/headline.txt"

#: Documents of another version are written anew.
VERSION = "6"

#: Partials read at once.
READERS = 16

#: Members of groups in a row group.
MEMBER_ROWS = 16_384

#: The parts of a configuration that documents tell.
TOLD = {"source", "recipe", "limit", "sample", "articles", "exclude"}


@dataclass
class _Files:
    """Writes the files of an attempt, each called by its path."""

    attempt: Attempt
    rows: dict[str, int] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, data: bytes) -> None:
        """Write a whole file."""
        with self.create(path) as sink:
            sink.write(data)

    @contextmanager
    def create(self, path: str) -> Iterator[Sink]:
        """A new file, of no rows unless they are stated."""
        with self.attempt.create_at(path, path) as sink:
            yield sink
        self.rows[path], self.sha256[path] = 0, sink.stamp()["sha256"]


def documents_item(corpus: Corpus, shards: list[Item], groups: list[Receipt]) -> Item:
    """The documents as an item; `shards` are the items of the shards, `groups` the receipts of the duplicates."""
    record = corpus.run.model_dump(mode="json") | {"config": corpus.run.config.model_dump(mode="json", include=TOLD)}
    made_by = {"version": VERSION, "run": digest(record)}
    units = [content(receipt) for receipt in corpus.units.values()]
    members = [content(receipt, "members") for receipt in groups]
    return Item(FOLDER, digest([made_by, [item.key for item in shards], units, members]), None, made_by)


def withdraw_documents(store: Store) -> None:
    """Remove the receipt, what describes the dataset and the audit's data, before files change that these describe.

    A reader that keeps what it loaded under the card's version must not find other rows behind that version. Of the
    audit's data `medconcept audit` wrote a part: examples of rows that may go.
    """
    store.delete_all(list(store.listing(FOLDER)))
    described = (CHECKSUMS, CITATION, CROISSANT, CARD)
    store.delete_all([path for path in described if store.size(path) is not None])
    store.delete_all(page_data(store))


def page_data(store: Store) -> list[str]:
    """The audit's data and tables; what `medconcept audit` wrote of them no receipt names."""
    return [*store.listing(DATA), *store.listing(TABLES)]


def write_documents(corpus: Corpus, item: Item) -> Receipt:
    """Write all documents; raises UserError where the dataset is not complete."""
    attempt = Attempt(corpus.store, item)
    files = _Files(attempt)
    members = _write_members(files, find_members(corpus.store))
    facts, sums = read_facts(corpus), total_coverage(corpus)
    files.write(CARD, dataset_card(facts, read_covered(corpus, sums)).encode())
    files.write(CROISSANT, croissant(facts).encode())
    files.write(CITATION, citation(facts, corpus_digest(corpus)).encode())
    files.write(HEADLINE, "\n".join(write_report(corpus, sums, files)).encode())
    files.write(CHECKSUMS, checksums(shard_sums(facts) | files.sha256).encode())
    write_data(corpus.store, "details", None)  # the receipt does not name it, for `medconcept audit` replaces it
    return attempt.settle(files.rows | {MEMBERS_FILE: members}, {"members": members})


def _write_members(files: _Files, tables: Iterable[pa.Table]) -> int:
    """Write the members of groups, some at a time; how many there are."""
    count = 0
    with (
        files.create(MEMBERS_FILE) as sink,
        pq.ParquetWriter(sink, MEMBERS, **WRITING) as writer,
    ):
        for table in regroup(tables, MEMBER_ROWS):
            writer.write_table(table.combine_chunks())
            count += len(table)
    return count


def write_report(corpus: Corpus, sums: pa.Table, files: Writer) -> Iterator[str]:
    """Write what `sums`, those of the corpus, give of the audit, and tell its headline figures in lines.

    Raises UserError where a file cannot be read.
    """
    run, steps = corpus.run, read_funnel(corpus)
    described = {
        "name": "MedConcept",
        "source": public_name(run.config.source),
        "inventory": run.snapshot.id,
        "config": run.key,
        "vocabulary": run.vocabulary,
        "pipeline": run.versions["medconcept"],
    }
    totals = write_sums(sums, steps, read_rejects(corpus), described, files)
    yield from (f"{count:>12,}  {step}" for step, count in steps)
    yield (
        f"{totals['concepts']:,} concepts, {totals['mentions_per_triplet']:.2f} mentions a triplet; of the triplets "
        f"{totals['with_concept']:.0%} have a concept, {totals['with_modality']:.0%} a modality, "
        f"{totals['license_clear']:.0%} a licence that nothing contradicts, {totals['license_own']:.0%} another than "
        "their article"
    )


def total_coverage(corpus: Corpus) -> pa.Table:
    """The sum of the coverage partials of all shards, in COVERAGE; raises UserError or Damaged."""
    return total(_partials(corpus.store, list(shard_receipts(corpus).values())))


def _partials(store: Store, shards: Sequence[Receipt]) -> Iterator[pa.Table]:
    """The coverage partials of shards, in order; READERS of them are held. Raises Damaged."""

    def load(shard: Receipt) -> pa.Table:
        return load_table(store, stated_path(store, shard, "coverage"), COVERAGE)

    with ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(shards), READERS):
            yield from pool.map(load, shards[start : start + READERS])
