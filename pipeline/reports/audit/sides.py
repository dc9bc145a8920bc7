"""The two sides of a comparison: an output, and another output or a file of MedConcept-23M's published records.

Of each the sums are compared (transforms/coverage/compare.py), and the rows by the figures and articles that they are
of. An output keeps its sums; of one of another version, or of a dataset by itself, the rows are counted. A figure is
known by the number of its article and the name of its graphic, which both kinds of source state.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.run_record import PATH
from pipeline.phases.corpus import Corpus, open_corpus, shard_receipts
from pipeline.phases.documents import total_coverage
from pipeline.phases.publish import DATA, FOLDER
from pipeline.reports.published import published_files, read_published
from pipeline.storage.parquet import Fault, load_batches, read_schema
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.coverage import COVERAGE
from schemas.errors import UserError
from schemas.tables import conform, regroup
from schemas.triplets import TRIPLETS, triplets
from transforms.coverage.partials import COLUMNS, partial, total

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


def take_other(store: Store, side: str, rows: duckdb.DuckDBPyConnection) -> pa.Table:
    """Take in the rows of an output of any version, or of a dataset by itself, as the table `side`.

    Returns their sums, in COVERAGE. Raises UserError or Damaged.
    """
    if _keeps_sums(store):
        return take_corpus(open_corpus(store), side, rows)
    rows.execute(_TABLE.format(side=side))
    return total(_partials(store, side, rows))


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
        _insert(batch.flatten().rename_columns(["concepts", "pmcid", "graphic"]), side, rows)
    return total_coverage(corpus)


def _keeps_sums(store: Store) -> bool:
    """Whether an output holds sums that this version wrote, of rows in its schema."""
    if store.size(PATH) is None:
        return False
    first = ((DATA, TRIPLETS), (FOLDER, COVERAGE))
    files = [(path, schema) for folder, schema in first for path in _parquet(store, folder)[:1]]
    return all(_states(store, path, schema) for path, schema in files)


def _parquet(store: Store, folder: str) -> list[str]:
    return [path for path in store.listing(folder) if path.endswith(".parquet")]


def _states(store: Store, path: str, schema: pa.Schema) -> bool:
    found = read_schema(store, path)
    return not isinstance(found, Fault) and found.names == schema.names and found.metadata == schema.metadata


def _partials(store: Store, side: str, rows: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """The coverage partials of published rows, which are taken in on the way."""
    for split, paths in published_files(store).items():
        read = (table for path in paths for table in read_published(store, path, COLUMNS, ROWS))
        for batch in _whole_articles(regroup(read, ROWS)):
            provenance = batch["provenance"].combine_chunks()
            columns = [batch["concepts"], provenance.field("pmcid"), provenance.field("graphic")]
            _insert(pa.table(columns, names=["concepts", "pmcid", "graphic"]), side, rows)
            yield partial(batch, split)


def _whole_articles(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows, cut where articles end: those of versions 1 and 2 may go on in the next file."""
    held: list[pa.Table] = []
    for table in tables:
        whole = pa.concat_tables([*held, table])
        articles = whole["provenance"].combine_chunks().field("pmcid")
        end = pc.index(articles, articles[-1]).as_py()
        if end:
            yield whole.slice(0, end)
        held = [whole.slice(end)]
    yield from held


def _insert(batch: pa.Table, side: str, rows: duckdb.DuckDBPyConnection) -> None:
    rows.register("batch", batch)
    rows.execute(_OF_TRIPLETS.format(side=side))
    rows.unregister("batch")


def take_records(file: Path, side: str, rows: duckdb.DuckDBPyConnection) -> pa.Table:
    """Take in published records as the table `side`; returns their sums, in COVERAGE. Raises UserError."""
    rows.execute(_TABLE.format(side=side))
    try:
        rows.execute(_OF_RECORDS.format(side=side), [str(file)])
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise UserError(f"{file}: no records can be read: {str(error).splitlines()[0]}") from None
    return conform(rows.sql(_SUMS.format(side=side)).to_arrow_table(), COVERAGE)
