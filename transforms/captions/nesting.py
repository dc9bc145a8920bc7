"""Letters that part those ahead of them: "(A-C) Skull in dorsal (A), ventral (B) and lateral (C) view"."""

from transforms.captions.markers import Marker
from transforms.captions.parts import Span


def apart(caption: str, spans: list[Span], holding: list[list[Marker]]) -> tuple[list[Span], list[list[Marker]]]:
    """The sentences and their markers, where a full stop is missing before "(C-E) Venn diagrams of (C) ..." with it."""
    if all(len(found) < 4 for found in holding):
        return spans, holding
    cut: list[Span] = []
    held: list[list[Marker]] = []
    for (start, end), found in zip(spans, holding, strict=True):
        first = 0
        for index in range(1, len(found) - 2 if found and not caption[start : found[0].start].strip() else 0):
            if caption[found[index].end : end].lstrip()[:1].isupper() and parting(found, index):
                cut.append((start, found[index].start))
                held.append(found[first:index])
                start, first = found[index].start, index
        cut.append((start, end))
        held.append(found[first:])
    return cut, held


def part_twice(found: list[Marker]) -> bool:
    """Whether markers part the same panels in two ways: "P (A, C) and Q (B, D) in old (A, B) and young (C, D)"."""
    for place in range(2, len(found) - 1):
        first, again = (
            [label for marker in part for label in marker.labels] for part in (found[:place], found[place:])
        )
        if len(first) == len(set(first)) and sorted(first) == sorted(again):
            return True
    return False


def parting(found: list[Marker], place: int) -> int:
    """How many markers part all panels that the one before them names: "(A-C) Skull in dorsal (A) ..."; 0 for none.

    None part it where one of them is parted itself: "(A-D) Mice. (A, B) Liver of young (A) ...".
    """
    count = _parting(found, place)
    return 0 if any(_parting(found, inner) for inner in range(place + 1, place + count)) else count


def _parting(found: list[Marker], place: int) -> int:
    outer, parted, count = found[place].labels, set[str](), 0
    if len(outer) < 2 or place + 2 >= len(found):
        return 0
    if not found[place].introduces and found[place + 1].labels[0] != outer[0]:
        return 0
    for marker in found[place + 1 :]:
        if not set(marker.labels) < set(outer):
            break
        parted |= set(marker.labels)
        count += 1
    return count if parted == set(outer) else 0
