"""Text with the spans of its markup, from one walk."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from transforms.jats.characters import HIDDEN, one_spaced, shown
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
    text, places = one_spaced_spans(walk.pieces, [(span.start, span.end) for span in walk.spans])
    placed = (Span(span.kind, *place) for span, place in zip(walk.spans, places, strict=True))
    return Marked(text, tuple(span for span in placed if span.start < span.end))


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


def one_spaced_spans(pieces: Sequence[str], spans: Iterable[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """What `one_spaced` makes of the joined pieces; and spans of pieces, as [first, last), as spans of that text."""
    offsets = [0, *accumulate(map(len, pieces))]
    raw, places = "".join(pieces), [(offsets[first], offsets[last]) for first, last in spans]
    text, cut = one_spaced(raw), len(raw) - len(raw.lstrip())
    if len(text) < len(raw.strip()):
        return _one_spaced(raw, places)
    return text, [_trimmed(text, max(0, start - cut), min(end - cut, len(text))) for start, end in places]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without the one blank that it may begin with, and the one that it may end with."""
    start += text[start : start + 1] == " "
    return start, max(start, end - (text[end - 1 : end] == " "))


def _one_spaced(raw: str, spans: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """What `one_spaced` makes of `raw`, with `spans` of `raw` as they lie in it; of one without text they are empty."""
    if not raw.isprintable():
        raw, spans = _shown(raw, spans)
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    pieces: list[str] = []
    length, gap, waiting = 0, False, []
    bounds = sorted({0, len(raw), *(bound for span in spans for bound in span)})
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
    return "".join(pieces), [(starts[start], max(starts[start], ends[end])) for start, end in spans]


def _shown(raw: str, spans: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
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
    return text, [(start_of(start), max(start_of(start), end_of(end))) for start, end in spans]
