"""Features of candidates by which a link is worth having in a corpus of pictures: numbers, a row a candidate.

They say what abstracts make of the candidate, how annotated captions link its name and its concept, the concept's
semantic groups, and whether it is written as a short form that nothing explains.
"""

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.candidates import Candidates, concept_numbers
from transforms.concepts.lexicon import IMAGING, Lexicon
from transforms.concepts.semantic_types import GROUPS, UNKNOWN
from transforms.concepts.statistics import Statistics, concept_key
from transforms.concepts.word_features import Words

#: Characters of the longest short form, and what `Words.capital` says of capitals.
_SHORT, _CAPITALS = 4, 2

Floats = NDArray[np.float32]


def caption_features(
    features: Floats, chances: Floats, words: Words, found: Candidates, lexicon: Lexicon, statistics: Statistics
) -> Floats:
    """The features of the candidates `found`; `features` and `chances` are what abstracts say of them."""
    concepts = lexicon.name_concept[found.row]
    seen, useful, empty = statistics.caption_names(found.key).T
    linked_useful, linked_empty = statistics.caption_concepts(concept_key(concept_numbers(lexicon, concepts))).T
    names = statistics.caption_names(words.tokens.keys)
    columns = [
        _odds(useful, seen),
        np.log1p(seen),
        np.log1p(useful),
        np.log1p(empty),
        _odds(linked_useful, linked_useful + linked_empty),
        np.log1p(linked_useful),
        np.log1p(linked_empty),
        found.short,
        unexplained(words, found),
        found.flags & IMAGING > 0,
        np.log1p(names[found.start, 0]),
        np.log1p(names[found.start, 1]),
        np.log1p(names[found.end, 1]),
    ]
    own = np.stack(columns, axis=1).astype(np.float32)
    groups = concept_groups(lexicon)[lexicon.concept_types[concepts]]
    return np.concatenate([features, _logit(chances), own, groups], axis=1)


def unexplained(words: Words, found: Candidates) -> NDArray[np.bool_]:
    """Whether a candidate is written as a short form, up to four capitals, that neither text nor article explains, nor
    the list of imaging terms."""
    tokens, start, end = words.tokens, found.start, found.end
    capitals = (words.capital[start] >= _CAPITALS) & (words.capital[end] >= _CAPITALS)
    short = capitals & (tokens.ends[end] - tokens.starts[start] <= _SHORT)
    alone: NDArray[np.bool_] = short & ~found.short & (found.flags & IMAGING == 0)
    return alone


def concept_groups(lexicon: Lexicon) -> Floats:
    """By the lexicon's sets of semantic types: a column a group, and one for sets of unknown types."""
    places = {tui: place for place, types in enumerate(GROUPS.values()) for tui in types}
    table = np.zeros((len(lexicon.header["semantic_types"]), len(GROUPS) + 1), np.float32)
    for row, types in enumerate(lexicon.header["semantic_types"]):
        table[row, [places[tui] for tui in types if tui in places and tui != UNKNOWN] or [len(GROUPS)]] = 1
    return table


def _odds(part: Floats, whole: Floats) -> Floats:
    """The logarithm of the odds of `part` in `whole`, drawn towards three in ten by one more."""
    odds: Floats = np.log((part + 0.3) / (np.maximum(whole - part, 0) + 0.7))
    return odds


def _logit(chances: Floats) -> Floats:
    clipped = np.clip(chances, 1e-3, 1 - 1e-3)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds
