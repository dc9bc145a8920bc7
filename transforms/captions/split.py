"""A caption split: what it says of each of its panels.

Markers (markers.py) say where panels are named, clauses.py cuts the caption and gives each clause to the panels of its
letters, remarks.py says from which sentence behind the last letter on the caption speaks of all of them again, and
trust.py how likely each panel's text is right. A caption that is too uncertain does not split.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from schemas.tables import Row
from transforms.captions.clauses import Clause, clauses
from transforms.captions.heads import share_heads
from transforms.captions.labels import plain_characters, read_labels, without_unseen
from transforms.captions.markers import Markers, find_markers
from transforms.captions.parts import NO_SPLIT, Part, Span, Split, spans_text
from transforms.captions.remarks import remarks_from
from transforms.captions.respective import share_out
from transforms.captions.trust import trust

#: A caption whose parts are less likely right than this, on average, does not split. It is low, as texts of a chance
#: under 0.4 are still nearer to people's than the whole caption is (training/captions/README.md).
FLOOR = 0.2
#: Elements of the markup that begin and end sentences.
_BLOCKS = ("title", "paragraph", "list-item")


class Reading(NamedTuple):
    """How a caption was read: its markers, its clauses, the split, and why there is none ("" where there is one)."""

    markers: Markers
    clauses: tuple[Clause, ...]
    split: Split
    doubt: str


def split_caption(caption: str, markup: Sequence[Row] = (), letters: Sequence[str] = ()) -> Split:
    """What the caption of a figure says of each of its panels.

    `markup`: the spans of the caption's markup (schemas.figures.SPAN); `letters`: those that are read in the picture.
    """
    return read_caption(caption, markup, letters).split


def read_caption(caption: str, markup: Sequence[Row] = (), letters: Sequence[str] = ()) -> Reading:
    """The same, with how it came about."""
    return _read(caption, tuple((span["kind"], span["start"], span["end"]) for span in markup), tuple(letters))


# The panels of a figure follow each other, and each asks for the parts of the one caption.
@lru_cache(maxsize=64)
def _read(caption: str, markup: tuple[tuple[str, int, int], ...], letters: tuple[str, ...]) -> Reading:
    caption = without_unseen(caption)
    spans = [{"kind": kind, "start": start, "end": end} for kind, start, end in markup]
    markers = find_markers(caption, spans, letters)
    if not markers.labels:
        return Reading(markers, (), NO_SPLIT, "names no panels")
    breaks = [place for kind, start, end in markup if kind in _BLOCKS for place in (start, end)]
    found = tuple(assign(caption, markers, breaks))
    parts = make_parts(caption, markers, found)
    told = {label for clause in found if len(clause.labels) < len(parts) for label in clause.labels}
    if len(told) < 2:
        return Reading(markers, found, NO_SPLIT, "says nothing of single panels")
    mean = sum(part.confidence for part in parts) / len(parts)
    if mean < FLOOR:
        return Reading(markers, found, NO_SPLIT, f"is too uncertain ({mean:.2f}, the floor is {FLOOR:.2f})")
    return Reading(markers, found, Split("places" if markers.kind == "places" else "letters", parts), "")


def assign(caption: str, markers: Markers, breaks: Sequence[int] = ()) -> list[Clause]:
    """The clauses of a caption, each with the panels that it speaks of; `breaks`: where blocks of the markup end."""
    found = share_heads(caption, clauses(caption, markers, breaks), markers)
    if run := trailing(found):
        spans = [(found[place].start, found[place].end) for place in run]
        first, chance = remarks_from(caption, spans, *surroundings(caption, found[: run[0]]))
        for number, place in enumerate(run):
            if number < first:
                found[place] = found[place]._replace(chance=chance)
            else:
                found[place] = found[place]._replace(labels=markers.labels, why="shared", chance=chance)
    return share_out(caption, found, markers)


def trailing(found: Sequence[Clause]) -> list[int]:
    """The places of the clauses without letters behind the last letter that introduces a panel."""
    last = max((place for place, clause in enumerate(found) if clause.why in ("marker", "list")), default=len(found))
    return [place for place in range(last + 1, len(found)) if found[place].why == "follows"]


def surroundings(caption: str, before: Sequence[Clause]) -> tuple[Span, str, list[str], str]:
    """The last letter's text, what stands before all letters, what follows earlier letters, and the layout."""
    own = before[-1]
    lead = " ".join(caption[clause.start : clause.end] for clause in before if clause.why == "lead")
    inner = [caption[clause.start : clause.end] for clause in before if clause.why == "follows"]
    begins = caption[own.start : own.end].lstrip(" ([")[:1].casefold()
    return (own.start, own.end), lead, inner, "ahead" if begins == own.labels[0][:1].casefold() else "behind"


def make_parts(caption: str, markers: Markers, found: Sequence[Clause]) -> tuple[Part, ...]:
    """The parts of the panels, in the order of their labels."""
    labels = markers.labels
    own: dict[str, list[Span]] = {label: [] for label in labels}
    shared: list[Span] = []
    for clause in found:
        start, end = _trimmed(caption, clause.start, clause.end)
        if start == end:
            continue
        # The words of a list are no text without the phrases that they belong to.
        if len(clause.labels) == len(labels) and clause.why != "list":
            shared.append((start, end))
            continue
        for label in clause.labels:
            own[label].append((start, end))
    chances = trust(caption, markers, found)
    return tuple(Part(label, tuple(own[label]), tuple(shared), chances[label]) for label in labels)


def _trimmed(caption: str, start: int, end: int) -> Span:
    """A span without the blanks at its ends."""
    text = caption[start:end].rstrip()
    return start + len(text) - len(text.lstrip()), start + len(text)


def caption_parts(
    caption: str, labels: Sequence[str] | None = None, markup: Sequence[Row] = (), letters: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The parts as rows; given `labels`, one for each of them, the whole caption where it has no part of its own.

    A label may name several panels ("A, B"), as one in the corpus does that has them all.
    """
    names = {label: _named(label) for label in labels or ()}
    parts = split_caption(caption, markup, letters or list(chain.from_iterable(names.values()))).parts
    shared = spans_text(caption, parts[0].shared) if parts else ""  # all parts have the same
    if labels is None:
        return [_row(caption, part.label, part, shared) for part in parts]
    known = {plain(part.label): part for part in parts}
    rows = []
    for label in labels:
        mine = [known[name] for name in map(plain, names[label]) if name in known]
        if len(mine) == len(names[label]):
            own = tuple(sorted({span for part in mine for span in part.own}))
            rows.append(_row(caption, label, mine[0]._replace(own=own), shared))
        else:
            whole = Part(label, (), ((0, len(caption)),) if caption else (), 1.0)
            rows.append(_row(caption, label, whole, caption.strip()))
    return rows


def _named(label: str) -> tuple[str, ...]:
    """The letters of a label: those of "A, B", of a panel that has several."""
    readings = read_labels(plain_characters(label))
    return readings[0].labels if readings else (label,)


def _row(caption: str, label: str, part: Part, shared: str) -> dict[str, Any]:
    own = spans_text(caption, part.own)
    text = f"{own} {shared}" if own and shared else own or shared
    return {"label": label, "text": text, "own": own, "spans": list(map(list, sorted(part.own + part.shared)))}


def plain(label: str) -> str:
    """A letter as it is compared: "(A)" and "a" are one."""
    return "".join(filter(str.isalnum, label)).casefold()
