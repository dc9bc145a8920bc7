"""Features of words, for all texts of a batch at once: hashed ones, a row a word.

They say what a word and its neighbours are, their endings, case and joints, and where it stands in the names found.
"""

from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.candidates import LONGEST, Candidates
from transforms.concepts.statistics import mix
from transforms.concepts.words import Tokens

#: Classes of a word: in no mention; alone a mention; the first, an inner, the last word of one.
OUTSIDE, SINGLE, BEGIN, INSIDE, END = range(5)

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_NOTHING = np.uint64(0)
_BUCKETS = np.array([0.05, 0.2, 0.4, 0.6, 0.8], np.float32)

Floats = NDArray[np.float32]


class Words(NamedTuple):
    """The words of a batch of texts: where they stand, and how they are spelled."""

    tokens: Tokens
    spelling: NDArray[np.uint64]  # keys of each word's small letters, endings of 3 and 4, beginning, and shape
    capital: NDArray[np.float32]  # 0 small letters, 1 a capital first, 2 capitals, 3 digits


def spell(tokens: Tokens) -> Words:
    """How each word is spelled."""
    spelling = np.fromiter(chain.from_iterable(map(_spelling, tokens.spellings)), np.uint64).reshape(-1, 5)
    capital = np.minimum(spelling[:, 4] % np.uint64(4), 3).astype(np.float32)
    return Words(tokens, spelling[tokens.places], capital[tokens.places])


@lru_cache(maxsize=1 << 16)
def _spelling(word: str) -> tuple[int, int, int, int, int]:
    small = word.lower()
    shape = 3 if word.isdecimal() else 0 if word == small else 2 if word.isupper() else 1
    length = min(len(word), 5)
    return (_hash(small), _hash(f"-{small[-3:]}"), _hash(f"-{small[-4:]}"), _hash(f"{small[:4]}-"), shape + 4 * length)


def _hash(text: str) -> int:
    """A number that stands for a string, the same on every machine."""
    return crc32(text.encode("utf-8", "surrogatepass"))


def word_features(words: Words, names: Candidates, priors: Floats, bits: int) -> NDArray[np.int32]:
    """The hashed features of each word: a row a word, numbers below 2**`bits`."""
    tokens = words.tokens
    size = len(tokens.keys)
    tag = _tags(names, priors, size)
    key, small, (three, four, begin, shape) = tokens.keys, words.spelling[:, 0], words.spelling[:, 1:].T
    right = tokens.joints.astype(np.uint64) + np.uint64(1)
    left = _neighbour(tokens, right, -1)

    def before(values: NDArray[np.uint64], distance: int = 1) -> NDArray[np.uint64]:
        return _neighbour(tokens, values, -distance)

    def after(values: NDArray[np.uint64], distance: int = 1) -> NDArray[np.uint64]:
        return _neighbour(tokens, values, distance)

    features: list[tuple[NDArray[np.uint64], ...]] = [
        (key,),
        (before(key),),
        (after(key),),
        (before(key, 2),),
        (after(key, 2),),
        (three,),
        (before(three),),
        (after(three),),
        (four,),
        (begin,),
        (shape, left, right),
        (before(key), key),
        (key, after(key)),
        (before(three), three, left),
        (three, after(three), right),
        (tag, left, right),
        (before(tag), tag),
        (tag, after(tag)),
        (before(tag), tag, after(tag)),
        (three, tag),
        (before(four), left, before(three, 2)),
        (after(four), right, after(three, 2)),
        (before(key), after(key)),
        (small, shape),
    ]
    hashed = np.empty((size, len(features)), np.int32, order="F")
    for column, parts in enumerate(features):
        value = np.full(size, column + 1, np.uint64)
        for part in parts:
            value = (value ^ (value >> np.uint64(29))) * _MULTIPLIER + part
        hashed[:, column] = mix(value) >> np.uint64(64 - bits)
    return hashed


def _neighbour(tokens: Tokens, values: NDArray[np.uint64], distance: int) -> NDArray[np.uint64]:
    """The values of the words `distance` after each in its text; 0 beyond its end."""
    moved = np.full(len(values), _NOTHING)
    if abs(distance) >= len(values):
        return moved
    here, there = (
        (slice(None, -distance), slice(distance, None))
        if distance > 0
        else (slice(-distance, None), slice(None, distance))
    )
    moved[here] = np.where(tokens.texts[here] == tokens.texts[there], values[there], _NOTHING)
    return moved


def _tags(names: Candidates, priors: Floats, size: int) -> NDArray[np.uint64]:
    """Each word's place in the longest name that covers it, and how often that name is linked; 0 in none."""
    tags = np.zeros(size, np.uint64)
    bucket = np.digitize(priors, _BUCKETS).astype(np.uint64)
    for length in range(LONGEST, 0, -1):
        chosen = np.flatnonzero(names.length == length)
        start = names.start[chosen]
        free = np.ones(len(chosen), np.bool_)
        for offset in range(length):
            free &= tags[start + offset] == 0
        start, place = start[free], bucket[chosen[free]] + np.uint64(1)
        for offset in range(length):
            role = SINGLE if length == 1 else BEGIN if offset == 0 else END if offset == length - 1 else INSIDE
            tags[start + offset] = place + np.uint64(8 * role)
    return tags
