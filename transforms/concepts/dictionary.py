"""The dictionary linker: names of a lexicon in texts, chosen by a statistical model, with exact offsets.

All texts of a batch are read at once: their words (word_features.py), candidates (proposals.py) and the chances of
these (model.py); then those that do not overlap and are worth most (choice.py).
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.candidate_features import candidate_features, prior
from transforms.concepts.candidates import Candidates
from transforms.concepts.caption_features import caption_features, unexplained
from transforms.concepts.choice import choose
from transforms.concepts.context import context
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.linker import Abbreviations, Concept
from transforms.concepts.model import Model, trained
from transforms.concepts.pointers import pointers
from transforms.concepts.proposals import propose, read
from transforms.concepts.selection import Wanted
from transforms.concepts.word_features import Floats, Words, word_features

#: The least score of a link to what says something of a picture, chosen on annotated captions that the network had not
#: seen (training/linking/README.md).
LEAST = 0.6
#: The least score of a short form that nothing explains, and the share of its sense among all in the vocabulary.
LEAST_SHORT, OUTWEIGHS = 0.6, 0.8
#: Where all concepts are wanted, a candidate is worth the mean of its two chances above this, weighed so.
MENTION, CONCEPT, LEAST_OF_ALL = 0.3, 0.7, 0.25


class DictionaryLinker:
    """Links texts to the concepts of a lexicon; see `transforms.concepts.linker.Linker`."""

    name = "dictionary-4"

    def __init__(
        self,
        lexicon: Lexicon,
        model: Model | None = None,
        wanted: Wanted = None,
        least: float = LEAST,
    ) -> None:
        """`wanted` says of each concept whether it may be linked (selection.py).

        Then a link's score is its chance to be right and to say something of a picture: `least` or more, of a short
        form that nothing explains LEAST_SHORT. Where `wanted` is None, all is linked that MedMentions would annotate,
        and the score is the chance to be right.
        """
        self.lexicon = lexicon
        self.vocabulary = lexicon.version
        self.model = model or trained()
        self.wanted = wanted
        self.least = least
        self._concept = lru_cache(maxsize=1 << 14)(self._describe)

    def link(self, texts: Sequence[str], known: Sequence[Abbreviations] = ()) -> list[list[Concept]]:
        """The concepts of each text, sorted by their place; `text[start:end]` is what they read there."""
        linked: list[list[Concept]] = [[] for _ in texts]
        judged = judge(texts, self.lexicon, self.model, known, self.wanted)
        words, found = judged.words, judged.found
        worth, scores = self._worth(judged)
        worth[_pointing(texts, words, found)] = 0
        chosen = choose(found, worth)
        tokens = words.tokens
        owners = tokens.texts[found.start[chosen]].tolist()
        scopes = {text: context(texts[text]) for text in set(owners)}
        rows = zip(
            owners,
            tokens.starts[found.start[chosen]].tolist(),
            tokens.ends[found.end[chosen]].tolist(),
            self.lexicon.name_concept[found.row[chosen]].tolist(),
            scores[chosen].tolist(),
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

    def _worth(self, judged: "Judged") -> tuple[NDArray[np.int64], Floats]:
        """What each candidate is worth, positive where it may be linked, and its score."""
        found = judged.found
        if self.wanted is None:
            mention, right = judged.chances.T
            return _steps(MENTION * mention + CONCEPT * right - LEAST_OF_ALL), right
        scores = self.model.captions.chances(judged.caption_features(self.lexicon, self.model))[:, 0]
        short = unexplained(judged.words, found)
        worth = _steps(scores - np.where(short, max(self.least, LEAST_SHORT), self.least)) + 1
        worth[short & ((found.share < OUTWEIGHS) | (found.share * found.weight < 1))] = 0  # or nobody has used it so
        return worth, scores

    def _describe(self, concept: int) -> Concept:
        return {
            "cui": self.lexicon.cui(concept),
            "name": self.lexicon.preferred(concept),
            "semantic_types": self.lexicon.semantic_types(concept),
        }


def _steps(chances: Floats) -> NDArray[np.int64]:
    steps: NDArray[np.int64] = np.round(1024 * chances).astype(np.int64)
    return steps


class Judged(NamedTuple):
    """The candidates of some texts, and what abstracts say of them."""

    words: Words
    found: Candidates
    features: Floats
    chances: Floats  # to be a mention, and to be one of its concept

    def caption_features(self, lexicon: Lexicon, model: Model) -> Floats:
        """What captions say of them."""
        return caption_features(self.features, self.chances, self.words, self.found, lexicon, model.statistics)


def judge(
    texts: Sequence[str],
    lexicon: Lexicon,
    model: Model,
    known: Sequence[Abbreviations] = (),
    wanted: Wanted = None,
) -> Judged:
    """The candidates of texts; `known` holds for each text the abbreviations that are defined around it.

    A name whose likeliest concept is not wanted is none, and hides no other name within it.
    """
    statistics = model.statistics
    words, names = read(texts, lexicon, statistics, known)
    log_chances = model.word_chances(word_features(words, names, prior(names, statistics)[0], model.bits))
    found = propose(words, names, log_chances, lexicon, statistics)
    if wanted is not None:
        names, found = (each.take(wanted[lexicon.name_concept[each.row]]) for each in (names, found))
    features = candidate_features(words, found, names, log_chances, statistics)
    return Judged(words, found, features, model.abstracts.chances(features))


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
