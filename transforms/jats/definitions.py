"""Definitions: which short forms an article defines, and what they stand for in it.

A caption uses abbreviations that are defined elsewhere: in the article's title, its abstract or its text, in another
caption, in a list of abbreviations. Running text defines a form in brackets only: there "CT, computed ..." is no list.
"""

from collections.abc import Iterable, Sequence

from lxml import etree

from transforms.concepts.abbreviations import UsedIn, find_abbreviations, may_define
from transforms.concepts.canonical import canonical
from transforms.jats.text import Element, one_spaced, raw_text_of, text_of

#: What has a text of its own, none of which belongs to another.
_TEXTS = frozenset({"title", "p", "kwd", "def-item"})
_INNER = frozenset({*_TEXTS, "table"})
_TITLE = "front/article-meta/title-group/article-title"
#: Paragraphs in these may list abbreviations without saying so.
_LEGENDS = frozenset({"caption", "fn"})
#: What `find_definitions` reads.
DEFINITION_ELEMENTS = _TEXTS | _LEGENDS
#: In the title of a list of abbreviations, or in the paragraph that is one.
_LIST = "bbreviation"
#: Definitions of one article, so that a stranger's takes no longer to use than to read; a book has some hundreds.
_MOST = 1000


def find_definitions(article: Element, elements: Sequence[Element], captions: Iterable[str]) -> dict[str, str]:
    """Long forms by short form, the first of each in document order, of the short forms that some of `captions` use.

    `elements` are those of DEFINITION_ELEMENTS in document order. Where no list may be, an element is read only if its
    bare characters may define one of these short forms.
    """
    used = UsedIn("\n".join(map(canonical, captions)))
    listed: set[Element] = set()
    definitions: dict[str, str] = {}
    for element in (*article.iterfind(_TITLE), *elements):
        if element.tag in _LEGENDS:
            listed.update(element.iter("p"))
            continue
        lists = element.tag in ("kwd", "def-item") or element in listed
        if not lists:
            characters = _characters(element)
            if _LIST not in characters and not ("(" in characters and may_define(characters, used)):
                continue
        text = one_spaced(_text(element))
        if _LIST in text:
            lists = True
            if element.tag == "title":
                section = next(element.iterancestors())
                if section not in listed:
                    listed.update((section, *section.iter("p")))
        for found in find_abbreviations(canonical(text), lists, used.__getitem__):
            if len(definitions) < _MOST:
                definitions[found.short] = found.long
                used[found.short] = False  # the first counts
    return definitions


def _characters(element: Element) -> str:
    """All characters inside an element, which cost less than its text."""
    if not len(element):
        return element.text or ""
    characters: str = etree.tostring(element, method="text", encoding="unicode", with_tail=False)
    return characters


def _text(element: Element) -> str:
    """The text of an element; of an entry of a list as "term: definition"."""
    if element.tag == "def-item":
        return ": ".join(text_of(part) for part in element.iterchildren("term", "def"))
    return raw_text_of(element, _INNER)
