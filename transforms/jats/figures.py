"""Figures: every element of an article that shows one, in document order, with its graphics, label and caption."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from transforms.jats.captions import legends_of, read_caption
from transforms.jats.graphics import is_image, rank
from transforms.jats.languages import to_read
from transforms.jats.markup import Marked
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
#: … but what a fig may show in place of a graphic.
_MAY_BE_SHOWN = frozenset({"chem-struct", "chem-struct-wrap", "table", "table-wrap"})
_ENDS = _HOLDERS | _TOP | _NO_FIGURE
#: What no words are in.
_SHOWN = frozenset({"fig", "graphic", "media"})

#: What `find_figures` reads.
FIGURE_ELEMENTS = frozenset({"fig", "supplementary-material", "graphic", "media"})

#: Around a figure, what has a caption that is said of it too.
_GROUPS = ("fig", "fig-group")


@dataclass(slots=True, eq=False)
class Figure:
    """A figure. `element` is what a reference names, `group` the fig or fig-group around it.

    `graphics` holds the renderings of each graphic, `others` the media that are no images. `legends` are the elements
    that hold its caption, where it is not its own element that does, and `names` more that a reference may name.
    """

    element: Element
    kind: str
    group: Element | None
    graphics: list[list[Element]] = field(default_factory=list)
    others: list[Element] = field(default_factory=list)
    legends: list[Element] = field(default_factory=list)
    names: list[Element] = field(default_factory=list)

    def hrefs(self) -> list[list[str]]:
        """The addresses of each graphic's renderings, best first."""
        return [[href(element) for element in sorted(graphic, key=_rank)] for graphic in self.graphics]

    def label(self) -> str | None:
        """Its own label, else that of the group; the group's first where it has several captions."""
        own, groups = self._own(), list(self.groups())
        holders = [*groups, *own] if len(self.legends) > 1 else [*own, *groups]
        return _first_text(_children(holder, "label") for holder in holders)

    def caption(self) -> Marked | None:
        """Its own caption, else the group's."""
        return read_caption(self.caption_sources(), self.label()) or self.group_caption()

    def group_caption(self) -> Marked | None:
        """The caption of the innermost fig or fig-group around it that has one."""
        return read_caption(self.group_caption_sources())

    def caption_sources(self) -> Iterator[list[Element]]:
        """Where its own caption may stand, best first: the elements of one caption in reading order.

        The first whose elements have any text is the caption. Of several languages only the article's is there.
        """
        if len(self.legends) > 1:
            labels = [_children(legend, "label") for legend in self.legends]
            told = {text_of(label) for each in labels for label in each}
            yield [
                part
                for legend, label in zip(self.legends, labels, strict=True)
                for part in (*(label if len(told) > 1 else ()), *_children(legend, "caption"))
            ]
        for holder in self._own():
            yield _caption_and_legends(holder, self._own())
        if self.element.tag == "fig" and (paragraphs := _children(self.element, "p")):
            yield [*paragraphs, *legends_of([self.element])]

    def group_caption_sources(self) -> Iterator[list[Element]]:
        """The same of the captions of the groups around it, innermost first."""
        for group in self.groups():
            yield _caption_and_legends(group, [group])

    def is_caption(self) -> bool:
        """Whether it is a fig that shows nothing."""
        return self.element.tag == "fig" and not self.graphics and not self.others

    def is_picture(self) -> bool:
        """Whether it shows something and says nothing."""
        holders = (self.element, *(element for graphic in self.graphics for element in graphic))
        said = (part for holder in holders for part in holder.iterchildren("label", "caption", "p"))
        return bool(self.graphics) and not any(text_of(part, _SHOWN) for part in said)

    def is_loose(self) -> bool:
        """Whether it is a graphic in the text, or in an abstract, without a word of its own."""
        return self.kind in ("graphic", "graphical-abstract") and self.element.tag != "fig" and self.is_picture()

    def groups(self) -> Iterator[Element]:
        """The figs and fig-groups around it, innermost first."""
        if self.group is not None:
            yield self.group
            yield from self.group.iterancestors(*_GROUPS)

    def _own(self) -> list[Element]:
        graphics = [element for graphic in self.graphics for element in graphic if element.tag == "graphic"]
        return [*(self.legends or [self.element]), *graphics]


def _children(element: Element, name: str) -> list[Element]:
    """The children of that name in the language to read."""
    return to_read(list(element.iterchildren(name)))


