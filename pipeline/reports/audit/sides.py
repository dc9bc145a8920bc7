"""The two sides of a comparison: an output, and another output or a file of MedConcept-23M's published records.

Of each the sums are compared (transforms/coverage/compare.py), and the rows by the figures and articles that they are
of. A figure is known by the number of its article and the name of its graphic, which both kinds of source state.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.phases.corpus import Corpus, shard_receipts
from pipeline.phases.documents import total_coverage
from pipeline.storage.parquet import load_batches
from pipeline.storage.receipts import file_path
from schemas.coverage import COVERAGE
from schemas.errors import UserError
from schemas.tables import conform, regroup
from schemas.triplets import triplets

HERE, THERE = "here", "there"

#: What is read of a triplet.
_COLUMNS = ["concepts.list.element.cui", "provenance.pmcid", "provenance.graphic"]

#: Rows that are taken in at once.
ROWS = 100_000

_TABLE = "CREATE TABLE {side} (article VARCHAR, figure VARCHAR, cuis VARCHAR[])"

_OF_TRIPLETS = r"""
    INSERT INTO {side}
    SELECT pmcid, pmcid || '/' || regexp_replace(graphic, '\.[A-Za-z]{{3,4}}$', ''), [each.cui FOR each IN concepts]
    FROM batch
"""

_OF_RECORDS = r"""
    INSERT INTO {side}
    SELECT 'PMC' || pmc, 'PMC' || pmc || '/' || regexp_replace(graphic_ref, '\.[A-Za-z]{{3,4}}$', ''),
           coalesce([each.umls_cui FOR each IN umls_meta_info], [])
    FROM read_json(?, format = 'newline_delimited', columns = {{
        pmc: 'VARCHAR', graphic_ref: 'VARCHAR', umls_meta_info: 'STRUCT(umls_cui VARCHAR)[]'
    }})
"""

_COUNTS = "count(*) AS triplets, count(DISTINCT figure) AS figures, count(DISTINCT article) AS articles"
_REST = "0 AS mentions, 0 AS negated, 0 AS uncertain"

#: The sums of records, which state neither types nor licences.
_SUMS = f"""
    SELECT 'totals' AS "table", 'all' AS key, {_COUNTS}, {_REST} FROM {{side}}
    UNION ALL
    SELECT 'concepts', cui, {_COUNTS}, {_REST}
    FROM (SELECT article, figure, unnest(list_distinct(cuis)) AS cui FROM {{side}}) GROUP BY cui
"""


def take_corpus(corpus: Corpus, side: str, rows: duckdb.DuckDBPyConnection) -> pa.Table:
    """Take in the rows of an output as the table `side`; returns its sums, in COVERAGE. Raises UserError or Damaged."""
    rows.execute(_TABLE.format(side=side))
    schema = triplets(corpus.run.dimension)
    read = (
        table
        for receipt in shard_receipts(corpus).values()
        for table in load_batches(corpus.store, file_path(receipt, "parquet"), schema, _COLUMNS, ROWS)
    )
    for batch in regroup(read, ROWS):
        flat = batch.flatten().rename_columns(["concepts", "pmcid", "graphic"])
        rows.register("batch", flat)
        rows.execute(_OF_TRIPLETS.format(side=side))
        rows.unregister("batch")
    return total_coverage(corpus)


def take_records(file: Path, side: str, rows: duckdb.DuckDBPyConnection) -> pa.Table:
    """Take in published records as the table `side`; returns their sums, in COVERAGE. Raises UserError."""
    rows.execute(_TABLE.format(side=side))
    try:
        rows.execute(_OF_RECORDS.format(side=side), [str(file)])
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise UserError(f"{file}: no records can be read: {str(error).splitlines()[0]}") from None
    return conform(rows.sql(_SUMS.format(side=side)).to_arrow_table(), COVERAGE)
