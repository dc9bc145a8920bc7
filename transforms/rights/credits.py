"""Credits: what the sentences of a caption claim of rights in the picture, and what they name as its source.

A claim says that somebody holds or gives rights ("reprinted with permission", "© 2014 Elsevier", "under CC BY 4.0"); a
source only tells where the picture comes from ("adapted from [23]", "courtesy of NASA").
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from transforms.rights.credit_words import CLAIMS, COPYRIGHT, NAME, NOT_SHOWN, SIGN, SOURCES, UNRELATED
from transforms.rights.panel_names import BOUNDARY, panels_of
from transforms.rights.wording import licence_of
from transforms.sentences import sentences

Kind = Literal["claims", "source", "neither"]

#: Names of organisations are shorter.
LONGEST_NAME = 120


@dataclass(frozen=True)
class Claim:
    """A statement that rules over the article's rights.

    `license` is the code that it grants, None where it grants none; `panels` the letters of the panels that it names,
    () where it holds for the whole figure.
    """

    text: str
    license: str | None
    panels: tuple[str, ...] = ()


#: What follows is about the panel or figure that the claim before it named.
_SAME = re.compile(r".*\b(?:this|these|said|such) (?:panel|figure|image|part)s?\b", re.IGNORECASE)
#: A claim of its own, and no licence that is added to the claim before it.
_ANEW = re.compile(r"permission|re-?print|re-?produc|adapt|modif|©|copyright", re.IGNORECASE)


class Credits(NamedTuple):
    """The claims of a caption, and its sentences that name a source without a claim, None where none does."""

    claims: list[Claim]
    source: str | None


def classify(text: str) -> Kind:
    """Whether a statement claims rights, names a source of the picture, or neither: the strongest of its sentences.

    >>> classify("Reprinted with permission from Elsevier."), classify("Consent of the patient was obtained.")
    ('claims', 'neither')
    """
    kinds = {kind for kind, _ in _classified(text)}
    return "claims" if "claims" in kinds else "source" if "source" in kinds else "neither"


def find_credits(caption: str) -> Credits:
    """The credits of a caption in its order; what goes on with a claim is part of it."""
    claims: list[list[str]] = []
    sources: list[str] = []
    before: Kind = "neither"
    for kind, sentence in _classified(caption):
        if kind == "source":
            sources.append(sentence)
        for clause in _clauses(sentence) if kind == "claims" else ():
            if before == "claims" and _goes_on(clause, claims[-1]):
                claims[-1].append(clause)
            else:
                claims.append([clause])
            before = kind
        before = kind
    return Credits([statement(" ".join(parts)) for parts in claims], " ".join(sources) or None)


def _clauses(sentence: str) -> list[str]:
    """The claims of a sentence that semicolons or names of panels part, each with what belongs to it."""
    found: list[list[str]] = []
    claimed = False
    for clause in BOUNDARY.split(sentence):
        claims = classify(clause) == "claims"
        if found and not (claimed and claims):
            found[-1].append(clause)
            claimed = claimed or claims
        else:
            found.append([clause])
            claimed = claims
    return [" ".join(parts) for parts in found]


def statement(text: str, words: Iterable[str] = ()) -> Claim:
    """The claim that a text makes; its licence may stand in other `words`, such as a link."""
    return Claim(text, licence_of([text, *words], of_picture=True), _panels(text))


def _classified(text: str) -> list[tuple[Kind, str]]:
    """The kind of each sentence of a text; [] at once where it holds no sign of a credit, as most captions do."""
    small = f". {text.lower()}"
    if not SIGN.search(small):
        return []
    claims, sources = (
        [pattern for signs, pattern in words if any(sign in small for sign in signs)] for words in (CLAIMS, SOURCES)
    )
    return [(_kind(sentence, claims, sources), sentence) for sentence in sentences(text)]


def _kind(sentence: str, claims: Iterable[re.Pattern[str]], sources: Iterable[re.Pattern[str]]) -> Kind:
    if any(claim.search(UNRELATED.sub(" ", sentence)) for claim in claims if claim.search(sentence)):
        return "claims"
    if any(source.search(NOT_SHOWN.sub(" ", sentence)) for source in sources if source.search(sentence)):
        return "source"
    return "source" if len(sentence) < LONGEST_NAME and NAME.pattern.fullmatch(sentence) else "neither"


def _goes_on(text: str, before: list[str]) -> bool:
    """Whether a claim is one with that before it: of the same panel, its line of copyright, or the licence to that."""
    if _SAME.match(text):
        return True
    if COPYRIGHT.match(before[0]):
        return not (_ANEW.search(text) or panels_of(text))
    return bool(COPYRIGHT.match(text))


def _panels(text: str) -> tuple[str, ...]:
    """The panels that all claims of a text are about; () where one of them may be about others."""
    named: list[str] = []
    for sentence in sentences(text):
        for clause in _clauses(sentence):
            if panels := panels_of(clause):
                named += panels
            elif classify(clause) == "claims" and not (named and (_SAME.match(clause) or COPYRIGHT.match(clause))):
                return ()
    return tuple(dict.fromkeys(named))
