"""Where boxes stand: their rows and columns, and which of them are at "left", "top right" and so on."""

from collections.abc import Mapping, Sequence

Corners = tuple[float, ...]  # x0, y0, x1, y1 and whatever follows

#: Where a label stands: across and down, each 0, 1 or 2; None where it does not say.
Place = tuple[int | None, int | None]

ACROSS, DOWN = 0, 1
_ACROSS = {"left": 0, "middle": 1, "right": 2}
_DOWN = {"top": 0, "middle": 1, "bottom": 2}

#: The share of the lesser extent by which neighbours in one row or column overlap at least.
OVERLAP = 0.25


def at_places(boxes: Sequence[Corners], labels: Sequence[str]) -> list[int] | None:
    """For each box the index of its label; None where the boxes do not stand as the labels say.

    The boxes stand in as many rows and columns as the labels tell apart. Where they stand in twice as many, three times
    as many and so on, neighbouring ones belong together.
    """
    places, every = _read(labels), list(range(len(boxes)))
    found = _assign(boxes, every, places, (DOWN, ACROSS)) or _assign(boxes, every, places, (ACROSS, DOWN))
    complete = len(found) == len(boxes) and len(set(found.values())) == len(labels)
    return [found[n] for n in every] if complete else None


def bands(boxes: Sequence[Corners], axis: int) -> list[list[int]]:
    """The indices of boxes in columns from the left (ACROSS) or rows from the top (DOWN).

    A box that reaches over two rows makes them one.
    """
    found: list[list[int]] = []
    start = end = 0.0
    for n in sorted(range(len(boxes)), key=lambda n: (boxes[n][axis], n)):
        first, last = boxes[n][axis], boxes[n][axis + 2]
        if found and end - first >= OVERLAP * min(last - first, end - start):
            found[-1].append(n)
            end = max(end, last)
        else:
            found.append([n])
            start, end = first, last
    return found


def _read(labels: Sequence[str]) -> dict[int, Place]:
    """The places that labels name. A lone "middle" is between left and right where another label is one of these."""
    words = [label.casefold().split() for label in labels]
    across = any(each in (["left"], ["right"]) for each in words)
    return {n: _place(each, across) for n, each in enumerate(words)}


def _place(words: list[str], across: bool) -> Place:
    if len(words) == 2:
        return _ACROSS.get(words[1]), _DOWN.get(words[0])
    if words == ["middle"]:
        return (1, None) if across else (None, 1)
    return _ACROSS.get(words[0]), _DOWN.get(words[0])


def _assign(
    boxes: Sequence[Corners], members: list[int], places: Mapping[int, Place], axes: tuple[int, ...]
) -> dict[int, int]:
    """The label of each of `members`, told apart along one axis after the other; {} where they are not."""
    if len(places) == 1:
        [(label, place)] = places.items()
        spread = any(place[axis] is not None and len(bands([boxes[n] for n in members], axis)) > 1 for axis in axes)
        return {} if spread else dict.fromkeys(members, label)
    levels = {place[axes[0]] for place in places.values()} if axes else set()
    found = bands([boxes[n] for n in members], axes[0]) if axes else []
    if None in levels or not levels or len(found) % len(levels):
        return {}
    size = len(found) // len(levels)
    labelled: dict[int, int] = {}
    for k, level in enumerate(sorted(each for each in levels if each is not None)):
        inside = [members[n] for band in found[size * k : size * (k + 1)] for n in band]
        there = {label: place for label, place in places.items() if place[axes[0]] == level}
        labelled |= _assign(boxes, inside, there, axes[1:])
    return labelled
