"""The grain of the corpus: which cells of a picture are one panel, and which text it has."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Literal, NamedTuple

from transforms.captions.parts import Split
from transforms.panels.align import Match, align
from transforms.panels.boxes import Corners, area, around
from transforms.panels.finder import WHOLE, Found, Panel
from transforms.panels.regions import adopt, covered
from transforms.panels.texts import Text, own_text, text_of_others, whole_text

#: Pixels: width, height.
Size = tuple[int, int]

#: Why a picture of several cells is one panel, behind the detector's name: it is all of the only panel that there is,
#: the caption does not tell its cells apart, or each of its panels is smaller than the recipe allows.
SINGLE, UNTOLD, SMALL = "/whole:single", "/whole:caption", "/whole:small"


class Figure(NamedTuple):
    """The figure that a picture is of: its caption, how that splits, how many pictures it has, and which this is."""

    caption: str
    split: Split
    graphics: int
    graphic: int

    @property
    def alone(self) -> bool:
        """Whether the picture is all of the figure."""
        return self.graphics == 1


class Grouped(NamedTuple):
    """A panel of the corpus: its rectangle, the cells in it, and its text.

    `letters` are read in the picture: rights go by them. `number` counts the panels of the grain `letter` from 1,
    `cell` the cells of one that is cut into them.
    """

    panel: Panel
    cells: tuple[Panel, ...]
    detector: str
    text: Text
    letters: tuple[str, ...]
    number: int
    cell: int | None = None

    def is_crop(self, size: Size) -> bool:
        """Whether it is a part of a picture of this size."""
        return self.panel.box != (0, 0, *size)

    def widened(self, size: Size) -> "Grouped":
        """The same as all of its picture."""
        return self._replace(panel=self.panel._replace(box=(0, 0, *size)), detector=self.detector + SINGLE)


class Grain(NamedTuple):
    """How finely pictures are cut: a panel a letter, or a panel a cell; no crop has a side under `min_side` pixels."""

    grain: Literal["letter", "cell"] = "letter"
    min_side: int = 0

    def panels(self, found: Found, figure: Figure, size: Size) -> list[Grouped]:
        """The panels of a picture in reading order, never none.

        It is the whole picture where the caption does not tell its cells apart (grain `letter`), and where each panel
        would be too small.
        """
        panels = list(_panels(found, figure, size))
        if self.grain == "cell":
            panels = [cell for panel in panels for cell in _cut(panel, found.detector)]
        if all(self.is_small(panel, size) for panel in panels):
            return [whole(found, size, SMALL, whole_text(figure.caption, "small"))]
        return panels

    def is_small(self, panel: Grouped, size: Size) -> bool:
        """Whether a panel is a crop with a side that is too short."""
        x0, y0, x1, y1 = panel.panel.box
        return panel.is_crop(size) and min(x1 - x0, y1 - y0) < self.min_side


def whole(found: Found, size: Size, why: str, text: Text, number: int = 1) -> Grouped:
    """The whole picture as a panel."""
    panel = Panel((0, 0, *size), _score(found.panels), None)
    return Grouped(panel, found.cells, found.detector + why, text, (), number)


def _panels(found: Found, figure: Figure, size: Size) -> Iterator[Grouped]:
    """The panels of the grain `letter`."""
    matches = align(found.panels, figure.split, figure.alone)
    if len(matches) == 1:
        yield _lone(found, matches[0], figure)
    elif not _is_told(matches, figure):
        yield whole(found, size, UNTOLD, _text_of_all(figure))
    else:
        parts = _parts(found.panels, matches)
        groups = _together(_groups(found.panels, parts), parts, found.panels, figure.split)
        for number, members in enumerate(groups, 1):
            panel = _grouped(members, parts, found, matches, figure, number)
            is_all = len(groups) == 1 and area(panel.panel.box) >= WHOLE * size[0] * size[1]
            yield panel.widened(size) if is_all else panel


def _lone(found: Found, match: Match | None, figure: Figure) -> Grouped:
    """The only panel of a picture."""
    [cell] = found.panels
    if figure.alone:
        text = whole_text(figure.caption, "single")
    elif match:
        text = own_text(figure.split.parts[match.part], match.method)
    else:
        text = _text_of_all(figure)
    return Grouped(cell, found.cells, found.detector, text, (cell.label,) if cell.label else (), 1)


def _text_of_all(figure: Figure) -> Text:
    """The text of a whole picture: the part in its place, where the caption has one for each picture of the figure."""
    parts = figure.split.parts
    if not figure.alone and len(parts) == figure.graphics:
        return own_text(parts[figure.graphic - 1], "graphics")
    return whole_text(figure.caption, "mismatch" if parts else "unlettered")


def _is_told(matches: Sequence[Match | None], figure: Figure) -> bool:
    """Whether the caption tells cells apart: two of them, and half of its parts have one; of several pictures, any."""
    told = len({match.part for match in matches if match})
    return told >= 2 and 2 * told >= len(figure.split.parts) if figure.alone else told > 0


def _parts(cells: Sequence[Panel], matches: Sequence[Match | None]) -> list[int | None]:
    """The part of each cell; a cell without a letter has that of its neighbour."""
    matched = {n: match.part for n, match in enumerate(matches) if match}
    lone = [n for n, cell in enumerate(cells) if n not in matched and not cell.label]
    parts = adopt(matched, [cell.box for cell in cells], lone)
    return [parts.get(n) for n in range(len(cells))]


def _groups(cells: Sequence[Panel], parts: Sequence[int | None]) -> list[list[int]]:
    """The cells of each panel, in the order of their first ones: those of a part, and those of a letter without one."""
    members: dict[tuple[int | None, str | None], list[int]] = {}
    for n, (cell, part) in enumerate(zip(cells, parts, strict=True)):
        members.setdefault((part, cell.label if part is None else None), []).append(n)
    boxes = [cell.box for cell in cells]
    return sorted(chain.from_iterable(_fitting([[n] for n in mine], boxes) for mine in members.values()))


def _together(
    groups: list[list[int]], parts: Sequence[int | None], cells: Sequence[Panel], split: Split
) -> list[list[int]]:
    """The groups, those as one that stand together and of which the caption says the same."""
    boxes = [cell.box for cell in cells]
    alike: dict[object, list[list[int]]] = {}
    for group in groups:
        part = parts[group[0]]
        said = group[0] if part is None else (split.parts[part].own, split.parts[part].shared)
        alike.setdefault(said, []).append(group)
    return sorted(chain.from_iterable(_fitting(several, boxes) for several in alike.values()))


def _fitting(groups: Sequence[list[int]], boxes: Sequence[Corners]) -> list[list[int]]:
    """The groups joined as far as the rectangle around them leaves all other cells alone."""
    everyone = list(chain.from_iterable(groups))
    if not covered(everyone, boxes):
        return [sorted(everyone)]
    joined: list[list[int]] = []
    for group in groups:
        for other in joined:
            if not covered(other + group, boxes):
                other += group
                break
        else:
            joined.append(list(group))
    # A row that stands between others joins them in the next round.
    return _fitting(joined, boxes) if len(joined) < len(groups) else [sorted(each) for each in joined]


def _grouped(
    members: Sequence[int],
    parts: Sequence[int | None],
    found: Found,
    matches: Sequence[Match | None],
    figure: Figure,
    number: int,
) -> Grouped:
    """These cells as a panel that has their parts of the caption, of which all say the same."""
    cells = tuple(found.panels[n]._replace(label=_label(parts[n], found.panels[n], figure.split)) for n in members)
    if (part := parts[members[0]]) is None:
        text = text_of_others(figure.caption, figure.split)
    else:
        method = next(match.method for n in members if (match := matches[n]))
        text = own_text(figure.split.parts[part], method)
    names = tuple(dict.fromkeys(cell.label for cell in cells if cell.label))
    letters = names if text.method not in ("count", "rows", "place") else ()
    panel = Panel(around([cell.box for cell in cells]), _score(cells), ", ".join(names) or None)
    return Grouped(panel, cells, found.detector, text, letters, number)


def _label(part: int | None, cell: Panel, split: Split) -> str | None:
    """A cell's letter as the caption writes it, as it is read where the caption has none."""
    return cell.label if part is None else split.parts[part].label


def _cut(panel: Grouped, detector: str) -> Iterator[Grouped]:
    """The cells of a panel, each with its text."""
    if len(panel.cells) < 2:
        yield panel
        return
    is_read = panel.letters or panel.panel.label is None
    for number, cell in enumerate(panel.cells, 1):
        letters = (cell.label,) if is_read and cell.label else ()
        yield Grouped(cell, (cell,), detector, panel.text.on_several(), letters, panel.number, number)


def _score(cells: Sequence[Panel]) -> float:
    return round(sum(cell.score for cell in cells) / len(cells), 3)
