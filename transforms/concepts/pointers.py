"""Panel pointers: what a legend says of the figure and not of what it shows, and what is therefore no concept."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from transforms.concepts.context import lowered
from transforms.concepts.words import Tokens

_LOOKS = (
    "white|black|red|blue|green|yellow|orange|purple|magenta|cyan|gray|grey|pink|open|closed|solid|filled|dashed|dotted|"
    "large|small|thick|thin|long|short|curved|straight|hollow|empty"
)
_SIDES = "left|right|upper|lower|top|bottom|middle|center|centre|hand"
_QUALITIES = frozenset(f"{_LOOKS}|{_SIDES}".split("|"))
_MARKS = r"(?:arrow(?:[\s-]?head)?|asterisk|inset)s?"
#: Marks that are something else without a quality: the line of a catheter, Calot's triangle, a panel of genes.
_SHAPES = (
    "(?:star|circle|boxe?|square|rectangle|diamond|triangle|chevron|line|bar|dot|curve|panel|row|column|image|picture|graph|"
    "plot)s?"
)

_LETTER = r"(?:[a-l]|[ivx]{1,4})\d?"
_JOIN = r"\s?(?:[-\u2010-\u2013,;&/]|\bto\b|,?\s?\band\b)\s?"
_LETTERS = rf"{_LETTER}(?:{_JOIN}{_LETTER})*(?!\w)"
_NUMBER = rf"s?\d+(?:\s?{_LETTERS})?(?:{_JOIN}s?\d+(?:\s?{_LETTERS})?)*"
_LENGTH = r"\d+(?:\.\d+)?\s?(?:nm|[\u00b5\u03bcu]m|mm|cm|microns?|\u00e5)(?!\w)"
_MEASURE = rf"\W{{0,4}}(?:(?:represents?|indicates?|is|are|equals?|corresponds?\sto)\s)?{_LENGTH}"

_POINTER = re.compile(
    r"(?:(?<!\w)|(?=[(\[\u00d7]))(?:"  # nowhere within a word, which spares most places the rest
    rf"[(\[]\s?{_LETTERS}\s?[)\]]"  # (A), (A-C), [b and c], (iii)
    rf"|(?:^|(?<=[.;]\s)){_LETTER}\)"  # "A) ", where a sentence begins
    rf"|(?<=\()(?:{_LOOKS}|{_SIDES}|{_SHAPES})(?=[),;])"  # (red), (left), (circles)
    r"|\b(?:"
    rf"(?:scale|calibration|size)[\s-]bars?(?:{_MEASURE})?|bars?{_MEASURE}"
    rf"|(?:panel|lane|column|row)s?\s(?:{_NUMBER}|{_LETTERS})"
    rf"|(?:supplementa(?:ry|l)\s)?(?:fig(?:ure)?s?|table|movie|video|scheme)s?\.?\s?{_NUMBER}"
    r"|(?:original\s)?magnification(?:\W{0,3}(?:[x\u00d7]\s?\d+|\d+\s?[x\u00d7]))?"
    r")(?!\w)"
    rf"|\b(?:{_MARKS}|(?P<shape>{_SHAPES}))(?![\w-])"
    r"|(?<![\w.])(?:(?<!\d\s)[x\u00d7]\s?\d+(?:[.,]\d+)?(?![\w-])|\d+(?:[.,]\d+)?\s?[x\u00d7](?!\w|\s?\d))"
    r")"
)
#: The words that a pointer begins with, or has behind the sign that it begins with: it is sought nowhere else.
_FIRST = re.compile(
    rf"(?:{_LOOKS}|{_SIDES}|{_MARKS}|{_SHAPES}|\d+|[a-lx]|[ivx]{{1,4}}|scale|calibration|size|lanes?|supplementa(?:ry|l)|"
    r"(?:fig(?:ure)?s?|table|movie|video|scheme)s?|original|magnification)(?:['\u2019]s)?"
)
_SIGNS = frozenset("([\u00d7")
_WORD_BEFORE = re.compile(r"\b([a-z]+)[\s-]$")


def pointers(texts: Sequence[str], tokens: Tokens) -> Iterator[tuple[int, int, int]]:
    """Panel letters, arrows, scale bars, magnifications and references to figures: the text, and code points in it."""
    first = np.fromiter(map(_may_begin, tokens.spellings), np.bool_, len(tokens.spellings))[tokens.places]
    last, content, done = -1, "", 0
    for text, word in zip(tokens.texts[first].tolist(), tokens.starts[first].tolist(), strict=True):
        if text != last:
            last, content, done = text, lowered(texts[text]), 0
        if word >= done and (pointer := _pointer(content, word, done)):
            done = pointer.end()
            start = _qualities(content, pointer.start())
            if start < pointer.start() or not pointer["shape"]:
                yield text, start, done


@lru_cache(maxsize=1 << 14)
def _may_begin(word: str) -> bool:
    return _FIRST.fullmatch(word.lower()) is not None


def _pointer(text: str, word: int, done: int) -> re.Match[str] | None:
    """The pointer that begins at a word or the sign before it, not before `done`."""
    sign = word - 1 - text[word - 1 : word].isspace()
    at_sign = _POINTER.match(text, sign) if sign >= done and text[sign] in _SIGNS else None
    return at_sign or _POINTER.match(text, word)


def _qualities(text: str, start: int) -> int:
    """Where the looks and sides begin that stand before `start`: "thick white arrow", "upper left panel"."""
    while (word := _WORD_BEFORE.search(text, max(0, start - 10), start)) and word[1] in _QUALITIES:
        start = word.start()
    return start
