"""Long forms: what a short form may stand for, by the letters that the two have in common (Schwartz and Hearst)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from transforms.concepts.context import lowered

Span = tuple[int, int]


class Abbreviation(NamedTuple):
    """A definition; the spans are of code points: `text[slice(*short_span)] == short`, and so for the long form."""

    short: str
    long: str
    short_span: Span
    long_span: Span


#: The longest short form (Schwartz and Hearst); it has at most two words.
LONGEST = 10
#: Longer words in small letters are words.
LONGEST_SMALL = 4
_SHORT = re.compile(r"[^\W_]\S*(?: \S+)?")
_GREEK = str.maketrans("αβγδεζηθικλμνξοπρσςτυφχψω", "abgdezhtiklmnxoprsstupcpo")


def may_be_short(short: str) -> bool:
    """Whether it has the form of a short form; of single letters, only capitals have."""
    size = len(short)
    return size <= LONGEST and (size <= LONGEST_SMALL or not short.islower()) and _is_short(short)


@lru_cache(maxsize=1 << 14)
def _is_short(short: str) -> bool:
    return (
        any(map(str.isalpha, short))
        and (len(short) > 1 or short.isupper())
        and (" " not in short or all(any(map(str.isupper, word)) for word in short.split()))
        and _SHORT.fullmatch(short) is not None
    )


def definition(text: str, short_span: Span, candidate: Span, whole: bool = False) -> Iterator[Abbreviation]:
    """The definition of a short form by the end of the candidate; by the `whole` candidate and nothing less."""
    short, (start, end) = text[slice(*short_span)], candidate
    begin = _long_form(short, text[start:end])
    if begin is None or (whole and begin):
        return
    long = text[start + begin : end]
    words = len(re.findall(r"[^\s-]+", long))
    if len(long) < len(short) or short in long.split() or words > words_allowed(short):
        return
    a_word = short.islower() or (short[1:].islower() and len(short) >= LONGEST_SMALL)
    if a_word and not _initials(short.lower(), long):
        return
    yield Abbreviation(short, long, short_span, (start + begin, end))


def _long_form(short: str, candidate: str) -> int | None:
    """Where the shortest long form begins that ends the candidate.

    The letters and digits of the short form occur in it in order, from right to left each at the nearest place; the
    first one begins a word.
    """
    first, *others = filter(str.isalnum, _fold(short))
    folded = _fold(candidate)
    position = len(folded)
    for letter in reversed(others):
        position = folded.rfind(letter, 0, max(position, 0))
    position = folded.rfind(first, 0, max(position, 0))
    while position > 0 and folded[position - 1].isalnum():
        position = folded.rfind(first, 0, position)
    if position < 0:
        return None
    return max(candidate.rfind(space, 0, position) for space in " \n\t\u00a0") + 1


def may_begin(short: str, candidate: str) -> bool:
    """Whether a long form may begin where the candidate does: its first word has the first letter of the short form."""
    return _fold(short[0]) in _fold(candidate.partition(" ")[0])


def _fold(text: str) -> str:
    return text.lower() if text.isascii() else lowered(text).translate(_GREEK)


def _initials(short: str, long: str) -> bool:
    letters = iter(word[0] for word in re.findall(r"[^\W_]+", long.lower()))
    return all(letter in letters for letter in short if letter.isalnum())


def words_allowed(short: str) -> int:
    """The most words that a long form of `short` may have (Schwartz and Hearst)."""
    size = sum(map(str.isalnum, short))
    return min(size + 5, size * 2)
