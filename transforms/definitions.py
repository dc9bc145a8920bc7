"""Definitions: which short forms an article defines, and what they stand for in it.

A caption uses abbreviations that are defined elsewhere: in the article's title, its abstract or its text, in another
caption, in a list of abbreviations. Running text defines a form in brackets only: there "CT, computed ..." is no list.
"""

from transforms.concepts.abbreviations import find_abbreviations
from transforms.concepts.canonical import canonical
from transforms.text import Element, text_of

#: What has a text of its own, none of which belongs to another.
_TEXTS = ("title", "p", "kwd", "def-item")
_INNER = frozenset({*_TEXTS, "table"})
_TITLE = "front/article-meta/title-group/article-title"
#: Paragraphs in these may list abbreviations without saying so.
_LEGENDS = frozenset({"caption", "fn"})
#: In the title of a list of abbreviations, or in the paragraph that is one.
_LIST = "bbreviation"
#: Definitions of one article, so that a stranger's takes no longer to use than to read; a book has some hundreds.
_MOST = 1000


def find_definitions(article: Element) -> dict[str, str]:
    """Long forms by short form, the first of each in document order; without single letters, which every legend defines
    anew."""
    listed = _listed(article)
    definitions: dict[str, str] = {}
    for element in (*article.iterfind(_TITLE), *article.iter(*_TEXTS)):
        text = _text(element)
        lists = element.tag in ("kwd", "def-item") or element in listed or _LIST in text
        for found in find_abbreviations(canonical(text), lists):
            if len(found.short) > 1 and len(definitions) < _MOST:
                definitions.setdefault(found.short, found.long)
    return definitions


def _listed(article: Element) -> set[Element]:
    """The paragraphs of legends, and of sections that are lists of abbreviations."""
    sections = {next(title.iterancestors()) for title in article.iter("title") if _LIST in text_of(title)}
    legends = article.iter(*_LEGENDS)
    return {paragraph for holder in (*sections, *legends) for paragraph in holder.iter("p")}


def _text(element: Element) -> str:
    """The text of an element; of an entry of a list as "term: definition"."""
    if element.tag == "def-item":
        return ": ".join(text_of(part) for part in element.iterchildren("term", "def"))
    return text_of(element, _INNER)
