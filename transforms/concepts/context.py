"""Context: where a text says that something is absent, and where it leaves open whether it is there.

After NegEx (Chapman, Bridewell, Hanbury, Cooper, Buchanan: A simple algorithm for identifying negated findings and
diseases in discharge summaries. J Biomed Inform 2001; 34: 301-310) and ConText (Harkema, Dowling, Thornblade, Chapman.
J Biomed Inform 2009; 42: 839-851): cues (`cues`) reach forwards or backwards over a few words, up to what ends their
scope (`scopes`), and some phrases look like a cue and are none.
"""

import re
from typing import NamedTuple

from transforms.concepts import cues, scopes
from transforms.concepts.scopes import Scope

_OPEN_QUESTION = re.compile(r"\s*(?:what|how|why|which|when|where|who)\b")
_WHOLE = re.compile(r"\b(?:all|both|each)\b")
#: "no" in capitals before words that are in none.
_NITRIC_OXIDE = re.compile(r"NO(?!\w)(?!\s+[A-Z\W]{2})")
#: The word that ends somewhere; it has at most so many characters.
_NAME = re.compile(r"(?<!\w)(\w+)\s?\Z")
_LONGEST = 30
#: How near others have a plus where a minus is "negative".
_NEAR = 40


class Context(NamedTuple):
    """The scopes of all cues of a text."""

    negations: list[Scope]
    uncertainties: list[Scope]

    def negated(self, start: int, end: int) -> bool:
        """Whether the text says that the concept at `start:end` is absent."""
        return any(scope.reaches(start, end) for scope in self.negations)

    def uncertain(self, start: int, end: int) -> bool:
        """Whether the text leaves open if the concept at `start:end` is there; what is negated is not uncertain."""
        return any(scope.reaches(start, end) for scope in self.uncertainties) and not self.negated(start, end)


def context(text: str) -> Context:
    """What the cues of `text` reach."""
    found = Context([], [])
    written, text = text, lowered(text).replace("\n", " ").replace("\u00a0", " ")
    words = cues.WORD.findall(text)
    if "?" in text or not cues.HINTS.isdisjoint(words):
        for cue in cues.CUE.finditer(text):
            meaning, _, side = str(cue.lastgroup).partition("_")
            if meaning == "negated" and not (_NITRIC_OXIDE.match(written, cue.start()) and not written.isupper()):
                reached = _scopes(text, cue, side)
                is_result = "negative" in cue.group() and side not in ("bracket", "before")
                found.negations.extend(scopes.without_test(text, scope) if is_result else scope for scope in reached)
            elif meaning == "uncertain":
                found.uncertainties.extend(_open(text, cue, side))
        found.negations.extend(_words_before(text, cues.SUFFIX))
    found.negations.extend(_denied_by_a_minus(text, written))
    return found


def _scopes(text: str, cue: re.Match[str], side: str) -> list[Scope]:
    match side.removesuffix("_mark"):
        case "before" | "stain":
            return [scopes.forwards(text, cue.end())]
        case "after":
            return scopes.backwards(text, cue.start())
        case "answer":
            return scopes.answered(text, cue.start(), bool(_WHOLE.search(cue.group())))
        case "bracket":
            return [scopes.listed(text, cue.end())]
        case "adjective":
            return [scopes.adjacent(text, cue.start(), 3)]
        case _:
            start, end = cue.span(cue.lastgroup or 0)
            return [Scope(start, end, end)]


def _open(text: str, cue: re.Match[str], side: str) -> list[Scope]:
    """What a cue leaves open: not what an open question takes for granted, nor groups that are compared."""
    if side == "between":
        pair = [scopes.backwards(text, cue.start())[-1], scopes.forwards(text, cue.end())]
        return pair if scopes.are_alternatives(text, *pair) else []
    return [scope for scope in _scopes(text, cue, side) if not _OPEN_QUESTION.match(text, scope.begin)]


def _words_before(text: str, pattern: re.Pattern[str]) -> list[Scope]:
    names = [_NAME.search(text, max(0, suffix.start() - _LONGEST), suffix.start()) for suffix in pattern.finditer(text)]
    return [Scope(name.start(), name.end(), name.end()) for name in names if name]


def _denied_by_a_minus(text: str, written: str) -> list[Scope]:
    """Items with a minus for an answer, and markers: known ones, and any others with a plus nearby.

    Those are written with a capital or a number, so that "pre- and post-operative" holds none.
    """
    signs = list(cues.SIGN.finditer(text))
    found = []
    for sign in signs:
        end = sign.start()
        if sign.lastgroup is None:
            found.extend(scopes.answered(text, len(text[:end].rstrip(" ([:=")), whole=False))
        elif name := _NAME.search(text, max(0, end - _LONGEST), end):
            letters = written[name.start() : end]
            is_marker = sign.lastgroup == "spaced" or not (letters.islower() or letters.isdigit())
            if cues.MARKER.match(name[1]) or (is_marker and cues.PLUS.search(text, max(0, end - _NEAR), end + _NEAR)):
                found.append(scopes.adjacent(text, end, 2))
    return found


def lowered(text: str) -> str:
    """`text` in small letters, every character in its place (the capital \u0130 would become two)."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)
