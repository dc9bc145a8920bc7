"""What takes rows of the audit: `medconcept audit` writes it beside what every build writes.

Rows are read here and nowhere else in the audit; one machine reads them, for it holds some columns only (rows.py).
"""

from collections.abc import Mapping
from functools import partial

import pyarrow as pa

from pipeline.phases.corpus import Corpus, shard_receipts
from pipeline.reports.audit.concepts import concept_digits, write_concepts
from pipeline.reports.audit.data import Writer, columns, write_data
from pipeline.reports.audit.drift import write_comparison
from pipeline.reports.audit.duplicates import find_duplicates
from pipeline.reports.audit.members import member_pictures
from pipeline.reports.audit.rejects import find_reject_examples
from pipeline.reports.audit.rows import open_rows
from pipeline.reports.audit.samples import choose_samples, write_samples
from pipeline.reports.audit.uncovered import write_uncovered
from pipeline.resources.vocabularies import load_vocabulary


def write_details(corpus: Corpus, tables: Mapping[str, pa.Table], other: str | None, out: Writer) -> None:
    """Write the details of a corpus, of which `tables` are those of coverage.

    It is compared with `other`, an output or a file of published records, if that is given. Raises UserError or
    Damaged.
    """
    store, run, shards = corpus.store, corpus.run, shard_receipts(corpus)
    compared = other and write_comparison(corpus, other, out)  # first, for `other` may be misspelt
    concepts = tables["concepts"]
    lexicon = load_vocabulary(store, run.vocabulary)
    vocabulary, covered = write_uncovered(lexicon, run.config.recipe.concept_groups, concepts, out)
    write_data(out, "reject_examples", columns(find_reject_examples(store, corpus.units.values())))
    digits = concept_digits(len(concepts))
    with open_rows(store, shards, run.dimension, concepts, digits) as rows:
        samples = choose_samples(rows)
        ids = write_samples(store, shards, run.dimension, samples, out)
        write_concepts(rows, tables["modalities"]["modality"].to_pylist(), ids, out)
        duplicates = find_duplicates(store, rows, tables["splits"], ids, partial(member_pictures, corpus))
        write_data(out, "duplicates", duplicates)
    details = {
        "compare": compared,
        "vocabulary": vocabulary,
        "covered": covered / max(vocabulary, 1),
        "hex": digits,
        "samples": len(samples),
    }
    write_data(out, "details", details)
