"""Markers: what "CD3-", "HER2 -/ER +", "HER2 0", "effusion (-)", "effusion = 0" and "CD3-negative" deny."""

import re

from transforms.concepts import scopes
from transforms.concepts.cues import MARKERS, MINUS, compiled
from transforms.concepts.scopes import Scope

#: What makes an adjective of the word before it: "CD3-negative", "fracture-free"; some such words are names.
_SUFFIX = compiled(
    r"[-\u2010\u2011](?<!gram.)(?<!triple.)(?<!double.)(?<!quadruple.)(?<!false.)(?<!true.)(?<!rh.)(?<!cell.)(?<!germ.)"
    r"(?<!pathogen.)(?<!serum.)(?<!culture.)(?<!smear.)(?<!biopsy.)(?<!scale.)(?<!state.)"
    r"(?:negative|free)\b(?! survival)"
)
#: A hyphen before this is none of its word alone: "pre- and post-operative", "CD4- and CD8-positive".
_SUSPENDED = rf"(?:and|or)(?:/or)? (?:\w+ ){{0,2}}\w+{MINUS}[a-z]+(?![\w+-])"
#: A minus, in place of "negative": behind a marker ("CD3-", "HER2 -"), in a bracket, behind a colon. A genotype ("-/-")
#: or an isomer, "(-)-menthol", has another.
_SIGN = compiled(
    rf"{MINUS}(?:(?<=\w.)(?P<glued>)(?= ?(?:[,;).\]:]|$)| ?/ ?[a-z]| (?!(?:to|weighted)\b)(?!{_SUSPENDED}))"
    r"|(?<=\w\s.)(?P<spaced>)(?= ?(?:[,;).\]]|$)| ?/ ?[a-z])"
    rf"|(?:(?<=[(\[].)|(?<=[(\[]\s.))(?= ?[)\]](?!{MINUS}?\w))|(?:(?<=[:=].)|(?<=[:=]\s.))(?= ?(?:[.,;)/|]|$)))"
)
#: Where others have a plus, a minus is its contrary.
_PLUS = compiled(r"(?<=\w) ?\+(?!\w| ?\d)|\(\+\)")
_MARKER = re.compile(rf"{MARKERS}\Z")
#: A zero for an answer, and what it may stand behind: any item with a colon or "=", or a marker.
_ZERO = compiled(r"0(?<=[\s(:=]0)(?P<percent> ?%)?(?= ?(?:[,;](?! ?\d)|\.(?!\d)|[)\]]|$)| (?:and|but|in|on|by)\b)")
_ASSIGNED = compiled(r"(?P<name>[^\W\d_][\w-]*) ?[:=] ?\Z")
_SCORED = compiled(rf"\b(?P<marker>{MARKERS})(?: (?:ihc|score|expression))?(?: ?[:=] ?| ?\( ?| )\Z")
#: A quantity, a scale or a group that is coded as zero is there.
_QUANTITY = re.compile(
    r"(?:\w|times?|days?|weeks?|months?|years?|hours?|minutes?|age|dose|concentration|level|scores?|grade|stage|class|"
    r"type|group|phase|scale|index|ratio|values?|rate|pressure|temperature|angle|distance|position|frequency|mean|"
    r"median|\w*-?rads|ecog|asa|apgar|nihss|mrs|vas|nrs|baseline|controls?|placebo|sham|wild-?type|(?:fe)?males?)\Z"
)
#: So goes on what is said of two words, and not of two markers: "superior- and inferior".
_SHARED = compiled(r" (?:and|or) (?!(?:[\w-]+ ){0,2}[\w-]*\w ?[-+\u2010-\u2014\u2212](?!\w))")
#: The word that ends somewhere, and how many characters of it are looked at.
_NAME = re.compile(r"(?<![\w-])([\w-]*\w)\s?\Z")
_LONGEST = 30
#: From how many letters on a word in small letters is no prefix.
_LONG = 6
_DIGIT = re.compile(r"\d")
#: How near others have a plus where a minus is "negative".
_NEAR = 40


def adjectives(text: str) -> list[Scope]:
    """The words that "-negative" and "-free" deny, but not what they say it of: "HER2-negative carcinoma"."""
    names = [_NAME.search(text, max(0, suffix.start() - _LONGEST), suffix.start()) for suffix in _SUFFIX.finditer(text)]
    return [Scope(name.start(), name.end(), name.end()) for name in names if name]


def zeros(text: str) -> list[Scope]:
    """Items with a zero for an answer ("effusion = 0"), and markers that scored none ("HER2 0")."""
    found = []
    for zero in _ZERO.finditer(text):
        begin, end = max(0, zero.start() - _NEAR), zero.start()
        if marker := _SCORED.search(text, begin, end):
            found.append(Scope(*marker.span("marker"), marker.end("marker")))
        elif not zero["percent"] and (item := _ASSIGNED.search(text, begin, end)) and not _QUANTITY.match(item["name"]):
            found.extend(scopes.answered(text, item.end("name"), whole=False))
    return found


def minuses(text: str, written: str) -> list[Scope]:
    """Items with a minus for an answer, and markers: known ones, and any others with a plus nearby.

    Those are written with a capital or a number, or are long, so that "pre-, post-operative" holds none.
    """
    found = []
    for sign in _SIGN.finditer(text):
        end = sign.start()
        if sign.lastgroup is None:
            found.extend(scopes.answered(text, end, whole=False))
        elif name := _NAME.search(text, max(0, end - _LONGEST), end):
            letters = written[name.start() : end]
            is_short = len(letters) < _LONG or bool(_SHARED.match(text, sign.end()))
            is_prefix = is_short and letters.islower() and not _DIGIT.search(letters)
            is_marker = sign.lastgroup == "spaced" or not (is_prefix or letters.isdigit())
            if _MARKER.match(name[1]) or (is_marker and _PLUS.search(text, max(0, end - _NEAR), end + _NEAR)):
                scope = scopes.adjacent(text, end, 2, scopes.SIGNED)
                found.append(scope._replace(begin=min(scope.begin, name.start())))
    return found
