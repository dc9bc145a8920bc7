"""The dictionary linker: names of a lexicon in texts, chosen by a statistical model, with exact offsets.

All texts of a batch are read at once: their words (word_features.py), candidates (candidates.py, candidate_features.py)
and the chances of these (model.py); then those that do not overlap and are worth most (choice.py).
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.abbreviations import resolve
from transforms.concepts.candidate_features import candidate_features, prior
from transforms.concepts.candidates import LONGEST, Candidates, find_names, join, parts, weigh, whole_words
from transforms.concepts.choice import choose
from transforms.concepts.context import context
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Abbreviations, Concept
from transforms.concepts.model import Model, trained
from transforms.concepts.near import near_names
from transforms.concepts.pointers import pointers
from transforms.concepts.statistics import Statistics
from transforms.concepts.word_features import BEGIN, END, SINGLE, Floats, Words, spell, word_features
from transforms.concepts.words import COMMA, ngram_keys, tokenise

#: A run is proposed where its first and its last word have this chance to begin and to end a mention.
_PROPOSED, _LONGEST_PROPOSED = 0.15, 7
#: Words of the longest short form.
_LONGEST_SHORT = 4
#: A candidate is worth the mean of its two chances above these, weighed so.
MENTION, CONCEPT, THRESHOLD = 0.3, 0.7, 0.25


class DictionaryLinker:
    """Links texts to the concepts of a lexicon; see `transforms.concepts.linker.Linker`."""

    name = "dictionary-3"

    def __init__(
        self,
        lexicon: Lexicon,
        model: Model | None = None,
        wanted: NDArray[np.bool_] | None = None,
        all_candidates: bool = False,
    ) -> None:
        """`wanted` says of each concept whether it is linked (selection.py); with `all_candidates`, all that pass the
        threshold are found, overlaps included."""
        self.lexicon = lexicon
        self.vocabulary = lexicon.version
        self.model = model or trained()
        self.wanted = wanted
        self.all_candidates = all_candidates
        self._concept = lru_cache(maxsize=1 << 14)(self._describe)

    def link(self, texts: Sequence[str], known: Sequence[Abbreviations] = ()) -> list[list[Concept]]:
        """The concepts of each text, sorted by their place; `text[start:end]` is what they read there."""
        linked: list[list[Concept]] = [[] for _ in texts]
        words, found, mention, right = self._candidates(texts, known)
        worth = np.round(1024 * (MENTION * mention + CONCEPT * right - THRESHOLD)).astype(np.int64)
        worth[~self._wanted(found) | _pointing(texts, words, found)] = 0
        chosen = np.flatnonzero(worth > 0) if self.all_candidates else choose(found, worth)
        tokens = words.tokens
        owners = tokens.texts[found.start[chosen]].tolist()
        scopes = {text: context(texts[text]) for text in set(owners)}
        rows = zip(
            owners,
            tokens.starts[found.start[chosen]].tolist(),
            tokens.ends[found.end[chosen]].tolist(),
            self.lexicon.name_concept[found.row[chosen]].tolist(),
            right[chosen].tolist(),
            strict=True,
        )
        for text, start, end, concept, score in rows:
            linked[text].append(
                {
                    **self._concept(concept),
                    "start": start,
                    "end": end,
                    "text": texts[text][start:end],
                    "score": score,
                    "negated": scopes[text].negated(start, end),
                    "uncertain": scopes[text].uncertain(start, end),
                }
            )
        return linked

    def _describe(self, concept: int) -> Concept:
        return {
            "cui": self.lexicon.cui(concept),
            "name": self.lexicon.preferred(concept),
            "semantic_types": self.lexicon.semantic_types(concept),
        }

    def _candidates(
        self, texts: Sequence[str], known: Sequence[Abbreviations]
    ) -> tuple[Words, Candidates, Floats, Floats]:
        """The words and candidates of texts, and the chances of each to be a mention and to be one of its concept."""
        statistics = self.model.statistics
        words, names = read(texts, self.lexicon, statistics, known)
        chances = self.model.word_chances(word_features(words, names, prior(names, statistics)[0], self.model.bits))
        found = propose(words, names, chances, self.lexicon, statistics)
        features = candidate_features(words, found, names, chances, statistics)
        return words, found, *self.model.candidate_chances(features)

    def _wanted(self, found: Candidates) -> NDArray[np.bool_]:
        if self.wanted is None:
            return np.ones(len(found.start), np.bool_)
        return self.wanted[self.lexicon.name_concept[found.row]]


def read(
    texts: Sequence[str], lexicon: Lexicon, statistics: Statistics, known: Sequence[Abbreviations] = ()
) -> tuple[Words, Candidates]:
    """The words of texts, and the names among them; a short form is a name where its long form is, and within a longer
    name it is a part of that.

    `known` holds for each text the abbreviations that are defined around it.
    """
    tokens = tokenise(texts)
    words = spell(tokens)
    owners, starts, ends = tokens.texts.tolist(), tokens.starts.tolist(), tokens.ends.tolist()

    def written(start: int, length: int) -> str:
        text: str = texts[owners[start]]
        return text[starts[start] : ends[start + length - 1]]

    names = find_names(tokens, lexicon, statistics, written)
    short = _short_forms(texts, known or [{}] * len(texts), words, lexicon, statistics)
    if len(short.start):
        first, last, inside = (np.zeros(len(tokens.keys), np.bool_) for _ in range(3))
        first[short.start] = last[short.end] = True
        for offset in range(_LONGEST_SHORT):
            inside[(short.start + offset)[short.length > offset]] = True
        whole = (first | ~inside)[names.start] & (last | ~inside)[names.end]
        longer = whole & ~np.isin(names.start * 16 + names.length, short.start * 16 + short.length)
        names = join([names.take(longer), short])
    else:
        names = join([names])
    return words, names


def _short_forms(
    texts: Sequence[str], known: Sequence[Abbreviations], words: Words, lexicon: Lexicon, statistics: Statistics
) -> Candidates:
    """The uses of abbreviations whose long form is a name."""
    tokens = words.tokens
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
    first, count = lexicon.lookup(keys)
    hit = (count > 0) & (keys > 0)
    length = last - start + 1
    return weigh(start[hit], length[hit], keys[hit], first[hit], count[hit], lexicon, statistics, None)


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
    breaks = np.concatenate([[0], np.cumsum(tokens.joints >= COMMA)])
    known = np.zeros((LONGEST + 1, size), np.bool_)
    known[names.length, names.start] = True
    starts, lengths = [], []
    for length in range(1, _LONGEST_PROPOSED + 1):
        start = begins[begins + length <= size]
        end = start + length - 1
        fits = ends[end] & (breaks[end] == breaks[start]) & whole_words(tokens, start, end)
        start = start[fits & ~known[length, start]]
        starts.append(start)
        lengths.append(np.full(len(start), length))
    single = starts[0]
    written = [tokens.spellings[place] for place in tokens.places[single].tolist()]
    near = near_names(tokens, single, written, lexicon, statistics)
    longer = parts(tokens, names, np.concatenate(starts[1:]), np.concatenate(lengths[1:]))
    return join([names, near, longer])


def _pointing(texts: Sequence[str], words: Words, found: Candidates) -> NDArray[np.bool_]:
    """Whether a candidate touches what points into the picture."""
    tokens = words.tokens
    starts = (tokens.texts << 32) + tokens.starts
    ends = (tokens.texts << 32) + tokens.ends
    spans = (((text << 32) + start, (text << 32) + end) for text, start, end in pointers(texts, tokens))
    pointed = np.fromiter(chain.from_iterable(spans), np.int64).reshape(-1, 2)
    marks = np.zeros(len(starts) + 1, np.int64)
    np.add.at(marks, np.searchsorted(ends, pointed[:, 0], side="right"), 1)
    np.add.at(marks, np.searchsorted(starts, pointed[:, 1]), -1)
    inside = np.concatenate([[0], np.cumsum(np.cumsum(marks)[:-1] > 0)])
    return inside[found.end + 1] > inside[found.start]
