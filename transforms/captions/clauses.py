"""A caption cut into clauses, each with the panels that it speaks of as far as its markers tell.

Two layouts are told apart in each sentence: letters ahead of their text ("(A) CT. (B) MRI.") and behind it ("CT (A) and
MRI (B)"). What several letters of a sentence share stays with all of them: the words before the first ("Staining of"),
and where letters are coordinated the words behind the last ("expression of LOX"); `cuts` says where these begin.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from transforms.captions import cuts
from transforms.captions.joints import FORGOTTEN, JOINT, new_clause, without_joint
from transforms.captions.layout import OPEN, compares, is_named, layout, usual_layout
from transforms.captions.markers import Marker, Markers
from transforms.captions.nesting import apart, part_twice, parting
from transforms.captions.parts import Span
from transforms.captions.sentences import held, sentences


class Clause(NamedTuple):
    """A piece of a caption and the panels that it speaks of; `chance` that this is right, and `why` it is thought so.

    `why`: lead (before all letters), marker (a letter stands at it), list (the words that several letters of a
    sentence share), remark (a later sentence that names letters), follows (no letter: as the sentence before it),
    compares (the same, and names another panel: "as in (A)"), shared (no letter: speaks of all, see remarks.py), item
    (of a list that has one for each of several panels, see respective.py).
    """

    start: int
    end: int
    labels: tuple[str, ...]
    why: str
    chance: float


#: Where a cut is less likely right than this, each panel has the whole of coordinated phrases.
SURE = 0.4
#: Nothing but punctuation and conjunctions.
_EMPTY = re.compile(r"(?:[\s,;.:&/()\[\]–-]|\band\b|\bor\b)*")


def clauses(caption: str, markers: Markers, breaks: Iterable[int] = ()) -> list[Clause]:
    """The caption cut up, in order; what none of the clauses holds are conjunctions between them."""
    spans = sentences(caption, markers.markers, breaks)
    spans, holding = apart(caption, spans, held(spans, markers.markers))
    layouts = [layout(caption, span, found) if found else 0.0 for span, found in zip(spans, holding, strict=True)]
    usual = usual_layout(layouts)
    labels: tuple[str, ...] = ()
    result: list[Clause] = []
    for span, found, seen in zip(spans, holding, layouts, strict=True):
        if not found:
            result.append(Clause(*span, labels or markers.labels, "follows" if labels else "lead", 1.0))
            continue
        new = [marker for marker in found if marker.introduces]
        if new and len(found) > 2 and 0 < parting(found, 0) == len(found) - 1:
            result += _nested(caption, span, found)
            labels = found[0].labels
            continue
        named = new or [marker for marker in found if is_named(caption, span, marker)]
        if new and len(found) > 3 and part_twice(found) and seen + usual < 0:
            named = found
        is_comparison = not new and not _parts(named, labels) and compares(caption, span, named)
        if is_comparison or not named:
            why = "lead" if not labels else "compares" if is_comparison else "follows"
            result.append(Clause(*span, labels or markers.labels, why, 1.0))
            continue
        own = seen if named == found else layout(caption, span, named)
        # A sentence may go its own way; the caption decides where it does not tell.
        pieces = _ahead(caption, span, named) if own + usual > 0 else _behind(caption, span, named)
        made = [piece if new else piece._replace(why="remark") for piece in pieces]
        if new and usual > 1 and _is_finished(caption, made[0]):
            made[0] = made[0]._replace(labels=labels or markers.labels, why="follows" if labels else "lead")
        result += made
        if new or not labels:
            labels = made[-1].labels
    return result


def _is_finished(caption: str, first: Clause) -> bool:
    """Whether the words ahead of a letter do not lead to it: a title without a full stop, the end of a remark."""
    if first.why != "list":
        return False
    words = caption[first.start : first.end].rstrip(" ([")
    alone = len(first.labels) == 1 and words[-1:] not in ":,"
    return words.endswith(";") or (alone and not OPEN.search(words))


def _parts(named: list[Marker], labels: tuple[str, ...]) -> bool:
    """Whether markers part the panels spoken of: "(A, B) Neurons. Small ones are shown in (A), large ones in (B)."."""
    return len(named) > 1 and sorted(label for marker in named for label in marker.labels) == sorted(labels)


def _nested(caption: str, span: Span, found: list[Marker]) -> Iterator[Clause]:
    """The clauses of a sentence whose first marker names all panels that the others part."""
    outer, *inner = found
    start = outer.end
    if (colon := caption.rfind(": ", start, inner[0].start)) > 0:
        start = colon + 1
    behind = layout(caption, (start, span[1]), inner) < 0
    if behind and _are_bound(list(_coordinations(caption, (start, span[1]), inner)), outer.labels):
        yield Clause(*span, outer.labels, "marker", SURE)
        return
    inside = (start, span[1])
    pieces = list(_behind(caption, inside, inner, start == outer.end) if behind else _ahead(caption, inside, inner))
    first = pieces[0]
    if set(first.labels) == set(outer.labels):
        pieces[0] = first._replace(start=span[0])
    else:
        yield Clause(span[0], start, outer.labels, "list", 1.0)
    yield from pieces


def _are_bound(runs: list[tuple[int, int, "list[_Phrase]"]], labels: tuple[str, ...]) -> bool:
    """Whether phrases make one statement that cannot be cut: "(A, B) Bigger in fed (A) than in fasted mice (B)"."""
    once = sum(len(phrase.labels) for _, _, phrases in runs for phrase in phrases) == len(labels)
    return once and any(close == begin for (_, close, _), (begin, _, _) in pairwise(runs))


class _Phrase(NamedTuple):
    """The text of a group of letters: where it begins and ends, its words without the letters, and the letters."""

    start: int
    end: int
    words: Span
    labels: tuple[str, ...]


def _ahead(caption: str, span: Span, found: list[Marker]) -> Iterator[Clause]:
    if len(found) == 1:
        yield from _lone(caption, span, found[0])
        return
    phrases: list[_Phrase] = []
    labels: tuple[str, ...] = ()
    start = span[0] if not caption[span[0] : found[0].start].strip("([") else found[0].start  # "((b) and (c)) CT."
    for marker, limit in zip(found, [*(marker.start for marker in found[1:]), span[1]], strict=True):
        labels = _joined(labels, marker.labels)
        if limit == span[1] or not _EMPTY.fullmatch(caption, marker.end, limit):
            end = limit if limit == span[1] else without_joint(caption, marker.end, limit)
            phrases.append(_Phrase(start, end, (marker.end, end), labels))
            labels, start = (), limit
    everyone = _union(phrases)
    if caption[span[0] : found[0].start].strip(" ("):
        yield Clause(span[0], found[0].start, everyone, "list", 1.0)
    run: list[_Phrase] = []
    for phrase in phrases:
        # What short phrases share stands behind the last of them; a finished phrase shares nothing with the next.
        cut, chance = cuts.tail(caption, [each.words for each in run], phrase.words)
        if cut is None:
            yield Clause(phrase.start, phrase.end, phrase.labels, "marker", chance)
        else:
            yield Clause(phrase.start, cut, phrase.labels, "marker", chance)
            yield Clause(cut, phrase.end, _union([*run, phrase]), "list", chance)
        finished = cut is not None or caption[phrase.end - 1] in ";." or not cuts.is_short(caption, phrase.words)
        run = [] if finished else [*run, phrase]


def _lone(caption: str, span: Span, marker: Marker) -> Iterator[Clause]:
    """The clauses of a sentence with one letter ahead of its text."""
    before = caption[span[0] : marker.start]
    if before.strip(" ("):
        yield Clause(span[0], marker.start, marker.labels, "list", 1.0)
    yield Clause(marker.start if before.strip("([") else span[0], span[1], marker.labels, "marker", 1.0)


def _behind(caption: str, span: Span, found: list[Marker], is_parted: bool = False) -> Iterator[Clause]:
    for start, end, phrases in _coordinations(caption, span, found):
        everyone = _union(phrases)
        first, last = phrases[0], phrases[-1]
        cut, chance = cuts.head(caption, first.words, [phrase.words for phrase in phrases[1:]], is_parted)
        if cut is not None and chance < SURE:
            yield Clause(start, end, everyone, "marker", chance)
            continue
        if cut is not None:
            yield Clause(start, cut, everyone, "list", chance)
        for phrase in phrases:
            begin = cut if cut is not None and phrase is first else phrase.start
            close = phrase.end
            if phrase is last and (len(phrases) == 1 or _EMPTY.fullmatch(caption, phrase.end, end)):
                close = end
            yield Clause(begin, close, phrase.labels, "marker", chance if phrase is first else 1.0)
        if len(phrases) > 1 and not _EMPTY.fullmatch(caption, last.end, end):
            yield Clause(last.end, end, everyone, "list", 1.0)


def _coordinations(caption: str, span: Span, found: list[Marker]) -> Iterator[tuple[int, int, list[_Phrase]]]:
    """The runs of phrases that conjunctions join right behind their letters, and where the text of each run stands."""
    begin = start = span[0]
    run: list[_Phrase] = []
    for index, marker in enumerate(found):
        if run and _EMPTY.fullmatch(caption, run[-1].end, marker.start):
            run[-1] = run[-1]._replace(end=marker.end, labels=_joined(run[-1].labels, marker.labels))
        else:
            run.append(_Phrase(start, marker.end, (start, marker.start), marker.labels))
        if index + 1 == len(found):
            break
        limit = found[index + 1].start
        if _EMPTY.fullmatch(caption, marker.end, limit):
            continue
        joint = JOINT.match(caption, marker.end, limit) or FORGOTTEN.match(caption, marker.end, limit)
        if joint:
            if joint["mark"]:
                run[-1] = run[-1]._replace(end=joint.start("mark") + 1)
            start = joint.end()
            continue
        close, start = new_clause(caption, marker.end, found[index + 1])
        yield begin, close, run
        begin, run = start, []
    yield begin, span[1], run


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Both, each label once."""
    return tuple(dict.fromkeys(first + second)) if first else second


def _union(phrases: list[_Phrase]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for phrase in phrases for label in phrase.labels))
