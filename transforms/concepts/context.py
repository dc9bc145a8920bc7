"""Context: where a text says that something is absent, and where it leaves open whether it is there.

After NegEx (Chapman, Bridewell, Hanbury, Cooper, Buchanan: A simple algorithm for identifying negated findings and
diseases in discharge summaries. J Biomed Inform 2001; 34: 301-310) and ConText (Harkema, Dowling, Thornblade, Chapman.
J Biomed Inform 2009; 42: 839-851): cues (`cues`, `markers`) reach forwards or backwards over a few words, up to what
ends their scope (`scopes`), and some phrases look like a cue and are none.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from transforms.concepts import alternatives, cues, markers, modifiers, scopes
from transforms.concepts.scopes import Scope

_OPEN_QUESTION = re.compile(r"\b(?:what|how|why|which|when|where|who)\b[^.;:?!]*\Z")
_WHOLE = re.compile(r"\b(?:all|both|each)\b")
#: "no" in capitals before words that are in none.
_NITRIC_OXIDE = re.compile(r"NO(?!\w)(?!\s+[A-Z][A-Z\d])")


class Reach:
    """The scopes of some cues, which tell quickly what they reach."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self.scopes = sorted(scopes, key=lambda scope: scope.begin)
        self._begins = [scope.begin for scope in self.scopes]
        self._longest = max((scope.end - scope.begin for scope in self.scopes), default=0)

    def __contains__(self, span: tuple[int, int]) -> bool:
        """Whether a scope reaches the concept at `start:end`."""
        if not self.scopes:
            return False
        start, _ = span
        near = slice(bisect_right(self._begins, start - self._longest - 1), bisect_right(self._begins, start))
        return any(scope.reaches(*span) for scope in self.scopes[near])


class Context(NamedTuple):
    """What the cues of a text reach."""

    negations: Reach
    uncertainties: Reach

    def negated(self, start: int, end: int) -> bool:
        """Whether the text says that the concept at `start:end` is absent."""
        return (start, end) in self.negations

    def uncertain(self, start: int, end: int) -> bool:
        """Whether the text leaves open if the concept at `start:end` is there; what is negated is not uncertain."""
        return (start, end) in self.uncertainties and not self.negated(start, end)


def context(text: str) -> Context:
    """What the cues of `text` reach."""
    negations: list[Scope] = []
    uncertainties: list[Scope] = []
    written, text = text, lowered(text).replace("\n", " ").replace("\u00a0", " ")
    if "?" in text or not cues.HINTS.isdisjoint(cues.WORD.findall(text)):
        for cue in cues.CUE.finditer(text):
            meaning, _, side = str(cue.lastgroup).partition("_")
            if meaning == "negated" and (written.isupper() or not _NITRIC_OXIDE.match(written, cue.start())):
                for scope in _denied(text, cue, side):
                    negations.extend(modifiers.without_organs(text, scope))
            elif meaning == "uncertain":
                uncertainties.extend(_open(text, cue, side))
        negations.extend(markers.adjectives(text))
    negations.extend(markers.minuses(text, written))
    if "0" in text:
        negations.extend(markers.zeros(text))
    return Context(Reach(negations), Reach(uncertainties))


def _denied(text: str, cue: re.Match[str], side: str) -> list[Scope]:
    """What a cue denies: not a test, where its result is what was negative."""
    reached = _scopes(text, cue, side)
    is_result = "negative" in cue.group() and side not in ("bracket", "before")
    return [scopes.without_test(text, scope) for scope in reached] if is_result else reached


def _open(text: str, cue: re.Match[str], side: str) -> list[Scope]:
    """What a cue leaves open: not what an open question takes for granted, nor groups that are compared."""
    if side == "between":
        pair = [scopes.backwards(text, cue.start())[-1], scopes.forwards(text, cue.end())]
        return pair if alternatives.are_diagnoses(text, *pair) else []
    if side == "after_mark" and _OPEN_QUESTION.search(text, max(0, cue.start() - scopes.CHARACTERS), cue.start()):
        return []
    return _scopes(text, cue, side)


def _scopes(text: str, cue: re.Match[str], side: str) -> list[Scope]:
    """What a cue reaches on its side; what is a part of it ("non-diabetic") has none."""
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


def lowered(text: str) -> str:
    """`text` in small letters, every character in its place (the capital \u0130 would become two)."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)
