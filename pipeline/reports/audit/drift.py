"""Drift: what an output covers beside another, or beside MedConcept-23M's published records."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.phases.corpus import Corpus
from pipeline.reports.audit.data import Writer, columns, write_data, write_table
from pipeline.reports.audit.rows import MEMORY
from pipeline.reports.audit.sides import HERE, THERE, Side, by_figure, is_records, take_corpus, take_other, take_records
from pipeline.storage.store import open_store
from transforms.coverage.compare import CHANGES, NOTE, change, compare, key_name
from transforms.coverage.database import database, query
from transforms.coverage.tables import NOT_STATED, headline

#: Rows of a table for the page at most, and concepts, of each kind of change: the largest.
KEYS, CONCEPTS = 500, 10_000

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

_TRIPLETS_COUNTED = "Counts are triplets."
_FIGURES_COUNTED = "Records are figures: both sides are counted in figures, each once with all its concepts."
_OTHER_VOCABULARY = "The vocabularies differ, and with them what can be linked and which concepts have a type."

_ONE = """
    SELECT article, max(version) AS version, count(*) AS count, sum(content::HUGEINT) AS content
    FROM {side} GROUP BY article
"""

#: The rows of each article and its version; articles of equal counts differ where their version or what they say does.
_ARTICLES = f"""
    SELECT coalesce(one.article, other.article) AS key, coalesce(one.count, 0) AS here,
           coalesce(other.count, 0) AS there, NULL::DOUBLE AS p,
           {change("one.content = other.content AND coalesce(one.version = other.version, true)")} AS change,
           one.version AS version_here, other.version AS version_there
    FROM ({_ONE.format(side=HERE)}) AS one FULL JOIN ({_ONE.format(side=THERE)}) AS other USING (article)
    WHERE coalesce(one.article, other.article) IS NOT NULL
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

#: The largest changes of each kind.
_LARGEST = """
    SELECT * FROM found
    QUALIFY row_number() OVER (PARTITION BY change ORDER BY abs(here - there) DESC, key NULLS LAST) <= {most}
    ORDER BY abs(here - there) DESC, key NULLS LAST
"""


def write_comparison(corpus: Corpus, other: str, out: Writer) -> dict[str, Any]:
    """Write what an output covers beside `other`, an output, a dataset or a JSONL file; returns what the page tells.

    Raises UserError or Damaged.
    """
    with TemporaryDirectory(prefix="medconcept-compare-") as scratch:
        file, settings = str(Path(scratch) / "rows.db"), {"memory_limit": MEMORY, "temp_directory": scratch}
        with database(file, preserve_insertion_order=False, **settings) as rows:
            there = (
                take_records(other, THERE, Path(scratch), rows)
                if is_records(other)
                else take_other(open_store(other), THERE, rows)
            )
            here = take_corpus(corpus, HERE, rows)
            if is_records(other):
                here = by_figure(here, HERE, rows)
            compared, not_compared = _compared(here, there, is_records(other))
            articles = rows.sql(_ARTICLES).to_arrow_table()
            figures = [*_totals(here, there, is_records(other)), *_overlap(articles, rows)]
    articles = articles.add_column(1, "name", articles["key"])
    tables = [_table(out, id, title, table) for id, title, table in compared]
    tables.append(_table(out, "article", "Articles that differ", articles, without="same"))
    unit = "figure" if is_records(other) else "triplet"
    write_data(out, "compare", {"unit": unit, "headline": figures, "tables": tables})
    write_data(out, "compare_concepts", _concepts(here, there, out))
    differ = here.vocabulary and there.vocabulary and here.vocabulary != there.vocabulary
    counted = _FIGURES_COUNTED if is_records(other) else _TRIPLETS_COUNTED
    notes = [counted, NOTE, *([_OTHER_VOCABULARY] if differ else [])]
    name = _name(other)
    return {
        "name": name,
        "note": " ".join(notes),
        "sides": {HERE: here.told(_name(corpus.store.uri)), THERE: there.told(name)},
        "not_compared": not_compared,
    }


def _name(place: str) -> str:
    """The last part of a place, with that before where it says what any dataset is called."""
    parts = place.rstrip("/").split("/")
    return "/".join(parts[-2:]) if parts[-1] in ("dataset", "data") else parts[-1]


def _totals(here: Side, there: Side, records: bool) -> list[dict[str, Any]]:
    one, other = headline(here.sums), headline(there.sums)
    labels = {"figures": "Figures", "articles": "Articles", "concepts": "Distinct concepts"}
    shown = labels if records else {"triplets": "Triplets", **labels}
    return [_figure(id, label, one[id], other[id]) for id, label in shown.items()]


def _overlap(articles: pa.Table, rows: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """What of each side is on the other: articles, shares of figures, of the links of figures on both."""
    [(one, other, both)] = rows.execute(_FIGURES).fetchall()
    [(links_one, links_other, links_both)] = rows.execute(_LINKS).fetchall()
    kinds = _kinds(articles)
    return [
        _figure("only", "Articles that the other lacks", kinds["gained"], kinds["lost"]),
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


def _compared(here: Side, there: Side, records: bool) -> tuple[list[tuple[str, str, pa.Table]], list[dict[str, str]]]:
    """The tables by a key with their ids and titles, and which are not compared, for a side states none of the key."""
    found, left_out = [], []
    for id, title, table in BY:
        lacking = [name for name, side in (("here", here), ("there", there)) if not _states(side.sums, table)]
        if lacking:
            why = "records state none" if records else f"no triplet {' or '.join(lacking)} states one"
            left_out.append({"id": id, "title": title, "why": why})
            continue
        compared = compare(table, here.sums, there.sums)
        keys = compared["key"].to_pylist()
        names = [key_name(table, key) or key or NOT_STATED for key in keys]
        found.append((id, title, compared.set_column(1, "name", pa.array(names, pa.string()))))
    return found, left_out


def _states(sums: pa.Table, table: str) -> bool:
    """Whether any row of a table of the sums has a key."""
    return bool(pc.any(pc.and_(pc.equal(sums["table"], table), pc.is_valid(sums["key"]))).as_py())


def _concepts(here: Side, there: Side, out: Writer) -> dict[str, Any]:
    compared = compare("concepts", here.sums, there.sums)
    names = pc.coalesce(compared["name"], compared["key"])  # records state none
    value = _table(out, "concepts", "Concepts", compared.set_column(1, "name", names), CONCEPTS)
    return value | {"columns": {"cui": value["columns"].pop("key"), **value["columns"]}}


def _table(
    out: Writer, id: str, title: str, table: pa.Table, most: int = KEYS, without: str | None = None
) -> dict[str, Any]:
    """Write a table whole, and give what the page shows of it: `most` of each kind of change but `without`."""
    name, found = f"compare_{id}", table
    if without is not None:
        found = table.filter(pc.not_equal(table["change"], without))
    write_table(out, name, found.schema, [found])
    shown = query(_LARGEST.format(most=most), {"found": found})
    return {"id": id, "title": title, "totals": _kinds(table), "whole": f"coverage/{name}.parquet", **columns(shown)}


def _kinds(table: pa.Table) -> dict[str, int]:
    """How many rows changed in which way."""
    counted = {row["values"]: row["counts"] for row in pc.value_counts(table["change"]).to_pylist()}
    return {kind: counted.get(kind, 0) for kind in CHANGES}
