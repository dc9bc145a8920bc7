"""Drift: what an output covers beside another, or beside MedConcept-23M's published records."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.phases.corpus import Corpus
from pipeline.reports.audit.data import Writer, columns, write_data
from pipeline.reports.audit.rows import MEMORY
from pipeline.reports.audit.sides import HERE, THERE, take_corpus, take_other, take_records
from pipeline.storage.store import open_store
from transforms.coverage.compare import NOTE, compare, key_name
from transforms.coverage.database import database
from transforms.coverage.tables import NOT_STATED, headline

#: Rows of a table at most, and concepts: the largest changes.
KEYS, CONCEPTS = 500, 20_000

#: What is compared by a key: the name for the page, its title, the table of the sums.
BY = (
    ("modality", "Modalities", "modalities"),
    ("type", "Semantic types", "semantic_types"),
    ("group", "Groups of semantic types", "semantic_groups"),
    ("license", "Licences", "licenses"),
    ("year", "Years", "years"),
    ("journal", "Journals", "journals"),
    ("language", "Languages", "languages"),
)

_RECORDS = "There, a record is a figure with its concepts; here, a figure may be several triplets."

#: Triplets of each article; those without a change are not told.
_ARTICLES = f"""
    SELECT coalesce(one.article, other.article) AS key, NULL::VARCHAR AS name, coalesce(one.count, 0) AS here,
           coalesce(other.count, 0) AS there, NULL::DOUBLE AS p
    FROM (SELECT article, count(*) AS count FROM {HERE} GROUP BY article) AS one
    FULL JOIN (SELECT article, count(*) AS count FROM {THERE} GROUP BY article) AS other USING (article)
    WHERE one.count IS DISTINCT FROM other.count
"""

_FIGURES = f"""
    SELECT count(*) FILTER (here), count(*) FILTER (there), count(*) FILTER (here AND there) FROM (
        SELECT bool_or(here) AS here, bool_or(NOT here) AS there
        FROM (SELECT figure, true AS here FROM {HERE} UNION ALL SELECT figure, false FROM {THERE}) GROUP BY figure
    )
"""

#: The links of figures that are on both sides: a figure with a concept, once.
_LINKS = f"""
    WITH one AS (SELECT DISTINCT figure, unnest(cuis) AS cui FROM {HERE} SEMI JOIN {THERE} USING (figure)),
    other AS (SELECT DISTINCT figure, unnest(cuis) AS cui FROM {THERE} SEMI JOIN {HERE} USING (figure))
    SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM other),
           (SELECT count(*) FROM one SEMI JOIN other USING (figure, cui))
"""


def write_comparison(corpus: Corpus, other: str, out: Writer) -> dict[str, str]:
    """Write what an output covers beside `other`, an output, a dataset or a JSONL file; returns what the page tells.

    Raises UserError or Damaged.
    """
    records = other.endswith((".jsonl", ".jsonl.gz"))
    with TemporaryDirectory(prefix="medconcept-compare-") as scratch:
        file, settings = str(Path(scratch) / "rows.db"), {"memory_limit": MEMORY, "temp_directory": scratch}
        with database(file, preserve_insertion_order=False, **settings) as rows:
            here = take_corpus(corpus, HERE, rows)
            there = take_records(Path(other), THERE, rows) if records else take_other(open_store(other), THERE, rows)
            value = {"headline": [*_totals(here, there), *_overlap(rows)], "tables": _tables(here, there, rows)}
    write_data(out, "compare", value)
    concepts = compare("concepts", here, there).slice(0, CONCEPTS)
    names = pc.coalesce(concepts["name"], concepts["key"])  # records state none
    concepts = concepts.set_column(1, "name", names).rename_columns(["cui", *concepts.column_names[1:]])
    write_data(out, "compare_concepts", columns(concepts))
    return {"name": other.rstrip("/").rpartition("/")[2], "note": f"{NOTE} {_RECORDS}" if records else NOTE}


def _totals(here: pa.Table, there: pa.Table) -> list[dict[str, Any]]:
    one, other = headline(here), headline(there)
    labels = {"triplets": "Triplets", "figures": "Figures", "articles": "Articles", "concepts": "Distinct concepts"}
    return [_figure(id, label, one[id], other[id]) for id, label in labels.items()]


def _overlap(rows: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """What of each side is on the other: shares of articles, of figures, of the links of figures on both."""
    [(one, other, both)] = rows.execute(_FIGURES).fetchall()
    [(links_one, links_other, links_both)] = rows.execute(_LINKS).fetchall()
    [(only_here, only_there)] = rows.execute(
        f"SELECT count(*) FILTER (there = 0), count(*) FILTER (here = 0) FROM ({_ARTICLES})"
    ).fetchall()
    return [
        _figure("only", "Articles that the other lacks", only_here, only_there),
        _figure("shared_figures", "Figures that the other has", both / max(one, 1), both / max(other, 1), "share"),
        _figure(
            "shared_links",
            "Of shared figures, concepts that the other links",
            links_both / links_one if links_one else None,
            links_both / links_other if links_other else None,
            "share",
        ),
    ]


def _figure(id: str, label: str, here: float | None, there: float | None, unit: str = "") -> dict[str, Any]:
    return {"id": id, "label": label, "here": here, "there": there, "unit": unit}


def _tables(here: pa.Table, there: pa.Table, rows: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The tables by a key, where both sides have one, and that of articles."""
    tables = []
    for id, title, table in BY:
        compared = compare(table, here, there)
        keys = compared["key"].to_pylist()
        names = [key_name(table, key) or key or NOT_STATED for key in keys]
        if any(compared["here"].to_pylist()) and any(compared["there"].to_pylist()):
            named = compared.set_column(1, "name", pa.array(names, pa.string())).slice(0, KEYS)
            tables.append({"id": id, "title": title, **columns(named)})
    largest = f"{_ARTICLES} ORDER BY abs(here - there) DESC, key LIMIT {KEYS}"
    articles = rows.sql(f"SELECT key, key AS name, here, there, p FROM ({largest})").to_arrow_table()
    return [*tables, {"id": "article", "title": "Articles with other triplets", **columns(articles)}]
