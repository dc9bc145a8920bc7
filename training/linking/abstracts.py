"""The model of abstracts, trained on MedMentions: the statistics, the model of words, the network of candidates."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.linking.corpus import Aligned, Corpus, align
from training.linking.counting import Runs, count
from training.linking.fit import BITS, NOTHING, calibrate, fit_network, fit_words
from training.linking.vocabulary import Names, Vocabulary
from transforms.concepts.candidate_features import candidate_features, prior
from transforms.concepts.candidates import Candidates, cui_number
from transforms.concepts.model import Model
from transforms.concepts.proposals import propose, read
from transforms.concepts.statistics import Statistics
from transforms.concepts.word_features import Words, word_features

#: Folds of the cross-validation, and groups within a training.
FOLDS, INNER = 5, 8

_log = logging.getLogger(__name__)


class Fold(NamedTuple):
    """Texts as the linker reads them with what was learnt from others."""

    corpus: Corpus
    aligned: Aligned
    vocabulary: Vocabulary
    statistics: Statistics
    words: Words
    names: Candidates
    features: NDArray[np.int32]  # of words


def train_abstracts(corpus: Corpus, names: Names, aligned: Aligned, runs: Runs, chosen: NDArray[np.bool_]) -> Model:
    """A model of the chosen documents.

    What is counted in a document never describes it: the documents are dealt out to INNER groups, and each is described
    by the counts, the surfaces and the word model of the others.
    """
    group = np.arange(len(chosen)) // FOLDS % INNER
    folds = []
    for inner in range(INNER):
        others = chosen & (group != inner)
        statistics, vocabulary = count(aligned, runs, corpus.documents, others), names.of(others)
        part = corpus.take(chosen & (group == inner))
        words, found = read(part.texts, vocabulary, statistics)
        features = word_features(words, found, prior(found, statistics)[0], BITS)
        folds.append(Fold(part, align(part), vocabulary, statistics, words, found, features))
    _log.info("read")
    numbers, outputs = [], []
    for pair in range(INNER // 2):
        mine, others = folds[2 * pair : 2 * pair + 2], folds[: 2 * pair] + folds[2 * pair + 2 :]
        weights, bias = _fit_words(others)
        for fold in mine:
            chances = Model(fold.statistics, weights, bias, NOTHING, NOTHING).word_chances(fold.features)
            found = propose(fold.words, fold.names, chances, fold.vocabulary, fold.statistics)
            numbers.append(candidate_features(fold.words, found, fold.names, chances, fold.statistics))
            outputs.append(truth(fold, found))
        _log.info("words %d", pair)
    weights, bias = _fit_words(folds)
    network = fit_network(np.concatenate(numbers[1:]), np.concatenate(outputs[1:]), 48, epochs=12, decay=1e-3)
    chances = network.chances(numbers[0])[:, 1]  # of the group that the network has not seen
    network = network._replace(calibration=calibrate(chances, outputs[0][:, 1]))
    _log.info("candidates")
    return Model(count(aligned, runs, corpus.documents, chosen), weights, bias, network, NOTHING)


def _fit_words(folds: Sequence[Fold]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return fit_words(
        np.concatenate([fold.features for fold in folds]), np.concatenate([fold.aligned.classes for fold in folds])
    )


def truth(fold: Fold, found: Candidates) -> NDArray[np.bool_]:
    """Whether each candidate is a mention, and whether it is one of its concept."""
    aligned = fold.aligned
    mentions = dict(zip((aligned.start * 64 + aligned.length).tolist(), aligned.cui.tolist(), strict=True))
    concepts = fold.vocabulary.name_concept[found.row].tolist()
    places = (found.start * 64 + found.length).tolist()
    return np.array(
        [
            (place in mentions, mentions.get(place) == cui_number(fold.vocabulary.cui(concept)))
            for place, concept in zip(places, concepts, strict=True)
        ]
    )
