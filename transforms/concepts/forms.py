"""How names of a vocabulary may be found in texts: as they are and in their variants, in any case or in their own."""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.lexicon import CASE_SENSITIVE, IMAGING, VARIANT
from transforms.concepts.variants import variants
from transforms.concepts.words import extend, tokenise

_LETTER = re.compile(r"[^\W\d_]")


def name_forms(
    names: Sequence[str], concepts: Sequence[int], listed: Sequence[bool]
) -> tuple[list[str], NDArray[np.int64], NDArray[np.uint8]]:
    """How the names may be found: the forms, the index of the name that each is of, and its flags.

    Of equal names of a concept the first counts; it is `listed`, on the list of imaging terms, if one of them is.
    """
    forms: list[str] = []
    rows: list[int] = []
    flags: list[int] = []
    seen: dict[tuple[int, str, int], slice] = {}
    for row, name in enumerate(names):
        if not _is_linkable(name):
            continue
        cased = CASE_SENSITIVE * is_case_sensitive(name)
        mark = (concepts[row], name if cased else name.lower(), cased)
        if mark not in seen:
            found = [name, *sorted(set(filter(_is_linkable, variants(name))))]
            seen[mark] = slice(len(forms), len(forms) + len(found))
            forms += found
            rows += [row] * len(found)
            flags += [cased, *[VARIANT | cased] * (len(found) - 1)]
        if listed[row]:
            flags[seen[mark]] = [flag | IMAGING for flag in flags[seen[mark]]]
    return forms, np.array(rows, np.int64), np.array(flags, np.uint8)


def name_keys(names: list[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The key of each name, and those of everything that a name begins with, itself included."""
    tokens = tokenise(names)
    counts = np.bincount(tokens.texts, minlength=len(names))
    first = np.cumsum(counts) - counts
    runs = tokens.keys[first]
    beginnings = [runs.copy()]
    longer, length = np.flatnonzero(counts > 1), 1
    while len(longer):
        runs[longer] = extend(runs[longer], tokens.keys[first[longer] + length])
        beginnings.append(runs[longer])
        length += 1
        longer = longer[counts[longer] > length]
    return runs, np.concatenate(beginnings)


@lru_cache(maxsize=1 << 16)
def reads(surface: str, name: str) -> bool:
    """Whether a name that counts only as it is written reads so; a plural, and a capital at the beginning of it, do."""
    if surface == name:
        return True
    forms = {name + "s", name + "es"} | ({name.capitalize(), name.capitalize() + "s"} if name.islower() else set())
    return surface in forms or surface.replace("-", "").replace(" ", "") == name.replace("-", "").replace(" ", "")


def _is_linkable(name: str) -> bool:
    """Whether a name is more than a number or a single character."""
    return len(name) > 1 and _LETTER.search(name) is not None


def is_case_sensitive(name: str) -> bool:
    """Whether a name is to be found only as it is written: three characters, or one word of eight in capitals."""
    return len(name) <= 3 or (len(name) <= 8 and name.isupper() and not name.count(" "))
