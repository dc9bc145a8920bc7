"""Captions: the text of each panel of a compound figure.

A caption splits where its panel letters stand in order, all in one style: "(A) first. (B, C) others.", "A. first. B.
second.", "A: …", "A) …", "a, …", or with the letters behind their text: "The lesion (A) and its scar (B)." A panel's
text is what all panels share (the title before the first letter, remarks on scale and abbreviations) and its segment.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from schemas.tables import Row
from transforms.captions.parts import NO_SPLIT, Part, Span, Split, part_text


class Marker(NamedTuple):
    """A place in the caption that names panels."""

    start: int
    end: int
    labels: tuple[str, ...]


Alphabet = tuple[str, ...]

_UPPER = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = tuple("abcdefghijklmnopqrstuvwxyz")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_NUMBERS = tuple(str(number) for number in range(1, 21))

_RANGE = r"\s?(?:-|\u2010|\u2011|\u2012|\u2013|\u2014|\bto\b|\bthrough\b)\s?"
_AND = r"\s?(?:,\s?and\b|,|;|&|\band\b)\s?"
_LETTERS = rf"(?:[A-Z](?:(?:{_RANGE}|{_AND})[A-Z]){{0,12}}|[a-z](?:(?:{_RANGE}|{_AND})[a-z]){{0,12}})(?!\w)"
_CODE = r"(?:\d{1,2}|[ivx]{1,4})"
_CODES = rf"{_CODE}(?:(?:{_RANGE}|{_AND}){_CODE}){{0,12}}(?!\w)"
#: The beginning of the caption or of a clause.
_CLAUSE = r"(?:^|(?<=[.;:,?!)\]]\s)|(?<=\band\s)|(?<=[.;]))"
_SENTENCE = r"(?:^|(?<=[.;:?!)\]]\s))"

#: The styles of markers, with the alphabets that each may use.
_STYLES: tuple[tuple[re.Pattern[str], tuple[Alphabet, ...]], ...] = (
    (re.compile(rf"\(\s*(?P<labels>{_LETTERS})\s*\.?(?:,\s*[a-z][a-z ]{{2,30}})?\s*\)"), (_UPPER, _LOWER)),
    (re.compile(rf"{_CLAUSE}(?P<labels>{_LETTERS})\s*\)(?=\s|$)"), (_UPPER, _LOWER)),
    (re.compile(rf"{_CLAUSE}(?P<labels>{_LETTERS})\s?:(?=\s)"), (_UPPER, _LOWER)),
    (re.compile(rf"{_CLAUSE}(?P<labels>{_LETTERS})\.(?=\s+[^\sa-z])"), (_UPPER, _LOWER)),
    (re.compile(rf"{_CLAUSE}(?P<labels>{_LETTERS}),(?=\s+\w\w)"), (_UPPER, _LOWER)),
    (re.compile(rf"{_SENTENCE}(?P<labels>{_LETTERS})(?=\s+[A-Z])"), (_UPPER, _LOWER)),
    (re.compile(rf"{_CLAUSE}\(\s*(?P<labels>{_CODES})\s*\)"), (_ROMAN, _NUMBERS)),
)

#: Where a sentence ends.
_END = re.compile(r"[.!?](?=\s+[^\sa-z])")
#: What follows a letter that stands behind its text.
_BEHIND = re.compile(r"\s*(?:[.,;:)]|$|and\b)")
#: A word before a letter that the letter may belong to.
_PHRASE = re.compile(r"(?<=\w)(?<!\bin)(?<!\bof)(?<!\band)\s$")
_COMMA = re.compile(r"\s?[,;:]")
#: A sentence that speaks of all panels though it follows the last letter.
_REMARK = re.compile(
    r"(?<=[.;)\]]\s)(?:\(?(?:Scale|Bars?\b|Error bars|Magnification|Original magnification|Abbreviations?|Arrow|"
    r"Asterisk|(?:Data|Values|Results) (?:are|were|represent)|All )|\*+\s?[pP]\b)"
)


def split_caption(caption: str, markup: Sequence[Row] = (), letters: Sequence[str] = ()) -> Split:
    """What the caption of a figure says of each of its panels.

    `markup`: the spans of the caption's markup (schemas.figures.SPAN); `letters`: those that are read in the picture.
    """
    return _split(caption)


@lru_cache(maxsize=64)
def _split(caption: str) -> Split:
    """The panels of a figure follow each other, and each asks for the parts of the one caption."""
    splits = [
        (markers, alphabet)
        for style, alphabets in _STYLES
        if (matches := list(style.finditer(caption)))
        for alphabet in alphabets
        if (markers := _in_order(_markers(matches, alphabet), alphabet))
    ]
    if not splits:
        return NO_SPLIT
    markers, alphabet = min(splits, key=lambda split: split[0][0].start)
    shared, segments = _behind(caption, markers) if _stand_behind(caption, markers) else _ahead(caption, markers)
    own = {label: segment for marker, segment in zip(markers, segments, strict=True) for label in marker.labels}
    all_share = tuple(span for span in shared if caption[slice(*span)].strip())
    return Split("letters", tuple(Part(label, (own[label],), all_share, 1.0) for label in alphabet if label in own))


def _markers(matches: list[re.Match[str]], alphabet: Alphabet) -> list[Marker]:
    found = ((match, _labels(match["labels"], alphabet)) for match in matches)
    return [Marker(match.start(), match.end(), labels) for match, labels in found if labels]


def _labels(text: str, alphabet: Alphabet) -> tuple[str, ...]:
    """The labels that "A-C, E" names; () where one is not of the alphabet."""
    labels: list[str] = []
    for item in re.split(_AND, text):
        ends = re.split(_RANGE, item)
        if not set(ends) <= set(alphabet):
            return ()
        labels += alphabet[alphabet.index(ends[0]) : alphabet.index(ends[-1]) + 1]
    return tuple(labels)


def _in_order(markers: list[Marker], alphabet: Alphabet) -> list[Marker]:
    """The markers that introduce a panel, each with the labels that are new there; [] where they are not in order."""
    last = {(label, len(marker.labels)): index for index, marker in enumerate(markers) for label in marker.labels}
    kept: list[Marker] = []
    seen: set[str] = set()
    for index, marker in enumerate(markers):
        finer = range(1, len(marker.labels))
        if finer and all(any(last.get((label, size), 0) > index for size in finer) for label in marker.labels):
            continue  # "(A-D) Four cases. (A) …" announces the panels
        new = [label for label in marker.labels if label not in seen]
        if new:
            if new[0] != next((label for label in alphabet if label not in seen), None):
                return []
            kept.append(marker._replace(labels=tuple(new)))
            seen.update(new)
    return kept if len(kept) > 1 and seen == set(alphabet[: len(seen)]) else []


def _stand_behind(caption: str, markers: list[Marker]) -> bool:
    """Whether the letters follow their texts: most are followed by none, or half and the first ends a phrase."""
    behind = sum(bool(_BEHIND.match(caption, marker.end)) for marker in markers)
    return 2 * behind + bool(_PHRASE.search(caption, 0, markers[0].start)) > len(markers)


Spans = list[Span]


def _ahead(caption: str, markers: list[Marker]) -> tuple[Spans, Spans]:
    """What all panels share, and each marker's segment: from the marker to the next."""
    remark = _REMARK.search(caption, markers[-1].end)
    end = remark.start() if remark else len(caption)
    starts = [marker.start for marker in markers]
    return [(0, starts[0]), (end, len(caption))], list(pairwise([*starts, end]))


