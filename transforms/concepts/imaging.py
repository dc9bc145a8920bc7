"""The list of imaging terms, imaging.tsv, which is merged into every vocabulary by its CUIs.

Captions name modalities and anatomy in words and abbreviations that releases lack or bury among others. Each row is a
concept: its kind, CUI, semantic types, and names, the canonical one first. A variant whose own CUI is not attested
stands with the broader concept: a FLAIR image is magnetic resonance imaging.
"""

import csv
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabulary import VOCABULARY

FILE = "imaging.tsv"
#: What the rows of the list state as their source.
SOURCE = "IMAGING"

Row = dict[str, Any]


@cache
def imaging() -> list[dict[str, str]]:
    """The rows of the list: kind (modality or anatomy), cui, semantic_types and names."""
    return list(csv.DictReader(_content().decode().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def describe_imaging() -> Row:
    """The list as one of the inputs of a vocabulary: its size and SHA-256."""
    content = _content()
    return {"file": FILE, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def with_imaging(names: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Tables of `VOCABULARY`, ordered by CUI, with the rows of the list among them.

    A concept that the tables hold keeps its preferred name and types. The compiler leaves out what it then has twice.
    """
    waiting = deque(sorted(imaging(), key=lambda row: row["cui"]))
    cuis = pa.array([row["cui"] for row in waiting])
    known: dict[str, Row] = {}
    for table in names:
        found = table.filter(pc.is_in(table["cui"], value_set=cuis)).select(["cui", "preferred", "semantic_types"])
        for row in found.to_pylist():
            known.setdefault(row["cui"], row)
        ready = []
        while waiting and len(table) and waiting[0]["cui"] < table["cui"][-1].as_py():
            ready.append(waiting.popleft())
        merged = pa.concat_tables([table.select(VOCABULARY.names), _names(ready, known)])
        yield merged.take(pc.sort_indices(merged, sort_keys=[("cui", "ascending")]))  # which is stable
    yield _names(waiting, known)


def _names(concepts: Iterable[dict[str, str]], known: dict[str, Row]) -> pa.Table:
    """The names of some concepts of the list, with the preferred name and types of those that are known."""
    rows = chain.from_iterable(_rows(concept) for concept in concepts)
    return pa.Table.from_pylist([row | known.get(row["cui"], {}) for row in rows], schema=VOCABULARY)


def _rows(concept: dict[str, str]) -> Iterator[Row]:
    names = concept["names"].split("|")
    types = concept["semantic_types"].split(",")
    for rank, name in enumerate(names):
        yield {
            "name": name,
            "cui": concept["cui"],
            "preferred": names[0],
            "semantic_types": types,
            "source": SOURCE,
            "rank": min(rank, 1),
        }


def _content() -> bytes:
    return files(__package__).joinpath(FILE).read_bytes()
