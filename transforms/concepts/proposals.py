"""Proposals: the words of texts, the names among them, and the other runs of words that may be mentions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.abbreviations import resolve
from transforms.concepts.candidates import LONGEST, Candidates, find_names, join, parts, weigh, whole_words
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Abbreviations
from transforms.concepts.near import near_names
from transforms.concepts.statistics import Statistics
from transforms.concepts.word_features import BEGIN, END, OUTSIDE, SINGLE, Floats, Words, spell
from transforms.concepts.words import COMMA, Tokens, ngram_keys, tokenise

#: A run is proposed where its first and its last word have this chance to begin and to end a mention; a single word
#: that is almost a name, where it has this chance to be in one ("pleural" of "pleural plaque").
_PROPOSED, _LONGEST_PROPOSED = 0.15, 7
#: Words of the longest short form.
_LONGEST_SHORT = 4


def read(
    texts: Sequence[str], lexicon: Lexicon, statistics: Statistics, known: Sequence[Abbreviations] = ()
) -> tuple[Words, Candidates]:
    """The words of texts, and the names among them.

    A short form that is explained is a name where its long form is one, and else none, whatever it means elsewhere.
    Within a longer name it is a part of that.

    `known` holds for each text the abbreviations that are defined around it.
    """
    tokens = tokenise(texts)
    words = spell(tokens)
    owners, starts, ends = tokens.texts.tolist(), tokens.starts.tolist(), tokens.ends.tolist()

    def written(start: int, length: int) -> str:
        text: str = texts[owners[start]]
        return text[starts[start] : ends[start + length - 1]]

    names = find_names(tokens, lexicon, statistics, written)
    start, length, keys = _short_forms(texts, known or [{}] * len(texts), tokens)
    if len(start):
        first, last, inside = (np.zeros(len(tokens.keys), np.bool_) for _ in range(3))
        first[start] = last[start + length - 1] = True
        for offset in range(_LONGEST_SHORT):
            inside[(start + offset)[length > offset]] = True
        whole = (first | ~inside)[names.start] & (last | ~inside)[names.end]
        longer = whole & ~np.isin(names.start * 16 + names.length, start * 16 + length)
        row, count = lexicon.lookup(keys)
        hit = count > 0
        short = weigh(start[hit], length[hit], keys[hit], row[hit], count[hit], lexicon, statistics, None)
        names = join([names.take(longer), short._replace(short=np.ones(len(short.start), np.bool_))])
    else:
        names = join([names])
    return words, names


def _short_forms(
    texts: Sequence[str], known: Sequence[Abbreviations], tokens: Tokens
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    """The uses of abbreviations: the first word, the number of words, and the key of the long form."""
    pairs = enumerate(zip(texts, known, strict=True))
    uses = [(text, *use) for text, (content, defined) in pairs for use in resolve(content, defined)]
    long = tokenise([use[3] for use in uses])
    counts = np.bincount(long.texts, minlength=len(uses))
    offset = np.cumsum(counts) - counts
    places = (tokens.texts << 32) + tokens.starts
    ends = (tokens.texts << 32) + tokens.ends
    start = np.searchsorted(places, [(text << 32) + begin for text, begin, _, _ in uses])
    last = np.searchsorted(ends, [(text << 32) + end for text, _, end, _ in uses])
    keys = np.zeros(len(uses), np.uint64)
    for use, (text, begin, end, _) in enumerate(uses):
        fits = (
            counts[use] > 0
            and start[use] <= last[use] < min(len(places), start[use] + _LONGEST_SHORT)
            and places[start[use]] == (text << 32) + begin
            and ends[last[use]] == (text << 32) + end
        )
        if fits:
            keys[use] = ngram_keys(long.keys[offset[use] : offset[use] + counts[use]], int(counts[use]))[0]
    found = keys > 0
    return start[found], (last - start + 1)[found], keys[found]


def propose(
    words: Words,
    names: Candidates,
    log_chances: Floats,
    lexicon: Lexicon,
    statistics: Statistics,
) -> Candidates:
    """The names, and the other runs of words that may be mentions by what the words say."""
    tokens = words.tokens
    size = len(tokens.keys)
    chances = np.exp(log_chances)
    begins = np.flatnonzero(chances[:, SINGLE] + chances[:, BEGIN] > _PROPOSED)
    ends = chances[:, SINGLE] + chances[:, END] > _PROPOSED
    inside = np.flatnonzero(chances[:, OUTSIDE] < 1 - _PROPOSED)
    breaks = np.concatenate([[0], np.cumsum(tokens.joints >= COMMA)])
    known = np.zeros((LONGEST + 1, size), np.bool_)
    known[names.length, names.start] = True
    single = inside[whole_words(tokens, inside, inside) & ~known[1, inside]]
    starts, lengths = [], []
    for length in range(2, _LONGEST_PROPOSED + 1):
        start = begins[begins + length <= size]
        end = start + length - 1
        fits = ends[end] & (breaks[end] == breaks[start]) & whole_words(tokens, start, end)
        start = start[fits & ~known[length, start]]
        starts.append(start)
        lengths.append(np.full(len(start), length))
    written = [tokens.spellings[place] for place in tokens.places[single].tolist()]
    near = near_names(tokens, single, written, lexicon, statistics)
    longer = parts(tokens, names, np.concatenate(starts), np.concatenate(lengths))
    return join([names, near, longer])
