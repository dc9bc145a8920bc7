"""Panel pointers: what a legend says of the figure and not of what it shows, and what is therefore no concept."""

import re

from transforms.concepts.context import lowered

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
_WORD_BEFORE = re.compile(r"\b([a-z]+)[\s-]$")


def pointers(text: str) -> list[tuple[int, int]]:
    """The spans of panel letters, arrows, scale bars, magnifications and references to figures, in code points."""
    text = lowered(text)
    spans = []
    for pointer in _POINTER.finditer(text):
        start = _qualities(text, pointer.start())
        if start < pointer.start() or not pointer["shape"]:
            spans.append((start, pointer.end()))
    return spans


def _qualities(text: str, start: int) -> int:
    """Where the looks and sides begin that stand before `start`: "thick white arrow", "upper left panel"."""
    while (word := _WORD_BEFORE.search(text, max(0, start - 10), start)) and word[1] in _QUALITIES:
        start = word.start()
    return start
