"""Connections of all workers together: who holds how many of them, and who is to hand some back."""

from typing import NamedTuple


class _Worker(NamedTuple):
    """Connections that a worker could use now, and those that it may have open."""

    needed: int
    holding: int


class Slots:
    """`total` connections. While nobody lacks one, who holds some keeps them, so that connections live on."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._workers: dict[int, _Worker] = {}

    def share(self, worker: int, needed: int, holding: int) -> tuple[int, bool]:
        """How many a worker may hold from now on, and whether others wait for some.

        It counts as holding what it held until it says that it holds less.
        """
        self._workers[worker] = _Worker(needed, holding)
        free = self._total - sum(each.holding for each in self._workers.values())
        fair = max(1, self._total // max(1, sum(each.needed > 0 for each in self._workers.values())))
        others = [each for key, each in self._workers.items() if key != worker]
        poor = sum(max(0, min(each.needed, fair) - each.holding) for each in others)
        lacking = sum(max(0, each.needed - each.holding) for each in others)
        due = max(0, min(needed, fair) - holding)
        granted = max(0, min(due, free))
        granted += max(0, min(needed - holding - granted, free - granted - poor))
        if granted:
            self._workers[worker] = _Worker(needed, holding + granted)
            return holding + granted, lacking > 0
        idle = max(0, min(holding - needed, lacking - free))
        rich = max(0, min(holding - idle - fair, poor - free - idle))
        return min(holding - idle - rich, self._total), lacking > 0

    def forget(self, worker: int) -> None:
        """A worker is gone, and its connections with it."""
        self._workers.pop(worker, None)
