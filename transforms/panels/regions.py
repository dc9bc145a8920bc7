"""The regions of parts of a caption: the rectangle around a part's cells leaves the cells of other parts alone."""

from collections.abc import Collection, Mapping, Sequence

from transforms.panels.boxes import Corners, area, around, gap, meet
from transforms.panels.order import row_major

#: The share of another part's cell that the rectangle around a part's cells covers at most.
COVERED = 0.2
#: Of the longer side of all cells together: a cell joins no cell that is farther away.
NEAR = 0.1


def covered(members: Collection[int], boxes: Sequence[Corners]) -> list[int]:
    """The other boxes that the rectangle around `members` covers by more than COVERED."""
    rectangle = around([boxes[n] for n in members])
    others = (n for n in range(len(boxes)) if n not in members)
    return [n for n in others if area(meet(rectangle, boxes[n])) > COVERED * area(boxes[n])]


def adopt(parts: Mapping[int, int], boxes: Sequence[Corners], lone: Collection[int]) -> dict[int, int]:
    """The part of each box, those of `lone` given that of the nearest box whose region they fit in, if one is near.

    Of boxes that are equally near that counts which is read before.
    """
    found, refused = dict(parts), set[tuple[int, int]]()
    x0, y0, x1, y1 = around(boxes)
    near, rank = NEAR * max(x1 - x0, y1 - y0), {n: place for place, n in enumerate(row_major(boxes))}
    while pairs := [
        (distance, rank[other] > rank[n], n, other)
        for n in lone
        for other, part in found.items()
        if n not in found and (n, part) not in refused and (distance := gap(boxes[n], boxes[other])) <= near
    ]:
        *_, n, other = min(pairs)
        if covered([*having(found[other], found), n], boxes):
            refused.add((n, found[other]))
        else:
            found[n] = found[other]
    return found


def having(part: int, parts: Mapping[int, int]) -> list[int]:
    """The boxes that have this part, ascending."""
    return sorted(n for n, other in parts.items() if other == part)
