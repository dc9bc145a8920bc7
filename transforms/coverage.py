"""What a corpus covers: counts by concept, semantic type, licence, year, journal and modality.

Every function reads triplets as they are published (`schemas.triplets`), as an Arrow dataset or table, and counts with
DuckDB. Only the columns in `COLUMNS` are read, so images and embeddings stay on the disk. A figure is a `figure_id`, an
article a PMCID whatever its version. Tables come in a fixed order: the same rows give the same tables.
"""

from importlib.resources import files

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from schemas.triplets import TRIPLETS

COLUMNS = ("panel_id", "concepts", "modality", "provenance")
NOT_STATED = "not stated"

#: The triplets with what the counts need of their provenance.
_ROWS = """
    SELECT concepts, modality, provenance.pmcid AS pmcid, provenance.figure_id AS figure_id,
           provenance.license AS license, provenance.license_jats AS license_jats,
           provenance.year AS year, provenance.journal AS journal
    FROM triplets
"""

#: One row for each mention of a concept.
_MENTIONS = "SELECT panel_id, provenance.pmcid AS pmcid, unnest(concepts) AS concept FROM triplets"

_CONCEPTS = f"""
    SELECT concept.cui AS cui, min(concept.name) AS name, min(concept.semantic_types) AS semantic_types,
           count(DISTINCT panel_id) AS triplets, count(DISTINCT pmcid) AS articles,
           count(*) AS mentions, count(*) FILTER (concept.negated) AS negated
    FROM ({_MENTIONS}) GROUP BY ALL ORDER BY triplets DESC, mentions DESC, cui
"""

_SEMANTIC_TYPES = f"""
    SELECT tui, coalesce(min(types.name), tui, '{NOT_STATED}') AS name, count(DISTINCT cui) AS concepts,
           count(DISTINCT panel_id) AS triplets, count(DISTINCT pmcid) AS articles, count(*) AS mentions
    FROM (
        SELECT panel_id, pmcid, concept.cui AS cui,
               unnest(CASE WHEN len(concept.semantic_types) = 0 THEN [NULL] ELSE concept.semantic_types END) AS tui
        FROM ({_MENTIONS})
    ) LEFT JOIN types USING (tui)
    GROUP BY tui ORDER BY triplets DESC, mentions DESC, tui NULLS LAST
"""

_HEADLINE = f"""
    SELECT count(*) AS triplets, count(DISTINCT figure_id) AS figures, count(DISTINCT pmcid) AS articles,
           sum(len(concepts))::BIGINT AS mentions, count(*) FILTER (len(concepts) > 0) AS with_concept,
           count(modality) AS with_modality,
           count(*) FILTER (license = coalesce(license_jats, license)) AS license_clear
    FROM ({_ROWS})
"""

_REJECTS = """
    SELECT stage, reason, count(*) AS rejects, count(DISTINCT article_id) AS articles
    FROM rejects GROUP BY ALL ORDER BY rejects DESC, stage, reason
"""


def _counts(column: str, order: str) -> str:
    return f"""
        SELECT {column}, count(*) AS triplets, count(DISTINCT figure_id) AS figures, count(DISTINCT pmcid) AS articles
        FROM ({_ROWS}) GROUP BY ALL ORDER BY {order} NULLS LAST
    """


_LICENSES = _counts("license", "triplets DESC, license")


def coverage(triplets: ds.Dataset | pa.Table) -> dict[str, pa.Table]:
    """The tables of coverage by name: concepts, semantic_types, licenses, years, journals, modalities.

    A concept counts the triplets and articles that mention it, its mentions, and how many of these are negated.
    A row whose key is null holds what is not stated.
    """
    with _connect(triplets) as connection:
        return {
            "concepts": _table(connection, _CONCEPTS),
            "semantic_types": _table(connection, _SEMANTIC_TYPES),
            "licenses": _table(connection, _LICENSES),
            "years": _table(connection, _counts("year", "year")),
            "journals": _table(connection, _counts("journal", "triplets DESC, journal")),
            "modalities": _table(connection, _counts("modality", "triplets DESC, modality")),
        }


def license_counts(triplets: ds.Dataset | pa.Table) -> pa.Table:
    """The table `licenses` of `coverage` alone."""
    with _connect(triplets) as connection:
        return _table(connection, _LICENSES)


def headline(triplets: ds.Dataset | pa.Table) -> dict[str, float]:
    """Totals of the corpus; shares are of its triplets, and 0 where there is none.

    A licence is clear where it is stated and the article's JATS does not contradict it.
    """
    with _connect(triplets) as connection:
        counts = _table(connection, _HEADLINE).to_pylist()[0]
        concepts = _table(connection, f"SELECT count(DISTINCT concept.cui) AS n FROM ({_MENTIONS})")["n"][0].as_py()
    rows = counts["triplets"]
    share = {key: (counts[key] or 0) / rows if rows else 0.0 for key in counts}
    return {
        "triplets": rows,
        "figures": counts["figures"],
        "articles": counts["articles"],
        "concepts": concepts,
        "concepts_per_triplet": share["mentions"],
        "with_concept": share["with_concept"],
        "with_modality": share["with_modality"],
        "license_clear": share["license_clear"],
    }


def reject_counts(rejects: ds.Dataset | pa.Table) -> pa.Table:
    """Rows of `schemas.rejects.REJECTS` counted by stage and reason, the most frequent first."""
    with duckdb.connect() as connection:
        connection.register("rejects", rejects)
        return _table(connection, _REJECTS)


def semantic_types() -> pa.Table:
    """The 127 semantic types of the UMLS: tui, name."""
    lines = files(__package__).joinpath("semantic_types.tsv").read_text("utf-8").splitlines()
    tuis, names = zip(*(line.split("\t") for line in lines), strict=True)
    return pa.table({"tui": tuis, "name": names})


def _connect(triplets: ds.Dataset | pa.Table) -> duckdb.DuckDBPyConnection:
    # DuckDB binds every column it is shown, and knows no float16: it is shown only those that are counted.
    if isinstance(triplets, pa.Table):
        view = triplets.select(COLUMNS)
    else:
        view = triplets.replace_schema(pa.schema([TRIPLETS.field(name) for name in COLUMNS]))
    connection = duckdb.connect()
    connection.register("triplets", view)
    connection.register("types", semantic_types())
    return connection


def _table(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    try:
        return connection.sql(query).to_arrow_table()
    except duckdb.OutOfMemoryException as error:
        raise MemoryError(str(error).partition("\n")[0]) from None
