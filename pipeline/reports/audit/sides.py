"""The two sides of a comparison: an output, and another output or a file of MedConcept-23M's published records.

Of each the sums are compared (transforms/coverage/compare.py), and the rows by the figures and articles that they are
of. An output keeps its sums; of one of another version, or of a dataset by itself, the rows are counted. A figure is
known by the number of its article and the name of its graphic, which both kinds of source state. Beside records, which
are figures, an output is compared by its figures.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.places import scheme
from pipeline.config.run_record import PATH
from pipeline.phases.corpus import Corpus, open_corpus, shard_receipts
from pipeline.phases.documents import total_coverage
from pipeline.phases.publish import DATA, FOLDER
from pipeline.reports.audit.recipes import recipe_name
from pipeline.reports.published import published_files, read_published
from pipeline.storage.parquet import Fault, load_batches, read_schema
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store, open_store
from schemas.coverage import COVERAGE
from schemas.errors import UserError
from schemas.tables import conform, regroup
from schemas.triplets import TRIPLETS, triplets
from transforms.coverage.partials import COLUMNS, partial, total
from transforms.jats.graphics import OTHER, RASTER

HERE, THERE = "here", "there"

#: What is read of a triplet.
_SOURCE = ("pmcid", "version", "graphic", "license")
_ROW = ("panel_id", "sha256", "caption")
_COLUMNS = [*_ROW, "concepts.list.element.cui", *(f"provenance.{name}" for name in _SOURCE)]

#: Rows that are taken in at once.
ROWS = 100_000

#: `content` digests what a row says; the rows of an article are the same where their sum is.
_TABLE = "CREATE TABLE {side} (article VARCHAR, version INTEGER, figure VARCHAR, cuis VARCHAR[], content UBIGINT)"

#: The name of a graphic wherever it lies and whatever its format: `g1` of https://a.org/x/G1.jpg?download.
_NAME = rf"""
    CREATE OR REPLACE MACRO graphic_name(href) AS nfc_normalize(lower(regexp_replace(
        regexp_extract(rtrim(replace(trim(url_decode(
            CASE WHEN contains(href, '://') THEN regexp_extract(href, '^[^?#]*') ELSE href END
        )), '\', '/'), '/'), '[^/]*$'), '(?i)(.)\.({"|".join(sorted((*RASTER, *OTHER)))})$', '\1'
    )))
"""

_OF_TRIPLETS = """
    INSERT INTO {side}
    SELECT pmcid, version, pmcid || '/' || graphic_name(graphic), cuis, hash(panel_id, sha256, caption, license, cuis)
    FROM (SELECT *, [each.cui FOR each IN concepts] AS cuis FROM batch)
"""

_OF_RECORDS = r"""
    INSERT INTO {side}
    SELECT article, NULL, article || '/' || graphic_name(coalesce(graphic_ref, href, image)),
           coalesce([each.umls_cui FOR each IN umls_meta_info], []), NULL
    FROM (
        SELECT *, 'PMC' || coalesce(nullif(regexp_extract(pmc, '^\s*(?:PMC)?(\d+)', 1, 'i'), ''),
                                    nullif(regexp_extract(image, '(?:^|/)PMC(\d+)(?:[./]|$)', 1), '')) AS article
        FROM read_json(?, format = 'newline_delimited', columns = {{
            pmc: 'VARCHAR', graphic_ref: 'VARCHAR', href: 'VARCHAR', image: 'VARCHAR',
            umls_meta_info: 'STRUCT(umls_cui VARCHAR)[]'
        }})
    )
"""

#: A side by its figures: each once, with all its concepts.
_BY_FIGURE = """
    CREATE OR REPLACE TABLE {side} AS
    SELECT article, NULL::INTEGER AS version, figure, cuis, hash(figure, cuis) AS content
    FROM (SELECT article, figure, list_sort(list_distinct(flatten(list(cuis)))) AS cuis
          FROM {side} GROUP BY article, figure)
"""

_COUNTS = "count(*) AS triplets, count(DISTINCT figure) AS figures, count(DISTINCT article) AS articles"
_REST = "0 AS mentions, 0 AS negated, 0 AS uncertain"

#: The sums of figures, which have neither types nor licences.
_SUMS = f"""
    SELECT 'totals' AS "table", 'all' AS key, NULL::VARCHAR AS name, {_COUNTS}, {_REST} FROM {{side}}
    UNION ALL
    SELECT 'concepts', cui, min(names.name), {_COUNTS}, {_REST}
    FROM (SELECT article, figure, unnest(list_distinct(cuis)) AS cui FROM {{side}})
    LEFT JOIN names ON names.key = cui GROUP BY cui
"""


@dataclass(frozen=True)
class Side:
    """A side: its sums, in COVERAGE, and where it comes from. What is not known of that is None."""

    sums: pa.Table
    kind: str
    recipe: str | None = None
    vocabulary: str | None = None
    inventory: str | None = None
    pipeline: str | None = None

    def told(self, name: str) -> dict[str, str | None]:
        """What the page tells of it under a name."""
        of_run = {each: getattr(self, each) for each in ("recipe", "vocabulary", "inventory", "pipeline")}
        return {"name": name, "kind": self.kind, **of_run}


def is_records(other: str) -> bool:
    """Whether a place is a file of published records."""
    return other.endswith((".jsonl", ".jsonl.gz"))


def take_other(store: Store, side: str, rows: duckdb.DuckDBPyConnection) -> Side:
    """Take in the rows of an output of any version, or of a dataset by itself, as the table `side`.

    Raises UserError or Damaged.
    """
    if _keeps_sums(store):
        return take_corpus(open_corpus(store), side, rows)
    _create(side, rows)
    vocabularies: set[str] = set()
    sums = total(_partials(store, side, rows, vocabularies))
    return Side(sums, "dataset", vocabulary=", ".join(sorted(vocabularies)) or None)


def take_corpus(corpus: Corpus, side: str, rows: duckdb.DuckDBPyConnection) -> Side:
    """Take in the rows of an output as the table `side`. Raises UserError or Damaged."""
    _create(side, rows)
    run, schema = corpus.run, triplets(corpus.run.dimension)
    read = (
        table
        for receipt in shard_receipts(corpus).values()
        for table in load_batches(corpus.store, file_path(receipt, "parquet"), schema, _COLUMNS, ROWS)
    )
    for batch in regroup(read, ROWS):
        _insert(batch, side, rows)
    told = recipe_name(run.config.recipe), run.vocabulary, run.snapshot.id, run.versions["medconcept"]
    return Side(total_coverage(corpus), "output", *told)


def take_records(other: str, side: str, scratch: Path, rows: duckdb.DuckDBPyConnection) -> Side:
    """Take in published records as the table `side`, by their figures; `scratch` holds them if they lie elsewhere.

    Raises UserError. Their sums have no names of concepts.
    """
    _create(side, rows)
    try:
        rows.execute(_OF_RECORDS.format(side=side), [str(_at_hand(other, scratch))])
    except (duckdb.IOException, duckdb.InvalidInputException, FileNotFoundError) as error:
        raise UserError(f"{other}: no records can be read: {str(error).splitlines()[0]}") from None
    [(named,)] = rows.execute(f"SELECT count(article) FROM {side}").fetchall()
    if not named:
        raise UserError(f"{other}: no record names an article")
    return by_figure(Side(COVERAGE.empty_table(), "records"), side, rows)


def by_figure(whole: Side, side: str, rows: duckdb.DuckDBPyConnection) -> Side:
    """A side whose rows are the table `side`, by its figures: that table and the sums count each figure once."""
    rows.execute(_BY_FIGURE.format(side=side))
    concepts = whole.sums.filter(pc.equal(whole.sums["table"], "concepts")).select(["key", "name"])
    rows.register("names", concepts)
    sums = conform(rows.sql(_SUMS.format(side=side)).to_arrow_table(), COVERAGE)
    rows.unregister("names")
    return Side(sums, whole.kind, whole.recipe, whole.vocabulary, whole.inventory, whole.pipeline)


def _at_hand(other: str, scratch: Path) -> Path:
    """A file on the local disk; one of a bucket is fetched."""
    if not scheme(other):
        return Path(other)
    folder, _, name = other.rpartition("/")
    place = scratch / name
    with open_store(folder).open(name) as source, place.open("wb") as file:
        shutil.copyfileobj(source, file)
    return place


def _create(side: str, rows: duckdb.DuckDBPyConnection) -> None:
    rows.execute(_NAME)
    rows.execute(_TABLE.format(side=side))


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


def _partials(store: Store, side: str, rows: duckdb.DuckDBPyConnection, vocabularies: set[str]) -> Iterator[pa.Table]:
    """The coverage partials of published rows, which are taken in on the way; notes what vocabularies they state."""
    columns = list(dict.fromkeys([*COLUMNS, *_ROW]))
    for split, paths in published_files(store).items():
        read = (table for path in paths for table in read_published(store, path, columns, ROWS))
        for batch in _whole_articles(regroup(read, ROWS)):
            _insert(batch, side, rows)
            stated = pc.unique(pc.struct_field(batch["provenance"], "vocabulary"))
            vocabularies.update(filter(None, stated.to_pylist()))
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
    source = {name: pc.struct_field(batch["provenance"], name) for name in _SOURCE}
    rows.register("batch", pa.table({name: batch[name] for name in (*_ROW, "concepts")} | source))
    rows.execute(_OF_TRIPLETS.format(side=side))
    rows.unregister("batch")
