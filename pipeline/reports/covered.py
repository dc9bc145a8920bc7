"""What a dataset's card tells of its coverage and of what was left out: the audit's figures."""

from typing import TypedDict

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.phases.corpus import Corpus
from pipeline.reports.audit.sums import funnel_notes
from pipeline.reports.facts import read_funnel, read_rejects
from schemas.tables import Row
from transforms.coverage.tables import coverage, headline

#: Rows of a table on the card at most: the rest is in the audit.
ROWS = 12

#: The most frequent concepts that are named.
CONCEPTS = 10

#: The least share of the captions that a language has which the front matter names.
SPOKEN = 0.01


class Covered(TypedDict):
    """The figures.

    `totals` are the headline figures; `modalities` (top levels), `groups`, `languages`, `grains` and `methods` are rows
    of the audit's tables, the most frequent first, `concepts` those of the most frequent; `singletons` counts the
    concepts of one triplet, `mentions` those of all, `negated` and `uncertain` those of them that are; `years` are the
    first and the last; `funnel` has a step, a count and a note a row; `rejects` count what was left out by stage and
    reason.
    """

    totals: dict[str, float]
    modalities: list[Row]
    groups: list[Row]
    languages: list[Row]
    grains: list[Row]
    methods: list[Row]
    concepts: list[Row]
    singletons: int
    mentions: int
    negated: int
    uncertain: int
    years: tuple[int, int] | None
    funnel: list[tuple[str, int, str | None]]
    rejects: list[Row]


def read_covered(corpus: Corpus, sums: pa.Table) -> Covered:
    """The figures of a corpus of which `sums` is the coverage; raises UserError where it is not complete."""
    return covered(sums, read_funnel(corpus), read_rejects(corpus))


def covered(sums: pa.Table, steps: list[tuple[str, int]], rejects: pa.Table) -> Covered:
    """The figures from the sums of coverage, the steps of the funnel and the counts of rejects."""
    tables = coverage(sums)
    concepts, years = tables["concepts"], tables["years"]["year"].drop_null()
    notes = funnel_notes(steps)
    return {
        "totals": headline(sums),
        "modalities": _frequent(tables["modality_tops"]),
        "groups": _frequent(tables["semantic_groups"]),
        "languages": _frequent(tables["languages"]),
        "grains": _frequent(tables["grains"]),
        "methods": _frequent(tables["methods"]),
        "concepts": concepts.slice(0, CONCEPTS).to_pylist(),
        "singletons": pc.sum(pc.equal(concepts["triplets"], 1)).as_py() or 0,
        "mentions": _sum(concepts, "mentions"),
        "negated": _sum(concepts, "negated"),
        "uncertain": _sum(concepts, "uncertain"),
        "years": (years[0].as_py(), years[-1].as_py()) if len(years) else None,
        "funnel": [(step, count, note) for (step, count), note in zip(steps, notes, strict=True)],
        "rejects": rejects.to_pylist(),
    }


def spoken(figures: Covered) -> list[str]:
    """The languages of the captions, the most frequent first; rare ones are left out."""
    triplets = figures["totals"]["triplets"]
    return [row["language"] for row in figures["languages"] if row["language"] and row["triplets"] >= SPOKEN * triplets]


def _frequent(table: pa.Table) -> list[Row]:
    rows: list[Row] = table.slice(0, ROWS).to_pylist()
    return rows


def _sum(table: pa.Table, column: str) -> int:
    return pc.sum(table[column]).as_py() or 0
