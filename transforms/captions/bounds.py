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
_NUMBER = re.compile(r"[<>~≥≤]?\d+(?:[.,–-]\d+)*")
_UNIT = re.compile(
    r"(?:[nµμmckd]?[mgMLl]|min(?:ute)?s?|h|hrs?|hours?|s|sec(?:ond)?s?|d|days?|w|wks?|weeks?|months?|y|yrs?|years?|%|°C"
    r"|[kM]?Da|Gy|Hz|kHz|MHz|[kKM]?bp?|[mkM]?V|mm[23]|mg/kg|[numµμ]g/m[lL]|IU|U|[kM]?Pa|K|T|fold)[.:]?"
)
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


def possible_heads(caption: str, options: Options, first: Span, others: list[Span]) -> Options:
    """The options where a head may end: not between a number and its unit, nor inside what an article begins."""
    start = next(words[0] for span in others if (words := WORD.findall(caption, *span)))
    has_article = kind_of(start) == "d"
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
