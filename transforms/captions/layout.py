"""Whether letters stand ahead of their text or behind it, and what a sentence names letters for."""

import re

from transforms.captions.markers import Marker
from transforms.captions.parts import Span

_STARTS_CLAUSE = re.compile(r".*(?:[;,:.!?–-]|\b(?:and|or|versus|vs\.?|but))\s*$", re.S)
#: A word that cannot end a phrase: the letter behind it stands ahead of its text.
OPEN = re.compile(
    r"\b(?:in|of|for|by|with|the|an?|from|at|on|to|after|before|between|under|using|shows?|showing|showed|shown|are|is|"
    r"demonstrat\w+|reveal\w*|depict\w*|illustrat\w*|display\w*|indicat\w+|against|through|as|panels?|via|than|within|among|"
    r"into|across|during|without|upon|involving|including)\s*$",
    re.I,
)
_FOLLOWED = re.compile(r"\s*(?:[.,;:)\]]|$|(?:and|or|vs\.?|versus)\b)")
_VERB = re.compile(
    r"\s*(?:also\s+)?(?:shows?|showed|showing|demonstrat\w+|reveal\w*|depict\w*|illustrat\w+|display\w*|indicat\w+|is|are|"
    r"was|were|confirm\w*|presents?|has|have|represents?|exhibit\w*)\b"
)
#: The layout of a sentence that begins or ends with a letter.
_SURE = 3.0


def usual_layout(layouts: list[float]) -> float:
    """The layout of a caption: the mean of its sentences with letters; what the first shows clearly counts more."""
    told = [layout for layout in layouts if layout]
    if not told:
        return 0.0
    return sum(told) / len(told) + (1.0 if told[0] == _SURE else -1.0 if told[0] == -_SURE else 0.0)


def layout(caption: str, span: Span, found: list[Marker]) -> float:
    """Above 0 where the letters of a sentence stand ahead of their text, below where behind."""
    score, end = 0.0, span[0]
    opens = not caption[span[0] : found[0].start].strip(" ([")
    closes = not caption[found[-1].end : span[1]].strip(" .;,)]")
    if opens != closes:
        return _SURE if opens else -_SURE
    for marker in found:
        before = caption[max(end, marker.start - 24) : marker.start]
        if not before.strip(" (["):
            score += 2 if marker.start - span[0] < 3 or end > span[0] else 1
        elif OPEN.search(before) or before.rstrip().endswith(":"):
            score += 1
        elif _STARTS_CLAUSE.match(before):
            score += 0.75
        else:
            score -= 1
        if not caption[marker.end : span[1]].strip(" .;,)"):
            score -= 2
        elif _FOLLOWED.match(caption, marker.end):
            score -= 0.75
        elif _VERB.match(caption, marker.end):
            score -= 0.5
        end = marker.end
    return score / len(found)


_COMPARES = re.compile(
    r"(?:\b(?:as|than|same|similar|like|identical|corresponding|shown|described|depicted|seen|see|from|compared|indicated|"
    r"boxed|box(?:es)?|of|to)\b[^.;,]{0,30})$",
    re.I,
)


def compares(caption: str, span: Span, found: list[Marker]) -> bool:
    """Whether a sentence names other panels only to compare: "Colours are as in (a)."."""
    return bool(found) and all(
        marker.start > span[0] and _COMPARES.search(caption, max(span[0], marker.start - 45), marker.start) is not None
        for marker in found
    )


#: What stands before a letter without brackets that a remark names.
_NAMES = re.compile(r"(?:^|[.;(]\s*|\b(?:in|panels?|images?|for|from|arrows?|arrowheads?|and|to)\s)\(?$", re.I)


def is_named(caption: str, span: Span, marker: Marker) -> bool:
    """Whether a letter in a remark names a panel; "lamin A/C" does not."""
    if caption[marker.start] in "([":
        return True
    return _NAMES.search(caption[max(span[0], marker.start - 12) : marker.start]) is not None
