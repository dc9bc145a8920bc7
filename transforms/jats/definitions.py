"""Definitions: which short forms an article defines, and what they stand for in it.

A caption uses abbreviations that are defined elsewhere: in the article's title, its abstract or its text, in another
caption, in a list of abbreviations. Running text defines a form in brackets only: there "CT, computed ..." is no list.
"""

from collections.abc import Iterable, Sequence

from transforms.concepts.abbreviations import find_abbreviations, may_define, used_in
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

    `elements` are those of DEFINITION_ELEMENTS in document order.
    """
    used = used_in("\n".join(map(canonical, captions)))
    listed = _listed(elements)
    definitions: dict[str, str] = {}

    def wanted(short: str) -> bool:
        return short not in definitions and used(short)

    for element in (*article.iterfind(_TITLE), *elements):
        if element.tag in _LEGENDS:
            continue
        text = _text(element)
        lists = element.tag in ("kwd", "def-item") or element in listed or _LIST in text
        if lists or ("(" in text and may_define(one_spaced(text), wanted)):
            for found in find_abbreviations(canonical(one_spaced(text)), lists, wanted):
                if len(definitions) < _MOST:
                    definitions[found.short] = found.long
    return definitions


def _listed(elements: Iterable[Element]) -> set[Element]:
    """The paragraphs of legends, and of sections that are lists of abbreviations."""
    holders = set()
    for element in elements:
        if element.tag in _LEGENDS:
            holders.add(element)
        elif element.tag == "title" and _LIST in text_of(element):
            holders.add(next(element.iterancestors()))
    return {paragraph for holder in holders for paragraph in holder.iter("p")}


def _text(element: Element) -> str:
    """The text of an element; of an entry of a list as "term: definition"."""
    if element.tag == "def-item":
        return ": ".join(text_of(part) for part in element.iterchildren("term", "def"))
    return raw_text_of(element, _INNER)
