"""The text of a JATS element, as a reader sees it.

* The edges of a block become one space, runs of whitespace (no-break spaces included) one space. Comments and
  processing instructions vanish, and what stands behind them stays.
* Inline markup leaves no trace, but for scripts that would run into a number. Behind a digit "^" or "_" stands before
  a script that begins with a number: 10<sup>-3</sup> is "10^-3". A blank parts a script that ends in a digit from a
  digit behind it: mc<sup>2</sup>155 is "mc2 155". All others are as printed: CO2, Ca2+, cm2, 1st.
* A formula is read once, from the best of its renderings: MathML (transforms/jats/math.py has its conventions), words,
  TeX. Where it is only a picture, as where any picture stands in the line, the hole is HOLE.
* Characters that nobody sees are left out: soft hyphens, zero-width spaces, byte order marks, marks of direction;
  joiners but where the script before them needs them.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from lxml import etree

from transforms.jats.characters import HIDDEN, SCRIPT_END
from transforms.jats.characters import one_spaced as one_spaced  # whoever reads raw text needs both
from transforms.jats.formulas import HOLE, RANKS, READERS, RENDERED, is_formula, renderings

Element: TypeAlias = etree._Element

#: Elements that begin on a line of their own, or in a cell of their own.
BLOCKS = frozenset(
    {"attrib", "break", "caption", "copyright-statement", "label", "p", "sec", "title"}
    | {"def", "def-item", "def-list", "fn", "fn-group", "list", "list-item", "ref", "ref-list", "term"}
    | {"array", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
    | {"boxed-text", "fig", "fig-group", "graphic", "media", "supplementary-material"}
    | {"table-wrap", "table-wrap-foot", "table-wrap-group", "permissions", "license", "license-p"}
    | {"chem-struct-wrap", "code", "disp-formula", "disp-formula-group", "disp-quote", "preformat"}
    | {"answer", "question", "question-wrap", "speech", "statement", "verse-group", "verse-line"}
)

#: What is never printed: descriptions for other readers than the eye, entries of an index, identifiers.
UNPRINTED = frozenset({"alt-text", "long-desc", "index-term", "index-term-range-end", "object-id"})

#: Types of references that are marks of footnotes. A walk leaves them out if `xref` is among its special elements.
_FOOTNOTES = frozenset({"fn", "table-fn"})

_SCRIPTS = {"sup": "^", "sub": "_"}

#: Elements whose text is their content and nothing else.
_CONTENT = (BLOCKS | RENDERED | {*_SCRIPTS}) - {"def", "graphic"}
#: All but inline markup.
SPECIAL = BLOCKS | UNPRINTED | RENDERED | {*RANKS, *_SCRIPTS, "private-char"}

#: How a script begins that would run into a number before it.
_NUMBER = re.compile(r"\s*[-+\u00b1\u2010-\u2014\u2212]?\s*(?:[.,\u00b7]?\d|[\u00bc-\u00be\u2150-\u215e])")


def text_of(element: Element, without: frozenset[str] = frozenset()) -> str:
    """The text inside `element`, without that of the descendants whose names are in `without`."""
    return one_spaced(raw_text_of(element, without))


def raw_text_of(element: Element, without: frozenset[str] = frozenset()) -> str:
    """The same with whitespace as it stands in the file; `one_spaced` makes it text."""
    if not len(element):
        return element.text or ""
    walk = Walk(_special(without), without)
    walk.gather(element)
    return "".join(walk.pieces)


@cache
def _special(without: frozenset[str]) -> frozenset[str]:
    return SPECIAL | without


class Walk:
    """A walk through an element that gathers the pieces of its text."""

    __slots__ = ("pieces", "special", "without", "write")

    def __init__(self, special: frozenset[str], without: frozenset[str]) -> None:
        """`special` are the elements that `read` reads, `without` those that are left out."""
        self.pieces: list[str] = []
        self.special, self.without = special, without
        self.write: Callable[[str], None] = self.pieces.append

    def gather(self, element: Element) -> None:
        """The text of an element's content."""
        write, special = self.write, self.special
        if text := element.text:
            write(text)
        for child in element:
            name = child.tag
            if name in special:
                self.read(child, name)
            elif len(child):
                self.gather(child)
            elif type(name) is str and (text := child.text):  # the name of a comment or an instruction is a function
                write(text)
            if text := child.tail:
                write(text)

    def read(self, element: Element, name: str) -> None:
        """The text of an element that is more than inline markup.

        While its content is read nothing but this stands between two calls of `gather`: files may nest deeply.
        """
        if (name not in _CONTENT or name in self.without) and self._is_read(element, name):
            return
        place = self.open(element, name)
        if name in RENDERED:
            self._rendered(element)
        else:
            self.gather(element)
        self.close(element, name, place)

    def _is_read(self, element: Element, name: str) -> bool:
        """Read an element whose text is not its content; False where there is more to read."""
        if name in self.without:
            if name in BLOCKS:
                self.write(" ")
        elif name in READERS:
            self._leaf(READERS[name](element))
        elif name == "graphic" and is_formula(element):
            self.write(f" {HOLE} ")
        elif name == "def":
            return bool(_parent(element) == "abbrev")
        elif name == "xref":
            return str(element.get("ref-type")) in _FOOTNOTES
        else:
            return name in UNPRINTED
        return True

    def open(self, element: Element, name: str) -> int:
        """Begin an element; the number of pieces before its content."""
        if name in BLOCKS:
            self.write(" ")
        return len(self.pieces)

    def close(self, element: Element, name: str, place: int) -> None:
        """End an element whose content begins at `place`.

        Before a script stands a mark where it would run into a number, behind it another where it may.
        """
        pieces = self.pieces
        if name in BLOCKS:
            self.write(" ")
        elif name in _SCRIPTS and len(pieces) > place:
            if _last_visible(pieces, place).isdecimal() and _is_number(pieces[place:]):
                self.insert(place, _SCRIPTS[name])
            if _last_visible(pieces, len(pieces)).isdecimal() and _may_go_on(element):
                self.write(SCRIPT_END)

    def _leaf(self, text: str) -> None:
        """A formula or a character. A formula may begin with a script of what stands before it."""
        place = len(self.pieces)
        mark = text[:1] if text.startswith(tuple(_SCRIPTS.values())) else ""
        if text := text[len(mark) :]:
            self.write(text)
            if mark and _last_visible(self.pieces, place).isdecimal() and _is_number([text]):
                self.insert(place, mark)

    def insert(self, place: int, piece: str) -> None:
        """Put a piece between those that are there."""
        self.pieces.insert(place, piece)

    def _rendered(self, element: Element) -> None:
        """The content of an element without the renderings that say again what another says."""
        chosen = renderings(element)
        if text := element.text:
            self.write(text)
        for child in element:
            if child in chosen:
                if child.tag in self.special:
                    self.read(child, child.tag)
                else:
                    self.gather(child)
            if text := child.tail:
                self.write(text)


def _last_visible(pieces: list[str], end: int) -> str:
    """The last character before the piece `end` that is not hidden, if there is one."""
    for number in range(end - 1, -1, -1):
        piece = pieces[number]
        if piece[-1].isprintable() or piece[-1].isspace() or (piece := HIDDEN.sub("", piece)):
            return piece[-1]
    return ""


def _is_number(pieces: list[str]) -> bool:
    return _NUMBER.match(HIDDEN.sub("", "".join(pieces))) is not None


def _may_go_on(script: Element) -> bool:
    """Whether a digit may follow at once: it does, or what follows is hidden or farther away."""
    if text := script.tail:
        return _may_be_digit(text[0])
    following = script.getnext()
    if following is None:
        return _parent(script) not in BLOCKS
    text = following.text
    return not text or not isinstance(following.tag, str) or _may_be_digit(text[0])


def _may_be_digit(character: str) -> bool:
    """Whether it is a digit, or hidden with one beyond it."""
    return character.isdecimal() or not (character.isprintable() or character.isspace())


def _parent(element: Element) -> Any:
    parent = element.getparent()
    return None if parent is None else parent.tag
