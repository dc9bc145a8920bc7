"""Abbreviations: which short forms a text defines, and what each of their uses stands for.

"hepatocellular carcinoma (HCC)" and "HCC (hepatocellular carcinoma)" are found as in Schwartz, Hearst: A simple
algorithm for identifying abbreviation definitions in biomedical text. Pac Symp Biocomput 2003; 8: 451-462. Figure
legends also list them, "HCC, hepatocellular carcinoma; CT = computed tomography", and mark structures with single
letters, "T, tumor". Where a list says so, the long form begins at once; a letter that counts panels marks nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, pairwise, takewhile
from string import ascii_uppercase
from types import MappingProxyType
from typing import TypeAlias

from transforms.concepts.canonical import canonical
from transforms.concepts.long_forms import (
    LONGEST,
    LONGEST_SMALL,
    Abbreviation,
    Span,
    definition,
    may_be_short,
    may_begin,
    words_allowed,
)
from transforms.concepts.matches import stop_words

#: Whether a string is a short form that is looked for; it is of none that `may_be_short` refuses.
Wanted: TypeAlias = Callable[[str], bool]

#: What follows a short form in its parenthesis: "(GFAP; red)", "(HE, x100)".
_ASIDE = r"[;,:]\s"
#: All that a parenthesis holds, and what may be a short form at its begin.
_PARENTHESIS = re.compile(
    rf"\(\s*(?=[^()\s])(?:(?=(?P<short>[^()]{{1,{LONGEST}}}?)(?:\s*\)|{_ASIDE})))?(?P<all>[^()]*[^()\s])\s*\)"
)
#: The same in a text that is not canonical: what nobody sees makes it longer.
_BRACKETED = re.compile(rf"\(\s*([^()\s][^()]{{0,{3 * LONGEST}}}?)\s*(?:\)|{_ASIDE})")
#: All up to the last sentence.
_TO_SENTENCE = re.compile(r".*(?:[.;:!?] |\n)\s*", re.DOTALL)
#: Characters within which a sentence begins, and a long form of a list ends.
_WINDOW = 300
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


class UsedIn(dict[str, bool]):
    """By string, whether it may be a short form that a text uses; each is looked up once.

    Single letters, which every legend defines, are left out.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __missing__(self, short: str) -> bool:
        form = short if short.isascii() and short.isalnum() else canonical(short)
        self[short] = used = len(form) > 1 and may_be_short(form) and next(_uses(self._text, form), None) is not None
        return used


def may_define(text: str, used: UsedIn) -> bool:
    """Whether the canonical form of `text` may define a used short form in brackets; quicker than to find those.

    `text` need not be canonical.
    """
    if any(map(used.__getitem__, _BRACKETED.findall(text))):
        return True
    for before, inside in pairwise(text.split("(")):
        words = before.rsplit(None, 1)
        word = words[-1] if words else ""
        if not word or (len(word) > LONGEST_SMALL and word.islower() and word.isascii()):  # as most are
            continue
        if not word[0].isalnum() or words[0][-1] == "/":  # canonical form may add it to the word before
            word = canonical(before[-4 * LONGEST :]).rpartition(" ")[2]
        if used[word] and may_begin(word, canonical(inside)):
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


def _uses(text: str, short: str) -> Iterator[Span]:
    stem = short[:-1] if len(short) > 2 and short[-1] == "s" and short[-2].isupper() else short
    start = text.find(stem) if stem else -1
    if start < 0:
        return
    bracketed = len(stem) == 1 or stem.islower() or (stem.istitle() and stem.lower() in stop_words())
    if bracketed and not any(bracket + stem in text for bracket in "(["):
        return
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
        form, before = parenthesis["short"] or "", parenthesis.start()
        if wanted(form):
            yield from definition(text, parenthesis.span("short"), _words_before(text, before, words_allowed(form)))
        elif not may_be_short(form):
            words = text[max(0, before - LONGEST - 2) : before].split()  # a longer word is none that is wanted
            if words and wanted(words[-1]) and may_begin(words[-1], parenthesis["all"]):
                start = text.rindex(words[-1], 0, before)
                span = start, start + len(words[-1])
                yield from definition(text, span, parenthesis.span("all"), whole=True)


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
    verbs = _VERB.finditer(text) if any(map(text.__contains__, _VERBS)) else ()
    for match in chain(_SIGN.finditer(text), verbs):
        before = _SHORT_BEFORE.search(text, max(0, match.start() - LONGEST - 2), match.start())
        if before is None or not wanted(before[1]) or not _parts(match[0], len(before[2])):
            continue
        short, span, comma = before[1], before.span(1), match[0][0] == ","
        if comma and len(short) > 3 and short.islower():
            continue
        if len(short) == 1 and comma and not _BETWEEN.search(text, max(0, span[0] - 5), span[0]):
            continue
        if end := _ENTRY_END.search(text, match.end(), match.end() + _WINDOW):
            yield from definition(text, span, (match.end(), end.start()), whole=True)


def _parts(match: str, blanks: int) -> bool:
    """Whether a sign or verb, blanks behind it included, parts the two forms of an entry; `blanks` stand before it."""
    sign = match.rstrip()
    if sign == ",":
        return blanks == 0 and match != sign  # a number has no blank behind its comma
    return blanks <= 1 if sign == ":" else blanks > 0 or sign == "="


def _counting(text: str) -> set[str]:
    """The letters that count panels: A, B, … as long as each stands before a bracket, comma, colon or equals sign."""
    return set(takewhile(set(_LETTER.findall(text)).__contains__, ascii_uppercase))
