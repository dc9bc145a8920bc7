"""Details of concepts: years and modalities of their triplets, neighbours, and samples that mention them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb

from pipeline.reports.audit.data import Writer, write_all

#: Neighbours and examples of a concept at most.
NEIGHBOURS, EXAMPLES = 12, 8

#: Neighbours stand together so often at least.
TOGETHER = 2

#: Pairs of concepts that are counted at once.
PAIRS = 20_000_000

#: Files for so many concepts at most are named by two hexadecimal digits, else by three.
FEW = 65_536

_LINKED = "SELECT year, modality, unnest(concepts) AS concept FROM triplets"

_BY_COLUMN = f"""
    CREATE TABLE {{table}} AS
    SELECT concept, list(({{column}}, count) ORDER BY {{column}}) AS value
    FROM (SELECT concept, {{column}}, count(*) AS count FROM ({_LINKED}) GROUP BY ALL) GROUP BY concept
"""

_EXAMPLES = f"""
    CREATE TABLE examples AS
    SELECT concept, list((shard, row) ORDER BY place) AS value FROM (
        SELECT concept, shard, row, row_number() OVER (
            PARTITION BY concept ORDER BY pictured DESC, rank, shard, row
        ) AS place
        FROM (SELECT unnest(concepts) AS concept, shard, row, pictured, rank
              FROM triplets JOIN samples USING (shard, row, rank))
    ) WHERE place <= {EXAMPLES} GROUP BY concept
"""

_SIZE = "SELECT sum(len(concepts) * (len(concepts) - 1)), count(*) FROM triplets"

#: Those that stand together more often than by chance, by how much their triplets say so: count times PMI.
_NEIGHBOURS = f"""
    INSERT INTO neighbours
    WITH sides AS (SELECT unnest(concepts) AS one, concepts FROM triplets WHERE len(concepts) > 1),
    pairs AS (SELECT one, unnest(concepts) AS other FROM sides WHERE one % $parts = $part),
    together AS (SELECT one, other, count(*) AS count FROM pairs WHERE one <> other GROUP BY one, other
                 HAVING count(*) >= {TOGETHER}),
    scored AS (
        SELECT one, other, count, log2(count::DOUBLE * $triplets / (mine.triplets * theirs.triplets)) AS pmi
        FROM together JOIN counts AS mine ON mine.concept = one JOIN counts AS theirs ON theirs.concept = other
    ),
    placed AS (
        SELECT *, row_number() OVER (PARTITION BY one ORDER BY round(count * pmi, 6) DESC, other) AS place
        FROM scored WHERE pmi > 0
    )
    SELECT one, list((other, count, round(pmi, 2)) ORDER BY place) FROM placed WHERE place <= {NEIGHBOURS} GROUP BY one
"""

_DETAILS = """
    SELECT file, cui, years.value, modalities.value, neighbours.value, examples.value
    FROM concepts
    LEFT JOIN years ON years.concept = number LEFT JOIN modalities ON modalities.concept = number
    LEFT JOIN neighbours ON neighbours.concept = number LEFT JOIN examples ON examples.concept = number
    ORDER BY file, number
"""


def concept_digits(concepts: int) -> int:
    """How many hexadecimal digits name the files of so many concepts."""
    return 2 if concepts <= FEW else 3


def write_concepts(
    rows: duckdb.DuckDBPyConnection,
    modalities: Sequence[str | None],
    samples: Mapping[tuple[int, int], str],
    out: Writer,
) -> None:
    """Write the details of all concepts, those of which a hash of the CUI begins alike in one file.

    `modalities` are those of the corpus, of which the details tell the places; `samples` names the samples, which are
    in the table `samples`, by shard and row.
    """
    for table, column in (("years", "year"), ("modalities", "modality")):
        rows.execute(_BY_COLUMN.format(table=table, column=column))
    rows.execute(_EXAMPLES)
    _count_neighbours(rows)
    write_all(out, _files(rows, modalities, samples))


def _files(
    rows: duckdb.DuckDBPyConnection, modalities: Sequence[str | None], samples: Mapping[tuple[int, int], str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The files of details by their names."""
    places = {modality: place for place, modality in enumerate(modalities)}
    for file, concepts in groupby(_fetched(rows.execute(_DETAILS)), key=itemgetter(0)):
        details = {}
        for _, cui, years, seen, neighbours, examples in concepts:
            details[cui] = {
                "years": _by_year(years or []),
                "modalities": [[places[modality], count] for modality, count in seen or []],
                "neighbours": [list(each.values()) for each in neighbours or []],
                "examples": [samples[place] for place in examples or []],
            }
        yield f"concept/{file}", details


def _count_neighbours(rows: duckdb.DuckDBPyConnection) -> None:
    """Fill the table `neighbours`: of each concept the best first, as the number of another, common triplets, PMI."""
    rows.execute(f"CREATE TABLE counts AS SELECT concept, count(*) AS triplets FROM ({_LINKED}) GROUP BY concept")
    rows.execute("CREATE TABLE neighbours (concept INTEGER, value STRUCT(other INTEGER, count BIGINT, pmi DOUBLE)[])")
    [(pairs, total)] = rows.execute(_SIZE).fetchall()
    parts = max(1, math.ceil((pairs or 0) / PAIRS))
    for part in range(parts):
        rows.execute(_NEIGHBOURS, {"part": part, "parts": parts, "triplets": total})


def _by_year(years: Sequence[tuple[int | None, int]]) -> list[int]:
    """The first year, and the triplets of each from there on; those that state no year are not told."""
    counts = {year: count for year, count in years if year is not None}
    return [min(counts), *(counts.get(year, 0) for year in range(min(counts), max(counts) + 1))] if counts else []


def _fetched(answer: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while found := answer.fetchmany(10_000):
        yield from found
