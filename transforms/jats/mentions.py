"""Mentions: the paragraphs that cite a figure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from lxml import etree

from transforms.jats.figures import Figure
from transforms.jats.text import Element, text_of

#: What `find_mentions` reads.
CITATION_ELEMENTS = frozenset({"xref"})

#: The innermost of these around a citation is its paragraph.
_PARAGRAPHS = frozenset({"attrib", "def", "label", "list-item", "p", "td", "term", "th", "title", "verse-line"})

#: What may stand inside a paragraph in the file and is no part of its text.
_FLOATS = frozenset(
    {"boxed-text", "fig", "fig-group", "media", "supplementary-material", "table-wrap", "table-wrap-group"}
)
_HOLDERS = frozenset({"fig", "fig-group", "supplementary-material"})

_FIGURE = r"(?:(?:supplementary\s+)?fig(?:ure)?s?\b\.?\s*)?"
_TO = rf"\s*(?:[-\u2010-\u2015\u2212]|\bto\b|\bthrough\b)\s*{_FIGURE}"
_BETWEEN = re.compile(_TO, re.IGNORECASE)
_RANGE = re.compile(rf"(?<!\d)(\d{{1,4}})\s*\(?[a-z]?\)?{_TO}[a-z]{{0,2}}(\d{{1,4}})(?!\d)", re.IGNORECASE)
_LAST_NUMBER = re.compile(r"(\d{1,4})\D*$")

_document_order = etree.XPath("$elements/self::*")

#: Figures, as positions in the article's list of them, by the ids that name them.
Named: TypeAlias = dict[str, list[int]]

#: Where figures are numbered together: within an article or sub-article, what stands before the number in a label.
Series: TypeAlias = tuple[Element | None, str]


def find_mentions(xrefs: Iterable[Element], figures: Sequence[Figure]) -> list[list[str]]:
    """For each figure the text of every paragraph that cites it, each once, in document order.

    `xrefs` are those of the article. A citation is an `xref` of any type that names the figure, a fig-group around it
    or one of its graphics. A range, in the words of one `xref` or between two, cites the figures in between too. A
    caption does not cite its own figure.
    """
    named, ranges = _by_id(figures), _Ranges(figures)
    citing: dict[Element, set[int]] = defaultdict(set)
    for xref in xrefs:
        cited = _cited(xref, named)
        if cited:
            paragraph, holder = _place(xref)
            if paragraph is not None:
                cited = cited + ranges.within(xref, cited) + ranges.until_next(xref, cited, named)
                citing[paragraph].update(n for n in cited if holder is None or not _is_own(holder, figures[n]))
    texts: list[list[str]] = [[] for _ in figures]
    if not citing:
        return texts
    paragraphs: Any = _document_order(figures[0].element, elements=list(citing))
    for paragraph in paragraphs:
        text = text_of(paragraph, _FLOATS)
        for n in citing[paragraph]:
            texts[n].append(text)
    return texts


def _by_id(figures: Sequence[Figure]) -> Named:
    named: Named = defaultdict(list)
    for n, figure in enumerate(figures):
        graphics = [element for graphic in figure.graphics for element in graphic]
        for xml_id in {element.get("id", "") for element in (figure.element, *figure.groups(), *graphics)} - {""}:
            named[xml_id].append(n)
    return named


def _cited(xref: Element, named: Named) -> list[int]:
    """The figures that an xref names, in the order of its ids."""
    names = xref.get("rid", "")
    if " " in names:
        return [n for name in names.split() for n in named.get(name, ())]
    return named.get(names, [])


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
    return holder is figure.element or holder is figure.group


class _Ranges:
    """Figures by the number in their label; Figure 3, Figure S3 and Figure 2—figure supplement 3 are three series."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = figures

    @cached_property
    def _numbers(self) -> dict[int, tuple[Series, int]]:
        return {n: number for n, figure in enumerate(self._figures) if (number := _number(figure))}

    def within(self, xref: Element, cited: Sequence[int]) -> list[int]:
        """The figures of a range that the xref's own text states, if it names one of them: "2-4", "S2 to S4"."""
        return [
            between
            for low, high in _RANGE.findall(text_of(xref))
            for n in cited
            if n in self._numbers and int(low) <= self._numbers[n][1] <= int(high)
            for between in self._between(self._numbers[n][0], int(low), int(high))
        ]

    def until_next(self, xref: Element, cited: Sequence[int], named: Named) -> list[int]:
        """The figures between this xref and the next where nothing but a dash, "to" or "through" parts them."""
        words, following = xref.tail or "", xref.getnext()
        while following is not None and not isinstance(following.tag, str):
            words, following = words + (following.tail or ""), following.getnext()
        if following is None or following.tag != "xref" or not _BETWEEN.fullmatch(words):
            return []
        first = self._numbers.get(cited[-1])
        last = next((self._numbers.get(n) for n in _cited(following, named)), None)
        return self._between(first[0], first[1], last[1]) if first and last and first[0] == last[0] else []

    def _between(self, series: Series, low: int, high: int) -> list[int]:
        return [n for n, (other, number) in self._numbers.items() if other == series and low <= number <= high]


def _number(figure: Figure) -> tuple[Series, int] | None:
    """Series and number of a label: ("fig s", 3) for "Figure S3B.", within the sub-article of the figure."""
    label = figure.label() or ""
    digits = _LAST_NUMBER.search(label)
    if digits is None:
        return None
    words = re.sub(r"\W+", " ", re.sub("figures?", "fig", label[: digits.start()].lower())).strip()
    return (next(figure.element.iterancestors("sub-article", "response"), None), words), int(digits[1])
