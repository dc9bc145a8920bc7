"""Figures: every element of an article that shows one, in document order, with its graphics, label and caption."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from transforms.jats.graphics import is_image, rank
from transforms.jats.text import Element, text_of

_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"

#: Around a graphic, the innermost of these says whose it is: a figure's, a group's, a supplement's …
_HOLDERS = frozenset({"fig", "fig-group", "supplementary-material"})
_ABSTRACTS = ("abstract", "trans-abstract")
#: … nobody's, so that it is a figure by itself …
_TOP = frozenset({"article", "sub-article", "response", *_ABSTRACTS})
#: … or no figure's at all: tables, formulas, portraits, signatures, logos.
_NO_FIGURE = frozenset(
    {"author-notes", "bio", "chem-struct", "chem-struct-wrap", "contrib", "disp-formula", "disp-formula-group", "front"}
    | {"front-stub", "inline-formula", "ref-list", "sig", "sig-block", "table", "table-wrap", "table-wrap-group"}
)
_ENDS = _HOLDERS | _TOP | _NO_FIGURE

#: What `find_figures` reads.
FIGURE_ELEMENTS = frozenset({"fig", "supplementary-material", "graphic", "media"})

#: Figures inside a caption have captions of their own.
_NESTED = frozenset({"fig", "fig-group"})


@dataclass(slots=True, eq=False)
class Figure:
    """A figure. `element` is what a reference names, `group` the fig-group around it.

    `graphics` holds the renderings of each graphic, `others` the media that are no images.
    """

    element: Element
    kind: str
    group: Element | None
    graphics: list[list[Element]] = field(default_factory=list)
    others: list[Element] = field(default_factory=list)

    def hrefs(self) -> list[list[str]]:
        """The addresses of each graphic's renderings, best first."""
        return [[href(element) for element in sorted(graphic, key=_rank)] for graphic in self.graphics]

    def label(self) -> str | None:
        """Its own label, else that of the group."""
        return self._text("label") or _text(self.groups(), "label")

    def caption(self) -> str | None:
        """Its own caption, else the bare paragraphs of the figure, else the group's caption."""
        bare = _text([self.element], "p") if self.element.tag == "fig" else None
        return self._text("caption") or bare or self.group_caption()

    def group_caption(self) -> str | None:
        """The caption of the innermost fig-group that has one."""
        return _text(self.groups(), "caption")

    def _text(self, name: str) -> str | None:
        graphics = [element for graphic in self.graphics for element in graphic if element.tag == "graphic"]
        return _text([self.element, *graphics], name)

    def groups(self) -> Iterator[Element]:
        """The fig-groups around it, innermost first."""
        if self.group is not None:
            yield self.group
            yield from self.group.iterancestors("fig-group")


def _text(elements: Iterable[Element], name: str) -> str | None:
    """The text of the children called `name` of the first element that has any, None where there is none."""
    texts = (" ".join(text_of(child, _NESTED) for child in element.iterchildren(name)) for element in elements)
    return next((text for text in texts if text), None)


def href(element: Element) -> str:
    """The address of a graphic, media or supplement, empty where it has none."""
    return (element.get(_XLINK_HREF) or "").strip()


def _rank(element: Element) -> tuple[bool, int]:
    return rank(href(element), f"{element.get('content-type')} {element.get('specific-use')}")


def _shows_image(element: Element) -> bool:
    """A graphic is an image whatever its name; media and supplements are when their name or type says so."""
    return element.tag == "graphic" or is_image(href(element), element.get("mimetype", ""))


def find_figures(elements: Iterable[Element]) -> list[Figure]:
    """The figures of an article, given its elements of FIGURE_ELEMENTS in document order.

    A `fig` is one without a graphic too, a supplement is not.
    """
    found: dict[Element, Figure] = {}
    for element in elements:
        if element.tag == "fig":
            abstract = next(element.iterancestors(*_ABSTRACTS), None)
            found[element] = _figure(element, "fig" if abstract is None else "graphical-abstract")
        elif element.tag == "supplementary-material":
            found[element] = _figure(element, "supplementary")
        elif href(element):
            _add(element, found)
    for element, figure in found.items():
        if figure.kind == "supplementary" and not (figure.graphics or figure.others) and _shows_image(element):
            figure.graphics = [[element]]
    return [figure for figure in found.values() if figure.graphics or figure.element.tag == "fig"]


def _figure(element: Element, kind: str) -> Figure:
    return Figure(element, kind, next(element.iterancestors("fig-group"), None))


def _add(element: Element, found: dict[Element, Figure]) -> None:
    """File a graphic or media element under the figure that it belongs to, or as a figure of its own."""
    parent = element.getparent()
    unit = parent if parent is not None and parent.tag == "alternatives" else element
    holder = next(ancestor for ancestor in unit.iterancestors() if ancestor.tag in _ENDS)
    figure = found.get(unit) or found.get(holder)
    if figure is None:
        if holder.tag in _NO_FIGURE or not _shows_image(element):
            return
        figure = found[unit] = _figure(element, _loose_kind(element, holder))
    if not _shows_image(element):
        figure.others.append(element)
    elif figure.graphics and figure.graphics[-1][0].getparent() is unit:
        figure.graphics[-1].append(element)
    else:
        figure.graphics.append([element])


def _loose_kind(element: Element, holder: Element) -> str:
    if holder.tag == "fig-group":
        return "fig-group"
    if holder.tag in _ABSTRACTS:
        return "graphical-abstract"
    return "graphic" if element.tag == "graphic" else "supplementary"
