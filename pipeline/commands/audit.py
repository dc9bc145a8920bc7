"""The audit of an output, whole: what its receipts add up to, and what is read of its rows."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.phases.corpus import Corpus
from pipeline.phases.documents import page_data, total_coverage, write_report
from pipeline.reports.audit.data import Staged, data_path, write_data
from pipeline.reports.audit.details import write_details
from pipeline.storage.store import Store
from transforms.coverage.tables import coverage


def write_audit(corpus: Corpus, other: str | None = None) -> Iterator[str]:
    """Write the audit of a corpus anew, and tell its headline figures in lines.

    It is compared with `other`, an output or a JSONL file of published records, if that is given. The audit that stood
    there stays until all of the new one is made. Raises UserError or Damaged.
    """
    with TemporaryDirectory(prefix="medconcept-audit-") as scratch:
        staged, sums = Staged(Path(scratch)), total_coverage(corpus)
        lines = list(write_report(corpus, sums, staged))
        write_details(corpus, coverage(sums), other, staged)
        _replace(corpus.store, staged)
    yield from lines


def _replace(store: Store, staged: Staged) -> None:
    """Put the new audit in the place of the old; a page that is opened meanwhile shows no details."""
    write_data(store, "details", None)
    store.delete_all([path for path in page_data(store) if path not in staged.paths])
    staged.publish(store, last=data_path("details"))
