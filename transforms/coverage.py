"""What triplets cover: counts by concept, semantic type, licence, year, journal, language and modality, in partials.

A partial counts some triplets, an article's all together; `total` adds partials up to a partial, so that all rows give
the same counts however they are cut between articles. DuckDB counts. Only the columns in `COLUMNS` are looked at, so
images and embeddings stay on the disk. A figure is a `figure_id`, an article a PMCID whatever its version. Tables come
in a fixed order: the same rows give the same tables.
"""

from collections.abc import Iterable
from importlib.resources import files

import duckdb
import pyarrow as pa

from schemas.coverage import COVERAGE
from schemas.tables import conform

COLUMNS = ("panel_id", "concepts", "language", "modality", "provenance")
NOT_STATED = "not stated"

#: Rows of partials that are added up at once: about 1 GB while they are.
ROWS = 1_000_000

#: The triplets with what the counts need of their provenance.
_ROWS = """
    SELECT panel_id, concepts, language, modality, provenance.pmcid AS pmcid, provenance.figure_id AS figure_id,
           provenance.license AS license, provenance.license_article AS license_article,
           provenance.license_source AS license_source, provenance.license_jats AS license_jats,
           provenance.year AS year, provenance.journal AS journal,
           len(provenance.letters_without_panel) + len(provenance.letters_without_text) AS letters_apart
    FROM triplets
"""

#: A row for each mention of a concept, and for each semantic type of it.
_MENTIONS = "SELECT panel_id, provenance.pmcid AS pmcid, unnest(concepts) AS concept FROM triplets"
_TYPED = f"""
    SELECT panel_id, pmcid, concept.cui AS cui,
           unnest(CASE WHEN len(concept.semantic_types) = 0 THEN [NULL] ELSE concept.semantic_types END) AS tui
    FROM ({_MENTIONS})
"""

#: The counts of any table, and what stands in a partial for those that a table does not have.
_COUNTED = "count(*) AS triplets, count(DISTINCT figure_id) AS figures, count(DISTINCT pmcid) AS articles"
_MENTIONED = "count(DISTINCT panel_id) AS triplets, 0 AS figures, count(DISTINCT pmcid) AS articles"
_NO_CONCEPT = "NULL AS cui, NULL AS name, NULL AS semantic_types"


def _by(table: str, key: str) -> str:
    return f"""
        SELECT '{table}' AS "table", {key}::VARCHAR AS key, {_NO_CONCEPT}, {_COUNTED}, 0 AS mentions, 0 AS negated
        FROM ({_ROWS}) GROUP BY {key}
    """


def _those(key: str, condition: str, mentions: str = "0") -> str:
    return f"""
        SELECT 'totals', '{key}', {_NO_CONCEPT}, {_COUNTED}, {mentions}, 0 FROM ({_ROWS}) WHERE {condition}
        HAVING count(*) > 0
    """


_PARTIAL = " UNION ALL ".join(
    [
        _by("licenses", "license"),
        _by("years", "year"),
        _by("journals", "journal"),
        _by("languages", "language"),
        _by("modalities", "modality"),
        _by("modality_tops", "split_part(modality, '/', 1)"),
        _those("all", "true", "coalesce(sum(len(concepts)), 0)"),
        _those("with_concept", "len(concepts) > 0"),
        _those("with_modality", "modality IS NOT NULL"),
        _those("license_clear", "license IS NOT NULL AND coalesce(license_source = license_jats, true)"),
        _those("license_own", "license IS DISTINCT FROM license_article"),
        _those("letters_apart", "letters_apart > 0"),
        f"""
        SELECT 'concepts', concept.cui, NULL, min(concept.name), min(concept.semantic_types), {_MENTIONED},
               count(*), count(*) FILTER (concept.negated)
        FROM ({_MENTIONS}) GROUP BY concept.cui
        """,
        f"SELECT 'semantic_types', tui, {_NO_CONCEPT}, {_MENTIONED}, count(*), 0 FROM ({_TYPED}) GROUP BY tui",
        f"SELECT DISTINCT 'typed_concepts', tui, cui, NULL, NULL, 0, 0, 0, 0, 0 FROM ({_TYPED})",
    ]
)

_TOTAL = """
    SELECT "table", key, cui, min(name) AS name, min(semantic_types) AS semantic_types,
           sum(triplets)::BIGINT AS triplets, sum(figures)::BIGINT AS figures, sum(articles)::BIGINT AS articles,
           sum(mentions)::BIGINT AS mentions, sum(negated)::BIGINT AS negated
    FROM partials GROUP BY "table", key, cui
"""

