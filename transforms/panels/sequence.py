"""The names of a figure's letters, read together: each name occurs once, and they follow one another from the first."""

from collections.abc import Sequence
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

ALPHABETS = (
    tuple(ascii_lowercase),
    ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"),
    tuple("123456789"),
)

FLOOR = 0.02  # least probability of a name that the sequence may put on a letter
LEAD = 0.9  # how much less each further name of an alphabet tells of its use


def choose_alphabet(names: Floats, scores: Floats, alphabets: list[list[int]]) -> list[int]:
    """Of alphabets, columns of `names` in their order, the one whose names, the first above all, are surest."""

    def evidence(alphabet: list[int]) -> float:
        best = (names[:, alphabet] * scores[:, None]).max(axis=0)
        return float((best * LEAD ** np.arange(len(alphabet))).sum())

    return max(alphabets, key=evidence)


def read_together(names: Floats, alphabet: list[int]) -> list[int]:
    """The column of `names` (n, columns: probabilities) that each of n letters is read as.

    The surest readings come first, and take their names from the others. What the sequence of the alphabet lacks, up to
    the one after its last, is then sought among the letters outside of it. Other letters are read by themselves.
    """
    read: list[int] = names.argmax(axis=1).tolist()
    owner: dict[int, int] = {}
    for flat in np.argsort(-names[:, alphabet], axis=None, kind="stable").tolist():
        row, place = divmod(flat, len(alphabet))
        if names[row, alphabet[place]] < 0.5:
            break
        if place not in owner and row not in owner.values():
            owner[place] = row
    kept = chain(sorted(owner))
    free = [row for row in range(len(names)) if row not in {owner[place] for place in kept}]
    place = 0
    while place <= max(kept, default=-1) + 1 and place < len(alphabet) and free:
        if place not in kept:
            row = max(free, key=lambda row: float(names[row, alphabet[place]]))
            if names[row, alphabet[place]] >= FLOOR:
                read[row] = alphabet[place]
                free.remove(row)
                kept.append(place)
        place += 1
    return read


def chain(places: Sequence[int]) -> list[int]:
    """Of places in an alphabet, in order, those that do not lie far beyond their predecessors."""
    kept: list[int] = []
    for place in places:
        if place - len(kept) <= 1 + len(kept) / 2:
            kept.append(place)
    return kept
