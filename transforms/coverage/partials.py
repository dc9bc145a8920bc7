"""Partials: counts of some triplets by concept, type, licence, year and so on, which add up to those of all.

A partial counts some triplets, an article's all together; `total` adds partials up to a partial, so that all rows give
the same counts however they are cut between articles. DuckDB counts. Only the columns in `COLUMNS` are looked at, so
images and embeddings stay on the disk. A figure is a `figure_id`, an article a PMCID whatever its version. Tables come
in a fixed order: the same rows give the same tables.
"""

from collections.abc import Iterable
from itertools import combinations

import pyarrow as pa

from schemas.coverage import COVERAGE
from schemas.tables import conform
from transforms.coverage.database import query
from transforms.coverage.histograms import HISTOGRAMS, Histogram
from transforms.coverage.names import semantic_groups

COLUMNS = (
    "panel_id",
    "width",
    "height",
    "cells",
    "caption",
    "caption_own",
    "language",
    "concepts",
    "modality",
    "provenance",
)

#: Rows of partials that are added up at once: about 1 GB while they are.
ROWS = 1_000_000

#: What is counted by, and where a row says it.
KEYS = {
    "licenses": "license",
    "years": "year",
    "journals": "journal",
    "languages": "language",
    "modalities": "modality",
    "modality_tops": "modality_top",
    "splits": "split",
    "methods": "caption_method",
    "grains": "grain",
}

#: What is crossed with each other: a name, and where a row says it. A triplet has as many groups as its concepts have.
CROSSED = {
    "modality": "modality_top",
    "group": "semantic_group",
    "year": "year",
    "license": "license",
    "split": "split",
    "language": "language",
}

#: The triplets with what the counts need of their provenance. A panel of more than one cell is one of a grid.
_ROWS = """
    CREATE TEMP TABLE counted AS
    SELECT panel_id, width, height, caption, caption_own, language, concepts, modality, '{split}' AS split,
           split_part(modality, '/', 1) AS modality_top, provenance.pmcid AS pmcid, provenance.figure_id AS figure_id,
           provenance.license AS license, provenance.license_article AS license_article,
           provenance.license_source AS license_source, provenance.license_jats AS license_jats,
           provenance.year AS year, provenance.journal AS journal, provenance.caption_method AS caption_method,
           provenance.detector_score AS detector_score,
           CASE WHEN contains(provenance.detector, '/whole:')
                THEN 'whole: ' || split_part(provenance.detector, '/whole:', 2)
                WHEN starts_with(provenance.detector, 'whole-') THEN 'whole'
                WHEN regexp_matches(panel_id, 'c[0-9]+$') THEN 'cell'
                WHEN len(cells) > 1 THEN 'panel of a grid'
                ELSE 'panel' END AS grain,
           len(provenance.letters_without_panel) + len(provenance.letters_without_text) AS letters_apart,
           coalesce(len(list_distinct([concept.cui FOR concept IN concepts])), 0) AS distinct_concepts,
           count(*) OVER (PARTITION BY provenance.figure_id, caption) AS rows_a_text
    FROM triplets
"""

#: A row for each mention of a concept; for each semantic type of it; for each triplet and group of its concepts.
_UNNESTED = [
    """
    CREATE TEMP TABLE mentions AS
    SELECT counted.* EXCLUDE (concepts, caption, caption_own), unnest(concepts) AS concept FROM counted
    """,
    """
    CREATE TEMP TABLE typed AS
    SELECT *, concept.cui AS cui,
           unnest(CASE WHEN len(concept.semantic_types) = 0 THEN [NULL] ELSE concept.semantic_types END) AS tui
    FROM (SELECT *, row_number() OVER () AS mention FROM mentions)
    """,
    "CREATE TEMP TABLE grouped AS SELECT typed.*, semantic_group FROM typed LEFT JOIN semantic_groups USING (tui)",
]

#: The counts of any table, and what stands in a partial for those that a table does not have.
_COUNTED = "count(*) AS triplets, count(DISTINCT figure_id) AS figures, count(DISTINCT pmcid) AS articles"
_MENTIONED = "count(DISTINCT panel_id), count(DISTINCT figure_id), count(DISTINCT pmcid)"
_ONLY_TRIPLETS = "0 AS figures, 0 AS articles, 0 AS mentions, 0 AS negated, 0 AS uncertain"
_NO_CONCEPT = "NULL AS name, NULL::VARCHAR[] AS semantic_types"


def _by(table: str, key: str) -> str:
    return f"""
        SELECT '{table}' AS "table", {key}::VARCHAR AS key, NULL AS other, {_NO_CONCEPT}, {_COUNTED}, 0 AS mentions,
               0 AS negated, 0 AS uncertain
        FROM counted GROUP BY {key}
    """


