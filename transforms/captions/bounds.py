"""Where no coordinated phrase begins or ends, whatever the model says: rules around cuts.py."""

import re
from itertools import pairwise

from transforms.captions.parts import Span
from transforms.captions.words import WORD, kind_of

Features = list[str]
#: Where a phrase may be cut, None for nowhere, with the features of each.
Options = list[tuple[int | None, Features]]

_ARTICLES = ("a", "an")
#: What is measured is named within so many words.
_NEAR = 6
#: The most words of a number with its unit.
_MEASURED = 3
_NUMBER = re.compile(r"[<>~≥≤]?\d+(?:[.,–-]\d+)*")
#: A number with the sign or the power of ten that belongs to it.
_VALUE = re.compile(r"[<>~≥≤×-]?\d[\d.×–-]*\b")
_UNIT = re.compile(
    r"(?:[nµμmckd]?[mgMLl]|min(?:ute)?s?|h|hrs?|hours?|s|sec(?:ond)?s?|d|days?|w|wks?|weeks?|months?|y|yrs?|years?|%|°C"
    r"|[kM]?Da|Gy|Hz|kHz|MHz|[kKM]?bp?|[mkM]?V|mm[23]|mg/kg|[numµμ]g/m[lL]|IU|U|[kM]?Pa|K|T|fold)[.:]?"
)
#: A comma behind which a phrase with a preposition stands by itself.
_SET_OFF = re.compile(r",\s+(?=(?:of|for|in|from|by|with|at|on|during|after|before|using)\s)")
_MEASURE = re.compile(
    r"(?:relative|absolute|total|standard|mean|median|average|deviation|variance|ratio|number|frequenc(?:y|ies)|percentage"
    r"|proportion|distribution|length|width|height|depth|area|volume|weight|size|densit(?:y|ies)|rate|amplitude|duration"
    r"|intensit(?:y|ies)|fraction|amount|count|incidence|prevalence|distance|speed|velocit(?:y|ies)|diameter|thickness)s?",
    re.I,
)


def complement(caption: str, firsts: list[Span], last: Span) -> int | None:
    """Where "of ..." begins if all phrases name a measure: "(A) Means and (B) relative weight | of the turns"."""
    if not all(_MEASURE.fullmatch(word) for span in firsts for word in WORD.findall(caption, *span)):
        return None
    found = list(WORD.finditer(caption, *last))[:_NEAR]
    for word, following in pairwise(found):
        if kind_of(following[0]) == "p":
            return following.start() if following[0] in ("of", "in", "for") and _MEASURE.fullmatch(word[0]) else None
    return None


def set_off(caption: str, firsts: list[Span], last: Span) -> int | None:
    """Where a phrase begins that a comma sets off from the last of a list: "(A) Paths and (B) terms, | for mice"."""
    found = [match.end() for match in _SET_OFF.finditer(caption, *last)]
    if len(found) != 1 or any(kind_of(word) in "ptv" for span in firsts for word in WORD.findall(caption, *span)):
        return None
    return found[0]


def unit(caption: str, firsts: list[Span], last: Span) -> int | None:
    """Where the unit begins that numbers share: "at 31 (A) and 39 | weeks (B)"."""
    words = list(WORD.finditer(caption, *last))
    before = [WORD.findall(caption, *span) for span in firsts]
    if len(words) < 2 or not all(len(found) == 1 and _VALUE.fullmatch(found[0]) for found in before):
        return None
    is_number = _VALUE.fullmatch(words[0][0]) and not _VALUE.fullmatch(words[1][0])
    return words[1].start() if is_number else None


def possible_heads(caption: str, options: Options, first: Span, others: list[Span]) -> Options:
    """The options where a head may end: not between a number and its unit, nor inside what an article begins."""
    second = next(words for span in others if (words := WORD.findall(caption, *span)))
    start = second[0]
    has_article = kind_of(start) == "d"
    *_, end = WORD.finditer(caption, *first)
    if len(second) <= _MEASURED and _VALUE.fullmatch(start) and _VALUE.fullmatch(end[0]):
        # "after 31 (A), 39 weeks (B)"
        return [option for option in options if option[0] == end.start()] or options
    possible: Options = []
    alike: Options = []  # at an article like that of the next phrase
    for option in options:
        place = option[0]
        if place is None:
            possible.append(option)
            continue
        word, rest = WORD.findall(caption, first[0], place)[-1], WORD.findall(caption, place, first[1])
        after_comma = caption[:place].rstrip().endswith(",")
        if _NUMBER.fullmatch(word) and _UNIT.fullmatch(rest[0]):
            continue
        if has_article and not (after_comma or _begins_noun(word, rest[0])):
            continue
        possible.append(option)
        if (
            rest[0] in _ARTICLES
            and (after_comma or kind_of(word) in "pt")
            and not any(kind_of(each) == "v" for each in rest)
        ):
            alike.append(option)
    return alike if alike and start in _ARTICLES else possible


def _begins_noun(word: str, following: str) -> bool:
    """Whether a phrase with an article may begin between two words of the phrase that it is coordinated with."""
    if kind_of(following) == "d" or following[0].isdigit() or word[-1] in ":–":
        return True
    return kind_of(word) in "ptvc" and word not in ("is", "are", "was", "were")
