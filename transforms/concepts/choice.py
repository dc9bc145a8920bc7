"""The choice among candidates that overlap."""

import numpy as np
from numpy.typing import NDArray

from transforms.concepts.candidates import Candidates


def choose(found: Candidates, worth: NDArray[np.int64]) -> NDArray[np.int64]:
    """The candidates that do not overlap and are worth most in all (weighted interval scheduling), in order."""
    good = np.flatnonzero(worth > 0)
    good = good[np.argsort(found.start[good], kind="stable")]
    if not len(good):
        return good
    start, end = found.start[good], found.end[good]
    reach = np.maximum.accumulate(end)
    groups = np.flatnonzero(np.concatenate([[True], start[1:] > reach[:-1]]))
    sizes = np.diff(np.append(groups, len(good)))
    chosen = [good[groups[sizes == 1]]]
    for group, size in zip(groups[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        part = slice(group, group + size)
        picked = _best(start[part].tolist(), end[part].tolist(), worth[good[part]].tolist())
        chosen.append(good[group + np.array(picked)])
    return np.sort(np.concatenate(chosen))


def _best(starts: list[int], ends: list[int], worth: list[int]) -> list[int]:
    """The indices of the intervals, ordered by start, that do not overlap and are worth most."""
    count = len(starts)
    best = [(0, -1, -1)] * (count + 1)  # from an interval on: worth, the interval taken, where to go on
    for index in range(count - 1, -1, -1):
        after = index + 1
        while after < count and starts[after] <= ends[index]:
            after += 1
        taken = worth[index] + best[after][0]
        best[index] = (taken, index, after) if taken > best[index + 1][0] else best[index + 1]
    picked = []
    index = 0
    while index < count and best[index][1] >= 0:
        _, interval, index = best[index]
        picked.append(interval)
    return picked
