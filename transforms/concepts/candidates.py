"""Candidates: the runs of words of some texts that may name a concept, before any of them is chosen.

Names of the lexicon are found by the keys of their words, all texts at once; each row that bears the name is weighed by
how often the training corpus links the name to that concept. A run that is no name itself but that the words suggest
("chronic renal failure", where only "renal failure" is a name) takes the concept of the longest name at its end or else
at its beginning.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.forms import reads
from transforms.concepts.lexicon import CASE_SENSITIVE, IMAGING, PREFERRED, VARIANT, Lexicon
from transforms.concepts.statistics import Statistics, concept_key, pair_key
from transforms.concepts.words import COMMA, TIGHT, Tokens, extend, word_key

#: Words of the longest name.
LONGEST = 8
#: What it weighs that a name stands on the list of imaging terms for a concept, in mentions.
_LISTED = 100
#: Rows of a name that are weighed, in the lexicon's order.
_ROWS = 16


class Candidates(NamedTuple):
    """Runs of words, by position and length; the concept that each most probably names."""

    start: NDArray[np.int64]  # the first word
    length: NDArray[np.int64]  # words
    key: NDArray[np.uint64]  # of the name
    row: NDArray[np.int64]  # of the lexicon
    share: NDArray[np.float32]  # the weight of the row among all rows of the name
    weight: NDArray[np.float32]  # of all rows
    rows: NDArray[np.int64]  # how many there are
    concept_count: NDArray[np.float32]  # how often the corpus links the concept
    flags: NDArray[np.uint8]  # of the row
    part: NDArray[np.int64]  # words of the run that the name covers; its length for a name
    near: NDArray[np.bool_]  # whether the name was only found in another spelling
    short: NDArray[np.bool_]  # whether it is a short form, and the name what that stands for

    @property
    def end(self) -> NDArray[np.int64]:
        """The last word."""
        return self.start + self.length - 1

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Candidates":
        """Some of them."""
        columns: tuple[NDArray[Any], ...] = self
        return Candidates(*(column[rows] for column in columns))


def join(parts: Sequence[Candidates]) -> Candidates:
    """All of them in the order of their start, the shorter first."""
    whole = Candidates(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    return whole.take(np.lexsort((whole.length, whole.start)))


def find_names(
    tokens: Tokens, lexicon: Lexicon, statistics: Statistics, written: Callable[[int, int], str]
) -> Candidates:
    """Every run of words that is a name; `written(start, length)` is how it reads in the text."""
    starts, lengths, keys, firsts, counts = [], [], [], [], []
    start, runs = np.arange(len(tokens.keys)), tokens.keys
    for length in range(1, LONGEST + 1):
        end = start + length - 1
        first, count = lexicon.lookup(runs)
        hit = (count > 0) & whole_words(tokens, start, end)
        starts.append(start[hit])
        lengths.append(np.full(hit.sum(), length))
        keys.append(runs[hit])
        firsts.append(first[hit])
        counts.append(count[hit])
        longer = (tokens.joints[end] < COMMA) & lexicon.begins(runs)
        start = start[longer]
        runs = extend(runs[longer], tokens.keys[start + length])
    spans = np.concatenate(starts), np.concatenate(lengths)
    return weigh(
        *spans, np.concatenate(keys), np.concatenate(firsts), np.concatenate(counts), lexicon, statistics, written
    )


def whole_words(tokens: Tokens, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether no run is cut out of what is written as one word ("p" of "p53")."""
    joined = tokens.joints == TIGHT
    cut: NDArray[np.bool_] = joined[end] | (joined[start - 1] & (start > 0))
    return ~cut


