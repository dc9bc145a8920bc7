"""What all workers together may ask of a source: decides, and neither waits nor sends anything."""

import threading
import time
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from pipeline.sources.quota.rate import Cut, Rate
from pipeline.sources.quota.slots import Slots

#: Seconds after which a worker that lacks connections asks again, and the longest where many do.
TURN, LONGEST_TURN = 0.2, 4.0

#: Workers that lack connections ask so often a second together, so that the driver has time for all others.
TURNS_A_SECOND = 250.0


class Ask(NamedTuple):
    """What a worker wants to send now, the connections that it could use, and those that it may have open."""

    requests: int
    connections: int
    holding: int


class Answer(NamedTuple):
    """What it may send now; seconds until it is to ask again, if that is nothing; connections that it may hold.

    Where these are fewer than it holds, it closes some and says so; where they are fewer than it could use, it asks
    again after `turn` seconds. `contended`: others wait for connections.
    """

    requests: int
    wait: float
    connections: int
    turn: float
    contended: bool


class Limiter:
    """Bounds of `requests` a second and of `connections`, kept by workers that ask; threads may share it."""

    def __init__(self, requests: float, connections: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock, self._numbers = clock, threading.Lock(), count()
        self._rate, self._slots = Rate(requests, clock()), Slots(connections)

    def enter(self) -> int:
        """The number of a new worker."""
        return next(self._numbers)

    def ask(self, worker: int, wanted: Ask) -> Answer:
        """What a worker may do."""
        with self._lock:
            holds, lacking = self._slots.share(worker, wanted.connections, wanted.holding)
            turn = min(max(TURN, lacking / TURNS_A_SECOND), LONGEST_TURN)
            count, wait = 0, 0.0
            if wanted.requests and holds:
                count, wait = self._rate.take(worker, wanted.requests, self._clock())
            return Answer(count, wait, holds, turn, lacking > 0)

    def throttled(self, after: float) -> Cut | None:
        """The source throttles, and asks to be left alone for `after` seconds; None where that is no news."""
        with self._lock:
            return self._rate.throttled(after, self._clock())

    def leave(self, worker: int) -> None:
        """A worker is gone: what it held is free."""
        with self._lock:
            self._rate.forget(worker)
            self._slots.forget(worker)
