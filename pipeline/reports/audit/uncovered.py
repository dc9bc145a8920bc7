"""What is not covered: the concepts of the vocabulary that a recipe links and no triplet mentions, most expected first.

What is expected comes from a prior of our own: how often MedMentions' abstracts, of which the linker ships statistics
(transforms/concepts/model), are linked to a concept. It is scaled so that covered and expected triplets agree in sum.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.reports.audit.data import Writer, columns, write_data, write_table
from transforms.concepts.candidates import concept_numbers
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.model import trained
from transforms.concepts.selection import Groups, wanted_concepts
from transforms.concepts.statistics import concept_key
from transforms.coverage.names import semantic_types, why_untyped
from transforms.coverage.tables import NOT_STATED

Types = NDArray[np.uint16]

#: The types of a concept of which none is known.
_UNTYPED: tuple[None] = (None,)

#: Concepts that are listed at most, and the most expected ones of each type that are listed whatever comes before them.
LISTED, EACH = 20_000, 100

#: Concepts whose names are held at once.
ROWS = 100_000

NOTE = (
    "Expected: triplets, if concepts were as frequent here as in the abstracts of MedMentions that the linker "
    "learnt from; 0 where those mention none."
)

_SCHEMA = pa.schema(
    [
        ("cui", pa.string()),
        ("name", pa.string()),
        ("tuis", pa.list_(pa.string())),
        ("expected", pa.float64()),
        ("covered_as", pa.string()),
    ]
)


def write_uncovered(lexicon: Lexicon, groups: Groups, concepts: pa.Table, out: Writer) -> tuple[int, int]:
    """Write what of a vocabulary is not covered, and how much of each semantic type is.

    `concepts` is the table of coverage. Returns how many concepts there are, and how many of them are covered.
    """
    wanted = wanted_concepts(lexicon, groups)
    numbers = np.flatnonzero(wanted) if wanted is not None else np.arange(lexicon.concepts)
    covered, expected = _expected(lexicon, numbers, concepts)
    sets, types = lexicon.header["semantic_types"], lexicon.concept_types[numbers]
    missing = np.flatnonzero(~covered)
    missing = missing[np.lexsort((lexicon.concept_cui[numbers[missing]], -expected[missing]))]
    namesakes = {name.casefold(): cui for cui, name in _pairs(concepts.select(["cui", "name"]))}

    def rows(chosen: NDArray[np.intp]) -> pa.Table:
        found = [
            {
                "cui": lexicon.cui(numbers[each]),
                "name": (name := lexicon.preferred(numbers[each])),
                "tuis": sets[types[each]],
                "expected": round(float(expected[each]), 1),
                "covered_as": namesakes.get(name.casefold()),
            }
            for each in chosen
        ]
        return pa.Table.from_pylist(found, schema=_SCHEMA)

    parts = (rows(missing[start : start + ROWS]) for start in range(0, len(missing), ROWS))
    write_table(out, "uncovered", _SCHEMA, parts)
    listed = rows(missing[_listed(sets, types[missing])])
    by_type = _by_type(sets, types, covered)
    value = columns(listed.append_column("type", _type_names(listed))) | {
        "note": NOTE,
        "whole": "coverage/uncovered.parquet",
        "vocabulary": len(numbers),
        "covered": int(covered.sum()),
        "by_type": by_type | {"note": _untyped_note(sets, types)},
    }
    write_data(out, "uncovered", value)
    return len(numbers), int(covered.sum())


def _expected(
    lexicon: Lexicon, numbers: NDArray[np.intp], concepts: pa.Table
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which of the concepts with these numbers are covered, and how many triplets of each were expected."""
    cuis = lexicon.concept_cui[numbers]
    named = np.array(concepts["cui"].to_pylist(), "S9")
    order = np.argsort(named)
    triplets = concepts["triplets"].to_numpy()[order]
    place = np.minimum(np.searchsorted(named[order], cuis), max(len(named) - 1, 0))
    covered: NDArray[np.bool_] = named[order][place] == cuis if len(named) else np.zeros(len(cuis), bool)
    keys = concept_key(concept_numbers(lexicon, numbers.astype(np.int32)))
    mentions = trained().statistics.concepts(keys)[:, 0].astype(np.float64)
    total = int(triplets[place[covered]].sum()) if covered.any() else 0
    return covered, mentions * (total / max(float(mentions.sum()), 1.0))


def _listed(sets: list[list[str]], types: Types) -> NDArray[np.intp]:
    """The places of the concepts that are listed among those that are not covered, of which `types` are the sets."""
    chosen = [np.arange(min(LISTED, len(types)))]
    for tui in {tui for each in np.unique(types) for tui in sets[each] or _UNTYPED}:
        mine = [number for number, tuis in enumerate(sets) if tui in (tuis or _UNTYPED)]
        chosen.append(np.flatnonzero(np.isin(types, mine))[:EACH])
    return np.unique(np.concatenate(chosen))


def _type_names(listed: pa.Table) -> list[list[str]]:
    """The names of the types of each concept, in a column."""
    names = dict(_pairs(semantic_types()))
    return [[", ".join(names.get(tui, tui) for tui in tuis) for tuis in listed["tuis"].to_pylist()]]


def _untyped_note(sets: list[list[str]], types: Types) -> str | None:
    """Why types are not stated, where they are not."""
    untyped = int(np.isin(types, [number for number, tuis in enumerate(sets) if not tuis]).sum())
    return why_untyped("the vocabulary", untyped, len(types))


def _pairs(table: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(*table.to_pydict().values(), strict=True)


def _by_type(sets: list[list[str]], types: Types, covered: NDArray[np.bool_]) -> dict[str, Any]:
    """The concepts of the vocabulary and those of them that are covered, by semantic type; null where none is known."""
    names = dict(_pairs(semantic_types()))
    held, mine = (np.bincount(each, minlength=len(sets)).tolist() for each in (types, types[covered]))
    counts: dict[str | None, tuple[int, int]] = {}
    for tuis, there, found in zip(sets, held, mine, strict=True):
        for tui in tuis or _UNTYPED:
            before = counts.get(tui, (0, 0))
            counts[tui] = before[0] + there, before[1] + found
    rows = [
        {"tui": tui, "name": names.get(tui, tui) if tui else NOT_STATED, "vocabulary": there, "covered": found}
        for tui, (there, found) in sorted(counts.items(), key=lambda pair: (-pair[1][0], pair[0] or ""))
        if there
    ]
    schema = pa.schema(
        [("tui", pa.string()), ("name", pa.string()), ("vocabulary", pa.int64()), ("covered", pa.int64())]
    )
    return columns(pa.Table.from_pylist(rows, schema=schema))
