"""How names of a vocabulary may be found in texts: as they are and in their variants, in any case or in their own."""

import re

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.lexicon import CASE_SENSITIVE, VARIANT
from transforms.concepts.variants import variants

_LETTER = re.compile(r"[^\W\d_]")


def name_forms(names: list[str], concepts: list[int]) -> tuple[list[str], NDArray[np.int64], NDArray[np.uint8]]:
    """How the names may be found: the forms, the index of the name that each is of, and its flags."""
    forms: list[str] = []
    rows: list[int] = []
    flags: list[int] = []
    seen: set[tuple[int, str, int]] = set()
    for row, name in enumerate(names):
        if not _is_linkable(name):
            continue
        cased = CASE_SENSITIVE * is_case_sensitive(name)
        mark = (concepts[row], name.lower(), cased)
        if mark in seen:
            continue
        seen.add(mark)
        found = set(filter(_is_linkable, variants(name)))
        forms += [name, *sorted(found)]
        rows += [row] * (1 + len(found))
        flags += [cased, *[VARIANT | cased] * len(found)]
    return forms, np.array(rows, np.int64), np.array(flags, np.uint8)


def _is_linkable(name: str) -> bool:
    """Whether a name is more than a number or a single character."""
    return len(name) > 1 and _LETTER.search(name) is not None


def is_case_sensitive(name: str) -> bool:
    """Whether a name is to be found only as it is written: three characters, or one word of eight in capitals."""
    return len(name) <= 3 or (len(name) <= 8 and name.isupper() and not name.count(" "))
