"""The search for edges: which heads are compared, so that few comparisons find what hangs together.

Heads ask in rank order. Each is compared with those that are nearest to it, and with further ones as long as a share of
these are copies. Two that one before them took for copies are not compared with each other. So many copies of a picture
are a star of as many edges, and groups.py compares what it needs beside.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.duplicates.heads import ASKED, FURTHER, NEIGHBOURS, WORTHWHILE, Heads, Pairs, concatenated
from transforms.duplicates.near import near_blocks

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class _Question(NamedTuple):
    """A head, the rows it is compared with at once, and of the heads that ask those that follow, the nearest first.

    The last of `first`, `own` of them, are heads that ask too.
    """

    row: int
    first: Ints
    own: int
    rest: Ints


class Search:
    """The search from some heads, the `queries`, that know of each other what they took for copies.

    What is found does not depend on how many are compared at once: a head waits for the answer to one before it that
    might take it for a copy.
    """

    def __init__(self, heads: Heads, queries: Ints) -> None:
        count = len(heads.figure)
        self._heads, self._queries = heads, queries
        self._asks = np.zeros(count, bool)
        self._asks[queries] = True
        self._taker = np.full(count, -1)  # the first that took each for a copy
        # Of each head that has asked, the last it was compared with of those that ask: how near that is, and which.
        self._reach = np.full(count, np.inf), np.full(count, -1)
        self._found: list[Pairs] = []

    def run(self) -> Pairs:
        """The pairs of copies of which one is a query."""
        waiting: list[_Question] = []
        pairs = 0
        for rows, masks in self._near():
            for row, mask in zip(rows, masks, strict=True):
                if pairs >= ASKED or mask[[question.row for question in waiting]].any():
                    self._answer(waiting)
                    waiting, pairs = [], 0
                question = self._question(row, np.flatnonzero(mask))
                if len(question.first):
                    waiting.append(question)
                    pairs += len(question.first)
        self._answer(waiting)
        return concatenated(self._found)

    def _near(self) -> Iterator[tuple[Ints, Bools]]:
        """Some queries at a time that are near to any head, and masks of these, whose thumbnails are fetched."""
        pictures, figure = self._heads.pictures, self._heads.figure
        for start, near in near_blocks(pictures.take(self._queries), pictures, self._heads.threshold):
            rows = self._queries[start : start + len(near)]
            near &= figure[rows][:, None] != figure
            some = near.any(1)
            self._heads.thumbnails.load(np.concatenate([rows[some], np.flatnonzero(near.any(0))]))
            yield rows[some], near[some]

    def _question(self, row: int, others: Ints) -> _Question:
        """What of `others`, near to a head, it is to be compared with, as far as is known now."""
        if self._taker[row] >= 0:
            others = others[self._taker[others] != self._taker[row]]
        others, closeness = self._heads.nearest(row, others)
        nearest, last = (column[others] for column in self._reach)
        compared = (closeness > nearest) | ((closeness == nearest) & (row <= last))
        others = others[~compared]
        asks = self._asks[others]
        own = others[asks]
        first = np.concatenate([others[~asks][:NEIGHBOURS], own[:NEIGHBOURS]])
        return _Question(row, first, min(len(own), NEIGHBOURS), own[NEIGHBOURS:])

    def _answer(self, waiting: list[_Question]) -> None:
        """Compare what is asked, and take what is a copy in the order of the questions."""
        if not waiting:
            return
        sizes = [len(question.first) for question in waiting]
        rows = np.repeat([question.row for question in waiting], sizes)
        same, pairs = self._heads.compare(rows, np.concatenate([question.first for question in waiting]))
        self._found.append(pairs)
        for question, part in zip(waiting, np.split(same, np.cumsum(sizes)[:-1]), strict=True):
            self._take(question.row, question.first[part])
            self._go_on(question, part[len(part) - question.own :])

    def _go_on(self, question: _Question, same: Bools) -> None:
        """Compare a head with further ones that ask, as long as enough of the last ones show the `same`."""
        row, part, rest = question.row, question.first, question.rest
        size = NEIGHBOURS
        while len(rest) and same.mean() >= WORTHWHILE:
            size = min(2 * size, FURTHER)
            part, rest = rest[:size], rest[size:]
            same, pairs = self._heads.compare(np.full(len(part), row), part)
            self._found.append(pairs)
            self._take(row, part[same])
        nearest, last = self._reach
        nearest[row], last[row] = (self._heads.closeness(row, part[-1]), part[-1]) if len(rest) else (-np.inf, -1)

    def _take(self, row: int, copies: Ints) -> None:
        """Note that a head took these for copies."""
        if len(copies):
            taken = np.append(copies, row)
            self._taker[taken[self._taker[taken] < 0]] = row
