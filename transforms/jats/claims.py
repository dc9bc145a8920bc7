"""Claims in JATS: what the elements of an article state of the rights in single figures and graphics."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from transforms.jats.figures import Figure
from transforms.jats.permissions import statements
from transforms.jats.text import Element, text_of
from transforms.rights.credits import Claim, classify, find_credits, sentences, statement

#: What `FigureClaims` reads.
RIGHTS_ELEMENTS = frozenset({"attrib", "copyright-statement", "license", "permissions"})

#: What stands in these is said of the element around them, of which it is the front matter.
_FRONTS = frozenset({"article-meta", "front", "front-stub", "sec-meta"})

_COPYRIGHT = re.compile(r"\W*(?:©|\(c\)\s|copyright\b)", re.IGNORECASE)
_OF_AUTHORS = re.compile(
    r"(?:©|\(c\)|copyright)[\W\d]*(?:by )?(?:the |les |los |os |die |gli )?(?:authors?|auteurs?|autor(?:es|en|i)?)\b",
    re.IGNORECASE,
)
#: Rights of others, or more of them than the article's.
_MORE = re.compile(r"permission|re-?print|re-?produc|adapt|modif|courtesy|rights reserved|not covered", re.IGNORECASE)


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
        found, credits = Stated(), find_credits(caption)
        if self._stated:
            starts = (figure.element, *figure.legends)
            self._gather(found, (around for start in starts for around in (start, *start.iterancestors())))
        found.claims += (claim for claim in credits.claims if not self._repeats(sentences(claim.text), claim.license))
        found.sources += filter(None, [credits.source])
        return found

    def of_graphic(self, figure: Figure, renderings: Iterable[Element]) -> Stated:
        """What is stated of one graphic of a figure alone."""
        found = Stated()
        if self._stated:
            self._gather(found, (part for element in renderings for part in _inside(figure, element)))
        return found

    def _gather(self, found: Stated, elements: Iterable[Element]) -> None:
        for stated in (self._stated[each] for each in dict.fromkeys(elements) if each in self._stated):
            found.claims += stated.claims
            found.sources += stated.sources

    def _add_attribution(self, about: Element, text: str) -> None:
        kind = classify(text)
        if kind == "claims":
            self._stated.setdefault(about, Stated()).claims.append(statement(text))
        elif kind == "source":
            self._stated.setdefault(about, Stated()).sources.append(text)

    def _add_statements(self, about: Element, texts: list[str]) -> None:
        # Attributes other than links are no words of the credit. A line of copyright names no panel, if it is of one.
        words = [text for text in texts if " " in text or "://" in text] or texts
        panels = statement(" ".join(text for text in words if not _COPYRIGHT.match(text))).panels
        claim = Claim(" ".join(words), statement("", texts).license, panels)
        if texts and not self._repeats(texts, claim.license):
            self._stated.setdefault(about, Stated()).claims.append(claim)

    def _repeats(self, texts: Iterable[str], license: str | None) -> bool:
        """Whether texts that grant `license` say no more than the article: its own words, its authors, its licence."""
        if license not in (None, self._license):
            return False
        return all(
            _plain(text) in self._own
            or (not _MORE.search(text) and bool(_OF_AUTHORS.search(text) or (license and not _COPYRIGHT.match(text))))
            for text in texts
        )

    @cached_property
    def _own(self) -> set[str]:
        meta = self._article.find("front/article-meta")
        return {_plain(text) for text in statements(meta)} if meta is not None else set()


def _about(parent: Element) -> Element:
    """What a statement in `parent` is about: one in a caption about the figure, one in front matter about its part."""
    caption = parent if parent.tag == "caption" else next(parent.iterancestors("caption"), None)
    about = caption.getparent() if caption is not None else parent
    while about is not None and about.tag in _FRONTS:
        parent, about = about, about.getparent()
    return parent if about is None else about


def _inside(figure: Figure, element: Element) -> Iterator[Element]:
    """A graphic and what is around it, inside its figure."""
    while element is not None and element is not figure.element:
        yield element
        element = element.getparent()


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
