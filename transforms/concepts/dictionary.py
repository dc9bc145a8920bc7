"""The dictionary linker: the longest name of the vocabulary at each place of a text, with exact offsets.

A name is compared word by word, without case (casefold), hyphens and spaces alike; the last word in the text may be a
regular plural. A match never crosses what ends a clause or sets off a panel marker: a stop, a comma, a bracket.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pyarrow as pa

from transforms.concepts.context import negated, negations
from transforms.concepts.vocabulary import version

NAME = "dictionary-1"

#: Scores: the name itself up to case; the same with other hyphens, spaces or apostrophes; its plural.
EXACT, VARIANT, PLURAL = 1.0, 0.95, 0.9

_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]")
#: What may stand between two words of a name: equal to a space, or kept as it is (3,4-dihydroxy…, H&E).
_SOFT = re.compile(r"[\s\-\u2010-\u2015\u2212/'\u2019]+")
_HARD = frozenset({",", ".", "&", "+"})

Concept = dict[str, Any]


class Dictionary:
    """Links a text to the concepts of a vocabulary (schemas/vocabulary.py).

    Names of up to three characters and names in capitals count as abbreviations and must be written as they are: "CT"
    is a scan, "WAS" a syndrome, "was" neither; a short name in small letters may begin with a capital ("Eye"). Numbers,
    single characters and the common words are no names. Where several concepts share a name, the one that it is the
    preferred name of comes first, then the smaller rank, then the smaller CUI.
    """

    def __init__(self, vocabulary: pa.Table) -> None:
        self.version = version(vocabulary)
        columns = vocabulary.to_pydict()
        self._names: list[str] = columns["name"]
        self._cuis: list[str] = columns["cui"]
        self._preferred: list[str] = columns["preferred"]
        self._types: list[list[str]] = columns["semantic_types"]
        self._rows: dict[str, list[int]] = {}  # normalised name -> rows of the vocabulary, the best first
        self._spelling: dict[int, str] = {}  # row -> the only spelling that counts, for an abbreviation
        self._lengths: dict[str, list[int]] = {}  # first word -> the word counts of the names it begins, longest first
        ranks = columns["rank"]

        def merit(row: int) -> tuple[bool, int, str, str]:
            return self._names[row] != self._preferred[row], ranks[row], self._cuis[row], self._names[row]

        for row in sorted(range(len(vocabulary)), key=merit):
            self._add(row, self._names[row])
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)

    def _add(self, row: int, name: str) -> None:
        _, words, joints = _words(name)
        if not _linkable(name) or None in joints:
            return
        spelling = _runs(words, joints, 0, len(words))[-1]
        rows = self._rows.setdefault(spelling.casefold(), [])
        if rows and rows[-1] not in self._spelling:
            return  # a better row takes every spelling
        rows.append(row)
        if len(name) <= 3 or name.isupper():
            self._spelling[row] = spelling
        lengths = self._lengths.setdefault(words[0].casefold(), [1])
        if len(words) not in lengths:
            lengths.append(len(words))

    def link(self, text: str) -> list[Concept]:
        """The concepts of `text` in order, one a span, as `schemas.panels.CONCEPT`: `text[start:end]` is its `text`."""
        matches = list(self._matches(text))
        stretches = negations(text) if matches else []
        return [self._concept(text, stretches, *match) for match in matches]

    def _concept(
        self, text: str, stretches: list[tuple[int, int]], start: int, end: int, row: int, plural: bool
    ) -> Concept:
        surface = text[start:end]
        exact = surface.casefold() == self._names[row].casefold()
        return {
            "cui": self._cuis[row],
            "name": self._preferred[row],
            "semantic_types": self._types[row],
            "start": start,
            "end": end,
            "text": surface,
            "score": PLURAL if plural else EXACT if exact else VARIANT,
            "negated": negated(stretches, start),
        }

    def _matches(self, text: str) -> Iterator[tuple[int, int, int, bool]]:
        """Start, end, row and whether a plural, from left to right without overlaps."""
        spans, words, joints = _words(text)
        position = 0
        while position < len(words):
            lengths = self._lengths.get(words[position].casefold(), [1])
            runs = _runs(words, joints, position, lengths[0])
            for count in lengths:
                if count <= len(runs) and (found := self._find(runs[count - 1])):
                    yield spans[position][0], spans[position + count - 1][1], *found
                    position += count
                    break
            else:
                position += 1

    def _find(self, run: str) -> tuple[int, bool] | None:
        row = self._row(run)
        if row is not None:
            return row, False
        rows = (self._row(singular) for singular in _singulars(run))
        return next(((row, True) for row in rows if row is not None), None)

    def _row(self, run: str) -> int | None:
        for row in self._rows.get(run.casefold(), ()):
            spelling = self._spelling.get(row, run)
            if run == spelling or (spelling.islower() and run == spelling.capitalize()):
                return row
        return None


@cache
def common_words() -> frozenset[str]:
    """Words that are names in some vocabulary ("All", "Left") but in a text are hardly ever meant so."""
    return frozenset(files(__package__).joinpath("common_words.tsv").read_text("utf-8").split()[1:])


def _linkable(name: str) -> bool:
    """Whether a name can be looked for: no number or single character, nothing but letters or digits at its ends."""
    edges = _WORD.match(name) and _WORD.match(name[-1])
    common = name.casefold() in common_words() and not name.isupper()
    return bool(len(name) > 1 and edges and _LETTER.search(name) and not common)


def _words(text: str) -> tuple[list[tuple[int, int]], list[str], list[str | None]]:
    """The words of a text, their spans, and what joins each to the next: None where no name may go on."""
    spans = [match.span() for match in _WORD.finditer(text)]
    words = [text[start:end] for start, end in spans]
    gaps = [text[end:start] for (_, end), (start, _) in pairwise(spans)]
    joints = [" " if gap == " " or _SOFT.fullmatch(gap) else gap if gap in _HARD else None for gap in gaps]
    return spans, words, joints


def _runs(words: list[str], joints: list[str | None], position: int, longest: int) -> list[str]:
    """The runs of 1, 2, ... `longest` words from `position` on, as far as the words are joined."""
    runs = [words[position]]
    for index in range(position, min(position + longest, len(words)) - 1):
        joint = joints[index]
        if joint is None:
            break
        runs.append(f"{runs[-1]}{joint}{words[index + 1]}")
    return runs


def _singulars(run: str) -> Iterator[str]:
    """What `run` may be the regular English plural of."""
    if len(run) > 3 and run.endswith("ies"):
        yield run[:-3] + "y"
    if run.endswith(("ses", "xes", "zes", "ches", "shes")):
        yield run[:-2]
    if run.endswith("s") and not run.endswith(("ss", "us", "is")):
        yield run[:-1]
