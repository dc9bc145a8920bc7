"""What a lock says of coverage, and how the coverage of a rebuild differs from it."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.phases.corpus import Corpus
from pipeline.phases.documents import total_coverage
from pipeline.resources.vocabularies import load_vocabulary
from schemas.locks import LOCKED_COVERAGE, SINCE_COVERAGE

CONCEPTS, LICENSES, TABLES = "concepts", "licenses", ["concepts", "licenses", "modalities"]

#: Concepts that are told of those lost and of those new.
SHOWN = 5


def locked_coverage(corpus: Corpus) -> pa.Table:
    """The table LOCKED_COVERAGE of a corpus; raises UserError or Damaged."""
    sums = total_coverage(corpus)
    mine = sums.filter(pc.is_in(sums["table"], value_set=pa.array(TABLES)))
    return mine.select(LOCKED_COVERAGE.names).cast(LOCKED_COVERAGE)


def compare_coverage(locked: pa.Table, rebuilt: pa.Table) -> pa.Table:
    """SINCE_COVERAGE for every row of both tables LOCKED_COVERAGE, those that did not change too."""
    both = [
        table.append_column("locked", pc.multiply(table["triplets"], sign))
        .append_column("rebuilt", pc.multiply(table["triplets"], 1 - sign))
        .drop_columns("triplets")
        for table, sign in ((locked, 1), (rebuilt, 0))
    ]
    summed = pa.concat_tables(both).group_by(["table", "key"]).aggregate([("locked", "sum"), ("rebuilt", "sum")])
    ordered = summed.sort_by([("table", "ascending"), ("key", "ascending")])
    return ordered.rename_columns(SINCE_COVERAGE.names).cast(SINCE_COVERAGE)


def describe_coverage(corpus: Corpus, compared: pa.Table) -> Iterator[tuple[int, int, str]]:
    """What changed in the triplets by licence and in the concepts: a count then, the count now, what it counts."""
    for row in compared.filter(pc.equal(compared["table"], LICENSES)).to_pylist():
        if row["locked"] != row["rebuilt"]:
            yield row["locked"], row["rebuilt"], f"triplets under {row['key'] or 'a licence that is not stated'}"
    concepts = compared.filter(pc.equal(compared["table"], CONCEPTS))
    lost, new = (concepts.filter(pc.equal(concepts[column], 0)) for column in ("rebuilt", "locked"))
    if len(lost) or len(new):
        kinds = (lost, "locked", "lost"), (new, "rebuilt", "new")
        told = "; ".join(_named(corpus, *each) for each in kinds if len(each[0]))
        yield len(concepts) - len(new), len(concepts) - len(lost), f"concepts; {told}"


def _named(corpus: Corpus, concepts: pa.Table, column: str, kind: str) -> str:
    """How many concepts are lost or new, and those with the most triplets by their names."""
    lexicon = load_vocabulary(corpus.store, corpus.run.vocabulary)
    first = concepts.sort_by([(column, "descending"), ("key", "ascending")])[:SHOWN].to_pylist()
    names = []
    for row in first:
        found = lexicon.concept_of(row["key"])
        names.append(f"{row['key']} {lexicon.preferred(found)}" if found is not None else row["key"])
    more = f" and {len(concepts) - SHOWN:,} more" if len(concepts) > SHOWN else ""
    return f"{len(concepts):,} {kind}: {', '.join(names)}{more}"
