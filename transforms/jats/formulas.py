"""Formulas and other things that a file has in several renderings, of which one is read."""

from collections.abc import Callable
from typing import TypeAlias

from lxml import etree

from transforms.jats.math import MATHML, math_text
from transforms.jats.tex import tex_text

Element: TypeAlias = etree._Element

#: Where a picture stands in the line: the object replacement character.
HOLE = "\ufffc"

MATH = f"{MATHML}math"
TEX = "tex-math"

#: Elements that hold one formula, perhaps in several renderings.
FORMULAS = frozenset({"chem-struct", "chem-struct-wrap", "disp-formula", "inline-formula"})
RENDERED = FORMULAS | {"alternatives"}
#: How good a rendering is, best first; what is none of these (a table beside its picture) is better than a picture.
RANKS = {MATH: 0, "math": 0, "textual-form": 1, TEX: 2, "graphic": 4, "inline-graphic": 4}
_OTHER = 3

_TEX_ANNOTATION = f"{MATHML}annotation"


def is_formula(graphic: Element) -> bool:
    """Whether a graphic is the picture of a formula."""
    ancestors = graphic.iterancestors()
    return next((ancestor.tag for ancestor in ancestors if ancestor.tag != "alternatives"), None) in FORMULAS


def renderings(element: Element) -> set[Element]:
    """The children that are read: the best of alternatives, all of a formula but renderings that are not the best."""
    children = [child for child in element if isinstance(child.tag, str)]
    alternatives = element.tag == "alternatives"
    ranks = {child: RANKS.get(child.tag, _OTHER) for child in children if alternatives or child.tag in RANKS}
    best = min((rank for child, rank in ranks.items() if _says_something(child)), default=None)
    if alternatives:
        return set([child for child, rank in ranks.items() if rank == best][:1])
    return {child for child in children if ranks.get(child, best) == best}


def _says_something(rendering: Element) -> bool:
    if rendering.tag in (MATH, "math", TEX, "textual-form"):
        return bool(rendering.get("alttext") or "".join(rendering.itertext()).strip())
    return True


def _math(math: Element) -> str:
    """A formula from its tokens; in words or TeX where it has none."""
    text = math_text(math)
    if text.strip():
        return text
    words = math.get("alttext") or next(iter(math.itertext(_TEX_ANNOTATION)), "")
    return tex_text(words) if "\\" in words or "$" in words else words


def _tex(tex: Element) -> str:
    return tex_text("".join(tex.itertext()))


def _hole(picture: Element) -> str:
    return HOLE


def _character(element: Element) -> str:
    return element.get("name") or element.get("description") or HOLE


#: Elements whose text is not that of their content, and how they are read.
READERS: dict[str, Callable[[Element], str]] = {
    MATH: _math,
    "math": _math,  # some files forget the namespace
    TEX: _tex,
    "inline-graphic": _hole,
    "private-char": _character,
}
