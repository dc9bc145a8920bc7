"""Letters of panels that were not found on the page, where the panels leave no doubt of them."""

from collections.abc import Sequence
from itertools import pairwise

from transforms.panels.order import row_major

Corners = tuple[float, ...]  # x0, y0, x1, y1 and whatever follows


def complete(labels: Sequence[str | None], boxes: Sequence[Corners], alphabet: Sequence[str]) -> list[str | None]:
    """The letters of panels and those between two of them, or before the first, for which as many panels are left.

    The letters must follow each other row by row or, where they don't, column by column.
    """
    completed = list(labels)
    places = {panel: alphabet.index(label.casefold()) for panel, label in enumerate(labels) if label}
    capital = any(label and label.isupper() for label in labels)
    order = _order(places, boxes)
    owners = [-1, *(at for at, panel in enumerate(order) if panel in places)]
    for before, after in pairwise(owners):
        first = places[order[before]] + 1 if before >= 0 else 0
        missing, left = alphabet[first : places[order[after]]], order[before + 1 : after]
        if len(missing) == len(left):
            for panel, name in zip(left, missing, strict=True):
                completed[panel] = name.upper() if capital else name
    return completed


def _order(places: dict[int, int], boxes: Sequence[Corners]) -> list[int]:
    """The panels row by row or column by column, as their letters follow each other; [] where they do neither way."""
    for turned in ([box[:4] for box in boxes], [(box[1], box[0], box[3], box[2]) for box in boxes]):
        order = row_major(turned)
        found = [places[panel] for panel in order if panel in places]
        if found == sorted(found):
            return order
    return []
