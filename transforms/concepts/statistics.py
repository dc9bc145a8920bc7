"""Statistics: how the training corpora use words, names and concepts.

Counts are kept by the leading 32 bits of a key, not by spelling, and apart from the vocabulary: they serve any.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_ODD = np.uint64(0x9E3779B97F4A7C15)


class Counts:
    """Rows of counts by key."""

    def __init__(self, keys: NDArray[np.uint32], values: NDArray[np.uint16]) -> None:
        """`keys` ascend; `values` have a row a key."""
        self.keys, self.values = keys, values
        bits = max(len(keys).bit_length() - 1, 1)
        self._shift = np.uint32(32 - bits)
        # By the leading bits of a key, the first row of these.
        self._first = np.searchsorted(keys >> self._shift, np.arange((1 << bits) + 1, dtype=np.uint32))
        self._padded = np.append(keys, np.uint32(0))
        self._rows = np.append(values, np.zeros((1, values.shape[1]), np.uint16), axis=0)

    def __call__(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """The counts of each key; zeros where it has none."""
        short = (keys >> np.uint64(32)).astype(np.uint32)
        lead = short >> self._shift
        at, end = self._first[lead], self._first[lead + np.uint32(1)]
        while (before := (at < end) & (self._padded[at] < short)).any():
            at += before
        found = (at < end) & (self._padded[at] == short)
        return self._rows[np.where(found, at, len(self.keys))].astype(np.float32)


class Statistics(NamedTuple):
    """What was counted in the abstracts of MedMentions and in captions."""

    names: Counts  # in abstracts: occurrences of a run of words, and those that are linked
    words: Counts  # in abstracts: occurrences of a word; those in, first in, last in a mention, and that are one
    pairs: Counts  # mentions of a name that are linked to a concept
    concepts: Counts  # in abstracts: mentions that are linked to a concept
    caption_names: Counts  # in captions: occurrences of a run of words; useful links of it, and empty ones
    caption_concepts: Counts  # in captions: useful links to a concept, and empty ones


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
