"""Forms: what is several elements in the file and one figure to a reader is made one.

A graphic may stand beside the figs that hold its captions, in a group or in a fig around them, or beside one caption
in the text. A figure may be there once in each language, with one graphic or with the same in each.
"""

from collections import defaultdict
from collections.abc import Iterator

from transforms.jats.figures import Figure, href, is_copy
from transforms.jats.graphics import split
from transforms.jats.neighbours import Frames, join_neighbours
from transforms.jats.text import Element
from transforms.jats.twins import join, join_twins, make_one, sort_out


def read_as_one(figures: list[Figure]) -> list[Figure]:
    """The figures that a reader sees, in document order."""
    frames = Frames()
    for figure in figures:
        if len(figure.graphics) > 1:
            figure.graphics = _with_copies(figure.graphics)
        if figure.is_loose():
            figure.legends = frames.box_around(figure.element)
    if any(figure.is_caption() for figure in figures):
        figures = _without_frames(_joined_in_groups(figures))
        figures = join_neighbours(figures, frames)
    return join_twins(figures)


def _with_copies(graphics: list[list[Element]]) -> list[list[Element]]:
    """The graphics with each copy among the renderings of what it copies: of its name, else the one before it."""
    full = [[*graphic] for graphic in graphics if not all(map(is_copy, graphic))]
    if not full:
        return graphics
    by_stem = {split(href(graphic[0]))[0]: graphic for graphic in reversed(full)}
    before, ahead = full[0], iter(full)
    for graphic in graphics:
        if all(map(is_copy, graphic)):
            by_stem.get(split(href(graphic[0]))[0], before).extend(graphic)
        else:
            before = next(ahead)
    return full


def _joined_in_groups(figures: list[Figure]) -> list[Figure]:
    """Graphics of a group, or of a fig, joined with the captions of the figs in it that show nothing."""
    members: dict[Element, list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.group is not None:
            members[figure.group].append(figure)
    showing = {figure.element: figure for figure in figures if figure.graphics}
    instead: dict[Figure, list[Figure]] = {}
    for group, inner in members.items():
        captions = [figure for figure in inner if figure.is_caption() and figure.element not in members]
        pictures = [showing[group]] if group in showing else [figure for figure in inner if figure.is_picture()]
        if captions and pictures:
            instead |= {figure: [] for figure in (*captions, *pictures)}
            instead[captions[0]] = list(_paired(captions, pictures))
    return [new for figure in figures for new in instead.get(figure, [figure])]


def _paired(captions: list[Figure], pictures: list[Figure]) -> Iterator[Figure]:
    """A figure for each graphic where there are as many captions, each in its languages; else one of all."""
    different = sort_out(captions)
    graphics = [graphic for picture in pictures for graphic in picture.graphics]
    if len(different) == len(graphics):
        for several, graphic in zip(different, graphics, strict=True):
            yield join(several, [graphic], (picture for picture in pictures if graphic in picture.graphics))
    else:
        joined = [join(several, []) for several in different]
        yield make_one(joined, graphics, [*captions, *pictures])


def _without_frames(figures: list[Figure]) -> list[Figure]:
    """The figures without figs that show nothing but the figs inside them."""
    around = {group for figure in figures for group in figure.groups()}
    return [figure for figure in figures if not (figure.is_caption() and figure.element in around)]
