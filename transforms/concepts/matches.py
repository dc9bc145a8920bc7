"""What linkers by similarity share: names to index, runs of words to look up, the best of overlapping matches, rows."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.context import context
from transforms.concepts.lexicon import VARIANT, Lexicon
from transforms.concepts.linker import Concept

#: Words in a mention, and characters: what QuickUMLS takes by default.
LONGEST, SHORTEST = 5, 3
#: Similarities that agree to so many digits are equal, whatever the order in which a sum was taken.
DIGITS = 6

_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]")
#: What may stand between two words of a mention: spaces, a hyphen, a slash, an apostrophe.
_JOINT = re.compile(r"[ \t\n\u00a0\u2009]+|[\-\u2010-\u2015\u2212/'\u2019]")
#: A NUL ends a C string, and half a surrogate pair has no UTF-8.
_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")


class Match(NamedTuple):
    """A concept of a lexicon at `text[start:end]`."""

    start: int
    end: int
    concept: int
    score: float


@cache
def stop_words() -> frozenset[str]:
    """English function words: no mention begins or ends with one."""
    return frozenset(files(__package__).joinpath("stop_words.tsv").read_text("utf-8").split()[1:])


def names(lexicon: Lexicon) -> Iterator[tuple[int, str]]:
    """Every concept's names as the sources spell them, the better first; concepts in the order of their CUIs."""
    written = np.flatnonzero((lexicon.name_flags & VARIANT) == 0)
    concepts = lexicon.name_concept[written]
    for at in np.lexsort((lexicon.name_rank[written], concepts)).tolist():
        yield int(concepts[at]), lexicon.name(int(written[at]))


def mention_spans(text: str) -> list[tuple[int, int]]:
    """Every run of words that may be a mention, where no model says which are.

    A run has up to LONGEST words and at least SHORTEST characters, a letter among them; it neither begins nor ends with
    a function word, and nothing but a space, a hyphen, a slash or an apostrophe stands between its words.
    """
    words = [match.span() for match in _WORD.finditer(text)]
    joined = [bool(_JOINT.fullmatch(text, end, start)) for (_, end), (start, _) in pairwise(words)]
    content = [text[start:end].casefold() not in stop_words() for start, end in words]
    spans = []
    for first, (start, _) in enumerate(words):
        for last in range(first, min(first + LONGEST, len(words))):
            if last > first and not joined[last - 1]:
                break
            end = words[last][1]
            if content[first] and content[last] and end - start >= SHORTEST and _LETTER.search(text, start, end):
                spans.append((start, end))
    return spans


def speakable(text: str) -> str:
    """The text as any library can take it, every character in its place."""
    return _UNSPEAKABLE.sub(" ", text)


def without_overlaps(matches: Iterable[Match], wanted: NDArray[np.bool_] | None = None) -> list[Match]:
    """The best matches that do not overlap, in the text's order: the more similar first, then the longer.

    `wanted` says of each concept whether it is linked; one that is not hides no other.
    """
    if wanted is not None:
        matches = (match for match in matches if wanted[match.concept])
    kept: list[Match] = []
    for match in sorted(matches, key=lambda m: (-round(m.score, DIGITS), m.start - m.end, m.start, m.concept)):
        if all(match.end <= other.start or other.end <= match.start for other in kept):
            kept.append(match)
    return sorted(kept)


def rows(lexicon: Lexicon, text: str, matches: Iterable[Match]) -> list[Concept]:
    """The matches as `schemas.panels.CONCEPT`."""
    found = list(matches)
    reach = context(text if found else "")
    return [
        {
            "cui": lexicon.cui(match.concept),
            "name": lexicon.preferred(match.concept),
            "semantic_types": lexicon.semantic_types(match.concept),
            "start": match.start,
            "end": match.end,
            "text": text[match.start : match.end],
            "score": min(round(match.score, DIGITS), 1.0),
            "negated": reach.negated(match.start, match.end),
            "uncertain": reach.uncertain(match.start, match.end),
        }
        for match in found
    ]
