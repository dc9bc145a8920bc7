"""Abbreviations: which short forms a text defines, and what each of their uses stands for.

"hepatocellular carcinoma (HCC)" and "HCC (hepatocellular carcinoma)" are found as in Schwartz, Hearst: A simple
algorithm for identifying abbreviation definitions in biomedical text. Pac Symp Biocomput 2003; 8: 451-462. Figure
legends also list them, "HCC, hepatocellular carcinoma; CT = computed tomography", and mark structures with single
letters, "T, tumor". Where a list says so, the long form begins at once; a letter that counts panels marks nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain, takewhile
from string import ascii_uppercase
from types import MappingProxyType
from typing import TypeAlias

from transforms.concepts.canonical import canonical, is_plain
from transforms.concepts.long_forms import (
    LONGEST,
    Abbreviation,
    Span,
    definition,
    may_be_short,
    may_begin,
    words_allowed,
)
from transforms.concepts.matches import stop_words

#: Which short forms are looked for.
Wanted: TypeAlias = Callable[[str], bool]

_PARENTHESIS = re.compile(r"\(\s*([^()\s](?:[^()]*[^()\s])?)\s*\)")
#: All up to the last sentence.
_TO_SENTENCE = re.compile(r".*(?:[.;:!?] |\n)\s*", re.DOTALL)
#: Characters within which a sentence begins, and a long form of a list ends.
_WINDOW = 300
#: What follows the short form in its parenthesis: "(GFAP; red)", "(HE, x100)".
_ASIDE = re.compile(r"[;,:]\s")
#: What parts the two forms of an entry of a list, and the words for it.
_SIGN = re.compile(r"[,:=]\s*(?=[^\W_])")
_VERBS = ("indicate", "denote", "means", "stands for")
_VERB = re.compile(r"(?:indicates?|denotes?|means|stands for)\s+(?=[^\W_])")
#: The short form of an entry before its sign.
_SHORT_BEFORE = re.compile(r"(?<![\w\-+/&])([^\W_][\w\-+/&]{0,9})(\s*)\Z")
#: What ends the long form of an entry.
_ENTRY_END = re.compile(r"\s*(?:[(\[\n]|[;.,:)\]](?!\w)|\sand\s\S+(?:,|\s*[=:])|$)")
#: Between two entries; a single letter before a comma is one only there.
_BETWEEN = re.compile(r"(?:^|[;.,:()\[\]]|\band|\n)\s*$")
_LETTER = re.compile(r"\b[A-Z](?=\s*[),:=])")


def find_abbreviations(text: str, lists: bool = True, wanted: Wanted = may_be_short) -> list[Abbreviation]:
    """The definitions in `text` in the order of their short forms; the first of each short form only.

    Without `lists` only those in brackets. `wanted` says which short forms are looked for.
    """
    first: dict[str, Abbreviation] = {}
    definitions = [*_in_parentheses(text, wanted), *(_in_lists(text, wanted) if lists else ())]
    for found in sorted(definitions, key=lambda found: found.short_span):
        first.setdefault(found.short, found)
    if any(len(short) == 1 for short in first):
        for letter in _counting(text):
            first.pop(letter, None)
    return list(first.values())


def may_define(text: str, wanted: Wanted) -> bool:
    """Whether the canonical form of `text` may define a wanted short form in brackets; quicker than to find those.

    Where canonical form changes what stands beside a bracket, it may define anything.
    """
    for parenthesis in _PARENTHESIS.finditer(text):
        around = text[max(0, parenthesis.start() - LONGEST - 2) : parenthesis.start(1) + LONGEST + 2]
        if not is_plain(around) or wanted(text[slice(*_short_form(text, parenthesis)[0])]):
            return True
    return False


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


def used_in(text: str) -> Wanted:
    """Whether a string may be a short form that `text` uses; single letters, defined by every legend, are left out."""

    @cache
    def is_used(short: str) -> bool:
        return len(short) > 1 and may_be_short(short) and next(_uses(text, short), None) is not None

    return is_used


def _uses(text: str, short: str) -> Iterator[Span]:
    stem = short[:-1] if len(short) > 2 and short[-1] == "s" and short[-2].isupper() else short
    bracketed = len(stem) == 1 or stem.islower() or (stem.istitle() and stem.lower() in stop_words())
    if bracketed and not any(bracket + stem in text for bracket in "(["):
        return
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


def _in_parentheses(text: str, wanted: Wanted) -> Iterator[Abbreviation]:
    for parenthesis in _PARENTHESIS.finditer(text):
        short, whole = _short_form(text, parenthesis)
        form = text[slice(*short)]
        if wanted(form):
            before = parenthesis.start()
            long = parenthesis.span(1) if whole else _words_before(text, before, words_allowed(form))
            yield from definition(text, short, long, whole)


def _short_form(text: str, parenthesis: re.Match[str]) -> tuple[Span, bool]:
    """What may be the short form, and whether the whole parenthesis is its long form; an empty span where nothing may.

    It stands in the parenthesis, or else before it.
    """
    start, end = parenthesis.span(1)
    aside = _ASIDE.search(text, start, min(end, start + LONGEST + 2))
    short = start, aside.start() if aside else end
    if may_be_short(text[slice(*short)]):
        return short, False
    short = _words_before(text, parenthesis.start(), 1)
    word = text[slice(*short)]
    return (short, True) if may_be_short(word) and may_begin(word, text[start:end]) else ((start, start), True)


def _words_before(text: str, end: int, most: int) -> Span:
    """The last words, at `most`, of the sentence that goes on at `end`."""
    window = max(0, end - _WINDOW)
    before = text[window:end].rstrip()
    words = before.rsplit(None, most)
    rest = len(words.pop(0)) if len(words) > most else 0
    begin = before.find(words[0], rest) if words else len(before)
    if stop := _TO_SENTENCE.match(before, begin):
        begin = stop.end()
    return window + begin, window + len(before)


def _in_lists(text: str, wanted: Wanted) -> Iterator[Abbreviation]:
    for span, sign, begin in _entries(text):
        short, comma = text[slice(*span)], sign == ","
        if (comma and len(short) > 3 and short.islower()) or not wanted(short):
            continue
        if len(short) == 1 and comma and not _BETWEEN.search(text, max(0, span[0] - 5), span[0]):
            continue
        if end := _ENTRY_END.search(text, begin, begin + _WINDOW):
            yield from definition(text, span, (begin, end.start()), whole=True)


def _entries(text: str) -> Iterator[tuple[Span, str, int]]:
    """What may be an entry of a list: its short form, the sign behind it, and where its long form begins."""
    verbs = _VERB.finditer(text) if any(map(text.__contains__, _VERBS)) else ()
    for match in chain(_SIGN.finditer(text), verbs):
        short = _SHORT_BEFORE.search(text, max(0, match.start() - LONGEST - 2), match.start())
        if short is None:
            continue
        sign, blanks = match[0].rstrip(), len(short[2])
        if sign == ",":
            parts = blanks == 0 and match[0] != sign  # a number has no blank behind its comma
        else:
            parts = blanks <= 1 if sign == ":" else blanks > 0 or sign == "="
        if parts:
            yield short.span(1), sign, match.end()


def _counting(text: str) -> set[str]:
    """The letters that count panels: A, B, … as long as each stands before a bracket, comma, colon or equals sign."""
    return set(takewhile(set(_LETTER.findall(text)).__contains__, ascii_uppercase))
