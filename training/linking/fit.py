"""Fitting the parts of the dictionary linker's model: the model of words, the networks, their calibration."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

from transforms.concepts.model import Network, padded, standardised

#: The logarithm of the number of hashed features of words.
BITS = 17
#: Networks that are joined into one.
NETWORKS = 2
#: What stands for a network that is not trained.
NOTHING = Network(*(np.zeros(0, np.float32),) * 2, (), (np.zeros(0, np.float32),) * 2)


def fit_words(
    features: NDArray[np.int32], classes: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The linear model of words: one logistic regression a class, by averaged stochastic gradient descent."""
    rows, columns = features.shape
    matrix = csr_matrix(
        (np.ones(rows * columns, np.float32), features.ravel(), np.arange(0, rows * columns + 1, columns)),
        shape=(rows, 1 << BITS),
    )
    model = SGDClassifier(loss="log_loss", alpha=4e-6, max_iter=4, tol=None, average=True, random_state=0)
    model.fit(matrix, classes)
    return padded(model.coef_.T), model.intercept_.astype(np.float32)


def fit_network(
    numbers: NDArray[np.float32], outputs: NDArray[np.bool_], units: int, epochs: int, decay: float
) -> Network:
    """NETWORKS networks of one layer of `units`, from other beginnings, joined into one whose sums are their means."""
    mean, deviation = numbers.mean(axis=0), numbers.std(axis=0)
    scale = np.where(deviation > 0, deviation, np.float32(np.inf)).astype(np.float32)
    inputs = standardised(numbers, mean, scale)
    first, last = [], []
    for seed in range(NETWORKS):
        network = MLPClassifier(
            (units,), alpha=decay, batch_size=512, learning_rate_init=2e-3, max_iter=epochs, random_state=seed, tol=0
        )
        network.fit(inputs, outputs if outputs.shape[1] > 1 else outputs[:, 0])
        (into, out_of), (bias_into, bias_out_of) = network.coefs_, network.intercepts_
        first.append((into, bias_into))
        last.append((out_of / NETWORKS, bias_out_of / NETWORKS))
    layers = (
        (np.concatenate([weights for weights, _ in first], axis=1), np.concatenate([bias for _, bias in first])),
        (np.concatenate([weights for weights, _ in last]), np.sum([bias for _, bias in last], axis=0)),
    )
    identity = np.array([0, 1], np.float32)
    return Network(mean, scale, tuple((w.astype(np.float32), b.astype(np.float32)) for w, b in layers), (identity,) * 2)


def calibrate(chances: NDArray[np.float32], outcomes: NDArray[np.bool_]) -> tuple[Any, Any]:
    """The isotonic regression of outcomes on chances, at 33 of these."""
    regression = IsotonicRegression(out_of_bounds="clip").fit(chances, outcomes)
    knots = np.linspace(0, 1, 33, dtype=np.float32)
    return knots, regression.predict(knots).astype(np.float32)
