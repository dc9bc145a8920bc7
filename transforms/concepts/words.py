"""Words: where they stand in a text, and 64-bit keys by which the same word or run of words is found again.

A word is a run of letters, a run of digits, or one Greek letter: "IL-6", "IL6" and "IL 6" are the same two words, as
are "TNFα" and "TNF-alpha". What stands between two words is no part of a key, but is kept as a joint, so that a linker
can tell a hyphen from the end of a sentence. A possessive belongs to its word.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.spelling import normalise

_GREEK = "\u00b5\u0370-\u03ff"
_LETTER = rf"[^\W\d_{_GREEK}]"
_MARKS = "\u0300-\u036f"  # combining: they belong to the letter before them
_WORD = re.compile(rf"({_LETTER}+(?:[{_MARKS}]+{_LETTER}*)*(?:['\u2019][sS](?!\w))?|[{_GREEK}]|\d+)")

#: What joins a word to the next, the closer the smaller: nothing; white space; a hyphen; a slash, an apostrophe or "_";
#: "&" or "+"; a point or comma without space ("3,4-"); a comma with space. Else, and at the end of a text, a break.
TIGHT, SPACE, HYPHEN, SLASH, SIGN, POINT, COMMA, BREAK = range(8)
_JOINTS = re.compile(
    r"(?P<tight>)|(?P<space>\s+)|(?P<hyphen>\s?[\-\u2010-\u2015\u2212]\s?)|(?P<slash>\s?/\s?|['\u2019_])"
    r"|(?P<sign>\s?[&+]\s?)|(?P<point>[.,\u00b7])|(?P<comma>,\s)"
)

#: Odd, so that a run's key tells the order of its words (the multiplier of Knuth's MMIX generator).
_BASE = np.uint64(6364136223846793005)


class Tokens(NamedTuple):
    """The words of some texts in order, a row a word."""

    texts: NDArray[np.int64]  # which text the word stands in
    starts: NDArray[np.int64]  # code points of that text, the end excluded
    ends: NDArray[np.int64]
    keys: NDArray[np.uint64]
    joints: NDArray[np.uint8]  # what joins the word to the next
    spellings: list[str]  # the different words, as they are written
    places: NDArray[np.int64]  # of each word in `spellings`


def tokenise(texts: Sequence[str]) -> Tokens:
    """The words of `texts`: word `i` is written `texts[t.texts[i]][t.starts[i]:t.ends[i]]`."""
    pieces = _WORD.split("\0".join(texts))  # gap, word, gap, word, … gap
    edges = np.fromiter(map(len, pieces), np.int64, len(pieces)).cumsum()
    starts, ends = edges[:-1:2], edges[1::2]
    first = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])  # where each text starts
    owners = np.searchsorted(first, starts, side="right") - 1
    numbers = {word: number for number, word in enumerate(dict.fromkeys(pieces[1::2]))}
    places = np.fromiter(map(numbers.__getitem__, pieces[1::2]), np.int64, len(starts))
    keys = np.fromiter(map(word_key, numbers), np.uint64, len(numbers))[places]
    joints = np.fromiter(map(_joint, pieces[2::2]), np.uint8, len(starts))
    joints[-1:] = BREAK
    return Tokens(owners, starts - first[owners], ends - first[owners], keys, joints, list(numbers), places)


def ngram_keys(keys: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """The key of each run of `length` words, by the position of its first; of one word it is the word's own.

    A polynomial in `_BASE` modulo 2**64, so that `extend` makes the key of a run of one word more.
    """
    count = max(len(keys) - length + 1, 0)
    runs = keys[:count]
    for offset in range(1, length):
        runs = extend(runs, keys[offset : offset + count])
    return runs


def extend(runs: NDArray[np.uint64], keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The keys of `runs` with one more word each."""
    longer: NDArray[np.uint64] = runs * _BASE + keys
    return longer


@lru_cache(maxsize=1 << 16)
def word_key(word: str) -> int:
    """The key of a word: that of its normalised spelling."""
    return spelling_key(normalise(word))


def spelling_key(normalised: str) -> int:
    """The key of all words with this normalised spelling: 64 bits of its BLAKE2b digest."""
    return int.from_bytes(blake2b(normalised.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=1 << 12)
def _joint(gap: str) -> int:
    match = _JOINTS.fullmatch(gap)
    return match.lastindex - 1 if match and match.lastindex else BREAK
