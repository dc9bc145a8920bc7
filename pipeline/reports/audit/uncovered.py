"""What is not covered: the concepts of the vocabulary that a recipe links and no triplet mentions, most expected first.

What is expected comes from a prior of our own: how often MedMentions' abstracts, of which the linker ships statistics
(transforms/concepts/model), are linked to a concept. It is scaled so that covered and expected triplets agree in sum.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.reports.audit.data import columns
from transforms.concepts.candidates import concept_numbers
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.model import trained
from transforms.concepts.selection import Groups, wanted_concepts
from transforms.concepts.statistics import concept_key
from transforms.coverage.names import semantic_types
from transforms.coverage.tables import NOT_STATED

Types = NDArray[np.uint16]

#: The types of a concept of which none is known.
_UNTYPED: tuple[None] = (None,)

#: Concepts that are listed at most.
LISTED = 2_000

NOTE = (
    "Expected: triplets, if concepts were as frequent here as in the abstracts of MedMentions that the linker "
    "learnt from; 0 where those mention none."
)


def find_uncovered(lexicon: Lexicon, groups: Groups, concepts: pa.Table) -> dict[str, Any]:
    """What of a vocabulary is covered, by semantic type, and what is not; `concepts` is the table of coverage."""
    wanted = wanted_concepts(lexicon, groups)
    numbers = np.flatnonzero(wanted) if wanted is not None else np.arange(lexicon.concepts)
    cuis = lexicon.concept_cui[numbers]
    named = np.array(concepts["cui"].to_pylist(), "S9")
    order = np.argsort(named)
    triplets = concepts["triplets"].to_numpy()[order]
    place = np.minimum(np.searchsorted(named[order], cuis), max(len(named) - 1, 0))
    covered = named[order][place] == cuis if len(named) else np.zeros(len(cuis), bool)
    keys = concept_key(concept_numbers(lexicon, numbers.astype(np.int32)))
    mentions = trained().statistics.concepts(keys)[:, 0]
    total = int(triplets[place[covered]].sum()) if covered.any() else 0
    expected = mentions * (total / max(float(mentions.sum()), 1.0))
    sets, types = lexicon.header["semantic_types"], lexicon.concept_types[numbers]
    open_ones = np.flatnonzero(~covered)
    chosen = open_ones[np.lexsort((cuis[open_ones], -expected[open_ones]))[:LISTED]]
    names = dict(zip(*semantic_types().to_pydict().values(), strict=True))
    return {
        "columns": {
            "cui": [lexicon.cui(numbers[each]) for each in chosen],
            "name": [lexicon.preferred(numbers[each]) for each in chosen],
            "type": [", ".join(names.get(tui, tui) for tui in sets[types[each]]) for each in chosen],
            "expected": [round(float(expected[each]), 1) for each in chosen],
        },
        "rows": len(chosen),
        "note": NOTE,
        "vocabulary": len(numbers),
        "covered": int(covered.sum()),
        "by_type": _by_type(sets, types, covered, names),
    }


def _by_type(sets: list[list[str]], types: Types, covered: NDArray[np.bool_], names: dict[str, str]) -> dict[str, Any]:
    """The concepts of the vocabulary and those of them that are covered, by semantic type; null where none is known."""
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