def _behind(caption: str, markers: list[Marker]) -> tuple[Spans, Spans]:
    """What all panels share, and each marker's segment: from the one before it to the marker."""
    ends = [match.end() for match in _END.finditer(caption)]
    cut = start = max((end for end in ends if end <= markers[0].start), default=0)
    segments = []
    for marker, limit in zip(markers, [*(marker.start for marker in markers[1:]), len(caption)], strict=True):
        # To the end of the sentence, or to the letter where the sentence has another.
        comma = _COMMA.match(caption, marker.end)
        default = len(caption) if limit == len(caption) else comma.end() if comma else marker.end
        stop = next((end for end in ends if marker.end <= end <= limit), default)
        segments.append((cut, stop))
        cut = stop
    return [(0, start), (cut, len(caption))], segments


def caption_parts(caption: str, labels: list[str] | None) -> list[dict[str, str]]:
    """The parts as rows; given `labels`, one for each of them, the whole caption where it has no part of its own."""
    parts = split_caption(caption).parts
    if labels is None:
        return [{"label": part.label, "text": part_text(caption, part)} for part in parts]
    own = {plain(part.label): part_text(caption, part) for part in parts}
    return [{"label": label, "text": own.get(plain(label), caption)} for label in labels]


def plain(label: str) -> str:
    """A letter as it is compared: "(A)" and "a" are one."""
    return "".join(filter(str.isalnum, label)).casefold()
