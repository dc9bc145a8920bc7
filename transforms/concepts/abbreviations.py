"""Abbreviations: which short forms a text defines, and what each of their uses stands for.

"hepatocellular carcinoma (HCC)" and "HCC (hepatocellular carcinoma)" are found as in Schwartz, Hearst: A simple
algorithm for identifying abbreviation definitions in biomedical text. Pac Symp Biocomput 2003; 8: 451-462. Figure
legends also list them, "HCC, hepatocellular carcinoma; CT = computed tomography", and mark structures with single
letters, "T, tumor". Where a list says so, the long form begins at once; a letter that counts panels marks nothing.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import takewhile
from string import ascii_uppercase
from types import MappingProxyType
from typing import NamedTuple

from transforms.concepts.canonical import canonical
from transforms.concepts.context import lowered
from transforms.concepts.matches import stop_words

Span = tuple[int, int]


class Abbreviation(NamedTuple):
    """A definition; the spans are of code points: `text[slice(*short_span)] == short`, and so for the long form."""

    short: str
    long: str
    short_span: Span
    long_span: Span


#: The longest short form (Schwartz and Hearst); it has at most two words.
_LONGEST = 10
#: Longer words in small letters are words.
_LONGEST_SMALL = 4
_SHORT = re.compile(r"[^\W_]\S*(?: \S+)?")
_PARENTHESIS = re.compile(r"\(\s*([^()\s](?:[^()]*[^()\s])?)\s*\)")
_STOPS = (". ", "; ", ": ", "! ", "? ", "\n")
#: Characters within which a sentence begins, and a long form of a list ends.
_WINDOW = 300
#: What follows the short form in its parenthesis: "(GFAP; red)", "(HE, x100)".
_ASIDE = re.compile(r"[;,:]\s")
#: An entry of a list up to its long form, and what ends that.
_ENTRY = re.compile(
    r"(?<![\w\-+/&])([^\W_][\w\-+/&]{0,9})"
    r"(\s*=\s*|\s?:\s*|,\s+|\s+(?:indicates?|denotes?|means|stands for)\s+)(?=[^\W_])"
)
#: One of these is in every list.
_SIGNS = (",", ":", "=", "indicate", "denote", "means", "stands for")
_ENTRY_END = re.compile(r"\s*(?:[(\[\n]|[;.,:)\]](?!\w)|\sand\s\S+(?:,|\s*[=:])|$)")
#: Between two entries; a single letter before a comma is one only there.
_BETWEEN = re.compile(r"(?:^|[;.,:()\[\]]|\band|\n)\s*$")
_LETTER = re.compile(r"\b[A-Z](?=\s*[),:=])")
_GREEK = str.maketrans("αβγδεζηθικλμνξοπρσςτυφχψω", "abgdezhtiklmnxoprsstupcpo")


def find_abbreviations(text: str, lists: bool = True) -> list[Abbreviation]:
    """The definitions in `text` in the order of their short forms; the first of each short form only.

    Without `lists` only those in brackets.
    """
    first: dict[str, Abbreviation] = {}
    definitions = [*_in_parentheses(text), *(_in_lists(text) if lists else ())]
    for found in sorted(definitions, key=lambda found: found.short_span):
        first.setdefault(found.short, found)
    if any(len(short) == 1 for short in first):
        for letter in _counting(text):
            first.pop(letter, None)
    return list(first.values())


def resolve(text: str, known: Mapping[str, str] = MappingProxyType({})) -> list[tuple[int, int, str]]:
    """Every use of a short form in `text`, its definition included, as start, end and long form; no overlaps.

    `known` maps short forms that the article defines elsewhere to their long forms; what the text itself defines comes
    first. A regular plural is a use, too. Single letters, words in small letters and function words ("T", "as", "In")
    stand for something only where they are defined and alone in brackets.
    """
    definitions = find_abbreviations(text)
    if not definitions and not known:
        return []
    long_forms = {**known, **{found.short: found.long for found in definitions}}
    uses = {found.short_span: found.long for found in definitions}
    for short, long in long_forms.items():
        for span in _uses(text, short):
            uses.setdefault(span, long)
    resolved: list[tuple[int, int, str]] = []
    for start, end in sorted(uses, key=lambda span: (span[0], -span[1])):
        if not resolved or start >= resolved[-1][1]:
            resolved.append((start, end, uses[start, end]))
    return resolved


def in_use(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """The short forms that `text` uses, sorted, and their long forms: its own, else those that are `known`.

    `text` is read as linkers read it (canonical.py).
    """
    text = canonical(text)
    own = {found.short: found.long for found in find_abbreviations(text)}
    used = {short: long for short, long in known.items() if next(_uses(text, short), None)}
    return dict(sorted((used | own).items()))


def _uses(text: str, short: str) -> Iterator[Span]:
    stem = short[:-1] if len(short) > 2 and short[-1] == "s" and short[-2].isupper() else short
    bracketed = len(stem) == 1 or stem.islower() or (stem.istitle() and stem.lower() in stop_words())
    start = text.find(stem) if stem else -1
    while start >= 0:
        end = start + len(stem)
        if text[end : end + 1] == "s" and not bracketed:
            end += 1
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        number = after == "-" and text[end + 1 : end + 2].isdigit()  # IL-6 is no use of IL
        alone = before in ("(", "[") and after in (")", "]")
        if alone or not (bracketed or number or _in_word(before) or _in_word(after)):
            yield start, end
        start = text.find(stem, end)


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _in_parentheses(text: str) -> Iterator[Abbreviation]:
    for parenthesis in _PARENTHESIS.finditer(text):
        start, end = parenthesis.span(1)
        aside = _ASIDE.search(text, start, end)
        short = start, aside.start() if aside else end
        sentence = _sentence_before(text, parenthesis.start())
        if _may_be_short(text[slice(*short)]):
            allowed = _words_allowed(text[slice(*short)])
            yield from _definition(text, short, _last_words(text, sentence, allowed))
        else:
            short = _last_words(text, sentence, 1)
            if _may_be_short(text[slice(*short)]):
                yield from _definition(text, short, (start, end), whole=True)


def _sentence_before(text: str, end: int) -> Span:
    """The sentence that goes on at `end`, up to there."""
    begin = max(0, end - _WINDOW)
    before = text[begin:end].rstrip()
    start = max((before.rfind(stop) + len(stop) for stop in _STOPS if stop in before), default=0)
    return begin + start, begin + len(before)


def _last_words(text: str, span: Span, count: int) -> Span:
    words = text[slice(*span)].rsplit(None, count)
    rest = len(words.pop(0)) if len(words) > count else 0
    begin = text.find(words[0], span[0] + rest) if words else span[1]
    return begin, span[1]


def _in_lists(text: str) -> Iterator[Abbreviation]:
    if not any(map(text.__contains__, _SIGNS)):
        return
    for entry in _ENTRY.finditer(text):
        short, comma = entry[1], entry[2].startswith(",")
        if (comma and len(short) > 3 and short.islower()) or not _may_be_short(short):
            continue
        if len(short) == 1 and comma and not _BETWEEN.search(text, max(0, entry.start() - 5), entry.start()):
            continue
        if end := _ENTRY_END.search(text, entry.end(), entry.end() + _WINDOW):
            yield from _definition(text, entry.span(1), (entry.end(), end.start()), whole=True)


def _definition(text: str, short_span: Span, candidate: Span, whole: bool = False) -> Iterator[Abbreviation]:
    """The definition of a short form by the end of the candidate; by the `whole` candidate and nothing less."""
    short, (start, end) = text[slice(*short_span)], candidate
    begin = _long_form(short, text[start:end])
    if begin is None or (whole and begin):
        return
    long = text[start + begin : end]
    words = len(re.findall(r"[^\s-]+", long))
    if len(long) < len(short) or short in long.split() or words > _words_allowed(short):
        return
    a_word = short.islower() or (short[1:].islower() and len(short) >= _LONGEST_SMALL)
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


def _fold(text: str) -> str:
    return lowered(text).translate(_GREEK)


def _initials(short: str, long: str) -> bool:
    letters = iter(word[0] for word in re.findall(r"[^\W_]+", long.lower()))
    return all(letter in letters for letter in short if letter.isalnum())


def _words_allowed(short: str) -> int:
    size = sum(map(str.isalnum, short))
    return min(size + 5, size * 2)


@lru_cache(maxsize=1 << 14)
def _may_be_short(short: str) -> bool:
    """Whether it has the form of a short form; of single letters, only capitals have."""
    return (
        len(short) <= _LONGEST
        and _SHORT.fullmatch(short) is not None
        and any(map(str.isalpha, short))
        and (len(short) > 1 or short.isupper())
        and (" " not in short or all(any(map(str.isupper, word)) for word in short.split()))
        and (len(short) <= _LONGEST_SMALL or not short.islower())
    )


def _counting(text: str) -> set[str]:
    """The letters that count panels: A, B, … as long as each stands before a bracket, comma, colon or equals sign."""
    return set(takewhile(set(_LETTER.findall(text)).__contains__, ascii_uppercase))
