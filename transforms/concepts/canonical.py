"""Canonical text: what a linker reads, and where each of its characters stands in the text that was given.

Texts that differ only in blanks and in what nobody sees read alike. Soft hyphens, zero-width characters, marks of
direction and variation selectors are left out. A line break, a tab or a run of blanks of any kind is one blank. No
blank stands at an end of the text, before a closing mark, behind an opening bracket, or beside a slash between words. A
blank beside a hyphen may make a dash of it, and stays.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from transforms.concepts.homographs import means
from transforms.concepts.linker import Abbreviations, Concept, Linker

#: Unicode's Default_Ignorable_Code_Point: a reader sees nothing where one of these stands.
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
#: White space but for the plain blank.
_OTHER_BLANK = "\t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_INVISIBLE = re.compile(f"[{_IGNORABLE}]")
_BLANKS = re.compile(rf"\s{{2,}}|[{_OTHER_BLANK}]")
#: A question mark before a word asks for what follows, and closes nothing: "? fracture" against "fracture ? The".
_LOOSE = re.compile(
    r" (?:(?=[.,;:!)\]}%]|\?(?!\w| [^\W_A-Z])|\Z)|(?<=\A )|(?<=[(\[{] )"
    r"|(?<=\w )(?=/ ?\w)|(?:(?<=\w/ )|(?<=\w / ))(?=\w))"
)
#: What makes a text canonical, in this order.
_RULES = ((_INVISIBLE, ""), (_BLANKS, " "), (_LOOSE, ""))
#: In all that the last of them finds but at the ends of a text.
_MAY_BE_LOOSE = re.compile(r" (?:[ .,;:!?)\]}%/]|(?<=[(\[{/] ))")


class CanonicalText(NamedTuple):
    """A canonical text; `places` says of each of its characters where it stands in the given text."""

    text: str
    places: Sequence[int]

    def given_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the given text that begins and ends with the characters of `text[start:end]`."""
        return self.places[start], self.places[end - 1] + 1


def is_canonical(text: str) -> bool:
    """Whether a text is sure to be canonical; nearly all are, and cost little more than a search."""
    return is_plain(text) and text == text.strip()


def is_plain(text: str) -> bool:
    """Whether a text is sure to be canonical but for its ends; so is each of its parts."""
    usual = text.isprintable() and (text.isascii() or not _INVISIBLE.search(text))
    return usual and not _MAY_BE_LOOSE.search(text)


def canonical(text: str) -> str:
    """The canonical text."""
    if not is_canonical(text):
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
    return text


def read(text: str) -> CanonicalText:
    """The canonical text and the places of its characters."""
    found = CanonicalText(text, range(len(text)))
    for pattern, replacement in _RULES:
        found = _replaced(found, pattern, replacement)
    return found


def _replaced(found: CanonicalText, pattern: re.Pattern[str], replacement: str) -> CanonicalText:
    """The text with the replacement, which is no longer, for each match."""
    text, places = found
    replaced = pattern.sub(replacement, text)
    if len(replaced) == len(text):
        return CanonicalText(replaced, places)
    kept: list[int] = []
    done = 0
    for match in pattern.finditer(text):
        kept += places[done : match.start() + len(replacement)]
        done = match.end()
    return CanonicalText(replaced, [*kept, *places[done:]])


class CanonicalLinker:
    """What each linker is opened as: texts and abbreviations are read in canonical form, rows index the given texts."""

    def __init__(self, linker: Linker, least_score: float = 0.0, homographs: bool = True) -> None:
        """Links whose score is less than `least_score` are left out, and without `homographs` names that mean something
        else where they stand (homographs.py)."""
        self._linker = linker
        self._least_score = least_score
        self._homographs = homographs
        self.name = linker.name
        self.vocabulary = linker.vocabulary

    def link(self, texts: Sequence[str], known: Sequence[Abbreviations] = ()) -> list[list[Concept]]:
        """The concepts of each text: the same for all texts that look alike; `text[start:end]` is what they read."""
        others = {place: read(text) for place, text in enumerate(texts) if not is_canonical(text)}
        plain = list(texts)
        for place, other in others.items():
            plain[place] = other.text
        defined = [{canonical(short): canonical(long) for short, long in each.items()} for each in known]
        linked = [
            [concept for concept in concepts if self._keeps(text, concept)]
            for text, concepts in zip(plain, self._linker.link(plain, defined), strict=True)
        ]
        for place, other in others.items():
            linked[place] = [_in_given(texts[place], other, concept) for concept in linked[place]]
        return linked

    def _keeps(self, text: str, concept: Concept) -> bool:
        return concept["score"] >= self._least_score and (self._homographs or means(text, concept))


def _in_given(given: str, other: CanonicalText, concept: Concept) -> Concept:
    start, end = other.given_span(concept["start"], concept["end"])
    return {**concept, "start": start, "end": end, "text": given[start:end]}
