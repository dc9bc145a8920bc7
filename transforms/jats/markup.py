"""Text with the spans of its markup, from one walk."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from transforms.jats.characters import HIDDEN, shown
from transforms.jats.text import SPECIAL, Element, Walk

#: Elements that leave a span, and its kind.
KINDS = {name: name for name in ("bold", "italic", "list-item", "sub", "sup", "title", "underline")} | {
    "p": "paragraph"
}


class Span(NamedTuple):
    """`text[start:end]` is what an element of this kind holds."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Marked:
    """A text and its markup, in document order, outer elements before inner ones."""

    text: str
    markup: tuple[Span, ...]


def marked_text(elements: Iterable[Element], without: frozenset[str] = frozenset()) -> Marked:
    """The text of `elements` with a blank between them, as `text_of` reads each, with their markup.

    Elements whose names are in `without` and marks of footnotes are left out. A span begins and ends with a character
    that is no blank; an element without text leaves none.
    """
    walk = _MarkedWalk(_special(without), without)
    for element in elements:
        walk.write(" ")
        walk.read(element, str(element.tag))
    offsets = [0, *accumulate(map(len, walk.pieces))]
    return _one_spaced("".join(walk.pieces), [Span(kind, offsets[a], offsets[b]) for kind, a, b in walk.spans])


@cache
def _special(without: frozenset[str]) -> frozenset[str]:
    return SPECIAL | KINDS.keys() | {"xref"} | without


def markup_rows(marked: Marked | None) -> list[dict[str, Any]]:
    """The markup as a column holds it."""
    return [span._asdict() for span in marked.markup] if marked else []


class _MarkedWalk(Walk):
    """A walk that notes spans of pieces."""

    __slots__ = ("_open", "spans")

    def __init__(self, special: frozenset[str], without: frozenset[str]) -> None:
        super().__init__(special, without)
        self.spans: list[Span] = []
        self._open: list[int] = []

    def open(self, element: Element, name: str) -> int:
        place = super().open(element, name)
        if kind := KINDS.get(name):
            self._open.append(len(self.spans))
            self.spans.append(Span(kind, place, place))
        return place

    def close(self, element: Element, name: str, place: int) -> None:
        super().close(element, name, place)
        if name in KINDS:
            number = self._open.pop()
            self.spans[number] = self.spans[number]._replace(end=len(self.pieces))

    def insert(self, place: int, piece: str) -> None:
        super().insert(place, piece)
        for number in range(len(self.spans) - 1, -1, -1):
            kind, start, end = self.spans[number]
            if start < place:  # as those before it
                break
            self.spans[number] = Span(kind, start + 1, end + 1)


def _one_spaced(raw: str, spans: list[Span]) -> Marked:
    """What `one_spaced` makes of `raw`, with `spans` of `raw` as they lie in it; empty ones are left out."""
    if not raw.isprintable():
        raw, spans = _shown(raw, spans)
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    pieces: list[str] = []
    length, gap, waiting = 0, False, []
    bounds = sorted({0, len(raw), *(span.start for span in spans), *(span.end for span in spans)})
    for bound, following in pairwise([*bounds, len(raw)]):
        ends[bound] = length
        waiting.append(bound)
        segment = raw[bound:following]
        gap = gap or segment[:1].isspace()
        if words := segment.split():
            if gap and length:
                pieces.append(" ")
                length += 1
            starts.update(dict.fromkeys(waiting, length))
            waiting.clear()
            pieces.append(" ".join(words))
            length, gap = length + len(pieces[-1]), segment[-1].isspace()
    starts.update(dict.fromkeys(waiting, length))
    placed = (Span(span.kind, starts[span.start], ends[span.end]) for span in spans)
    return Marked("".join(pieces), tuple(span for span in placed if span.start < span.end))


def _shown(raw: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """`raw` without what nobody sees. What is read in its place belongs to no span that begins or ends there."""
    hidden = list(HIDDEN.finditer(raw))
    if not hidden:
        return raw, spans
    starts, ends = [match.start() for match in hidden], [match.end() for match in hidden]
    places = [shown(match) for match in hidden]
    lengths = map(len, places)
    shifts = [0, *accumulate(new - (end - start) for new, start, end in zip(lengths, starts, ends, strict=True))]

    def start_of(position: int) -> int:
        n = bisect_right(starts, position)
        return (max(position, ends[n - 1]) if n else position) + shifts[n]

    def end_of(position: int) -> int:
        n = bisect_left(starts, position)
        return (max(position, ends[n - 1]) if n else position) + shifts[n]

    text = HIDDEN.sub(shown, raw)
    return text, [Span(span.kind, start_of(span.start), end_of(span.end)) for span in spans]
