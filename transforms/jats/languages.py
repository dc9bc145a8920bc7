"""Languages: which one an element is written in, and which of several elements that say the same is to be read."""

from collections.abc import Sequence

from transforms.jats.labels import languages
from transforms.jats.text import Element, text_of

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: What holds a text with its own front matter.
ARTICLES = ("article", "sub-article", "response")
#: What a translation stands for; a paragraph in another language translates a paragraph, a title a title.
_TRANSLATIONS = {"trans-title": "title", "trans-title-group": "title", "trans-subtitle": "subtitle"}

#: Languages by their codes without country; none where nothing tells.
Spoken = frozenset[str]


def spoken_in(element: Element) -> Spoken:
    """The languages that a figure may be in: as it, its caption or its label says, else as what is around it says."""
    if code := _stated_within(element):
        return frozenset({code})
    label = element.find("label")
    if label is not None and (known := languages(text_of(label))):
        return known
    code = _stated_around(element)
    return frozenset({code} if code else ())


def language_stated(element: Element) -> str:
    """The code of the language that a figure, its caption or what is around it states; "" where nothing does."""
    return _stated_within(element) or _stated_around(element)


def differ(spoken: Spoken, other: Spoken) -> bool:
    """Whether two texts are in two languages, as far as can be told."""
    return spoken != other and spoken.isdisjoint(other)


def choose(spoken: Sequence[Spoken], element: Element) -> int:
    """The position of the text to read: in the language around `element`, else an untold, else English, else any."""
    language = _language_around(element)
    ranks = [0 if language in codes else 1 if not codes else 2 if "en" in codes else 3 for codes in spoken]
    return ranks.index(min(ranks))


def to_read(elements: list[Element]) -> list[Element]:
    """Siblings without those that say in another language what one of the same name says in the article's.

    What states no language is in the article's, a `trans-title` is not.
    """
    if len(elements) < 2:
        return elements
    stated = [_stated(element) or _stated_inside(element) for element in elements]
    if not any(stated) and not any(element.tag in _TRANSLATIONS for element in elements):
        return elements
    language = _language_around(elements[0])
    codes = [
        code or ("" if element.tag in _TRANSLATIONS else language)
        for code, element in zip(stated, elements, strict=True)
    ]
    names = [_TRANSLATIONS.get(element.tag, element.tag) for element in elements]
    best: dict[str, str] = {}
    for name, code in zip(names, codes, strict=True):
        if name not in best or _rank(code, language) < _rank(best[name], language):
            best[name] = code
    return [element for element, name, code in zip(elements, names, codes, strict=True) if code == best[name]]


def _rank(code: str, language: str) -> tuple[bool, bool]:
    return code != language, code != "en"


def _language_around(element: Element) -> str:
    """The language of the article or sub-article around `element`: the one that it states, else English."""
    return next(filter(None, map(_stated, element.iterancestors(*ARTICLES))), "en")


def _stated_within(figure: Element) -> str:
    inner = (figure, *figure.iterchildren("label", "caption"), *figure.iterfind("caption/*"))
    return next(filter(None, map(_stated, inner)), "")


def _stated_around(element: Element) -> str:
    return next(filter(None, map(_stated, element.iterancestors())), "")


def _stated_inside(element: Element) -> str:
    """What the title of a caption states for all of it."""
    return _stated(element[0]) if element.tag == "caption" and len(element) else ""


def _stated(element: Element) -> str:
    code = element.get(_XML_LANG)
    return code.lower().replace("_", "-").partition("-")[0] if code else ""
