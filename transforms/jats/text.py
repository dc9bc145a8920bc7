"""The text of a JATS element, as a reader sees it.

Inline markup leaves no trace (10<sup>5</sup> is "105"), the edges of a block become one space, comments and processing
instructions vanish and what stands behind them stays. Runs of whitespace, no-break spaces included, are one space.
"""

from collections.abc import Callable
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

#: Elements that begin on a line of their own, or in a cell of their own.
BLOCKS = frozenset(
    {"attrib", "break", "caption", "copyright-statement", "label", "object-id", "p", "sec", "title"}
    | {"def", "def-item", "def-list", "fn", "fn-group", "list", "list-item", "ref", "ref-list", "term"}
    | {"array", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
    | {"boxed-text", "fig", "fig-group", "graphic", "media", "supplementary-material"}
    | {"table-wrap", "table-wrap-foot", "table-wrap-group", "permissions", "license", "license-p"}
    | {"chem-struct-wrap", "code", "disp-formula", "disp-formula-group", "disp-quote", "preformat"}
    | {"answer", "question", "question-wrap", "speech", "statement", "verse-group", "verse-line"}
)

#: What is never printed: descriptions for other readers than the eye, and entries of an index.
UNPRINTED = frozenset({"alt-text", "long-desc", "index-term", "index-term-range-end"})

MATHML = "{http://www.w3.org/1998/Math/MathML}"
MATH = MATHML + "math"
TEX = "tex-math"

#: All but inline markup.
_SPECIAL = BLOCKS | UNPRINTED | {MATH, TEX}

_TOKENS = frozenset(MATHML + name for name in ("mi", "mn", "mo", "ms", "mtext"))
_ANNOTATIONS = frozenset({MATHML + "annotation", MATHML + "annotation-xml"})


def text_of(element: Element, without: frozenset[str] = frozenset()) -> str:
    """The text inside `element`, without that of the descendants whose names are in `without`."""
    return one_spaced(raw_text_of(element, without))


def one_spaced(text: str) -> str:
    """`text` with a blank for each run of whitespace, and none at its ends."""
    if text.isprintable() and "  " not in text:  # no whitespace but the plain blank is printable
        return text.strip()
    return " ".join(text.split())


def raw_text_of(element: Element, without: frozenset[str] = frozenset()) -> str:
    """The same with whitespace as it stands in the file."""
    if not len(element):
        return element.text or ""
    pieces: list[str] = []
    _gather(element, without, pieces.append)
    return "".join(pieces)


def _gather(element: Element, without: frozenset[str], write: Callable[[str], None]) -> None:
    if text := element.text:
        write(text)
    for child in element:
        name = child.tag
        if name in _SPECIAL or name in without:
            _gather_special(child, name, without, write)
        elif len(child):
            _gather(child, without, write)
        elif type(name) is str and (text := child.text):  # a comment's or processing instruction's name is a function
            write(text)
        if text := child.tail:
            write(text)


def _gather_special(element: Element, name: str, without: frozenset[str], write: Callable[[str], None]) -> None:
    """The text of an element that is more than inline markup."""
    if name in BLOCKS:
        write(" ")
    if name in without or name in UNPRINTED:
        pass
    elif name == MATH:
        write(_math(element))
    elif name == TEX:
        write(_tex(element))
    else:
        _gather(element, without, write)
    if name in BLOCKS:
        write(" ")


def _math(math: Element) -> str:
    """A formula in words where the author gave some, else its tokens in a row."""
    return math.get("alttext") or "".join(_tokens(math))


def _tokens(math: Element) -> list[str]:
    """The texts of the token elements; the whitespace between them means nothing, and annotations say it again."""
    tokens: list[str] = []
    for child in math:
        if child.tag in _TOKENS:
            tokens.append(text_of(child))
        elif child.tag not in _ANNOTATIONS:
            tokens += _tokens(child)
    return tokens


def _tex(tex: Element) -> str:
    """The body of a TeX document without its dollars; nothing where MathML stands beside it."""
    parent = tex.getparent()
    if parent is not None and parent.find(MATH) is not None:
        return ""
    _, _, body = (tex.text or "").rpartition(r"\begin{document}")
    return body.partition(r"\end{document}")[0].strip().strip("$").strip()
