"""Mentions: the paragraphs that cite a figure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from lxml import etree

from transforms.jats.citations import Citation, CitingText
from transforms.jats.figures import Figure
from transforms.jats.labels import numbered
from transforms.jats.ranges import joins, listed, may_join, may_state, stated
from transforms.jats.text import BLOCKS, Element, text_of

#: What `find_mentions` reads.
CITATION_ELEMENTS = frozenset({"xref"})

#: The innermost of these around a citation is its paragraph.
_PARAGRAPHS = frozenset({"attrib", "def", "label", "list-item", "p", "td", "term", "th", "title", "verse-line"})

#: What may stand inside a paragraph in the file and is no part of its text.
_FLOATS = frozenset(
    {"boxed-text", "fig", "fig-group", "media", "supplementary-material", "table-wrap", "table-wrap-group"}
)
_HOLDERS = frozenset({"fig", "fig-group", "supplementary-material"})

#: Types of references that may name a figure by an id that no element has as it stands.
_FIGURE_TYPES = frozenset({"fig", "fig-group", "figs", "figure", "other", "supplementary-material"})
#: What stands between the ends of a range is not longer.
_LONGEST_GAP = 40
_SEPARATORS = re.compile(r"[\s,;]+")
_PANEL = re.compile(r"(?<=\d)[-_.]?[a-z]$")

_FIGURE_ID = re.compile(r"f(?:ig(?:ure)?)?[-_.]?(\d{1,4})")

_document_order = etree.XPath("$elements/self::*")


class Mentions(NamedTuple):
    """The paragraphs that cite a figure, each once, in document order; and their sentences that do."""

    texts: list[str]
    citations: list[Citation]


class Series(NamedTuple):
    """Where figures are numbered together: in one article or sub-article, by what stands before the number."""

    article: Element | None
    words: str
    roman: bool


def find_mentions(xrefs: Iterable[Element], figures: Sequence[Figure]) -> list[Mentions]:
    """For each figure what cites it.

    `xrefs` are those of the article. A citation is an `xref` of any type that names the figure, a fig or fig-group
    around it or one of its graphics. A range, in the words of one `xref` or between two, cites the figures in between
    too. A caption does not cite its own figure.
    """
    named, ranges = _Named(figures), _Ranges(figures)
    citing: dict[Element, dict[int, list[Element]]] = defaultdict(lambda: defaultdict(list))
    known = named.ids.get
    for xref in xrefs:
        cited = known(xref.get("rid", ""))
        if cited is None and xref.get("ref-type") != "bibr":  # as most are
            cited = named.like(xref)
        if cited:
            paragraph, holder = _place(xref)
            if paragraph is not None:
                text = text_of(xref)
                cited = cited + ranges.within(text, cited) + ranges.until_next(xref, text, cited, named)
                for n in dict.fromkeys(cited):
                    if holder is None or not _is_own(holder, figures[n]):
                        citing[paragraph][n].append(xref)
    found = [Mentions([], []) for _ in figures]
    if not citing:
        return found
    paragraphs: Any = _document_order(figures[0].element, elements=list(citing))
    for paragraph in paragraphs:
        said = CitingText(paragraph, {xref for xrefs in citing[paragraph].values() for xref in xrefs}, _FLOATS)
        for n, of_figure in citing[paragraph].items():
            texts, citations = found[n]
            citations += said.citations(len(texts), of_figure, ranges.number(n))
            texts.append(said.text)
    return found


class _Named:
    """Figures, as positions in the article's list of them, by the ids that name them."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self.ids: dict[str, list[int]] = defaultdict(list)
        for n, figure in enumerate(figures):
            graphics = [element for graphic in figure.graphics for element in graphic]
            elements = (figure.element, *figure.names, *figure.groups(), *graphics)
            for xml_id in dict.fromkeys(element.get("id", "").strip() for element in elements):
                if xml_id:
                    self.ids[xml_id].append(n)

    def by(self, xref: Element) -> list[int]:
        """The figures that an xref names, in the order of its ids."""
        return self.ids.get(xref.get("rid", "")) or self.like(xref)

    def like(self, xref: Element) -> list[int]:
        """The figures of several ids in one, of an id in another case and of panels by their figure: "f2a"."""
        kind = xref.get("ref-type")
        names = _SEPARATORS.split(xref.get("rid", ""))
        if kind is None or kind.lower() in _FIGURE_TYPES:
            return [n for name in names for n in self._alike(name.lstrip("#"))]
        return [n for name in names for n in self.ids.get(name, ())]

    def _alike(self, name: str) -> list[int]:
        lower = name.lower()
        whole = _PANEL.sub("", lower)
        alike = (lower, whole, _plain(lower), _plain(whole))
        return self.ids.get(name) or next(filter(None, map(self._in_lower_case.get, alike)), [])

    @cached_property
    def _in_lower_case(self) -> dict[str, list[int]]:
        lower: dict[str, list[int]] = defaultdict(list)
        for name, figures in self.ids.items():
            lower[name.lower()] += figures
        for name in list(lower):
            lower.setdefault(_plain(name), lower[name])
        return lower


