"""Requests a second of all workers together: a token bucket whose rate gives way to throttling, as TCP's window does.

A worker that may not send at once gets a time to come back at: its place in a queue, without a message a request.
"""

from typing import NamedTuple

#: Seconds of unused rate that the bucket keeps; for which leave lasts once it is given; by which a worker may be late.
BURST, KEPT, LATE = 0.05, 0.05, 0.05

#: What a run gets of its bound on average, so that no second sees more than the bound.
SHARE = 1 / (1 + BURST + KEPT + LATE)

#: What a worker gets at most beyond what it asks for, which spares messages, while half of the bucket stays.
AHEAD = 16

#: Seconds of the first pause, and of the longest that we choose; longer ones that a source asks for end here.
FIRST, LONGEST, LONGEST_ASKED = 1.0, 16.0, 300.0

#: Seconds without throttling after which the next pause is a first one again.
CALM = 5.0

#: A cut rate needs so many seconds to rise from nothing to all of it; a share of it stays in any case.
RECOVERY, LEAST = 20.0, 1 / 64


class Cut(NamedTuple):
    """The rate is cut for the `number`th time: nobody sends for `pause` seconds, then `rate` requests a second."""

    number: int
    pause: float
    rate: float


class Rate:
    """Leave for requests, so that no second sees more than `requests` of them; times are those of any clock."""

    def __init__(self, requests: float, now: float) -> None:
        self._most = requests * SHARE
        self._cut, self._rising_from = self._most, now
        self._level, self._at = max(1.0, BURST * self._most), now  # below 0 by what is promised
        self._pause, self._silent_until, self._cuts = 0.0, now - CALM, 0
        self._promised: dict[int, tuple[float, int]] = {}  # when a worker may send, and how many

    def rate(self, now: float) -> float:
        """Requests a second now."""
        return min(self._most, self._cut + max(0.0, now - self._rising_from) * self._most / RECOVERY)

    def take(self, worker: int, wanted: int, now: float) -> tuple[int, float]:
        """The requests that a worker may send now, at most KEPT seconds later; if none, when it is to ask again."""
        due, count = self._promised.pop(worker, (now, 0))
        if count and now < due:
            self._promised[worker] = due, count
            return 0, due - now
        if count and now <= due + LATE:
            return count, 0.0
        return self._reserve(worker, wanted, now)

    def _reserve(self, worker: int, wanted: int, now: float) -> tuple[int, float]:
        rate = self.rate(now)
        room = max(1.0, BURST * rate)
        self._level = min(room, self._level + max(0.0, now - self._at) * rate)
        self._at = max(self._at, now)
        if self._level >= 1:
            count = min(int(self._level), max(wanted, min(AHEAD, int(self._level / 2))))
            self._level -= count
            return count, 0.0
        count = min(wanted, int(room))  # more would be a burst when it is due
        self._level -= count
        wait = self._at - now - self._level / rate
        self._promised[worker] = now + wait, count
        return 0, wait

    def throttled(self, after: float, now: float) -> Cut | None:
        """The source throttles, and asks to be left alone for `after` seconds. What is known in a pause is no news."""
        after = min(after, LONGEST_ASKED)
        if now < self._silent_until:
            if now + after > self._silent_until:
                self._be_silent(now + after)
            return None
        goes_on = now < self._silent_until + CALM
        self._pause = max(min(2 * self._pause, LONGEST) if goes_on else FIRST, after)
        self._cut = max(self.rate(now) / 2, LEAST * self._most)
        self._be_silent(now + self._pause)
        self._cuts += 1
        return Cut(self._cuts, self._pause, self._cut)

    def _be_silent(self, until: float) -> None:
        self._silent_until = self._rising_from = self._at = until
        self._level = 0.0
        self._promised.clear()

    def forget(self, worker: int) -> None:
        """A worker is gone."""
        self._promised.pop(worker, None)
