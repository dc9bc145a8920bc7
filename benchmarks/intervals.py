"""What a scorer of panels says of a set of figures, each number with its 95 % confidence interval.

The interval is that of the bootstrap over figures (Efron 1979): as many figures are drawn, with replacement, a thousand
times; between the 2.5th and the 97.5th percentile of what they score lies the interval. Panels of one figure are not
independent of each other, figures are.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

METRICS = ("f1@50", "map50", "map50_95", "accuracy", "count")
THRESHOLDS = tuple(percent / 100 for percent in range(50, 100, 5))
DRAWS = 1000

Floats = NDArray[np.float64]
#: The truth's panels, the found ones and an IoU to the score of each found panel and whether it is right, best first.
Match = Callable[[Sequence[dict], Sequence[dict], float], list[tuple[float, bool]]]


class Matched(NamedTuple):
    """The panels found in F figures, best first, and what is right of them.

    `figures` (N,) says whose each is, `right` (T, N) whether it is at each of THRESHOLDS; `truth` (F,) and `found` (F,)
    count the panels of each figure.
    """

    figures: NDArray[np.int64]
    right: NDArray[np.bool_]
    truth: Floats
    found: Floats


def load_match(scorer: Path) -> Match:
    """The function of a scorer's file by which it matches panels."""
    spec = importlib.util.spec_from_file_location("scorer", scorer)
    if spec is None or spec.loader is None:
        raise ValueError(f"{scorer} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.match


def matched(truth: Mapping[str, Sequence[dict]], found: Mapping[str, Sequence[dict]], match: Match) -> Matched:
    """The panels found in each figure of the truth, matched to the truth's at every threshold."""
    rows = [[row for image in truth for row in match(truth[image], found[image], least)] for least in THRESHOLDS]
    figures = np.repeat(np.arange(len(truth)), [len(found[image]) for image in truth])
    order = np.argsort([-score for score, _ in rows[0]], kind="stable")
    right = np.array([[is_right for _, is_right in row] for row in rows], bool)
    counts = ([len(panels[image]) for image in truth] for panels in (truth, found))
    return Matched(figures[order], right[:, order], *(np.array(count, np.float64) for count in counts))


def metrics(panels: Matched, times: Floats) -> Floats:
    """METRICS of figures of which each counts so many times (F,)."""
    weights, total = times[panels.figures], float(times @ panels.truth)
    right = np.bincount(panels.figures, panels.right[0], len(times))
    most = np.maximum(np.maximum(panels.truth, panels.found), 1)
    precisions = [_average_precision(row, weights, total) for row in panels.right]
    f1 = 2 * float(times @ right) / max(float(times @ (panels.truth + panels.found)), 1)
    accuracy, count = (float(times @ each) / times.sum() for each in (right / most, panels.truth == panels.found))
    return np.array([f1, precisions[0], np.mean(precisions), accuracy, count])


def interval(panels: Matched, draws: int = DRAWS) -> Floats:
    """The lower and the upper ends of the intervals of METRICS, (2, 5)."""
    count = len(panels.truth)
    times = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), draws).astype(np.float64)
    return np.percentile([metrics(panels, each) for each in times], [2.5, 97.5], axis=0)


def _average_precision(right: NDArray[np.bool_], weights: Floats, total: float) -> float:
    """The area below the best precision at each recall; panels stand best first."""
    hits = np.cumsum(weights * right)
    precision = hits / np.maximum(np.cumsum(weights), 1e-9)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(best @ (weights * right)) / max(total, 1e-9)
