"""The audit of an output, whole: what its receipts add up to, and what is read of its rows."""

from collections.abc import Iterator

from pipeline.phases.corpus import Corpus
from pipeline.phases.documents import total_coverage, write_report
from pipeline.reports.audit.data import FOLDER, write_data
from pipeline.reports.audit.details import write_details
from transforms.coverage.tables import coverage


def write_audit(corpus: Corpus, other: str | None = None) -> Iterator[str]:
    """Write the audit of a corpus anew, and tell its headline figures in lines.

    It is compared with `other`, an output or a JSONL file of published records, if that is given. Raises UserError or
    Damaged.
    """
    store, sums = corpus.store, total_coverage(corpus)
    store.delete_all(list(store.listing(FOLDER)))
    write_data(store, "details", None)  # until they are there
    yield from write_report(corpus, sums, store)
    write_details(corpus, coverage(sums), other, store)