def _caption_and_legends(holder: Element, credited: Iterable[Element]) -> list[Element]:
    """The parts of the caption of `holder`, and behind them the legends in attributions; [] without a caption."""
    parts = [part for caption in _children(holder, "caption") for part in _parts(caption)]
    return [*parts, *legends_of(credited)] if parts else []


def _parts(caption: Element) -> list[Element]:
    """The caption, or its children without those in another language."""
    children = list(caption)
    return [caption] if len(kept := to_read(children)) == len(children) else kept


def _first_text(sources: Iterable[list[Element]]) -> str | None:
    """The text of the first of `sources` that has any, None where there is none."""
    texts = (" ".join(filter(None, map(text_of, elements))) for elements in sources)
    return next((text for text in texts if text), None)


def href(element: Element) -> str:
    """The address of a graphic, media or supplement, empty where it has none."""
    return (element.get(_XLINK_HREF) or "").strip()


def is_copy(element: Element) -> bool:
    """Whether a graphic is marked as a copy for a list or a screen."""
    return _rank(element)[0]


def _rank(element: Element) -> tuple[bool, int]:
    return rank(href(element), f"{element.get('content-type')} {element.get('specific-use')}")


def _shows_image(element: Element) -> bool:
    """A graphic is an image whatever its name; media and supplements are when their name or type says so."""
    return element.tag == "graphic" or is_image(href(element), element.get("mimetype", ""))


def find_figures(elements: Iterable[Element]) -> list[Figure]:
    """The figures of an article, given its elements of FIGURE_ELEMENTS in document order.

    A `fig` is one without a graphic too, a supplement is not. Where no graphic stands in a fig but in a structure, a
    table or a line of text in it, that is its graphic.
    """
    found: dict[Element, Figure] = {}
    inner: dict[Element, list[list[Element]]] = defaultdict(list)
    for element in elements:
        if element.tag == "fig":
            abstract = next(element.iterancestors(*_ABSTRACTS), None)
            found[element] = _figure(element, "fig" if abstract is None else "graphical-abstract")
        elif element.tag == "supplementary-material":
            found[element] = _figure(element, "supplementary")
        elif href(element):
            _add(element, found, inner)
    for element, figure in found.items():
        if element.tag == "fig" and not (figure.graphics or figure.others):
            figure.graphics = inner.get(element) or _inline(element)
        if figure.kind == "supplementary" and not (figure.graphics or figure.others) and _shows_image(element):
            figure.graphics = [[element]]
    return [figure for figure in found.values() if figure.graphics or figure.element.tag == "fig"]


def _figure(element: Element, kind: str) -> Figure:
    return Figure(element, kind, next(element.iterancestors(*_GROUPS), None))


def _add(element: Element, found: dict[Element, Figure], inner: dict[Element, list[list[Element]]]) -> None:
    """File a graphic or media element under the figure that it belongs to, or as a figure of its own."""
    parent = element.getparent()
    unit = parent if parent is not None and parent.tag == "alternatives" else element
    holder = next(ancestor for ancestor in unit.iterancestors() if ancestor.tag in _ENDS)
    figure = found.get(unit) or found.get(holder)
    if figure is None:
        if not _shows_image(element):
            return
        if holder.tag in _NO_FIGURE:
            if holder.tag in _MAY_BE_SHOWN and (fig := _fig_around(holder)) is not None:
                _append(inner[fig], element, unit)
            return
        figure = found[unit] = _figure(element, _loose_kind(element, holder))
    if not _shows_image(element):
        figure.others.append(element)
    else:
        _append(figure.graphics, element, unit)


def _append(graphics: list[list[Element]], element: Element, unit: Element) -> None:
    """File a rendering with those that `unit` holds beside it, or as a graphic of its own."""
    if graphics and graphics[-1][0].getparent() is unit:
        graphics[-1].append(element)
    else:
        graphics.append([element])


def _inline(fig: Element) -> list[list[Element]]:
    """What a fig shows in a line of its own text; in its caption that would be a symbol."""
    return [[element] for element in fig.iter("inline-graphic") if href(element) and _fig_around(element) is fig]


def _fig_around(element: Element) -> Element | None:
    """The fig that shows `element` outside its caption."""
    for ancestor in element.iterancestors("fig", "caption", *_TOP):
        return ancestor if ancestor.tag == "fig" else None
    return None


def _loose_kind(element: Element, holder: Element) -> str:
    if holder.tag == "fig-group":
        return "fig-group"
    if holder.tag in _ABSTRACTS:
        return "graphical-abstract"
    return "graphic" if element.tag == "graphic" else "supplementary"
