"""Features of words and of candidates, for all texts of a batch at once.

A word has hashed features: itself and its neighbours, their endings, case and joints, and where it stands in the names
found. A candidate has numbers: how the corpus uses its name and words, what the model of words says inside of it and at
its edges, which longer names contain it, and how sure its concept is.
"""

from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.candidates import LONGEST, Candidates
from transforms.concepts.lexicon import PREFERRED, VARIANT
from transforms.concepts.statistics import Statistics, mix
from transforms.concepts.words import BREAK, Tokens

#: Classes of a word: in no mention; alone a mention; the first, an inner, the last word of one.
OUTSIDE, SINGLE, BEGIN, INSIDE, END = range(5)

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_NOTHING = np.uint64(0)
#: Mentions seen before a count is trusted, and the share of runs that are mentions.
_TRUST, _SHARE, _SHARE_LONG = 1.5, 0.25, 0.5
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
    endings = (word_hash(f"-{small[-3:]}"), word_hash(f"-{small[-4:]}"), word_hash(f"{small[:4]}-"))
    return (word_hash(small), *endings, shape + 4 * length)


@lru_cache(maxsize=1 << 14)  # endings and beginnings are few
def word_hash(text: str) -> int:
    """64 bits that stand for a string (FNV-1a), the same on every machine."""
    value = 0xCBF29CE484222325
    for byte in text.encode("utf-8", "surrogatepass"):
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def prior(names: Candidates, statistics: Statistics) -> tuple[Floats, Floats]:
    """The share of a name's occurrences that are linked, drawn towards the mean of its length; and the occurrences."""
    single = names.part == 1
    counts = np.empty((len(names.key), 2), np.float32)
    counts[single] = statistics.words(names.key[single])[:, [0, 4]]
    counts[~single] = statistics.names(names.key[~single])
    mean = np.where(single, _SHARE, _SHARE_LONG).astype(np.float32)
    return (counts[:, 1] + _TRUST * mean) / (counts[:, 0] + _TRUST), counts[:, 0]


def by_place(names: Candidates, values: Floats, size: int) -> Floats:
    """`values` of names in a table of length by first word, -1 where there is none."""
    table = np.full((LONGEST + 2, size + 1), -1, np.float32)
    table[names.length, names.start] = values
    return table


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


def candidate_features(
    words: Words, found: Candidates, names: Candidates, log_chances: Floats, statistics: Statistics
) -> Floats:
    """The features of the candidates `found`, a row each; `log_chances` are of each word's classes."""
    tokens, start, end = words.tokens, found.start, found.end
    size = len(tokens.keys)
    chances = np.exp(log_chances)
    starts, ends = chances[:, SINGLE] + chances[:, BEGIN], chances[:, SINGLE] + chances[:, END]
    priors, seen = prior(found, statistics)
    is_name = found.part == found.length
    priors = np.where(is_name, priors, 0).astype(np.float32)
    name_priors, _ = prior(names, statistics)
    contained = _containing(by_place(names, name_priors, size))
    counts = statistics.words(tokens.keys)
    share = _logit((counts[:, 1:] + 2 * _WORD_SHARES) / (counts[:, :1] + 2))
    occurrences = np.log1p(counts[:, 0])
    inside, outside = _running(log_chances[:, INSIDE]), _running(log_chances[:, OUTSIDE])
    within = _running(np.log(np.maximum(1 - chances[:, OUTSIDE], 1e-5)))
    several = found.length > 1
    middle = inside[end] - inside[np.minimum(start + 1, end)]
    chain = np.where(several, log_chances[start, BEGIN] + middle + log_chances[end, END], log_chances[start, SINGLE])
    last, next_ = np.maximum(start - 1, 0), np.minimum(end + 1, size - 1)
    has_last = (start > 0) & (tokens.texts[last] == tokens.texts[start])
    has_next = (end < size - 1) & (tokens.texts[next_] == tokens.texts[end])
    going_in = _logit(chances[:, BEGIN] + chances[:, INSIDE])
    going_on = _logit(chances[:, INSIDE] + chances[:, END])
    starts, ends = _logit(starts), _logit(ends)

    def if_last(values: Floats, other: float = -9) -> Floats:
        return np.where(has_last, values[last], np.float32(other))

    def if_next(values: Floats, other: float = -9) -> Floats:
        return np.where(has_next, values[next_], np.float32(other))

    joints = tokens.joints.astype(np.int64)
    joint_before, joint_after = np.where(has_last, joints[last], BREAK), joints[end]
    columns = [
        np.where(is_name, _logit(priors), -4),
        np.log1p(seen) * is_name,
        is_name,
        is_name & (seen == 0),
        found.length,
        several,
        np.log(tokens.ends[end] - tokens.starts[start]),
        starts[start],
        ends[end],
        chain,
        chain - (outside[end + 1] - outside[start]),
        within[end + 1] - within[start],
        log_chances[start, OUTSIDE],
        log_chances[end, OUTSIDE],
        log_chances[start, SINGLE],
        log_chances[end, BEGIN],
        log_chances[start, INSIDE],
        log_chances[end, INSIDE],
        if_last(going_in),
        if_next(going_on),
        if_last(log_chances[:, OUTSIDE], 0),
        if_next(log_chances[:, OUTSIDE], 0),
        if_last(ends),
        if_next(starts),
        *(joint_before == joint for joint in range(1, BREAK + 1)),
        *(joint_after == joint for joint in range(1, BREAK + 1)),
        *(share[start, place] for place in range(4)),
        *(share[end, place] for place in range(4)),
        occurrences[start],
        occurrences[end],
        if_last(share[:, 0]),
        if_next(share[:, 0]),
        if_next(share[:, 2]),
        if_last(share[:, 1]),
        np.where(contained[found.length, start] >= 0, _logit(contained[found.length, start]), -4),
        contained[found.length, start] >= 0,
        words.capital[start],
        words.capital[end] == 2,
        words.capital[end] == 3,
        _logit(found.share),
        np.log(found.weight),
        np.log(found.rows),
        np.log1p(found.concept_count),
        found.flags & PREFERRED > 0,
        found.flags & VARIANT > 0,
        found.part / found.length,
        found.length - found.part,
        found.near,
    ]
    return np.stack(columns, axis=1).astype(np.float32)


#: Shares of words in, at the beginning of, at the end of, and that are a mention.
_WORD_SHARES = np.array([0.33, 0.19, 0.19, 0.1], np.float32)


def _containing(table: Floats) -> Floats:
    """Of the table by length and first word, the largest value of any longer run that contains each."""
    best = np.full_like(table, -1)
    for length in range(LONGEST - 1, 0, -1):
        above = np.maximum(table[length + 1], best[length + 1])
        best[length] = above
        best[length, 1:] = np.maximum(best[length, 1:], above[:-1])
    return best


def _running(values: Floats) -> Floats:
    """Sums up to each place."""
    return np.concatenate([[0], np.cumsum(values, dtype=np.float64)])


def _logit(chances: Floats) -> Floats:
    clipped = np.clip(chances, 1e-4, 1 - 1e-4)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds
