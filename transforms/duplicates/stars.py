"""Stars: inside each component, heads with the copies that they take, and the comparisons that this asks for.

The heads of a component take in rank order. Components do not depend on each other, so many of them ask at once.
"""

from collections.abc import Generator, Iterable

import numpy as np
from numpy.typing import NDArray

from transforms.duplicates.heads import ASKED, FURTHER, NEIGHBOURS, WORTHWHILE, Heads, Pairs, concatenated
from transforms.duplicates.near import ENTRIES, near_blocks

JOINING = 1024  # heads that are held against those that joined before at once
JOINED = 8192  # of these at once

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Asks which of some heads show the same as a head, and is answered by a mask.
Taking = Generator[tuple[int, Ints], Bools, None]


class Stars:
    """The canonical head of each head, itself where none takes it; `known` are the edges that were found before."""

    def __init__(self, heads: Heads, known: Pairs, unlike: float) -> None:
        self.canonical = np.arange(len(heads.figure))
        self._heads, self._known, self._unlike = heads, known, unlike
        self._start = np.searchsorted(known.one, np.arange(len(heads.figure) + 1))
        self._found = [known]

    def pairs(self) -> Pairs:
        """All edges, those that were found on the way too, sorted."""
        return concatenated(self._found)

    def make(self, components: Ints) -> None:
        """Have the heads of each component take copies; `components` names that of each head."""
        order = np.argsort(components, kind="stable")
        bounds = np.flatnonzero(np.diff(components[order])) + 1
        waiting: list[tuple[Taking, int, Ints]] = []
        lanes = (self._take(rows) for rows in np.split(order, bounds) if len(rows) > 1)
        more = True
        while more or waiting:
            while more and sum(len(others) for _, _, others in waiting) < ASKED:
                lane = next(lanes, None)
                more = lane is not None
                waiting.extend(_asked(lane, None) if lane else ())
            waiting = self._answer(waiting)

    def _answer(self, waiting: list[tuple[Taking, int, Ints]]) -> list[tuple[Taking, int, Ints]]:
        """What is asked next when all that is asked now is answered."""
        if not waiting:
            return []
        sizes = [len(others) for _, _, others in waiting]
        one = np.repeat([head for _, head, _ in waiting], sizes)
        same, pairs = self._heads.compare(one, np.concatenate([others for _, _, others in waiting]))
        self._found.append(pairs)
        answers = np.split(same, np.cumsum(sizes)[:-1])
        return [asked for (lane, *_), answer in zip(waiting, answers, strict=True) for asked in _asked(lane, answer)]

    def _take(self, rows: Ints) -> Taking:
        """Each head of a component, in rank order, that none took before takes what it equals."""
        free = np.ones(len(rows), bool)
        while free.sum() > 1:
            left = np.flatnonzero(free)
            some = left[: max(1, ENTRIES // len(left))]
            for place, near in zip(some, self._near(rows[some], rows[left]), strict=True):
                if free[place]:
                    free[place] = False
                    taken = yield from self._copies(
                        int(rows[place]), rows[left[free[left]]], rows[left[near & free[left]]]
                    )
                    self.canonical[taken] = rows[place]
                    free[np.searchsorted(rows, taken)] = False

    def _near(self, ones: Ints, others: Ints) -> Bools:
        """Which of `others` each of `ones` may be near to."""
        pictures = self._heads.pictures
        blocks = near_blocks(pictures.take(ones), pictures.take(others), self._heads.threshold)
        near: Bools = np.concatenate([mask for _, mask in blocks])
        near &= self._heads.figure[ones][:, None] != self._heads.figure[others]
        return near

    def _copies(self, head: int, free: Ints, near: Ints) -> Generator[tuple[int, Ints], Bools, Ints]:
        """What a head takes of those that are free: copies that are known, or are found among those that are near."""
        known = self._known.other[self._start[head] : self._start[head + 1]]
        copies = [np.intersect1d(known, free)]
        rest, _ = self._heads.nearest(head, np.setdiff1d(near, known))
        size = NEIGHBOURS
        while len(rest):
            part, rest = rest[:size], rest[size:]
            same = yield head, part
            copies.append(part[same])
            if same.mean() < WORTHWHILE:
                break
            size = min(2 * size, FURTHER)
        return self._joining(head, np.sort(np.concatenate(copies)))

    def _joining(self, head: int, copies: Ints) -> Ints:
        """Those of `copies`, in this order, that are not unlike the head or any that joined before."""
        vectors = self._heads.pictures.vectors
        joined = np.array([head])
        for start in range(0, len(copies), JOINING):
            part = copies[start : start + JOINING]
            for before in range(0, len(joined), JOINED):
                cosines = vectors[part] @ vectors[joined[before : before + JOINED]].T
                part = part[cosines.min(1) >= self._unlike]
            alike = vectors[part] @ vectors[part].T >= self._unlike
            if not alike.all():
                part = part[_first_alike(alike)]
            joined = np.append(joined, part)
        return joined[1:]


def _asked(lane: Taking, answer: Bools | None) -> Iterable[tuple[Taking, int, Ints]]:
    """What a component asks after an answer; nothing where it is done."""
    try:
        head, others = lane.send(answer)  # type: ignore[arg-type]  # the first is None
    except StopIteration:
        return ()
    return ((lane, head, others),)


def _first_alike(alike: Bools) -> list[int]:
    """The rows, each of which is alike to all of these before it."""
    kept: list[int] = []
    for row in range(len(alike)):
        if alike[row, kept].all():
            kept.append(row)
    return kept
