"""Which part of the caption is about which cell: by letter, else by order, else by place."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from transforms.captions.parts import Split
from transforms.captions.split import plain
from transforms.panels.boxes import Corners
from transforms.panels.finder import Found, Panel
from transforms.panels.order import row_major
from transforms.panels.places import ACROSS, DOWN, at_places, bands
from transforms.panels.regions import having


class Match(NamedTuple):
    """The part of a caption, by its index, that is about a cell, and how that is known."""

    part: int
    method: Literal["label", "count", "rows", "place"]


def align(cells: Sequence[Panel], split: Split, alone: bool) -> list[Match | None]:
    """The part that each cell has, None where it has none.

    `label`: the cell's letter is that of the part. Where the picture is the figure's only one (`alone`), `count`: as
    many cells as parts are left, in reading order; `rows`: each row, or each column, of a full grid is a part; `place`:
    the cell stands where the part says. Several pictures of a figure share its parts, so there no count tells anything.
    """
    boxes = [cell.box for cell in cells]
    if split.kind == "places":
        found = at_places(boxes, [part.label for part in split.parts]) if alone else None
        return [Match(part, "place") for part in found] if found else [None] * len(cells)
    labelled = by_letter(cells, split)
    counted = _count(boxes, labelled, len(split.parts)) if alone else {}
    rows = _rows(boxes, len(split.parts)) if alone and not labelled and not counted else {}
    ways: tuple[tuple[Mapping[int, int], Literal["count", "rows", "label"]], ...] = (
        (counted, "count"),
        (rows, "rows"),
        (labelled, "label"),
    )
    return [next((Match(of[n], method) for of, method in ways if n in of), None) for n in range(len(cells))]


def by_letter(cells: Sequence[Panel], split: Split) -> dict[int, int]:
    """The part of each cell whose letter is that of a part; of A and A' that is A."""
    letters: dict[str, int] = {}
    for index, part in enumerate(split.parts if split.kind == "letters" else ()):
        letters.setdefault(plain(part.label), index)
    return {n: letters[label] for n, cell in enumerate(cells) if (label := plain(cell.label or "")) in letters}


def letters_apart(found: Found, split: Split, alone: bool) -> dict[str, list[str]]:
    """Where caption and picture differ in their letters: columns of the picture's panels.

    `letters_without_panel`: those that the caption has and no panel, where the picture is the figure's only one and
    panels were looked for; `letters_without_text`: those that are read in the picture and not in the caption.
    """
    told = {match.part for match in align(found.panels, split, alone) if match}
    lettered = split.parts if split.kind == "letters" else ()
    known = {plain(part.label) for part in lettered}
    read = {cell.label for cell in found.cells if cell.label}
    lacking = [part.label for index, part in enumerate(lettered) if index not in told]
    return {
        "letters_without_panel": lacking if alone and found.cells else [],
        "letters_without_text": sorted(letter for letter in read if plain(letter) not in known),
    }


def _count(boxes: Sequence[Corners], labelled: Mapping[int, int], parts: int) -> dict[int, int]:
    """The parts of cells without a letter of the caption.

    They follow from the letters before and behind; one cell that is left has the one part that is left. Where cells are
    as many as parts a letter is that of its first cell alone; and where half of the cells have no part in the end, the
    letters belong to other cells: order alone counts.
    """
    if len(boxes) == parts:
        labelled = {having(part, labelled)[0]: part for part in labelled.values()}
    found = _between(boxes, labelled, parts)
    cells = [n for n in range(len(boxes)) if n not in labelled]
    rest = sorted(set(range(parts)) - set(labelled.values()))
    if len(cells) == len(rest) == 1:
        return {cells[0]: rest[0]}
    if len(boxes) == parts and len(found) < len(cells) and 2 * len(labelled) <= parts:
        return {n: part for part, n in enumerate(row_major(boxes))}
    return found


def _between(boxes: Sequence[Corners], labelled: Mapping[int, int], parts: int) -> dict[int, int]:
    """The parts that lie between those of the cells before and behind, where as many cells are left for them."""
    found: dict[int, int] = {}
    order = _order(boxes, labelled)
    owners = [-1, *(at for at, n in enumerate(order) if n in labelled), len(order)]
    for before, after in pairwise(owners):
        first = labelled[order[before]] + 1 if before >= 0 else 0
        last = labelled[order[after]] if after < len(order) else parts
        if last - first == after - before - 1:
            found |= zip(order[before + 1 : after], range(first, last), strict=True)
    return found


def _order(boxes: Sequence[Corners], labelled: Mapping[int, int]) -> list[int]:
    """The cells row by row or column by column, as their letters follow each other; [] where they do neither way."""
    for turned in (boxes, [(y0, x0, y1, x1) for x0, y0, x1, y1 in boxes]):
        order = row_major(turned)
        found = [labelled[n] for n in order if n in labelled]
        if found == sorted(found):
            return order
    return []


def _rows(boxes: Sequence[Corners], parts: int) -> dict[int, int]:
    """The part of each cell where the rows of a full grid are as many as parts, or its columns are, but not both."""
    rows, columns = bands(boxes, DOWN), bands(boxes, ACROSS)
    if len(rows) * len(columns) != len(boxes) or (len(rows) == parts) == (len(columns) == parts):
        return {}
    return {n: part for part, band in enumerate(rows if len(rows) == parts else columns) for n in band}
