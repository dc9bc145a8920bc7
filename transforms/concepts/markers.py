"""Markers: what "CD3-", "HER2 -/ER +", "effusion (-)" and "CD3-negative" deny."""

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
#: A minus, in place of "negative": behind a marker ("CD3-", "HER2 -"), in a bracket, behind a colon. A genotype ("-/-")
#: or an isomer, "(-)-menthol", has another.
_SIGN = compiled(
    rf"{MINUS}(?:(?<=\w.)(?P<glued>)(?= ?(?:[,;).\]:]|$)| ?/ ?[a-z]| (?!(?:and|or|to|weighted)\b))"
    r"|(?<=\w\s.)(?P<spaced>)(?= ?(?:[,;).\]]|$)| ?/ ?[a-z])"
    rf"|(?:(?<=[(\[].)|(?<=[(\[]\s.))(?= ?[)\]](?!{MINUS}?\w))|(?:(?<=[:=].)|(?<=[:=]\s.))(?= ?(?:[.,;)/|]|$)))"
)
#: Where others have a plus, a minus is its contrary.
_PLUS = compiled(r"(?<=\w) ?\+(?!\w| ?\d)|\(\+\)")
_MARKER = re.compile(rf"{MARKERS}\Z")
#: The word that ends somewhere, and how many characters of it are looked at.
_NAME = re.compile(r"(?<![\w-])([\w-]*\w)\s?\Z")
_LONGEST = 30
#: How near others have a plus where a minus is "negative".
_NEAR = 40


def adjectives(text: str) -> list[Scope]:
    """The words that "-negative" and "-free" deny, but not what they say it of: "HER2-negative carcinoma"."""
    names = [_NAME.search(text, max(0, suffix.start() - _LONGEST), suffix.start()) for suffix in _SUFFIX.finditer(text)]
    return [Scope(name.start(), name.end(), name.end()) for name in names if name]


def minuses(text: str, written: str) -> list[Scope]:
    """Items with a minus for an answer, and markers: known ones, and any others with a plus nearby.

    Those are written with a capital or a number, so that "pre- and post-operative" holds none.
    """
    found = []
    for sign in _SIGN.finditer(text):
        end = sign.start()
        if sign.lastgroup is None:
            found.extend(scopes.answered(text, end, whole=False))
        elif name := _NAME.search(text, max(0, end - _LONGEST), end):
            letters = written[name.start() : end]
            is_marker = sign.lastgroup == "spaced" or not (letters.islower() or letters.isdigit())
            if _MARKER.match(name[1]) or (is_marker and _PLUS.search(text, max(0, end - _NEAR), end + _NEAR)):
                found.append(scopes.adjacent(text, end, 2))
    return found
