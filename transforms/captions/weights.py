"""The weights of the small model that gives clauses to panels; see model/README.md."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import repeat

import numpy as np

from transforms.versions import CAPTIONS

#: A weight by the name of a feature; absent features weigh nothing.
Weights = dict[str, float]


#: Training puts the model of a fold here.
file = files("transforms").joinpath(CAPTIONS)


def score(learnt: Weights, features: Iterable[str]) -> float:
    """What the features weigh together."""
    return sum(map(learnt.get, features, repeat(0.0)))


@cache
def model() -> dict[str, Weights]:
    """The parts of the model: head, tail, word, remark, trust."""
    with file.open("rb") as opened:
        stored = np.load(opened)
        parts = {name.removesuffix("_names") for name in stored.files if name.endswith("_names")}
        return {part: _read(stored, part) for part in sorted(parts)}


def _read(stored: "np.lib.npyio.NpzFile", part: str) -> Weights:
    names, values = str(stored[f"{part}_names"]), stored[f"{part}_values"].tolist()
    return dict(zip(names.split("\n"), values, strict=True)) if names else {}
