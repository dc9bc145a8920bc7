"""The statistical model of the dictionary linker: which runs of words are mentions, and whether their concept is right.

A linear model over hashed features gives each word the chances of its five classes. Over the numbers of a candidate
(candidate_features.py) a small neural network gives its chances to be a mention of MedMentions, which annotates ideas
and qualities as well, and to be one of its concept. Over these and what captions teach (caption_features.py) another
gives its chance to be a right link that says something of a picture. Trained by training/linking; the weights lie in
model/linking.npz. Numpy only.
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
#: Standard deviations that an input of a network may lie from its mean.
FARTHEST = 6


class Network(NamedTuple):
    """A network of rectified units over features, a row a candidate; its outputs are chances."""

    mean: Floats  # of the features
    scale: Floats  # infinite for a feature that training never saw change: it says nothing
    layers: tuple[tuple[Floats, Floats], ...]  # weights and bias; rectified but for the last
    calibration: tuple[Floats, Floats]  # of the last output: ascending chances, and what they turned out to be

    def chances(self, features: Floats) -> Floats:
        """The chances, a column an output, in steps of 1/1024: they do not hang on how a processor sums up."""
        values = standardised(features, self.mean, self.scale)
        for weights, bias in self.layers[:-1]:
            values = np.maximum(values @ weights + bias, 0)
        weights, bias = self.layers[-1]
        chances = _logistic(values @ weights + bias)
        chances[:, -1] = np.interp(chances[:, -1], *self.calibration)
        stepped: Floats = (np.round(chances * 1024) / 1024).astype(np.float32)
        return stepped


class Model(NamedTuple):
    """Statistics and weights."""

    statistics: Statistics
    word_weights: Floats  # a row a hashed feature, a column a class and zeros up to `WIDTH`
    word_bias: Floats
    abstracts: Network  # two outputs: a mention, and one of its concept
    captions: Network  # one output: right, and it says something of a picture

    @property
    def bits(self) -> int:
        """The logarithm of how many hashed features there are."""
        return len(self.word_weights).bit_length() - 1

    def word_chances(self, features: NDArray[np.int32]) -> Floats:
        """The logarithms of the chances of each word's classes."""
        sums = np.zeros((len(features), WIDTH), np.float32)
        for column in features.T:
            sums += np.take(self.word_weights, column, axis=0, mode="clip")
        chances = _logistic(sums[:, : len(self.word_bias)] + self.word_bias)
        chances /= chances.sum(axis=1, keepdims=True)
        logarithms: Floats = np.log(np.maximum(chances, 1e-5))
        return logarithms

    def save(self, file: Path) -> None:
        """Write the model; what `load` reads."""
        arrays = {
            "word_weights": self.word_weights[:, : len(self.word_bias)].astype(np.float16),
            "word_bias": self.word_bias,
        }
        for name, counts in self.statistics._asdict().items():
            arrays |= {f"{name}_keys": counts.keys, f"{name}_values": counts.values}
        for name in _NETWORKS:
            network: Network = getattr(self, name)
            arrays |= {f"{name}_mean": network.mean, f"{name}_scale": network.scale}
            arrays[f"{name}_calibration"] = np.stack(network.calibration)
            for index, (weights, bias) in enumerate(network.layers):
                arrays |= {f"{name}_weights_{index}": weights, f"{name}_bias_{index}": bias}
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


_NETWORKS = ("abstracts", "captions")


def standardised(features: Floats, mean: Floats, scale: Floats) -> Floats:
    """The features by their standard deviations from the mean; what lies farther out than `FARTHEST` counts as that."""
    values: Floats = (features - mean) / scale
    np.clip(values, -FARTHEST, FARTHEST, out=values)
    return values


def _logistic(sums: Floats) -> Floats:
    chances: Floats = np.reciprocal(1 + np.exp(-np.clip(sums, -30, 30)))
    return chances


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
        networks = (_network(arrays, name) for name in _NETWORKS)
        return Model(statistics, padded(arrays["word_weights"]), arrays["word_bias"], *networks)


def _network(arrays: Any, name: str) -> Network:
    count = sum(each.startswith(f"{name}_weights_") for each in arrays.files)
    layers = tuple((arrays[f"{name}_weights_{index}"], arrays[f"{name}_bias_{index}"]) for index in range(count))
    chances, outcomes = arrays[f"{name}_calibration"]
    return Network(arrays[f"{name}_mean"], arrays[f"{name}_scale"], layers, (chances, outcomes))


def trained() -> Model:
    """The model that the package ships."""
    with files(__package__).joinpath("model/linking.npz").open("rb") as file:
        return load(file)
