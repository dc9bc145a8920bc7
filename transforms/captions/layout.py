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
#: What joins a letter ahead of its text to the text before it.
_JOINED = re.compile(r"[\w),]\s+(?:and|or|versus|vs\.?)\s+$")
#: What stands behind a letter that is behind its text.
FOLLOWED = re.compile(r"\s*(?:[.,;:)\]]|$|(?:and|or|vs\.?|versus)\b)")
_LINK = re.compile(r"\s*(?:in|of|for|by|with|from|at|on|to|after|before|which|that|where)\b")
_VERB = re.compile(
    r"\s*(?:also\s+)?(?:shows?|showed|showing|demonstrat\w+|reveal\w*|depict\w*|illustrat\w+|display\w*|indicat\w+|is|are|"
    r"was|were|confirm\w*|presents?|has|have|represents?|exhibit\w*)\b"
)
#: The layout of a sentence that begins or ends with a letter.
SURE = 3.0
#: The layout of a caption counts no more than this for a sentence: "The scan (B) shows ..." may stand anywhere.
MOST = 1.25


def usual_layout(layouts: list[float]) -> float:
    """The layout of a caption: the mean of its sentences with letters, within bounds that a clear sentence passes.

    What the first of them shows clearly counts more.
    """
    told = [layout for layout in layouts if layout]
    if not told:
        return 0.0
    first = 1.0 if told[0] == SURE else -1.0 if told[0] == -SURE else 0.0
    return max(-MOST, min(MOST, sum(told) / len(told) + first))


def layout(caption: str, span: Span, found: list[Marker]) -> float:
    """Above 0 where the letters of a sentence stand ahead of their text, below where behind."""
    opens = not caption[span[0] : found[0].start].strip(" ([")
    closes = not caption[found[-1].end : span[1]].strip(" .;,)]")
    if opens != closes:
        return SURE if opens else -SURE
    score, end = 0.0, span[0]
    for marker in found:
        before = caption[max(end, marker.start - 24) : marker.start]
        if caption[marker.end - 1] not in ")]" and (caption[marker.start] in "([" or before.endswith(("(", "["))):
            score += 1.5  # "synapses (A, of the soma; B, of a dendrite)"
        else:
            begins = 2.0 if marker.start - span[0] < 3 or end > span[0] else 1.0
            score += _before(before, begins) + _behind(caption, marker.end, span[1])
            if end > span[0] and _JOINED.search(caption, end, marker.start) and _LINK.match(caption, marker.end):
                score += 1.0  # "a scan (A) at birth and (B) at death"
        end = marker.end
    return score / len(found)


def _before(before: str, begins: float) -> float:
    """What the text before a letter tells; `begins`: what it tells if there is none."""
    if not before.strip(" (["):
        return begins
    if OPEN.search(before) or before.rstrip().endswith(":"):
        return 1.0
    return 0.75 if _STARTS_CLAUSE.match(before) else -1.0


def _behind(caption: str, start: int, end: int) -> float:
    """What the text behind a letter tells."""
    if not caption[start:end].strip(" .;,)"):
        return -2.0
    if FOLLOWED.match(caption, start):
        return -0.75
    if _VERB.match(caption, start):
        return -0.5
    return 0.0 if _LINK.match(caption, start) else 0.5


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
