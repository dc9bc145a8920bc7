"""Words that are no name but may be one in another spelling: with another ending, or one letter wrong."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.candidates import Candidates, weigh
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.spelling import normalise
from transforms.concepts.statistics import Statistics
from transforms.concepts.words import Tokens, spelling_key, word_key


def near_names(
    tokens: Tokens, start: NDArray[np.int64], words: Sequence[str], lexicon: Lexicon, statistics: Statistics
) -> Candidates:
    """The words at `start`, written as `words`, that differ from a name in their ending, or in one letter if abstracts
    never have them."""
    strange = statistics.words(tokens.keys[start])[:, 0] == 0
    keys = list(map(_near_keys, words, strange.tolist()))
    owner = np.repeat(np.arange(len(words)), [len(each) for each in keys])
    flat = np.concatenate([*keys, np.zeros(0, np.uint64)]).astype(np.uint64)
    first, count = lexicon.lookup(flat)
    hit = np.flatnonzero(count > 0)
    hit = hit[np.unique(owner[hit], return_index=True)[1]]
    ones = np.ones(len(hit), np.int64)
    found = weigh(start[owner[hit]], ones, flat[hit], first[hit], count[hit], lexicon, statistics, None)
    return found._replace(near=np.ones(len(found.start), np.bool_))


#: Endings that change with the part of speech, and what they become.
_ENDINGS = {
    ending: tuple(others.split("|"))
    for ending, others in {
        "ed": "ion|ing|e||ation",
        "ing": "ion|ed|e|",
        "ion": "ed|ing|e",
        "ic": "e|y|ia|is",
        "al": "|e|um|us",
        "ous": "us|um|e",
        "ive": "ion",
        "ly": "",
        "ical": "y|ic",
        "ity": "e|",
        "ness": "",
        "ant": "ation",
        "ate": "ation",
        "ated": "ation",
        "ar": "e|a|us",
        "ment": "",
        "able": "ation",
    }.items()
}
_ENDINGS_BY_LENGTH = sorted(_ENDINGS, key=len, reverse=True)
#: Letters of the shortest word that may differ in its ending, and in one letter.
_SHORTEST_STEM, _SHORTEST_TYPO = 5, 9


@lru_cache(maxsize=1 << 14)
def _near_keys(word: str, strange: bool) -> NDArray[np.uint64]:
    """The keys of the words that `word` may stand for, the nearer first; it may be misspelled if it is `strange`."""
    keys = list(map(word_key, _other_endings(word.lower())))
    if strange and len(word) >= _SHORTEST_TYPO and word.isascii():
        keys += map(spelling_key, _misspelled(normalise(word)))
    return np.array(keys, np.uint64)


def _other_endings(word: str) -> Iterator[str]:
    for ending in _ENDINGS_BY_LENGTH:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            yield from (word[: -len(ending)] + other for other in _ENDINGS[ending])


def _misspelled(word: str) -> Iterator[str]:
    """The words that lack a letter of this one, or have two the other way round; the first is hardly ever wrong."""
    for index in range(1, len(word)):
        yield word[:index] + word[index + 1 :]
        yield word[:index] + word[index : index + 2][::-1] + word[index + 2 :]