def _those(key: str, condition: str, mentions: str = "0") -> str:
    return f"""
        SELECT 'totals', '{key}', NULL, {_NO_CONCEPT}, {_COUNTED}, {mentions}, 0, 0 FROM counted WHERE {condition}
        HAVING count(*) > 0
    """


def _cross(one: str, other: str) -> str:
    """Triplets by two keys."""
    keys = f"{CROSSED[one]}::VARCHAR AS key, {CROSSED[other]}::VARCHAR AS other"
    rows, counted = ("grouped", "count(DISTINCT panel_id)") if "group" in (one, other) else ("counted", "count(*)")
    return f"""
        SELECT 'cross_{one}_{other}', {keys}, {_NO_CONCEPT}, {counted}, {_ONLY_TRIPLETS} FROM {rows} GROUP BY ALL
    """


def _histogram(histogram: Histogram) -> str:
    """Triplets or mentions by the number of their bin."""
    if histogram.of_mentions:
        rows, counts = "mentions", "0, 0, 0, count(*), 0, 0"
    else:
        rows, counts = "counted", f"count(*), {_ONLY_TRIPLETS}"
    return f"""
        SELECT 'histogram_{histogram.id}', ({histogram.bin})::VARCHAR AS key, NULL, {_NO_CONCEPT}, {counts}
        FROM {rows} WHERE ({histogram.value}) IS NOT NULL GROUP BY key
    """


_PARTIAL = " UNION ALL ".join(
    [
        *(_by(table, key) for table, key in KEYS.items()),
        _those("all", "true", "coalesce(sum(len(concepts)), 0)"),
        _those("with_concept", "len(concepts) > 0"),
        _those("with_modality", "modality IS NOT NULL"),
        _those("license_clear", "license IS NOT NULL AND coalesce(license_source = license_jats, true)"),
        _those("license_own", "license IS DISTINCT FROM license_article"),
        _those("letters_apart", "letters_apart > 0"),
        f"""
        SELECT 'concepts', concept.cui, NULL, min(concept.name), min(concept.semantic_types), {_MENTIONED},
               count(*), count(*) FILTER (concept.negated), count(*) FILTER (concept.uncertain)
        FROM mentions GROUP BY concept.cui
        """,
        f"SELECT 'semantic_types', tui, NULL, {_NO_CONCEPT}, {_MENTIONED}, count(*), 0, 0 FROM typed GROUP BY tui",
        f"""
        SELECT 'semantic_groups', semantic_group, NULL, {_NO_CONCEPT}, {_MENTIONED}, count(DISTINCT mention), 0, 0
        FROM grouped GROUP BY semantic_group
        """,
        f"SELECT DISTINCT 'typed_concepts', tui, cui, {_NO_CONCEPT}, 0, {_ONLY_TRIPLETS} FROM typed",
        *(_cross(one, other) for one, other in combinations(CROSSED, 2)),
        *map(_histogram, HISTOGRAMS),
    ]
)

_TOTAL = """
    SELECT "table", key, other, min(name) AS name, min(semantic_types) AS semantic_types,
           sum(triplets)::BIGINT AS triplets, sum(figures)::BIGINT AS figures, sum(articles)::BIGINT AS articles,
           sum(mentions)::BIGINT AS mentions, sum(negated)::BIGINT AS negated, sum(uncertain)::BIGINT AS uncertain
    FROM partials GROUP BY "table", key, other
"""


def partial(triplets: pa.Table, split: str) -> pa.Table:
    """What `triplets` of a split cover, in COVERAGE. All rows of their articles are among them."""
    # DuckDB binds every column it is shown, and knows no float16: it is shown only those that are counted.
    tables = {"triplets": triplets.select(COLUMNS), "semantic_groups": semantic_groups()}
    counted = query(_PARTIAL, tables, [_ROWS.format(split=split), *_UNNESTED])
    return _sorted(conform(counted, COVERAGE))


def total(partials: Iterable[pa.Table]) -> pa.Table:
    """The sum of partials of different articles, in COVERAGE; no more rows are held than ROWS, or twice the sum."""
    held, count, summed = [COVERAGE.empty_table()], 0, 0
    for table in partials:
        held.append(table)
        count += len(table)
        if count >= max(ROWS, summed):
            held = [_add(held)]
            count, summed = 0, len(held[0])
    return _sorted(_add(held))


def _add(partials: list[pa.Table]) -> pa.Table:
    return conform(query(_TOTAL, {"partials": pa.concat_tables(partials)}), COVERAGE)


def _sorted(table: pa.Table) -> pa.Table:
    order = [(name, "ascending") for name in ("table", "key", "other")]
    return table.sort_by(order).combine_chunks()
