"""The order in which a person reads panels: by their letters where these tell it, else row by row."""

from collections.abc import Sequence

from transforms.panels.sequence import ALPHABETS

Corners = tuple[float, ...]  # x0, y0, x1, y1 and whatever follows

#: The share of panels that must have a letter for the letters to tell the order.
LETTERED = 0.75


def reading_order(boxes: Sequence[Corners], labels: Sequence[str | None]) -> list[int]:
    """Indices of the boxes as they are read; `labels` are their letters.

    Where nearly all have a letter and these form a sequence: all panels of A row by row, then those of B. A panel
    without a letter follows the one that it follows in its row.
    """
    rows = row_major(boxes)
    places = _places(labels)
    if not places:
        return rows
    ordered, last = [], -1
    for index in rows:
        last = places.get(index, last)
        ordered.append((last, index))
    return [index for _, index in sorted(ordered, key=lambda pair: pair[0])]


def row_major(boxes: Sequence[Corners]) -> list[int]:
    """A row is what overlaps the box that ends first by half of the lesser height, from left to right."""
    rest, ordered = list(range(len(boxes))), []
    while rest:
        _, top, _, bottom = boxes[min(rest, key=lambda index: (boxes[index][3], boxes[index][0]))]
        row = [
            index
            for index in rest
            if 2 * (min(boxes[index][3], bottom) - max(boxes[index][1], top))
            >= min(boxes[index][3] - boxes[index][1], bottom - top)
        ]
        ordered += sorted(row, key=lambda index: boxes[index][:2])
        rest = [index for index in rest if index not in row]
    return ordered


def _places(labels: Sequence[str | None]) -> dict[int, int]:
    """Where in their alphabet the letters stand, by panel; {} where they tell no order.

    They form a sequence where each letter that it lacks may be that of a panel without one.
    """
    letters = {index: label.casefold() for index, label in enumerate(labels) if label}
    if len(letters) < LETTERED * len(labels):
        return {}
    for alphabet in ALPHABETS:
        if set(letters.values()) <= set(alphabet):
            places = {index: alphabet.index(letter) for index, letter in letters.items()}
            present = set(places.values())
            gaps = max(present) - min(present) + 1 - len(present)
            if gaps <= len(labels) - len(letters):
                return places
    return {}
