"""Twins: a figure that is there several times, in two languages, or once with its graphic and once with its caption."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain

from transforms.jats.figures import Figure, href
from transforms.jats.labels import Numbered, numbered
from transforms.jats.languages import ARTICLES, Spoken, choose, differ, spoken_in
from transforms.jats.text import Element, text_of

#: Figures that are compared with each one: a stranger's article takes no longer than it is long.
_MOST = 100


class Told:
    """What tells whether two figures are one: label and language."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        label = figure.element.find("label")
        self._label = "" if label is None else text_of(label)

    @cached_property
    def number(self) -> Numbered | None:
        """The number of its own label."""
        return numbered(self._label)

    @cached_property
    def spoken(self) -> Spoken:
        """Its languages."""
        return spoken_in(self.figure.element)

    def is_same(self, other: "Told") -> bool:
        """Whether both are one figure by their labels: one number, or no letters of panels in two languages."""
        translated = differ(self.spoken, other.spoken)
        if self.number and other.number:
            same = self.number[1:] == other.number[1:]
            return same and (translated or self.number.series == other.number.series)
        labels = ["".join(filter(str.isalnum, told._label.lower())) for told in (self, other)]
        return labels[0] == labels[1] != "" or (translated and all(len(label) != 1 for label in labels))


def sort_out(figures: Iterable[Figure]) -> list[list[Told]]:
    """The figures in lists of those that are one, as far as their labels and languages tell."""
    different: list[list[Told]] = []
    for told in map(Told, figures):
        same = next((others for others in different[-_MOST:] if others[0].is_same(told)), None)
        if same is None:
            different.append([told])
        else:
            same.append(told)
    return different


def join(several: Sequence[Told], graphics: list[list[Element]], more: Iterable[Figure] = ()) -> Figure:
    """One figure of several that are the same, of which the captions in the language to read are its own."""
    read = several[choose([told.spoken for told in several], several[0].figure.element)]
    chosen = [told.figure for told in several if not differ(told.spoken, read.spoken)]
    return make_one(chosen, graphics, [*(told.figure for told in several), *more])


def make_one(chosen: list[Figure], graphics: list[list[Element]], parts: Iterable[Figure]) -> Figure:
    """A figure of the captions of `chosen` and of `graphics`; what names any of its parts names it."""
    first = chosen[0]
    legends = [element for figure in chosen for element in figure.legends or [figure.element]]
    parts = list(parts)
    names = [name for part in parts for name in (part.element, *part.names, *part.groups(), *chain(*part.graphics))]
    others = [element for part in parts for element in part.others]
    return Figure(first.element, first.kind, first.group, graphics, others, legends, names)


def join_twins(figures: list[Figure]) -> list[Figure]:
    """The figures, of those that are one the first in the place of all."""
    if any(figure.is_caption() for figure in figures):
        figures = _merged(figures, _captions_elsewhere(figures))
    shown = [href(graphic[0]) for figure in figures for graphic in figure.graphics]
    return _merged(figures, _same_pictures(figures)) if len(set(shown)) < len(shown) else figures


def _captions_elsewhere(figures: list[Figure]) -> Iterator[list[Figure]]:
    """Each fig that shows nothing behind the figure that it is a translation or a part of, where there is one."""
    told = list(map(Told, figures))
    by_number: dict[tuple[int, str, bool], list[int]] = defaultdict(list)
    by_place: dict[Element | None, list[int]] = defaultdict(list)
    for n, figure in enumerate(figures):
        if figure.graphics and figure.element.tag == "fig":
            if number := told[n].number:
                by_number[number[1:]].append(n)
            by_place[figure.element.getparent()].append(n)
    for n, figure in enumerate(figures):
        if figure.is_caption():
            number, place = told[n].number, figure.element.getparent()
            near = by_place[place] if place is not None and place.tag in ("alternatives", "fig-group") else []
            same = [
                m
                for m in (by_number[number[1:]] if number else near)[:_MOST]
                if told[n].is_same(told[m]) and _may_share(figure, figures[m])
            ]
            beside = [m for m in same if abs(m - n) == 1 and figures[m].element.getparent() is place]
            if beside:
                yield [figures[beside[0]], figure]
            elif len(same) == 1 and differ(told[n].spoken, told[same[0]].spoken):
                yield [figures[same[0]], figure]


def _may_share(figure: Figure, other: Figure) -> bool:
    """Whether both are of one text or one is of its translation."""
    articles = [next(one.element.iterancestors(*ARTICLES)) for one in (figure, other)]
    return articles[0] is articles[1] or any(article.get("article-type") == "translation" for article in articles)


def _same_pictures(figures: list[Figure]) -> Iterator[list[Figure]]:
    """The figures of one text that show the same, under one number or in two languages, with the first of them."""
    by_picture: dict[object, list[Figure]] = defaultdict(list)
    for figure in figures:
        by_picture[_picture(figure)].append(figure)
    for showing in by_picture.values():
        for first, *others in sort_out(showing) if len(showing) > 1 else ():
            for other in others:
                if (first.number and other.number) or differ(first.spoken, other.spoken):
                    yield [first.figure, other.figure]


def _picture(figure: Figure) -> object:
    """What a figure shows, in which article; another for each figure that shows nothing."""
    hrefs = tuple(href(element) for graphic in figure.graphics for element in graphic)
    return (hrefs, next(figure.element.iterancestors(*ARTICLES))) if hrefs else figure


def _merged(figures: list[Figure], pairs: Iterable[list[Figure]]) -> list[Figure]:
    """The figures, of those that are one the first in the place of all; the first of a pair shows something."""
    several: dict[Figure, list[Figure]] = defaultdict(list)
    for first, other in pairs:
        several[first].append(other)
    gone = {other for others in several.values() for other in others}
    return [
        join([Told(figure), *map(Told, several[figure])], figure.graphics) if figure in several else figure
        for figure in figures
        if figure not in gone
    ]
