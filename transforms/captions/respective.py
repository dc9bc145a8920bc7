"""Lists with an item for each of several panels: "(c, d) Original and processed data, respectively"."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from transforms.captions import cuts
from transforms.captions.clauses import SURE, Clause
from transforms.captions.markers import Markers
from transforms.captions.parts import Span
from transforms.captions.words import WORD

_RESPECTIVELY = re.compile(r",?\s+respectively\b")
#: Two views of one thing, or two times, that two panels show in this order though no "respectively" says so.
_PLANE = r"(?:axial|coronal|sagittal|transverse|antero-?posterior|postero-?anterior|AP|PA|lateral|oblique)"
_IMAGE = r"(?:CTs?|MRIs?|(?:MR )?images?|views?|sections?|scans?|slices?|planes?|projections?|radiographs?|X-?rays?)"
_VIEWS = re.compile(
    rf"\b(?P<one>{_PLANE}) and (?P<other>{_PLANE})(?=(?:\s[\w-]+){{0,3}}?\s{_IMAGE}\b)"
    r"|\b(?P<before>before) and (?P<after>after)\b",
    re.I,
)
#: What a caption has that tells views or times apart: a glance, which most captions take.
_SECOND = re.compile(rf" and (?:(?i:{_PLANE})|after)\b")
_AND = re.compile(r",?\s+(?:and|or|&)\s+")
_COMMA = re.compile(r",\s+")
#: Behind it a statement of its own begins inside a sentence.
_BEGINS = re.compile(r"[;:]\s|,\s+(?:while|whereas|but|which|where)\s")
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
#: The most conjunctions of a sentence that is looked at.
_JOINTS = 20
#: The most words of an item, and the most that the first has beyond the longest other one without words of all.
_LONGEST, _MORE = 10, 2


class _List(NamedTuple):
    """The items of a list, and the chance that they begin and end there; what is around them is of all panels."""

    items: tuple[Span, ...]
    chance: float


def share_out(caption: str, found: Sequence[Clause], markers: Markers) -> list[Clause]:
    """The clauses, those that list something for each of their panels cut into the items.

    A remark on all panels that lists as many items as the last group has letters is of that group.
    """
    if "respectively" not in caption and not _SECOND.search(caption):
        return list(found)
    text = _BRACKETS.sub(lambda match: "_" * len(match[0]), caption)
    ends = {marker.start: marker.end for marker in markers.markers}
    result: list[Clause] = []
    group: tuple[str, ...] = ()
    for clause in found:
        span = (ends.get(clause.start, clause.start), clause.end)
        labels, listed = clause.labels, _list_of(caption, text, span, clause)
        if not listed and clause.why == "shared" and 1 < len(group) < len(clause.labels):
            labels, listed = group, _list_of(caption, text, span, clause._replace(labels=group))
        result += _cut(caption, clause._replace(labels=labels, why="list"), listed) if listed else [clause]
        if clause.why != "shared" and len(clause.labels) > 1:
            group = clause.labels
    return result


def _list_of(caption: str, text: str, span: Span, clause: Clause) -> _List | None:
    """The one list that has an item for each panel of a clause; `text`: the caption without what is in brackets."""
    count = len(clause.labels)
    if count < 2:
        return None
    if stop := _RESPECTIVELY.search(text, *span):
        begins = max((match.end() for match in _BEGINS.finditer(text, span[0], stop.start())), default=span[0])
        return _respective(caption, text, (begins, stop.start()), count)
    views = _VIEWS.search(text, *span) if count == 2 and clause.why == "marker" else None
    if views and len(_AND.findall(text, *span)) == 1:
        return _List(tuple(views.span(name) for name in views.groupdict() if views[name]), 1.0)
    return None


def _respective(caption: str, text: str, span: Span, count: int) -> _List | None:
    """The list right before "respectively", if there is no other: two lists are of each other, and not of panels."""
    joints = list(_AND.finditer(text, *span))
    if len(joints) > _JOINTS:
        return None
    lists = [found for joint in joints if (found := _items(text, joint, span, count))]
    if len(lists) != 1 or lists[0][-1][0] != joints[-1].end():
        return None
    first, *others = lists[0]
    longest = max(len(WORD.findall(caption, *item)) for item in others)
    is_long = len(WORD.findall(caption, *first)) > longest + _MORE
    begin, chance = cuts.head(caption, first, others, is_list=is_long)
    first = (first[0] if begin is None else begin, first[1])
    end, sure = cuts.tail(caption, [first, *others[:-1]], others[-1])
    items = (first, *others[:-1], (others[-1][0], others[-1][1] if end is None else end))
    if min(chance, sure) < SURE or any(len(WORD.findall(caption, *item)) > _LONGEST for item in items):
        return None
    return _List(items, min(chance, sure))


def _items(text: str, joint: re.Match[str], span: Span, count: int) -> list[Span]:
    """The items around a conjunction: commas part those before it. The first has the words ahead of the list, too."""
    commas = list(_COMMA.finditer(text, span[0], joint.start()))
    parting = commas[len(commas) - count + 2 :]
    if len(parting) != count - 2:
        return []
    starts = [span[0], *(comma.end() for comma in parting), joint.end()]
    items = list(zip(starts, [*(comma.start() for comma in parting), joint.start(), span[1]], strict=True))
    longest = max(len(WORD.findall(text, *item)) for item in items[1:])
    if len(commas) > len(parting):  # one item more, unless it is too long for one
        ahead = commas[len(commas) - len(parting) - 1]
        is_short = len(WORD.findall(text, ahead.end(), items[0][1])) <= longest
        values = [any(map(str.isdigit, text[start:end])) for start, end in items]
        if is_short and any(map(str.isdigit, text[span[0] : ahead.start()])) >= all(values):
            return []
    return items if all(text[start:end].strip(" _,") for start, end in items) else []


def _cut(caption: str, clause: Clause, listed: _List) -> Iterator[Clause]:
    """The pieces of a clause: the words ahead of its list, the items, and the words behind."""
    first, last = listed.items[0], listed.items[-1]
    rest = caption[last[1] : clause.end]
    yield clause._replace(end=first[0], chance=listed.chance)
    for label, (start, end) in zip(clause.labels, listed.items, strict=True):
        yield Clause(start, end, (label,), "item", listed.chance)
    yield clause._replace(start=clause.end - len(rest.lstrip(", ")), chance=listed.chance)
