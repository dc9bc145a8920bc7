"""The imaging modality that a caption names: by the names of imaging.tsv, whatever the linker and its vocabulary.

Names are read as a linker reads them: by the keys of their words (words.py), in all spellings and variants (forms.py);
abbreviations count as they are written. What reads like a name and means something else (homographs.py) is left out.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from transforms.concepts.abbreviations import resolve
from transforms.concepts.canonical import canonical
from transforms.concepts.context import context
from transforms.concepts.forms import name_forms, reads
from transforms.concepts.homographs import names_no_image
from transforms.concepts.imaging import imaging
from transforms.concepts.lexicon import CASE_SENSITIVE
from transforms.concepts.words import COMMA, TIGHT, tokenise


class _Name(NamedTuple):
    """A name as it is written on the list."""

    canonical: str  # of its modality
    written: str
    cased: bool


class _Node:
    """The names that begin with some words."""

    __slots__ = ("names", "next")

    def __init__(self) -> None:
        self.names: list[_Name] = []
        self.next: dict[int, _Node] = {}


class _Found(NamedTuple):
    """A name in a text."""

    start: int
    end: int
    name: _Name


def modality(text: str) -> str | None:
    """The canonical name of the first imaging modality in `text` that is not negated, None where it names none."""
    return modalities([text])[0]


def modalities(texts: Sequence[str]) -> list[str | None]:
    """The modality of each text; many at once cost less."""
    read = list(map(canonical, texts))
    return [_first(text, found) if found else None for text, found in zip(read, _find(read), strict=True)]


def _first(text: str, found: list[_Found]) -> str | None:
    """The modality of the first of the names in `text` that is meant and not negated."""
    scope = context(text)
    for start, end, name in found:
        if scope.negated(start, end) or names_no_image(text, start, end):
            continue
        if not (name.cased and _defined_otherwise(text, start, end)):
            return name.canonical
    return None


def _defined_otherwise(text: str, start: int, end: int) -> bool:
    """Whether the text defines the abbreviation at `start:end` as something that is no modality."""
    long = next((long for begin, stop, long in resolve(text) if (begin, stop) == (start, end)), None)
    return long is not None and not _find([long])[0]


def _find(texts: Sequence[str]) -> list[list[_Found]]:
    """The names in each text, the longest at each place, without overlaps."""
    tokens = tokenise(texts)
    keys, joints = tokens.keys.tolist(), tokens.joints.tolist()
    names, found, free = _names(), [list[_Found]() for _ in texts], 0
    for first, key in enumerate(keys):
        node = names.get(key)
        if node is None or first < free or (first and joints[first - 1] == TIGHT):
            continue
        owner, last = int(tokens.texts[first]), first
        text, start = texts[owner], int(tokens.starts[first])
        best = None
        while node is not None:
            if node.names and joints[last] != TIGHT:
                end = int(tokens.ends[last])
                written = text[start:end]
                name = next((each for each in node.names if not each.cased or reads(written, each.written)), None)
                if name is not None:
                    best, free = _Found(start, end, name), last + 1
            node = node.next.get(keys[last + 1]) if joints[last] < COMMA else None
            last += 1
        if best is not None:
            found[owner].append(best)
    return found


@cache
def _names() -> dict[int, _Node]:
    """The names of modalities, by the keys of their words."""
    rows = [row["names"].split("|") for row in imaging() if row["kind"] == "modality"]
    names = [name for row in rows for name in row]
    owners = [concept for concept, row in enumerate(rows) for _ in row]
    forms, written, flags = name_forms(names, owners, [False] * len(names))
    tokens = tokenise(forms)
    keys, edges = tokens.keys.tolist(), [0, *(tokens.texts[1:] != tokens.texts[:-1]).nonzero()[0] + 1, len(tokens.keys)]
    root = _Node()
    for (start, end), row, flag in zip(pairwise(edges), written.tolist(), flags.tolist(), strict=True):
        node = root
        for key in keys[start:end]:
            node = node.next.setdefault(key, _Node())
        node.names.append(_Name(rows[owners[row]][0], names[row], bool(flag & CASE_SENSITIVE)))
    return root.next
