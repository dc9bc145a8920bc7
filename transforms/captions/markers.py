"""Markers: where a caption names its panels, by letters or by places.

`find_markers` reads the letters: candidates of every style (bracketed.py, unbracketed.py), weighed by the markup
(markup.py), of which the best path is taken (path.py). Where there is none, places.py reads words of position.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from schemas.tables import Row
from transforms.captions.bracketed import bracketed
from transforms.captions.candidates import Candidate
from transforms.captions.labels import LABELS, PLACES, Reading, plain_characters, read_labels, stem_of
from transforms.captions.markup import weigh_by_markup, weigh_unlike
from transforms.captions.path import Path, best_path
from transforms.captions.places import Place, find_places, in_reading_order
from transforms.captions.unbracketed import unbracketed


class Marker(NamedTuple):
    """A place in the caption that names panels: `caption[start:end]`, brackets and punctuation included.

    `labels`: all that it names, as the caption writes them, ranges spelt out. `introduces`: whether it is the first to
    tell of one of them; else it only names them ("arrow in (B)"; "(A-D) Four cases." before "(A) …"). `style`: how it
    is written: "(A)", "A)", "A:", "A.", "A,", "A -", "A", "A =", "Panel A", "1A", "mention"; "place" for places.
    """

    start: int
    end: int
    labels: tuple[str, ...]
    introduces: bool
    style: str


class Markers(NamedTuple):
    """The markers of a caption in its order, and the labels that they introduce in the order of the alphabet.

    `kind` is "none", and nothing is in it, where the caption does not name panels. `support` says how much speaks for
    them: what the best path is worth for each label, 0.75 where single letters in brackets stand in order.
    """

    kind: Literal["letters", "places", "none"]
    labels: tuple[str, ...]
    markers: tuple[Marker, ...]
    support: float


#: What a label without a noun loses where two have one, the first of the alphabet among them ("In panel (A) …").
_NO_NOUN = 0.6

NO_MARKERS = Markers("none", (), (), 0.0)

#: No figure has so many panels: a caption with more places that may name some is a table or a list of references, and
#: what follows compares them with each other.
MOST = 400

#: What speaks for places: they are found only where they are balanced, and about as surely as clean letters.
_PLACES_SUPPORT = 0.7

_ARTICLES = frozenset({"a", "A", "I"})
#: Letters in a remark that no candidate covers: "arrow in B", "panels A and C".
_MENTION = re.compile(
    r"[ (](?:in|of|from|for|to|as|than|and|or|with|(?:[Pp]anel|[Ii]mage)s?(?P<noun>)) "
    rf"\(?(?=\w(?:\W|\d|$)|[A-H]{{2}}|[IVXivx]{{2}})(?P<labels>{LABELS})"
    r"(?=[\s,;:)]|\.(?!\s?[a-z])|$)"
)


def find_markers(caption: str, markup: Sequence[Row] = (), letters: Sequence[str] = ()) -> Markers:
    """Where the caption names its panels: by letters, else by places.

    `markup`: the spans of the caption's markup (schemas.figures.SPAN); `letters`: those that are read in the picture.
    """
    text = plain_characters(caption)
    candidates = find_candidates(text, markup)
    if len(candidates) > MOST:
        return NO_MARKERS
    if candidates and (path := best_path(candidates, letters)):
        return _by_letters(text, candidates, path)
    places = find_places(text)
    return _by_places(places) if 0 < len(places) <= MOST else NO_MARKERS


def find_candidates(text: str, markup: Sequence[Row] = ()) -> list[Candidate]:
    """The candidates in the order of a text with plain characters; those without brackets may overlap each other."""
    found = [*bracketed(text)] if "(" in text or "[" in text else []
    taken: set[int] = set()
    for candidate in found:
        taken.update(range(candidate.start, candidate.end))
    found += unbracketed(text, taken)
    found.sort()
    if markup:
        found = weigh_by_markup(text, found, markup)
    if any(candidate.noun and candidate.readings[0].panels & 1 for candidate in found):
        return weigh_unlike(found, [candidate.noun or candidate.style != "(A)" for candidate in found], _NO_NOUN)
    return found


def _by_letters(text: str, candidates: list[Candidate], path: Path) -> Markers:
    found = [Marker(taken.start, taken.end, reading.labels, True, taken.style) for taken, reading in path.markers]
    known = {label for marker in found for label in marker.labels}
    starts = {marker.start for marker in found}
    for start, end, readings in (*_other(text, candidates), *_mentioned(text)):
        if start in starts:
            continue
        labels = next((reading.labels for reading in readings if reading.alphabet == path.alphabet), ())
        if not labels or not known.issuperset(labels):
            continue
        if not any(marker.start < end and start < marker.end for marker in found):
            found.append(Marker(start, end, labels, False, "mention"))
            starts.add(start)
    order = PLACES[path.alphabet]
    in_order = sorted(known, key=lambda label: (order[stem_of(label)], label))
    return Markers("letters", tuple(in_order), tuple(sorted(found)), path.worth / len(known))


def _by_places(places: list[Place]) -> Markers:
    markers: list[Marker] = []
    known: set[str] = set()
    for place in places:
        markers.append(Marker(*place, not known.issuperset(place.labels), "place"))
        known.update(place.labels)
    return Markers("places", tuple(in_reading_order(known)), tuple(markers), _PLACES_SUPPORT)


_Mention = tuple[int, int, tuple[Reading, ...]]


def _other(text: str, candidates: list[Candidate]) -> Iterator[_Mention]:
    """The candidates that may be mentions: no articles, no genera ("A. niger"), no figures that may be others."""
    for candidate in candidates:
        start, end, style = candidate.start, candidate.end, candidate.style
        is_article = style == "A" and candidate.readings[0].labels[0] in _ARTICLES
        is_genus = style == "A." and text[end : end + 2].strip().islower()
        if not (is_article or is_genus or style == "1A"):
            words = text[start:end]
            yield start, start + len(words if words[0] in "([" else words.rstrip(" .,:;=-)")), candidate.readings


def _mentioned(text: str) -> Iterator[_Mention]:
    for match in islice(_MENTION.finditer(text), MOST):
        if match["noun"] is not None or match["labels"] not in _ARTICLES:
            yield *match.span("labels"), read_labels(match["labels"])
