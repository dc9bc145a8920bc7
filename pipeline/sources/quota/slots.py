"""Connections of all workers together: who holds how many of them, and who is to hand some back."""

from collections import Counter
from typing import NamedTuple


class Share(NamedTuple):
    """Connections that a worker may hold from now on; how many other workers have fewer than they could use."""

    connections: int
    lacking: int


class _Worker(NamedTuple):
    """Connections that a worker could use now, and those that it may have open."""

    needed: int
    holding: int


class Slots:
    """`total` connections. While nobody lacks one, who holds some keeps them, so that connections live on.

    Sums over the workers are kept as they change: to share takes as long for ten as for thousands.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._workers: dict[int, _Worker] = {}
        self._held = 0
        self._needing = 0  # workers that could use some
        self._lacking, self._lacked = 0, 0  # workers with fewer than they could use, and how many these lack together
        self._bends = Counter[int]()  # of what lacking workers lack below any fair share: see `_poor`

    def share(self, worker: int, needed: int, holding: int) -> Share:
        """What a worker may hold.

        It counts as holding what it held until it says that it holds less.
        """
        self.forget(worker)  # from here on, the sums are those of the others
        free = self._total - self._held - holding
        fair = max(1, self._total // max(1, self._needing + (needed > 0)))
        poor = self._poor(fair)
        due = max(0, min(needed, fair) - holding)
        granted = max(0, min(due, free))
        granted += max(0, min(needed - holding - granted, free - granted - poor))
        idle = max(0, min(holding - needed, self._lacked - free))
        rich = max(0, min(holding - idle - fair, poor - free - idle))
        allowed = holding + granted if granted else min(holding - idle - rich, self._total)
        share = Share(allowed, self._lacking)
        self._workers[worker] = _Worker(needed, holding + granted)
        self._count(self._workers[worker], 1)
        return share

    def forget(self, worker: int) -> None:
        """A worker is gone, and its connections with it."""
        if found := self._workers.pop(worker, None):
            self._count(found, -1)

    def _poor(self, fair: int) -> int:
        """The connections that lacking workers need up to their fair share.

        One lacks max(0, fair - holding) - max(0, fair - needed) of it: a line that bends at both.
        """
        return sum(count * (fair - at) for at, count in self._bends.items() if at < fair)

    def _count(self, worker: _Worker, sign: int) -> None:
        self._held += sign * worker.holding
        self._needing += sign * (worker.needed > 0)
        if worker.needed > worker.holding:
            self._lacking += sign
            self._lacked += sign * (worker.needed - worker.holding)
            for at, count in ((worker.holding, sign), (worker.needed, -sign)):
                self._bends[at] += count
                if not self._bends[at]:
                    del self._bends[at]
