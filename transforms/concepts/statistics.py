"""Statistics: how the training corpus uses words, names and concepts.

Counts are kept by the leading 32 bits of a key, not by spelling, and apart from the vocabulary: they serve any.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_ODD = np.uint64(0x9E3779B97F4A7C15)


class Counts(NamedTuple):
    """Rows of counts by key."""

    keys: NDArray[np.uint32]  # ascending
    values: NDArray[np.uint16]  # a row a key

    def __call__(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """The counts of each key; zeros where it has none."""
        short = (keys >> np.uint64(32)).astype(np.uint32)
        distinct, places = np.unique(short, return_inverse=True)
        at = np.minimum(np.searchsorted(self.keys, distinct), len(self.keys) - 1)
        found = np.where((self.keys[at] == distinct)[:, None], self.values[at], 0).astype(np.float32)
        return found[places]


class Statistics(NamedTuple):
    """What was counted in the training corpus."""

    names: Counts  # occurrences of a run of words, and those that are linked
    words: Counts  # occurrences of a word, and those in, at the beginning of, at the end of, and that are a mention
    pairs: Counts  # mentions of a name that are linked to a concept
    concepts: Counts  # mentions that are linked to a concept


def mix(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The keys with each bit spread over all others (the finaliser of SplitMix64, one round)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed: NDArray[np.uint64] = keys ^ (keys >> np.uint64(27))
    return mixed


def pair_key(names: NDArray[np.uint64], cuis: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The key of a name with a concept."""
    return mix((names + cuis * _ODD) * _ODD)


def concept_key(cuis: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The key of a concept."""
    return mix(cuis * _ODD)
