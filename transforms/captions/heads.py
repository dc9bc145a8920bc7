"""Heads of letters that have a sentence each: "Liver biopsy: (a) Fibrosis. (b) Steatosis."."""

from collections.abc import Sequence

from transforms.captions.clauses import Clause
from transforms.captions.markers import Markers


def share_heads(caption: str, found: Sequence[Clause], markers: Markers) -> list[Clause]:
    """The clauses, where a head that a colon ends is for the letters that open the next sentences as well.

    It ends where other words lead to a letter; if none do, it speaks of all panels. A head that several letters of its
    own sentence share is theirs alone.
    """
    starts = {marker.start for marker in markers.markers}
    shared = list(found)
    head: int | None = None
    for place, clause in enumerate(found):
        text = caption[clause.start : clause.end]
        if clause.why == "list" and place + 1 < len(found) and found[place + 1].labels == clause.labels:
            head = place if text.rstrip(" ([").endswith(":") else None
        elif clause.why in ("list", "marker") and clause.end - len(text.lstrip()) not in starts:
            head = None
        elif clause.why == "marker" and head is not None:
            labels = tuple(dict.fromkeys(shared[head].labels + clause.labels))
            is_title = len(labels) == len(markers.labels) > len(found[head].labels)
            shared[head] = shared[head]._replace(labels=labels, why="lead" if is_title else "list")
    return shared
