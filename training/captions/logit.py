"""A conditional logit over named features: of several options one is right."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Example = tuple[list[list[str]], int]


def fit(examples: Sequence[Example], penalty: float, least: int = 3) -> dict[str, float]:
    """The weights of features that occur at least `least` times."""
    counts = Counter(name for options, _ in examples for option in options for name in option)
    names = sorted(name for name, count in counts.items() if count >= least)
    column = {name: place for place, name in enumerate(names)}
    rows, columns, first, right = [], [], [], []
    total = 0
    for options, answer in examples:
        first.append(total)
        right.append(total + answer)
        for option in options:
            known = [column[name] for name in option if name in column]
            rows += [total] * len(known)
            columns += known
            total += 1
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), (total, len(names)))
    starts, answers = np.array(first), np.array(right)
    sizes = np.diff([*first, total])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = matrix @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        odds = np.exp(scores)
        sums = np.add.reduceat(odds, starts)
        value = (np.log(sums) - scores[answers]).sum() + penalty * weights @ weights
        chances = odds / np.repeat(sums, sizes)
        chances[answers] -= 1
        return value, matrix.T @ chances + 2 * penalty * weights

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return dict(zip(names, found.x.tolist(), strict=True))


def share_right(examples: Sequence[Example], weights: dict[str, float]) -> float:
    """How often the option with the highest score is the right one."""
    hits = 0
    for options, answer in examples:
        scores = [sum(weights.get(name, 0.0) for name in option) for option in options]
        hits += scores.index(max(scores)) == answer
    return hits / max(len(examples), 1)
