"""What is counted in the training corpus: how it uses words, names and concepts."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.linking.corpus import Aligned, run_keys
from transforms.concepts.candidates import LONGEST
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.statistics import Counts, Statistics, concept_key, pair_key
from transforms.concepts.word_features import BEGIN, END, OUTSIDE, SINGLE
from transforms.concepts.words import COMMA, extend

#: The largest count that is kept.
MOST = 65535
#: What is counted of captions where there is none.
NO_NAMES = Counts(np.zeros(0, np.uint32), np.zeros((0, 3), np.uint16))
NO_CONCEPTS = Counts(np.zeros(0, np.uint32), np.zeros((0, 2), np.uint16))


class Runs(NamedTuple):
    """The runs of words in a corpus that are counted, and whether each is a mention."""

    number: NDArray[np.int64]  # into `keys`
    document: NDArray[np.int64]
    mention: NDArray[np.bool_]
    keys: NDArray[np.uint64]


def runs_of(aligned: Aligned, base: Lexicon, documents: NDArray[np.int64]) -> Runs:
    """Runs of two words and more that are a mention somewhere or a name."""
    tokens = aligned.tokens
    start, keys = np.arange(len(tokens.keys)), tokens.keys
    place = set((aligned.start * 16 + aligned.length).tolist())
    found_keys, found_start, mention = [], [], []
    for length in range(2, LONGEST + 1):
        longer = tokens.joints[start + length - 2] < COMMA
        start = start[longer]
        keys = extend(keys[longer], tokens.keys[start + length - 1])
        is_mention = np.fromiter((each * 16 + length in place for each in start.tolist()), np.bool_, len(start))
        counted = np.isin(keys, keys[is_mention]) | (base.lookup(keys)[1] > 0)
        found_keys.append(keys[counted])
        found_start.append(start[counted])
        mention.append(is_mention[counted])
    distinct, number = np.unique(np.concatenate(found_keys), return_inverse=True)
    return Runs(number, documents[tokens.texts[np.concatenate(found_start)]], np.concatenate(mention), distinct)


def count(aligned: Aligned, runs: Runs, documents: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Statistics:
    """The statistics of the chosen documents; `documents` are those of the texts."""
    rows = chosen[runs.document]
    seen = np.bincount(runs.number[rows], minlength=len(runs.keys))
    linked = np.bincount(runs.number[rows & runs.mention], minlength=len(runs.keys))
    kept = (linked > 0) | (seen > 1)
    names = _counts(runs.keys[kept], np.stack([seen, linked], 1)[kept])

    in_documents = chosen[documents[aligned.tokens.texts]]
    classes = aligned.classes[in_documents]
    distinct, number = np.unique(aligned.tokens.keys[in_documents], return_inverse=True)
    columns = [
        np.ones(len(classes)), classes != OUTSIDE, np.isin(classes, (SINGLE, BEGIN)), np.isin(classes, (SINGLE, END)),
        classes == SINGLE,
    ]  # fmt: skip
    words = _counts(distinct, np.stack([np.bincount(number, column, len(distinct)) for column in columns], 1))

    mentions = np.flatnonzero(chosen[aligned.document] & (aligned.length <= LONGEST))
    keys = run_keys(aligned.tokens, aligned.start[mentions], aligned.length[mentions])
    pairs = tally(pair_key(keys, aligned.cui[mentions]))
    return Statistics(names, words, pairs, tally(concept_key(aligned.cui[mentions])), NO_NAMES, NO_CONCEPTS)


def tally(*columns: NDArray[np.uint64]) -> Counts:
    """How often each key occurs in each of the columns."""
    distinct, number = np.unique(np.concatenate(columns), return_inverse=True)
    parts = np.split(number, np.cumsum(list(map(len, columns)))[:-1])
    return _counts(distinct, np.stack([np.bincount(part, minlength=len(distinct)) for part in parts], 1))


def added(first: Counts, second: Counts) -> Counts:
    """The sums of two tables."""
    keys, number = np.unique(np.concatenate([first.keys, second.keys]), return_inverse=True)
    values = np.zeros((len(keys), first.values.shape[1]), np.int64)
    np.add.at(values, number, np.concatenate([first.values, second.values]).astype(np.int64))
    return Counts(keys, np.minimum(values, MOST).astype(np.uint16))


def _counts(keys: NDArray[np.uint64], values: NDArray[Any]) -> Counts:
    """Counts by the leading halves of ascending keys; where two meet, the first stays."""
    short, first = np.unique((keys >> np.uint64(32)).astype(np.uint32), return_index=True)
    return Counts(short, np.minimum(values[first], MOST).astype(np.uint16))