_CONCEPTS = """
    SELECT key AS cui, name, semantic_types, triplets, articles, mentions, negated
    FROM sums WHERE "table" = 'concepts' ORDER BY triplets DESC, mentions DESC, cui
"""

_SEMANTIC_TYPES = f"""
    SELECT counted.key AS tui, coalesce(types.name, counted.key, '{NOT_STATED}') AS name,
           concepts, triplets, articles, mentions
    FROM sums AS counted
    JOIN (SELECT key, count(*) AS concepts FROM sums WHERE "table" = 'typed_concepts' GROUP BY key) AS typed
        ON counted.key IS NOT DISTINCT FROM typed.key
    LEFT JOIN types ON types.tui = counted.key
    WHERE "table" = 'semantic_types' ORDER BY triplets DESC, mentions DESC, tui NULLS LAST
"""


def _column(table: str, key: str, order: str) -> str:
    return f"""
        SELECT {key}, triplets, figures, articles FROM sums WHERE "table" = '{table}' ORDER BY {order} NULLS LAST
    """


def partial(triplets: pa.Table) -> pa.Table:
    """What `triplets` cover, in COVERAGE. All rows of their articles are among them."""
    # DuckDB binds every column it is shown, and knows no float16: it is shown only those that are counted.
    return _sorted(conform(_query(_PARTIAL, triplets=triplets.select(COLUMNS)), COVERAGE))


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
    return conform(_query(_TOTAL, partials=pa.concat_tables(partials)), COVERAGE)


def _sorted(table: pa.Table) -> pa.Table:
    order = [(name, "ascending") for name in ("table", "key", "cui")]
    return table.sort_by(order).combine_chunks()


def coverage(sums: pa.Table) -> dict[str, pa.Table]:
    """The tables of coverage by name: concepts, semantic_types, licenses, years, journals, languages, modalities and
    modality_tops.

    `sums` is a partial of all triplets. A concept counts the triplets and articles that mention it, its mentions, and
    how many of these are negated. A row whose key is null holds what is not stated.
    """
    queries = {
        "concepts": _CONCEPTS,
        "semantic_types": _SEMANTIC_TYPES,
        "licenses": _column("licenses", "key AS license", "triplets DESC, license"),
        "years": _column("years", "key::INTEGER AS year", "year"),
        "journals": _column("journals", "key AS journal", "triplets DESC, journal"),
        "languages": _column("languages", "key AS language", "triplets DESC, language"),
        "modalities": _column("modalities", "key AS modality", "triplets DESC, modality"),
        "modality_tops": _column("modality_tops", "key AS modality", "triplets DESC, modality"),
    }
    return {name: _query(query, sums=sums, types=semantic_types()) for name, query in queries.items()}


def headline(sums: pa.Table) -> dict[str, float]:
    """Totals of the corpus of which `sums` is the partial; shares are of its triplets, and 0 where there is none.

    A licence is clear where it is stated, and source and JATS do not contradict each other; a triplet has its own where
    that differs from its article's. `letters_apart` counts the figures of which caption and picture have other letters.
    """
    rows = _query("FROM sums WHERE \"table\" = 'totals'", sums=sums).to_pylist()
    found = {row["key"]: row for row in rows}
    every = found.get("all", dict.fromkeys(COVERAGE.names, 0))
    triplets = every["triplets"]

    def share(count: int) -> float:
        return count / triplets if triplets else 0.0

    return {
        "triplets": triplets,
        "figures": every["figures"],
        "articles": every["articles"],
        "letters_apart": found["letters_apart"]["figures"] if "letters_apart" in found else 0,
        "concepts": sums["table"].to_pylist().count("concepts"),
        "concepts_per_triplet": share(every["mentions"]),
        **{
            name: share(found[name]["triplets"] if name in found else 0)
            for name in ("with_concept", "with_modality", "license_clear", "license_own")
        },
    }


def semantic_types() -> pa.Table:
    """The 127 semantic types of the UMLS: tui, name."""
    lines = files(__package__).joinpath("semantic_types.tsv").read_text("utf-8").splitlines()
    tuis, names = zip(*(line.split("\t") for line in lines), strict=True)
    return pa.table({"tui": tuis, "name": names})


def _query(query: str, **tables: pa.Table) -> pa.Table:
    with duckdb.connect(config={"threads": 1}) as connection:  # a worker has one core
        for name, table in tables.items():
            connection.register(name, table)
        try:
            return connection.sql(query).to_arrow_table()
        except duckdb.OutOfMemoryException as error:
            raise MemoryError(str(error).partition("\n")[0]) from None
