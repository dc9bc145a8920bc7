"""The modalities that a text names: by the concepts of imaging.tsv and by cue words (cues.tsv).

Names are read as a linker reads them: by the keys of their words (words.py), in all spellings and variants (forms.py);
abbreviations count as they are written. What reads like a name and means something else (homographs.py) is left out,
and so is what the text denies or says that it does not show. Beside what a picture is called, cue words are what such
captions speak of: sequences, stains, statistics, in the manner of MultiCaRe (Nievas Offidani and Delrieux 2024).
"""

import csv
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
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

FILE = "cues.tsv"

#: A clause of which the text says that it shows none of it.
_NOT_SHOWN = re.compile(
    r"[^.;:,()\[\]]*[,(\[\s]*\b(?:(?:data|images?|pictures?|figures?|results?) )?"
    r"(?:not|never) (?:shown|depicted|pictured|displayed|included|presented)\b",
    re.IGNORECASE,
)
#: What a sentence adds to the picture: how something was found before, or will be found.
_ELSEWHERE = re.compile(
    r"\b(?:confirmed|verified|proven|diagnosed|followed|preceded|compared|correlated|validated) (?:\w+ )?"
    r"(?:by|with|on|at)\b(?: (?:the|a|an|subsequent|later|further|previous))?(?P<what>[^.;:,()]*)"
    r"|\b(?P<verdict>(?:definitive|final|postoperative|surgical) (?:\w+ )?(?:histolog|patholog|histopatholog)\w+)",
    re.IGNORECASE,
)


#: The enlargement of a microscope: "×400", "40x".
_ENLARGED = re.compile(r"(?<![\w.])(?<!\d )[×x] ?\d{2,4}\b(?! ?(?:[mc]m|m|px|pixels)\b)|\b\d{2,4} ?[×x](?![\w ]*\d)")


class Cue(NamedTuple):
    """A name in a text: the modality, or top level, that it names, how surely, and where it stands."""

    name: str
    score: float
    start: int
    end: int


#: How surely a picture is a micrograph whose text tells an enlargement.
ENLARGED = 0.8


class _Name(NamedTuple):
    """A name as it is written on the list."""

    modality: str
    score: float
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


def cues(texts: Sequence[str]) -> list[list[tuple[Cue, str]]]:
    """The cues in each text with their words, in order; many at once cost less."""
    read = list(map(canonical, texts))
    return [_meant(text, found) for text, found in zip(read, _find(read), strict=True)]


def _meant(text: str, found: list[_Found]) -> list[tuple[Cue, str]]:
    """The names that the text means and does not deny."""
    scope = context(text)
    elsewhere = [match.span() for match in _NOT_SHOWN.finditer(text)]
    elsewhere += [match.span(match.lastgroup or 0) for match in _ELSEWHERE.finditer(text)]
    meant: list[tuple[Cue, str]] = []
    for start, end, name in found:
        if scope.negated(start, end) or names_no_image(text, start, end):
            continue
        if any(begin <= start and end <= stop for begin, stop in elsewhere):
            continue
        if not (name.cased and _defined_otherwise(text, start, end)):
            cues = (Cue(each, name.score, start, end) for each in name.modality.split("|"))  # PET/CT may show either
            meant += [(cue, text[start:end]) for cue in cues]
    enlarged = _ENLARGED.search(text)
    if enlarged:
        meant.append((Cue("microscopy", ENLARGED, *enlarged.span()), enlarged.group()))
    return meant


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
    """All names by the keys of their words; cue words come before the names of concepts, which they may take over."""
    listed = _listed()
    forms, written, flags = name_forms([name.written for name in listed], range(len(listed)), [False] * len(listed))
    tokens = tokenise(forms)
    keys, edges = tokens.keys.tolist(), [0, *(tokens.texts[1:] != tokens.texts[:-1]).nonzero()[0] + 1, len(tokens.keys)]
    root = _Node()
    for (start, end), row, flag in zip(pairwise(edges), written.tolist(), flags.tolist(), strict=True):
        node = root
        for key in keys[start:end]:
            node = node.next.setdefault(key, _Node())
        node.names.append(listed[row]._replace(cased=bool(flag & CASE_SENSITIVE)))
    return root.next


def _listed() -> list[_Name]:
    """The names of cues.tsv; a concept is named by all its names on the list of imaging terms."""
    concepts = {row["names"].split("|")[0]: row["names"].split("|") for row in imaging()}
    content = files(__package__).joinpath(FILE).read_text("utf-8")
    names = []
    for row in csv.DictReader(content.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        given = row["names"].split("|")
        written = [name for each in given for name in concepts[each]] if row["kind"] == "concept" else given
        names += [_Name(row["name"], float(row["score"]), name, False) for name in written]
    return names
