"""Candidates in brackets: "(A)", "[A, B]", "(a)-(c)", "(A; left)", "(panel A)", "(H&E, A)"."""

import re
from collections.abc import Iterator

from transforms.captions.candidates import Candidate, weight_of
from transforms.captions.context import (
    PHRASE,
    context_of,
    doubt,
    doubt_of_abbreviation,
    is_reference,
    speaks_of_panels,
)
from transforms.captions.labels import GREEK, LABELS, read_labels

_JOINT = r"(?:\s?(?:-|,|;|&|/|\bto\b|,?\s?\band\b)\s?)?"
_REST = rf"\s?(?:{LABELS}|{GREEK})\s?[.:,]?\s?[)\]]"
#: Labels in brackets, several of them joined; a noun or a remark before them, or a remark behind them (`remarked`).
#: All begin with a bracket, which the engine then looks for alone.
_BRACKETED = re.compile(
    rf"[(\[](?:{_REST}(?:{_JOINT}[(\[]{_REST}){{0,12}}"
    r"|(?:(?P<noun>[Pp]anels?|[Ii]mages?)\s|(?P<lead>(?!\w\b)[^()\[\],;]{2,30}[,;]\s))?"
    rf"(?P<remarked>{LABELS})(?:\s?[,;:]\s?[^()\[\]:;]{{1,40}}|\s[^\s()\[\]]{{1,12}})?[)\]])"
)
_EACH = re.compile(rf"[(\[]{_REST}")
#: Brackets of which the first may belong to what is before, the last to what follows: "coronal (B) and (C) sagittal".
#: Both belong to what is before where nothing, a mark or one of these words follows.
_PARTING = re.compile(r"[)\]]\s?(?:,|and\b|,\s?and\b)\s?[(\[]")
_SHARED = re.compile(
    r"\s?(?:[^\s\w]|$|(?:show|demonstrat|reveal|depict|illustrat|indicat|represent|display|suggest|confirm|stain)\w*\b"
    r"|(?:of|in|with|at|on|by|and|or|are|were|is|was|after|before|from|for|during|to|obtained|taken|using|both)\b)"
)

#: What more than labels in the brackets takes, and several labels with digits within a phrase ("in blocks (A1, B1)").
_REMARK, _CODES = 0.2, 0.5


def bracketed(text: str) -> Iterator[Candidate]:
    """The candidates in brackets, in the order of the text."""
    for match in _BRACKETED.finditer(text):
        remarked = match["remarked"]
        if remarked:
            readings = read_labels(remarked)
            if not (match["lead"] and readings and readings[0].alphabet == "number"):
                yield from _candidate(text, *match.span(), remarked, match["noun"] is not None, _REMARK)
        elif _PARTING.search(match[0]) and not _SHARED.match(text, match.end()):
            yield from _parted(text, match)
        else:
            yield from _candidate(text, *match.span(), match[0])


def _parted(text: str, match: re.Match[str]) -> Iterator[Candidate]:
    """Joined brackets, each by itself where they stand within a phrase."""
    context = context_of(text, match.start())
    if context.place == PHRASE:
        for one in _EACH.finditer(text, *match.span()):
            price = doubt(context, True) if one.start() > match.start() else 0.0
            yield from _candidate(text, *one.span(), one[0], price=price)
    else:
        yield from _candidate(text, *match.span(), match[0])


def _candidate(
    text: str, start: int, end: int, labels: str, has_noun: bool = False, price: float = 0.0
) -> Iterator[Candidate]:
    context, readings = context_of(text, start), read_labels(labels)
    if not readings or is_reference(context, start):
        return
    names = readings[0].labels
    weight = weight_of("(A)", context.place, names[0].isdigit()) - price
    weight -= doubt(context, True) or doubt_of_abbreviation(context, names[0])
    if len(names) > 1 and names[0][-1].isdigit() and context.place == PHRASE:
        weight -= _CODES
    if weight > 0:
        noun = has_noun or speaks_of_panels(text, start, context)
        yield Candidate(start, end, "(A)", context.place, weight, readings, noun)
