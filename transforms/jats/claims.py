"""Claims in JATS: what the elements of an article state of the rights in single figures and graphics."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from transforms.jats.figures import Figure
from transforms.jats.labels import FIGURE_WORD, numbered
from transforms.jats.permissions import statements
from transforms.jats.text import Element, text_of
from transforms.rights.credit_words import COPYRIGHT
from transforms.rights.credits import Claim, classify, find_credits, statement
from transforms.sentences import sentences

#: What `FigureClaims` reads.
RIGHTS_ELEMENTS = frozenset({"attrib", "copyright-statement", "license", "permissions"})

#: What stands in these is said of the element around them, of which it is the front matter.
_FRONTS = frozenset({"article-meta", "front", "front-stub", "sec-meta"})

_SHOWING = frozenset({"fig", "fig-group", "graphic", "media", "supplementary-material"})

_OF_AUTHORS = re.compile(
    r"(?:©|\(c\)|copyright)[\W\d]*(?:by )?(?:the |les |los |os |die |gli )?(?:authors?|auteurs?|autor(?:es|en|i)?)\b",
    re.IGNORECASE,
)
#: Rights of others, or more of them than the article's.
_MORE = re.compile(r"permission|re-?print|re-?produc|adapt|modif|courtesy|rights reserved|not covered", re.IGNORECASE)
#: Words of a licence that credit somebody for a picture.
_CREDIT = re.compile(
    r"\b(?:images?|photo\w*|pictures?|panels?|illustrations?|maps?|drawings?)\b|\bby\s+(?-i:[A-Z][a-z])", re.IGNORECASE
)
#: Figures that a statement about the article names: "Figure 2", "Figs. 1, 3 and 5-7".
_NUMBERS = re.compile(
    rf"\b{FIGURE_WORD}\.?\s*(\d{{1,3}}(?:(?:\s*(?:,|&|[-\u2010-\u2015]|\b(?:and|to|et|und|bis|y|e|a)\b))+\s*\d{{1,3}}\b)*)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d+)\s*(?:[-\u2010-\u2015]|to|bis|a)\s*(\d+)")
#: What the licence beside these words does not hold for.
_EXCEPTED = re.compile(r"\b(?:except\w*|exclud\w*|exempt\w*|not|nicht|sauf|excepto|exceto|eccetto|ausgenommen)\b", re.I)


@dataclass(slots=True)
class Stated:
    """What is stated of a picture: claims of rights, and sentences that only name where it comes from."""

    claims: list[Claim] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


class FigureClaims:
    """The claims of an article's elements, given those of RIGHTS_ELEMENTS and the article's licence.

    What repeats the article's own statements is no claim.
    """

    def __init__(self, article: Element, elements: Iterable[Element], license: str | None) -> None:
        self._article, self._license = article, license
        self._stated: dict[Element, Stated] = {}
        read: set[Element] = set()
        for element in elements:
            parent = element.getparent()
            if parent is None or parent.tag in ("permissions", "license"):
                continue
            about = _about(parent)
            if element.tag == "attrib":
                self._add_attribution(about, text_of(element))
            elif about is not article and parent not in read:
                read.add(parent)
                self._add_statements(about, statements(parent))

    def of(self, figure: Figure, caption: str) -> Stated:
        """What is stated of a figure: by its own elements, by those around them, and in its `caption`."""
        found = Stated()
        if self._stated:
            starts = (figure.element, *figure.legends)
            self._gather(found, (around for start in starts for around in (start, *start.iterancestors())))
        for text in (caption, *_notes(figure)):
            self._add_credits(found, text)
        if self._named and (label := numbered(figure.label() or "")) and label.series == "fig":
            found.claims += (claim for claim, numbers in self._named if label.number in numbers)
        return found

    def of_graphic(self, figure: Figure, renderings: Iterable[Element]) -> Stated:
        """What is stated of one graphic of a figure alone."""
        found = Stated()
        parts = dict.fromkeys(part for element in renderings for part in _inside(figure, element))
        if self._stated:
            self._gather(found, parts)
        for caption in (caption for part in parts for caption in part.iterchildren("caption")):
            self._add_credits(found, text_of(caption))
        return found

    def _gather(self, found: Stated, elements: Iterable[Element]) -> None:
        for stated in (self._stated[each] for each in dict.fromkeys(elements) if each in self._stated):
            found.claims += stated.claims
            found.sources += stated.sources

    def _add_credits(self, found: Stated, text: str) -> None:
        credits = find_credits(text)
        found.claims += (claim for claim in credits.claims if not self._repeats(sentences(claim.text), claim.license))
        found.sources += filter(None, [credits.source])

    def _add_attribution(self, about: Element, text: str) -> None:
        kind = classify(text)
        if kind == "claims":
            self._stated.setdefault(about, Stated()).claims.append(statement(text))
        elif kind == "source":
            self._stated.setdefault(about, Stated()).sources.append(text)

    def _add_statements(self, about: Element, texts: list[str]) -> None:
        # Of attributes only links are words of the credit; a line of copyright names no panel, though it is of one.
        words = [text for text in texts if " " in text or "://" in text] or texts
        panels = statement(" ".join(text for text in words if not COPYRIGHT.match(text))).panels
        claim = Claim(" ".join(words), statement("", texts).license, panels)
        if texts and not self._repeats(texts, claim.license):
            self._stated.setdefault(about, Stated()).claims.append(claim)

    def _repeats(self, texts: Iterable[str], license: str | None) -> bool:
        """Whether texts that grant `license` say no more than the article: its own words, its authors, its licence."""
        return license in (None, self._license) and all(
            _plain(text) in self._own or (not _MORE.search(text) and self._is_plain(text, license)) for text in texts
        )

    def _is_plain(self, text: str, license: str | None) -> bool:
        """Whether a text credits the authors, or is the article's licence without a credit."""
        if _OF_AUTHORS.search(text):
            return True
        return license is not None and not (COPYRIGHT.match(text) or _CREDIT.search(text))

    @cached_property
    def _own_texts(self) -> list[str]:
        meta = self._article.find("front/article-meta")
        return statements(meta) if meta is not None else []

    @cached_property
    def _own(self) -> set[str]:
        return set(map(_plain, self._own_texts))

    @cached_property
    def _named(self) -> list[tuple[Claim, set[int]]]:
        """What the article claims of figures that it names by their numbers, with these."""
        return [
            (Claim(sentence, None if _EXCEPTED.search(sentence) else statement(sentence).license), numbers)
            for text in self._own_texts
            if _NUMBERS.search(text)
            for sentence in sentences(text)
            if (numbers := _numbers(sentence)) and classify(sentence) == "claims"
        ]


