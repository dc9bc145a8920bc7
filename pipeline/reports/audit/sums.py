"""What sums give of the audit: every table as Parquet, and the page with the data that needs no row."""

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.reports.audit.data import Writer, columns, write_data, write_table
from pipeline.reports.page import write_page
from transforms.coverage.histograms import CONTEXT, HISTOGRAMS
from transforms.coverage.names import GROUP_NAMES, semantic_types, why_untyped
from transforms.coverage.partials import CROSSED
from transforms.coverage.tables import NOT_STATED, coverage, gini, headline

#: Concepts in a part of the index that is searched.
PART = 10_000

#: Keys of a side of a cross at most, the last of which is "other"; points of a curve.
KEYS, POINTS = 200, 500

#: Tables by a key: the name of the data, its title, the table, its key, the column of names (None: the key is one).
BY = (
    ("by_modality", "Modalities", "modalities", "modality", None),
    ("by_type", "Semantic types", "semantic_types", "tui", "name"),
    ("by_group", "Groups of semantic types", "semantic_groups", "semantic_group", "name"),
    ("by_year", "Years", "years", "year", None),
    ("by_journal", "Journals", "journals", "journal", None),
    ("by_license", "Licences", "licenses", "license", None),
    ("by_language", "Languages", "languages", "language", None),
    ("by_method", "How captions were divided", "methods", "method", None),
    ("by_grain", "What of a figure is a triplet", "grains", "grain", None),
    ("by_split", "Splits", "splits", "split", None),
)

#: Those of them that a vocabulary states.
TYPED = ("semantic_types", "semantic_groups")

#: The headline figures: id, label, unit.
HEADLINE = (
    ("triplets", "Triplets", ""),
    ("figures", "Figures", ""),
    ("articles", "Articles", ""),
    ("concepts", "Distinct concepts", ""),
    ("mentions_per_triplet", "Mentions a triplet", "ratio"),
    ("with_concept", "With a concept", "share"),
    ("with_modality", "With a modality", "share"),
    ("license_clear", "Licence clear", "share"),
    ("license_own", "Licence of its own", "share"),
    ("letters_apart", "Figures whose letters differ from the caption's", ""),
)

#: What a histogram is of, and a line that marks a value.
_OF = {"width": "picture", "height": "picture", "detector_score": "picture", "link_score": "link"}
_MARKS = {"tokens": {"at": CONTEXT, "label": f"CLIP reads {CONTEXT} tokens"}}


