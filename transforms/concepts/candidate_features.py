"""Features of candidates, for all texts of a batch at once: numbers, a row a candidate.

They say how the corpus uses its name and words, what the model of words says inside of it and at its edges, which
longer names contain it, and how sure its concept is.
"""

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.candidates import LONGEST, Candidates
from transforms.concepts.lexicon import PREFERRED, VARIANT
from transforms.concepts.statistics import Statistics
from transforms.concepts.word_features import BEGIN, END, INSIDE, OUTSIDE, SINGLE, Words
from transforms.concepts.words import BREAK

#: Mentions seen before a count is trusted, and the share of runs that are mentions.
_TRUST, _SHARE, _SHARE_LONG = 1.5, 0.25, 0.5
#: Shares of words in, at the beginning of, at the end of, and that are a mention.
_WORD_SHARES = np.array([0.33, 0.19, 0.19, 0.1], np.float32)

Floats = NDArray[np.float32]


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
