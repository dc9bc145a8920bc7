"""The tables of coverage: what a sum of partials says of a corpus, each table in a fixed order."""

from itertools import combinations

import numpy as np
import pyarrow as pa

from schemas.coverage import COVERAGE
from transforms.coverage.database import query, query_all
from transforms.coverage.histograms import HISTOGRAMS
from transforms.coverage.names import GROUP_NAMES, semantic_groups, semantic_types
from transforms.coverage.partials import CROSSED

NOT_STATED = "not stated"

_COUNTS = "triplets, figures, articles"

_CONCEPTS = f"""
    SELECT key AS cui, name, semantic_types, {_COUNTS}, mentions, negated, uncertain
    FROM sums WHERE "table" = 'concepts' ORDER BY triplets DESC, mentions DESC, cui
"""

_SEMANTIC_TYPES = f"""
    SELECT counted.key AS tui, coalesce(types.name, counted.key, '{NOT_STATED}') AS name, concepts, {_COUNTS}, mentions
    FROM sums AS counted
    JOIN (SELECT key, count(*) AS concepts FROM sums WHERE "table" = 'typed_concepts' GROUP BY key) AS typed
        ON counted.key IS NOT DISTINCT FROM typed.key
    LEFT JOIN types ON types.tui = counted.key
    WHERE "table" = 'semantic_types' ORDER BY triplets DESC, mentions DESC, tui NULLS LAST
"""

_SEMANTIC_GROUPS = f"""
    SELECT counted.key AS semantic_group, coalesce(groups.name, '{NOT_STATED}') AS name, concepts, {_COUNTS}, mentions
    FROM sums AS counted
    JOIN (SELECT semantic_group, count(DISTINCT other) AS concepts
          FROM sums LEFT JOIN grouping ON key = tui WHERE "table" = 'typed_concepts' GROUP BY semantic_group) AS grouped
        ON counted.key IS NOT DISTINCT FROM grouped.semantic_group
    LEFT JOIN groups ON groups.semantic_group = counted.key
    WHERE "table" = 'semantic_groups' ORDER BY triplets DESC, mentions DESC, counted.key NULLS LAST
"""

_CROSSES = " UNION ALL ".join(
    f"""
    SELECT '{one}' AS a, '{other}' AS b, key AS key_a, other AS key_b, triplets
    FROM sums WHERE "table" = 'cross_{one}_{other}'
    """
    for one, other in combinations(CROSSED, 2)
)


def _column(table: str, key: str, order: str) -> str:
    return f"""
        SELECT {key}, {_COUNTS} FROM sums WHERE "table" = '{table}' ORDER BY {order} NULLS LAST
    """


def coverage(sums: pa.Table) -> dict[str, pa.Table]:
    """The tables of coverage by name.

    `sums` is a partial of all triplets. A concept counts the triplets, figures and articles that mention it, its
    mentions, and how many of these are negated or uncertain. A row whose key is null holds what is not stated. `ranks`
    says how many concepts have how many triplets; `crosses` counts triplets by two keys at once.
    """
    queries = {
        "concepts": _CONCEPTS,
        "semantic_types": _SEMANTIC_TYPES,
        "semantic_groups": _SEMANTIC_GROUPS,
        "licenses": _column("licenses", "key AS license", "triplets DESC, license"),
        "years": _column("years", "key::INTEGER AS year", "year"),
        "journals": _column("journals", "key AS journal", "triplets DESC, journal"),
        "languages": _column("languages", "key AS language", "triplets DESC, language"),
        "modalities": _column("modalities", "key AS modality", "triplets DESC, modality"),
        "modality_tops": _column("modality_tops", "key AS modality", "triplets DESC, modality"),
        "splits": _column("splits", "key AS split", "triplets DESC, split"),
        "methods": _column("methods", "key AS method", "triplets DESC, method"),
        "grains": _column("grains", "key AS grain", "triplets DESC, grain"),
        "crosses": f"SELECT * FROM ({_CROSSES}) ORDER BY a, b, key_a NULLS LAST, key_b NULLS LAST",
        "ranks": """
            SELECT triplets, count(*) AS concepts FROM sums WHERE "table" = 'concepts'
            GROUP BY triplets ORDER BY triplets DESC
        """,
    }
    names = pa.table({"semantic_group": list(GROUP_NAMES), "name": list(GROUP_NAMES.values())})
    tables = {"sums": sums, "types": semantic_types(), "grouping": semantic_groups(), "groups": names}
    return query_all(queries, tables) | {"histograms": _histograms(sums)}


def _histograms(sums: pa.Table) -> pa.Table:
    """Each bin of each histogram: its lower bound and its count, of triplets or mentions."""
    bins = [
        {"histogram": each.id, "title": each.title, "bin": number, "lower": float(lower)}
        for each in HISTOGRAMS
        for number, lower in enumerate(each.bins)
    ]
    text = """
        SELECT histogram, title, bin, lower, coalesce(triplets + mentions, 0) AS count
        FROM bins LEFT JOIN sums ON "table" = 'histogram_' || histogram AND TRY_CAST(key AS INTEGER) = bin
        ORDER BY histogram, bin
    """
    return query(text, {"sums": sums, "bins": pa.Table.from_pylist(bins)})


def headline(sums: pa.Table) -> dict[str, float]:
    """Totals of the corpus of which `sums` is the partial; shares are of its triplets, and 0 where there is none.

    A licence is clear where it is stated, and source and JATS do not contradict each other; a triplet has its own where
    that differs from its article's. `letters_apart` counts the figures of which caption and picture have other letters.
    """
    rows = query("FROM sums WHERE \"table\" = 'totals'", {"sums": sums}).to_pylist()
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
        "mentions_per_triplet": share(every["mentions"]),
        **{
            name: share(found[name]["triplets"] if name in found else 0)
            for name in ("with_concept", "with_modality", "license_clear", "license_own")
        },
    }


def gini(ranks: pa.Table) -> float:
    """How unevenly triplets are shared among the concepts that have any: 0 evenly, towards 1 where few have all.

    `ranks` is that of `coverage`.
    """
    triplets, concepts = (ranks[name].to_numpy().astype(np.float64)[::-1] for name in ("triplets", "concepts"))
    if not len(triplets):
        return 0.0
    shares = np.concatenate([[0.0], np.cumsum(triplets * concepts) / (triplets @ concepts)])
    width = concepts / concepts.sum()
    return float(1 - width @ (shares[1:] + shares[:-1]))
