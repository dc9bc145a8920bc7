"""The sentences of a caption."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from transforms.captions.markers import Marker
from transforms.captions.parts import Span

#: Where a sentence ends, if what follows does not begin in lower case.
_END = re.compile(r"[.!?][\"'”’)\]]*\s+")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[Ff]igs?|vs|[Cc]a|cf|al|[Nn]os?|Drs?|St|spp?|var|Mrs?|resp|Refs?|Eqs?|approx|[Mm]ag|[Oo]rig|Suppl|incl)"
    r"|\b[a-zA-Z]\.\s?[a-zA-Z])$"
)


def sentences(caption: str, markers: Sequence[Marker], breaks: Iterable[int]) -> list[Span]:
    """The sentences of a caption; `breaks`: where an element of the markup begins or ends."""
    starts = {marker.start for marker in markers}
    inside: set[int] = set()
    for marker in markers:
        inside.update(range(marker.start + 1, marker.end))
    glued = {
        marker.start
        for marker in markers
        if marker.introduces and caption[marker.start - 1 : marker.start] in (".", "!")
    }
    cut = ({0, len(caption), *breaks} - inside) | glued
    for match in _END.finditer(caption):
        start, end = match.span()
        if end in inside or start in inside or end == len(caption):
            continue
        if caption[end].islower() and end not in starts:
            continue
        if caption[start] == "." and _ABBREVIATED.search(caption, max(start - 8, 0), start):
            continue
        cut.add(end)
    places = sorted(cut)
    return [(start, end) for start, end in pairwise(places) if caption[start:end].strip()]


def held(spans: list[Span], markers: Sequence[Marker]) -> list[list[Marker]]:
    """The markers of each sentence."""
    held: list[list[Marker]] = [[] for _ in spans]
    index = 0
    for marker in markers:
        while index + 1 < len(spans) and spans[index + 1][0] <= marker.start:
            index += 1
        held[index].append(marker)
    return held
