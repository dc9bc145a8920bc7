"""The statistical model of the dictionary linker: which runs of words are mentions, and whether their concept is right.

A linear model over hashed features gives each word the chances of its five classes; a small neural network over the
numbers of a candidate (candidate_features.py) gives its chances to be a mention, and to be one of its concept. Trained
by training/linking on MedMentions; the weights lie in model/linking.npz. Numpy only.
"""

from importlib.resources import files
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.statistics import Counts, Statistics

Floats = NDArray[np.float32]

#: Columns of the weights of words: numpy gathers rows of 32 bytes many times faster than of 20.
WIDTH = 8


class Model(NamedTuple):
    """Statistics and weights."""

    statistics: Statistics
    word_weights: Floats  # a row a hashed feature, a column a class and zeros up to `WIDTH`
    word_bias: Floats
    mean: Floats  # of the features of candidates
    scale: Floats
    layers: tuple[tuple[Floats, Floats], ...]  # weights and bias; rectified but for the last
    calibration: tuple[Floats, Floats]  # of the second output: ascending chances, and what they turned out to be

    @property
    def bits(self) -> int:
        """The logarithm of how many hashed features there are."""
        return len(self.word_weights).bit_length() - 1

    def word_chances(self, features: NDArray[np.int32]) -> Floats:
        """The logarithms of the chances of each word's classes."""
        sums = np.zeros((len(features), WIDTH), np.float32)
        for column in features.T:
            sums += np.take(self.word_weights, column, axis=0, mode="clip")
        chances = 1 / (1 + np.exp(-(sums[:, : len(self.word_bias)] + self.word_bias)))
        chances /= chances.sum(axis=1, keepdims=True)
        logarithms: Floats = np.log(np.maximum(chances, 1e-5))
        return logarithms

    def candidate_chances(self, features: Floats) -> tuple[Floats, Floats]:
        """The chances of candidates to be a mention, and to be one of their concept.

        In steps of 1/1024, so that they do not hang on how a processor sums up.
        """
        values = (features - self.mean) / self.scale
        for weights, bias in self.layers[:-1]:
            values = np.maximum(values @ weights + bias, 0)
        weights, bias = self.layers[-1]
        chances = 1 / (1 + np.exp(-(values @ weights + bias)))
        return _stepped(chances[:, 0]), _stepped(np.interp(chances[:, 1], *self.calibration))

    def save(self, file: Path) -> None:
        """Write the model; what `load` reads."""
        arrays = {
            "word_weights": self.word_weights[:, : len(self.word_bias)].astype(np.float16),
            "word_bias": self.word_bias,
            "mean": self.mean,
            "scale": self.scale,
            "calibration": np.stack(self.calibration),
        }
        for name, counts in self.statistics._asdict().items():
            arrays |= {f"{name}_keys": counts.keys, f"{name}_values": counts.values}
        for index, (weights, bias) in enumerate(self.layers):
            arrays |= {f"weights_{index}": weights, f"bias_{index}": bias}
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def _stepped(chances: NDArray[Any]) -> Floats:
    return (np.round(chances * 1024) / 1024).astype(np.float32)


def padded(weights: NDArray[Any]) -> Floats:
    """Weights of words with zeros up to `WIDTH` columns, each row in one piece."""
    table = np.zeros((len(weights), WIDTH), np.float32)
    table[:, : weights.shape[1]] = weights
    return table


def load(file: Path | IO[bytes]) -> Model:
    """Read a model that `save` wrote."""
    with np.load(file) as arrays:
        statistics = Statistics(
            *(Counts(arrays[f"{name}_keys"], arrays[f"{name}_values"]) for name in Statistics._fields)
        )
        count = sum(name.startswith("weights_") for name in arrays.files)
        layers = tuple((arrays[f"weights_{index}"], arrays[f"bias_{index}"]) for index in range(count))
        chances, outcomes = arrays["calibration"]
        return Model(
            statistics,
            padded(arrays["word_weights"]),
            arrays["word_bias"],
            arrays["mean"],
            arrays["scale"],
            layers,
            (chances, outcomes),
        )


def trained() -> Model:
    """The model that the package ships."""
    with files(__package__).joinpath("model/linking.npz").open("rb") as file:
        return load(file)
