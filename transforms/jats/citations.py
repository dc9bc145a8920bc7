"""Citations: the sentences of a paragraph that cite a figure, and the panels that they name."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from transforms.jats.cited_panels import cited_panels
from transforms.jats.markup import one_spaced_spans
from transforms.jats.text import SPECIAL, Element, Walk
from transforms.sentences import Span, sentence_spans


class Citation(NamedTuple):
    """A sentence of a mention that cites a figure: `mentions[mention][start:end]`.

    `panels` are the letters that it names, as it writes them; () where it cites the figure as a whole.
    """

    mention: int
    start: int
    end: int
    panels: tuple[str, ...]


class CitingText:
    """The text of a paragraph, with the places and the sentences of its references."""

    def __init__(self, paragraph: Element, xrefs: Iterable[Element], without: frozenset[str]) -> None:
        """Read what `text_of(paragraph, without)` reads; `xrefs` are the references of the paragraph to be found."""
        walk = _Walk(without, xrefs)
        walk.gather(paragraph)
        self.text, places = one_spaced_spans(walk.pieces, walk.places.values())
        self._places = dict(zip(walk.places, places, strict=True))
        self._sentences = sentence_spans(self.text)

    def citations(self, mention: int, xrefs: Sequence[Element], number: str | None) -> list[Citation]:
        """Each sentence in which one of `xrefs` cites the figure of this number, with all panels that they name."""
        found: dict[Span, list[str]] = {}
        for start, end in (self._places[xref] for xref in xrefs if xref in self._places and self.text):
            sentence = next((each for each in self._sentences if start < each[1]), self._sentences[-1])
            found.setdefault(sentence, []).extend(cited_panels(self.text, start, end, number))
        return [Citation(mention, *sentence, tuple(dict.fromkeys(letters))) for sentence, letters in found.items()]


@cache
def _special(without: frozenset[str]) -> frozenset[str]:
    return SPECIAL | {"xref"} | without


class _Walk(Walk):
    """A walk that notes the first piece of some references, and the one behind their last."""

    __slots__ = ("_xrefs", "places")

    def __init__(self, without: frozenset[str], xrefs: Iterable[Element]) -> None:
        super().__init__(_special(without), without)
        self._xrefs = frozenset(xrefs)
        self.places: dict[Element, Span] = {}

    def read(self, element: Element, name: str) -> None:
        if name != "xref":
            super().read(element, name)
        elif element in self._xrefs:
            first = len(self.pieces)
            self.places[element] = (first, first)
            self.gather(element)
            self.places[element] = (self.places[element][0], len(self.pieces))
        else:
            self.gather(element)

    def insert(self, place: int, piece: str) -> None:
        super().insert(place, piece)
        for xref, (first, last) in self.places.items():
            self.places[xref] = (first + (first >= place), last + (last > place))
