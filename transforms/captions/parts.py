"""What a caption says of each panel: its parts, as spans of characters."""

from typing import Literal, NamedTuple

#: [start, end) of a text, in Unicode code points.
Span = tuple[int, int]


class Part(NamedTuple):
    """What a caption says of one panel. The spans of each kind ascend, and none overlap.

    `label`: the panel's letter as the caption writes it ("A", "iv", "2"), or its place ("left", "top right");
    `own`: what is said of this panel and not of all; `shared`: what is said of all panels;
    `confidence`: the chance that the text is right, 0..1.
    """

    label: str
    own: tuple[Span, ...]
    shared: tuple[Span, ...]
    confidence: float


class Split(NamedTuple):
    """A caption by panels, in the order of their letters; without parts where it does not tell panels apart."""

    kind: Literal["letters", "places", "none"]
    parts: tuple[Part, ...]


NO_SPLIT = Split("none", ())


def spans_text(caption: str, spans: tuple[Span, ...]) -> str:
    """The text of spans of a caption, a blank between two that do not touch."""
    return " ".join(filter(None, [caption[start:end].strip() for start, end in spans]))


def part_text(caption: str, part: Part) -> str:
    """A panel's text: its own words first, so that a trainer may cut the end off."""
    return " ".join(filter(None, (spans_text(caption, part.own), spans_text(caption, part.shared))))
