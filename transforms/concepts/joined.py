"""The concepts of a figure's panels as concepts of its whole caption."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schemas.tables import Row
from transforms.concepts.linker import Concept


class Joined(NamedTuple):
    """Concepts of a whole caption in its order, none of which overlap.

    Of what panels link, `overlapping` counts the links that give way to a better one of another panel, `divided` those
    whose words stand apart in the whole caption.
    """

    concepts: list[Concept]
    overlapping: int
    divided: int


def join_concepts(caption: str, panels: Iterable[Row]) -> Joined:
    """The concepts of `panels` (`text_spans`, `concepts`) of a figure with this whole caption.

    What several panels link alike counts once. Of links that overlap the one with the highest score stays, then the
    longest, the first, and the smallest CUI.
    """
    links: dict[tuple[int, int, str], Concept] = {}
    divided: set[tuple[int, int, str]] = set()
    for panel in panels:
        places = places_in(caption, panel["text_spans"])
        for concept in panel["concepts"]:
            start, end = places[concept["start"]], places[concept["end"] - 1] + 1
            key = (start, end, concept["cui"])
            if caption[start:end] != concept["text"]:
                divided.add(key)
            elif key not in links or links[key]["score"] < concept["score"]:
                links[key] = {**concept, "start": start, "end": end}
    best = sorted(
        links.values(), key=lambda each: (-each["score"], each["start"] - each["end"], each["start"], each["cui"])
    )
    kept = list(_apart(best))
    return Joined(sorted(kept, key=lambda each: each["start"]), len(links) - len(kept), len(divided))


def places_in(caption: str, spans: list[Row]) -> list[int]:
    """Where each character of a panel's text stands in the whole caption; a blank between two parts is at -1.

    The text is as `part_text` (captions/parts.py) makes it: own parts before shared ones, each without the blanks
    around it.
    """
    places: list[int] = []
    for kind in ("own", "shared"):
        for span in spans:
            if span["kind"] != kind:
                continue
            part = caption[span["start"] : span["end"]]
            start = span["start"] + len(part) - len(part.lstrip())
            if part.strip():
                places += [*([-1] if places else []), *range(start, start + len(part.strip()))]
    return places


def _apart(concepts: Iterable[Concept]) -> Iterator[Concept]:
    """Those that overlap none before them."""
    taken: list[tuple[int, int]] = []
    for concept in concepts:
        if all(concept["end"] <= start or end <= concept["start"] for start, end in taken):
            taken.append((concept["start"], concept["end"]))
            yield concept