def _about(parent: Element) -> Element:
    """What a statement in `parent` is about: one in a caption about the figure, one in front matter about its part."""
    caption = parent if parent.tag == "caption" else next(parent.iterancestors("caption"), None)
    about = caption.getparent() if caption is not None else parent
    if about is parent and parent.tag == "p" and parent.getparent().tag in _SHOWING:
        about = parent.getparent()
    while about is not None and about.tag in _FRONTS:
        parent, about = about, about.getparent()
    return parent if about is None else about


def _notes(figure: Figure) -> Iterator[str]:
    """What is said of a figure beside the caption that is read: in notes, in paragraphs, in another language."""
    read = dict.fromkeys((figure.element, *figure.legends, *figure.groups()))
    for element in dict.fromkeys((*read, *figure.names)):
        captions = list(element.iterchildren("caption"))
        if element in read and len(captions) == 1:
            captions = list(captions[0].iter("fn"))
        for part in (*captions, *element.iterchildren("fn", "fn-group", "p")):
            yield text_of(part)


def _numbers(text: str) -> set[int]:
    """The numbers of the figures that a text names."""
    numbers: set[int] = set()
    for named in _NUMBERS.findall(text):
        numbers.update(map(int, re.findall(r"\d+", named)))
        numbers.update(n for low, high in _RANGE.findall(named) for n in range(int(low), int(high)))
    return numbers


def _inside(figure: Figure, element: Element) -> Iterator[Element]:
    """A graphic and what is around it, inside its figure."""
    while element is not None and element is not figure.element:
        yield element
        element = element.getparent()


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold().removeprefix("copyright")