def weigh(
    start: NDArray[np.int64],
    length: NDArray[np.int64],
    key: NDArray[np.uint64],
    first: NDArray[np.int64],
    count: NDArray[np.int32],
    lexicon: Lexicon,
    statistics: Statistics,
    written: Callable[[int, int], str] | None,
) -> Candidates:
    """The candidates with the concept that each most probably names; those that must be written otherwise fall away."""
    count = np.minimum(count, _ROWS).astype(np.int64)
    owner = np.repeat(np.arange(len(start)), count)
    offset = np.cumsum(count) - count
    row = np.repeat(first - offset, count) + np.arange(len(owner))
    flags = lexicon.name_flags[row]
    cui = concept_numbers(lexicon, lexicon.name_concept[row])
    concept_count = statistics.concepts(concept_key(cui))[:, 0]
    weight = 0.3 + 0.3 * (flags & PREFERRED > 0) - 0.15 * (flags & VARIANT > 0) + 0.05 * np.log1p(concept_count)
    weight += statistics.pairs(pair_key(key[owner], cui))[:, 0] + _LISTED * (flags & IMAGING > 0)
    if written is not None:
        cased = np.flatnonzero(flags & CASE_SENSITIVE)
        places = owner[cased]
        read = map(
            reads,
            map(written, start[places].tolist(), length[places].tolist()),
            map(lexicon.name, row[cased].tolist()),
        )
        weight[cased[~np.fromiter(read, np.bool_, len(cased))]] = 0
    kept = _one_a_concept(owner, lexicon.name_concept[row], weight)
    owner, row, flags, weight, concept_count = owner[kept], row[kept], flags[kept], weight[kept], concept_count[kept]
    total = np.bincount(owner, weight, len(start))
    distinct = np.bincount(owner, minlength=len(start))
    best = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])[: len(owner)])
    share = weight[best] / total[owner[best]]
    named = owner[best]
    return Candidates(
        start[named],
        length[named],
        key[named],
        row[best],
        share.astype(np.float32),
        total[named].astype(np.float32),
        distinct[named],
        concept_count[best].astype(np.float32),
        flags[best],
        length[named],
        np.zeros(len(best), np.bool_),
        np.zeros(len(best), np.bool_),
    )


def _one_a_concept(
    owner: NDArray[np.int64], concept: NDArray[np.int32], weight: NDArray[np.floating[Any]]
) -> NDArray[np.int64]:
    """Of each owner's rows of positive weight the best of each concept, the best first."""
    several = np.bincount(owner, minlength=1)[owner] > 1
    positive = weight > 0
    alone = np.flatnonzero(~several & positive)
    rows = np.flatnonzero(several & positive)
    rows = rows[np.lexsort((rows, -weight[rows], concept[rows], owner[rows]))]
    first = np.append(True, (owner[rows][1:] != owner[rows][:-1]) | (concept[rows][1:] != concept[rows][:-1]))[
        : len(rows)
    ]
    rows = np.concatenate([alone, rows[first]])
    return rows[np.lexsort((rows, -weight[rows], owner[rows]))]


def concept_numbers(lexicon: Lexicon, concepts: NDArray[np.int32]) -> NDArray[np.uint64]:
    """The number of each concept's identifier (C0024109: 24109)."""
    cuis = lexicon.concept_cui[concepts]
    letters = cuis.view(np.uint8).reshape(-1, cuis.itemsize)
    digits = letters[:, 1:8].astype(np.uint64) - np.uint64(ord("0"))
    numbers: NDArray[np.uint64] = digits @ _POWERS
    for other in np.flatnonzero((digits > 9).any(axis=1) | letters[:, 8:].any(axis=1)).tolist():
        numbers[other] = cui_number(lexicon.cui(concepts[other]))
    return numbers


#: Of the seven digits of a UMLS identifier.
_POWERS = 10 ** np.arange(6, -1, -1, dtype=np.uint64)


@lru_cache(maxsize=1 << 18)
def cui_number(cui: str) -> int:
    """A CUI's digits; for another identifier its hash."""
    return int(cui[1:]) if cui[1:].isdecimal() else word_key(cui)


def parts(tokens: Tokens, names: Candidates, start: NDArray[np.int64], length: NDArray[np.int64]) -> Candidates:
    """The runs that have a name at their end or else at their beginning, with its concept: the longest of them."""
    size = len(tokens.keys)
    by_end = np.full((LONGEST + 1, size), -1, np.int64)
    by_start = np.full((LONGEST + 1, size), -1, np.int64)
    by_end[names.length, names.end] = by_start[names.length, names.start] = np.arange(len(names.start))
    found = np.full(len(start), -1, np.int64)
    for table, position in ((by_end, start + length - 1), (by_start, start)):
        for words in range(LONGEST - 1, 0, -1):
            inside = np.where((found < 0) & (words < length), table[words, position], -1)
            found = np.where(inside >= 0, inside, found)
    has = found >= 0
    inner = names.take(found[has])
    return inner._replace(start=start[has], length=length[has])
