"""Train the dictionary linker's statistical model: `python -m training.linking.train MEDMENTIONS.jsonl.gz UMLS_DIR`.

It writes transforms/concepts/model/linking.npz. Needs the extra `training` (scikit-learn).
"""

import argparse
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

from training.linking.corpus import Aligned, Corpus, align, read_corpus
from training.linking.counting import Runs, count, runs_of
from training.linking.vocabulary import Names, Vocabulary, compile_names
from transforms.concepts.candidate_features import candidate_features, prior
from transforms.concepts.candidates import Candidates, cui_number
from transforms.concepts.dictionary import propose, read
from transforms.concepts.model import Model, padded
from transforms.concepts.statistics import Statistics
from transforms.concepts.word_features import Words, word_features

#: Folds of the cross-validation; groups within a training; the logarithm of the number of hashed features.
FOLDS, INNER, BITS = 5, 8, 17

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


def train(corpus: Corpus, names: Names, aligned: Aligned, runs: Runs, chosen: NDArray[np.bool_]) -> Model:
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
        weights, bias = fit_words(others)
        for fold in mine:
            model = Model(fold.statistics, weights, bias, *(None,) * 4)
            chances = model.word_chances(fold.features)
            found = propose(fold.words, fold.names, chances, fold.vocabulary, fold.statistics)
            numbers.append(candidate_features(fold.words, found, fold.names, chances, fold.statistics))
            outputs.append(truth(fold, found))
        _log.info("words %d", pair)
    weights, bias = fit_words(folds)
    mean, scale, layers = fit_candidates(np.concatenate(numbers[1:]), np.concatenate(outputs[1:]))
    statistics = count(aligned, runs, corpus.documents, chosen)
    identity = np.array([0, 1], np.float32)
    model = Model(statistics, weights, bias, mean, scale, layers, (identity, identity))
    _, concept = model.candidate_chances(numbers[0])  # the group that the network has not seen
    _log.info("candidates")
    return model._replace(calibration=calibrate(concept, outputs[0][:, 1]))


def fit_words(folds: Sequence[Fold]) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """The linear model of words: one logistic regression a class, by averaged stochastic gradient descent."""
    features = np.concatenate([fold.features for fold in folds])
    classes = np.concatenate([fold.aligned.classes for fold in folds])
    rows, columns = features.shape
    matrix = csr_matrix(
        (np.ones(rows * columns, np.float32), features.ravel(), np.arange(0, rows * columns + 1, columns)),
        shape=(rows, 1 << BITS),
    )
    model = SGDClassifier(loss="log_loss", alpha=4e-6, max_iter=4, tol=None, average=True, random_state=0)
    model.fit(matrix, classes)
    return padded(model.coef_.T), model.intercept_.astype(np.float32)


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


def fit_candidates(numbers: NDArray[np.float32], outputs: NDArray[np.bool_]) -> tuple[Any, Any, Any]:
    """The network of candidates, and the mean and scale of its inputs."""
    mean, scale = numbers.mean(axis=0), numbers.std(axis=0) + 1e-3
    network = MLPClassifier(
        (48, 24), alpha=1e-4, batch_size=512, learning_rate_init=2e-3, max_iter=8, random_state=0, tol=0
    )
    network.fit((numbers - mean) / scale, outputs)
    layers = tuple(
        (weights.astype(np.float32), bias.astype(np.float32))
        for weights, bias in zip(network.coefs_, network.intercepts_, strict=True)
    )
    return mean, scale, layers


def calibrate(chances: NDArray[np.float32], outcomes: NDArray[np.bool_]) -> tuple[Any, Any]:
    """The isotonic regression of outcomes on chances, at 33 of these."""
    regression = IsotonicRegression(out_of_bounds="clip").fit(chances, outcomes)
    knots = np.linspace(0, 1, 33, dtype=np.float32)
    return knots, regression.predict(knots).astype(np.float32)


def main() -> None:
    """The command line."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("medmentions", type=Path)
    parser.add_argument("umls", type=Path)
    arguments = parser.parse_args()
    corpus = read_corpus(arguments.medmentions)
    aligned = align(corpus)
    everything = np.ones(corpus.documents.max() + 1, np.bool_)
    target = Path(__file__).parents[2] / "transforms" / "concepts" / "model" / "linking.npz"
    with tempfile.TemporaryDirectory() as folder:
        names = compile_names(corpus, arguments.umls, Path(folder))
        runs = runs_of(aligned, names.base, corpus.documents)
        train(corpus, names, aligned, runs, everything).save(target)


if __name__ == "__main__":
    main()