def _plain(name: str) -> str:
    """One name for the ids "f2", "fig2", "Fig-02" and "figure_2", which no id is; others as they are."""
    number = _FIGURE_ID.fullmatch(name)
    return f" {int(number[1])}" if number else name


def _place(xref: Element) -> tuple[Element | None, Element | None]:
    """The paragraph of an xref, and the figure, group or supplement in whose caption it stands, if it does."""
    paragraph = None
    for ancestor in xref.iterancestors():
        if paragraph is None and ancestor.tag in _PARAGRAPHS:
            paragraph = ancestor
        elif ancestor.tag in _HOLDERS:
            return paragraph, ancestor
    return paragraph, None


def _is_own(holder: Element, figure: Figure) -> bool:
    return any(holder is element for element in (figure.element, *figure.names, *figure.groups()))


class _Ranges:
    """Figures by the number in their label; Figure 3, Figure S3 and Figure 2—figure supplement 3 are three series."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = figures

    @cached_property
    def _numbers(self) -> dict[int, tuple[Series, int]]:
        return {n: number for n, figure in enumerate(self._figures) if (number := _number(figure))}

    def number(self, n: int) -> str | None:
        """The number of a figure in Arabic digits, if it has one."""
        return str(self._numbers[n][1]) if n in self._numbers else None

    def within(self, text: str, cited: Sequence[int]) -> list[int]:
        """The figures of a range or list that the xref's own text states, if it names one of them: "2-4", "1 and 2"."""
        if not may_state(text):
            return []
        named: dict[Series, set[int]] = defaultdict(set)
        for series, number in filter(None, map(self._numbers.get, cited)):
            named[series].add(number)
        return [
            between
            for series, numbers in named.items()
            for roman in {series.roman, False}
            for low, high in self._stated(text, series.words, roman, numbers)
            for between in self._between(series, low, high)
        ]

    @staticmethod
    def _stated(text: str, words: str, roman: bool, numbers: set[int]) -> Iterator[tuple[int, int]]:
        """The ranges in which one of `numbers` is, and the numbers of a list in which one is."""
        for low, high in stated(text, words, roman):
            if any(low <= number <= high for number in numbers):
                yield low, high
        if not numbers.isdisjoint(found := listed(text, words, roman)):
            yield from zip(found, found, strict=True)

    def until_next(self, xref: Element, text: str, cited: Sequence[int], named: _Named) -> list[int]:
        """The figures between this xref and the next where nothing but a dash or a word such as "to" parts them."""
        words, following = _until_next(xref)
        if following is None or not joins(text, words, text_of(following)):
            return []
        first = self._numbers.get(cited[-1])
        last = next((self._numbers.get(n) for n in named.by(following)), None)
        return self._between(first[0], first[1], last[1]) if first and last and first[0] == last[0] else []

    def _between(self, series: Series, low: int, high: int) -> list[int]:
        return [n for n, (other, number) in self._numbers.items() if other == series and low <= number <= high]


def _number(figure: Figure) -> tuple[Series, int] | None:
    """Series and number of a figure's label, else of that of the fig or fig-group around it."""
    labels = [
        figure.label() or "",
        *(text_of(label) for group in figure.groups() for label in group.iterchildren("label")),
    ]
    found = next(filter(None, map(numbered, labels)), None)
    article = next(figure.element.iterancestors("sub-article", "response"), None)
    return (Series(article, found.series, found.roman), found.number) if found else None


def _until_next(xref: Element) -> tuple[str, Element | None]:
    """The words between an xref and the next one in the same paragraph, over inline markup; no xref if it is far."""
    words, element = "", xref
    while len(words := words + (element.tail or "")) <= _LONGEST_GAP and may_join(words):
        following = element.getnext()
        if following is None:
            parent = element.getparent()
            if parent is None or parent.tag in BLOCKS:
                break
            element = parent
            continue
        while following.tag != "xref" and following.tag not in BLOCKS and len(following):
            words, following = words + (following.text or ""), following[0]
        if following.tag == "xref":
            return words, following
        if following.tag in BLOCKS:
            break
        words, element = words + (following.text or ""), following
    return words, None
