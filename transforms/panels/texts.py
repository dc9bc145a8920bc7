"""The text of a panel: spans of the figure's caption, and how they were found."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.tables import Row
from transforms.captions.parts import Part, Span, Split, spans_text


class Text(NamedTuple):
    """The spans of a caption that are about a panel alone and about all panels; how they were found, how surely."""

    own: tuple[Span, ...]
    shared: tuple[Span, ...]
    method: str
    confidence: float

    def on_several(self) -> "Text":
        """The same on several pictures: a whole caption is about none of them alone.

        Where it does not tell them apart it is the right text of each, where it does it is that of none.
        """
        if not self.method.startswith("whole:"):
            return self
        return Text((), self.own or self.shared, self.method, self.confidence * (self.method == "whole:unlettered"))

    def columns(self, caption: str) -> Row:
        """The columns of a panel that has this text; `caption` is that of its figure."""
        own, shared = spans_text(caption, self.own), spans_text(caption, self.shared)
        kinds = (("own", self.own), ("shared", self.shared))
        return {
            "caption": " ".join(filter(None, (own, shared))),
            "caption_own": own,
            "caption_shared": shared,
            "text_spans": [{"kind": kind, "start": start, "end": end} for kind, spans in kinds for start, end in spans],
            "caption_method": self.method,
            "caption_confidence": self.confidence,
        }


def own_text(part: Part, method: str) -> Text:
    """The text of a panel that has a part of the caption."""
    return Text(part.own, part.shared, method, part.confidence)


def whole_text(caption: str, method: str) -> Text:
    """The whole caption, of a picture that shows all that it is about."""
    return Text(_all(caption), (), f"whole:{method}", 1.0)


def text_of_others(caption: str, split: Split) -> Text:
    """The text of panels of which the caption has no part: what it says of all, else the whole of it."""
    shared = _shared(split.parts)
    if spans_text(caption, shared):
        return Text((), shared, "shared", min(part.confidence for part in split.parts))
    return Text((), _all(caption), "whole:mismatch" if split.parts else "whole:unlettered", 0.0)


def _shared(parts: Sequence[Part]) -> tuple[Span, ...]:
    """The spans that all parts share."""
    first, *rest = [part.shared for part in parts] or [()]
    return tuple(span for span in first if all(span in other for other in rest))


def _all(caption: str) -> tuple[Span, ...]:
    return ((0, len(caption)),) if caption else ()