def write_sums(
    sums: pa.Table, funnel: Sequence[tuple[str, int]], rejects: pa.Table, corpus: Mapping[str, str], out: Writer
) -> dict[str, float]:
    """Write `audit/coverage/*.parquet`, `audit/index.html` and the data that sums give; returns the headline figures.

    `sums` is the sum of the coverage partials, `rejects` counts them by stage and reason, `funnel` has a count for each
    step from the plan to the triplets. `corpus` says where the rows come from: its `name` becomes the title, the rest
    is listed below it.
    """
    totals, tables = headline(sums), coverage(sums)
    steps, counts = [step for step, _ in funnel], [count for _, count in funnel]
    notes = pa.array(funnel_notes(funnel), pa.string())
    tables["funnel"] = pa.table({"step": pa.array(steps, pa.string()), "count": pa.array(counts, pa.int64())})
    tables["rejects"] = rejects
    for name, table in tables.items():
        write_table(out, name, table.schema, [table])
    write_data(out, "funnel", columns(tables["funnel"].append_column("note", notes)))
    write_data(out, "rejects", columns(rejects.rename_columns(["stage", "reason", "count", "articles"])))
    untyped = _untyped_note(tables["concepts"], corpus.get("vocabulary", ""))
    for id, _, source, key, named in BY:
        value = _by(tables[source], key, named)
        write_data(out, id, value | {"note": untyped} if source in TYPED else value)
    for a, b in combinations(CROSSED, 2):
        write_data(out, f"cross_{a}_{b}", _cross(tables["crosses"], a, b))
    write_data(out, "histograms", _histograms(tables))
    write_data(out, "ranks", _ranks(tables["ranks"]))
    parts = -(-len(tables["concepts"]) // PART)
    for part in range(parts):
        write_data(out, concepts_part(part), columns(_searched(tables["concepts"].slice(part * PART, PART))))
    summary = _summary(totals, tables, corpus, parts, untyped)
    write_data(out, "summary", summary)
    write_page(summary, out)
    return totals


def concepts_part(number: int) -> str:
    """The name of a part of the index: concepts-00."""
    return f"concepts-{number:02d}"


def funnel_notes(funnel: Sequence[tuple[str, int]]) -> list[str | None]:
    """What leaves between each step and the one before, where both count the same; else that the unit changes."""
    notes: list[str | None] = [None] if funnel else []
    for (_, before), (step, count) in pairwise(funnel):
        if step in ("figures", "graphics of figures", "panels"):
            notes.append("another unit: each of those before may have some")
        else:
            notes.append(f"{before - count:,} fewer" if before != count else "none is lost")
    return notes


def _summary(
    totals: Mapping[str, float],
    tables: Mapping[str, pa.Table],
    corpus: Mapping[str, str],
    parts: int,
    untyped: str | None,
) -> dict[str, Any]:
    figures = [{"id": id, "label": label, "value": totals[id], "unit": unit} for id, label, unit in HEADLINE]
    listed = [
        {"id": id, "title": title, "note": (untyped if table in TYPED else None) or ""}
        | {"rows": len(tables[table]), "file": f"coverage/{table}.parquet"}
        for id, title, table, _, _ in BY
    ]
    concepts = {"id": "concepts", "title": "Concepts", "note": "", "rows": len(tables["concepts"])}
    return {
        "corpus": dict(corpus),
        "headline": figures,
        "tables": [concepts | {"file": "coverage/concepts.parquet"}, *listed],
        "types": semantic_types()["name"].to_pylist(),
        "groups": GROUP_NAMES,
        "modalities": tables["modalities"]["modality"].to_pylist(),
        "parts": {"concepts": parts},
        "crosses": [list(pair) for pair in combinations(CROSSED, 2)],
        "compare": None,
    }


def _untyped_note(concepts: pa.Table, vocabulary: str) -> str | None:
    """Why types are not stated, where they are not."""
    untyped = pc.sum(pc.equal(pc.list_value_length(concepts["semantic_types"]), 0)).as_py() or 0
    return why_untyped(f"the vocabulary {vocabulary}".rstrip(), untyped, len(concepts))


def _by(table: pa.Table, key: str, name: str | None) -> dict[str, Any]:
    """A table by its key, with a name for each."""
    keys = [None if each is None else str(each) for each in table[key].to_pylist()]
    names = table[name].to_pylist() if name else [NOT_STATED if each is None else each for each in keys]
    named = {"key": pa.array(keys, pa.string()), "name": pa.array(names, pa.string())}
    return columns(pa.table(named | {count: table[count] for count in ("triplets", "figures", "articles")}))


def _cross(crosses: pa.Table, a: str, b: str) -> dict[str, Any]:
    """The counts of two keys as a matrix; of more than KEYS keys the rarest are one, "other"."""
    mine = crosses.filter(pc.and_(pc.equal(crosses["a"], a), pc.equal(crosses["b"], b)))
    triplets = mine["triplets"].to_numpy()
    sides = [_side(mine[column].to_pylist(), triplets) for column in ("key_a", "key_b")]
    counts = np.zeros([len(names) for names, _ in sides], np.int64)
    np.add.at(counts, tuple(numbers for _, numbers in sides), triplets)
    return {"a": sides[0][0], "b": sides[1][0], "counts": counts.tolist()}


def _side(keys: list[str | None], triplets: np.ndarray[Any, Any]) -> tuple[list[str], list[int]]:
    """The names of a side, in order, and the number of each key's name."""
    shown = [NOT_STATED if key is None else key for key in keys]
    totals: dict[str, int] = {}
    for key, count in zip(shown, triplets.tolist(), strict=True):
        totals[key] = totals.get(key, 0) + count
    kept = sorted(totals, key=lambda key: (-totals[key], key))[: KEYS - (len(totals) > KEYS)]
    names = sorted(kept) + (["other"] if len(totals) > KEYS else [])
    number = {name: place for place, name in enumerate(names)}
    return names, [number.get(key, len(names) - 1) for key in shown]


def _histograms(tables: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    """All histograms: their bins by names where each is a whole number, else by edges; the last bin has no end."""
    found = tables["histograms"].to_pylist()
    listed: list[dict[str, Any]] = []
    for each in HISTOGRAMS:
        counts = [row["count"] for row in found if row["histogram"] == each.id]
        whole = all(upper - lower == 1 for lower, upper in pairwise(each.bins))
        names = [*(f"{lower:g}" for lower in each.bins[:-1]), f"{each.bins[-1]:g} or more"]
        value = {"id": each.id, "title": each.title, "bins": names if whole else [*each.bins, None], "counts": counts}
        listed.append(
            value | {"group": _OF.get(each.id, "text")} | ({"mark": _MARKS[each.id]} if each.id in _MARKS else {})
        )
    return listed


def _ranks(ranks: pa.Table) -> dict[str, Any]:
    """The curve of triplets by rank, in POINTS points at most that are even by the rank's logarithm; what it says."""
    triplets, concepts = ranks["triplets"].to_numpy(), ranks["concepts"].to_numpy()
    ends = np.cumsum(concepts)
    total = int(ends[-1]) if len(ends) else 0
    chosen = np.unique(np.geomspace(1, total, POINTS).round().astype(np.int64)) if total else np.empty(0, np.int64)
    values = triplets[np.searchsorted(ends, chosen)] if total else chosen
    return {
        **columns(pa.table({"rank": chosen, "triplets": values})),
        "concepts": total,
        "singletons": int(concepts[triplets == 1].sum()),
        "gini": round(gini(ranks), 6),
    }


def _searched(concepts: pa.Table) -> pa.Table:
    """Concepts as they are searched: their types are places in the list of all types."""
    numbers = {tui: place for place, tui in enumerate(semantic_types()["tui"].to_pylist())}
    types = [[numbers[tui] for tui in tuis if tui in numbers] for tuis in concepts["semantic_types"].to_pylist()]
    named = concepts.append_column("types", pa.array(types, pa.list_(pa.int32())))
    return named.select(["cui", "name", "types", "triplets", "articles", "mentions", "negated", "uncertain"])
