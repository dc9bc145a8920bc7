"""A worker's side: leave for each request of its threads, and a connection for each thread that sends one."""

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.sources.deadline import standing
from pipeline.sources.quota.limiter import Answer, Ask
from pipeline.sources.quota.lines import Line
from pipeline.sources.quota.rate import KEPT
from pipeline.sources.transport import Throttled

#: Seconds between two messages of a worker that has connections open and sends nothing: others may need them.
BEAT = 0.5


@dataclass
class _Leave:
    """Requests that may be sent until a time, and when to ask for more."""

    count: int = 0
    good_until: float = 0.0
    again: float = 0.0

    def lasts(self, now: float) -> bool:
        """Whether one more may be sent."""
        return self.count > 0 and now < self.good_until

    def renew(self, answer: Answer, now: float) -> None:
        """What was left is void."""
        self.count, self.good_until, self.again = answer.requests, now + KEPT, now + answer.wait


@dataclass
class _Connections:
    """Those that may be open, those of them that may stay, and when to ask for more."""

    holding: int = 0
    allowed: int = 0
    contended: bool = False
    again: float = 0.0

    def room(self, sending: int) -> int:
        """So many more threads may send."""
        return min(self.holding, self.allowed) - sending

    def least(self, sending: int) -> int:
        """The fewest that can be held now."""
        return max(self.allowed, sending)

    def renew(self, answer: Answer, wanted: Ask, now: float) -> None:
        """What is held goes down when it has been closed."""
        self.allowed, self.contended = answer.connections, answer.contended
        self.holding = max(self.holding, self.allowed)
        self.again = now + answer.turn if answer.connections < wanted.connections else 0.0


class Guest:
    """Lets the threads of a worker send as its line allows; `close_idle` closes the connections that none of them uses.

    Open connections are never more than it holds, provided that a thread takes one that is open before it opens one.
    """

    def __init__(self, line: Line, close_idle: Callable[[], None]) -> None:
        self._line, self._close_idle = line, close_idle
        self._asking = threading.Lock()
        self._changed = threading.Condition()
        self._inside = self._most = 0  # threads that want to send or do; the most of them since the last message
        self._sending = 0
        self._leave, self._connections = _Leave(), _Connections()
        self._asked, self._last = False, 0.0  # whether a thread is about to ask; when one has
        threading.Thread(target=_keep, args=(weakref.ref(self), line), name="quota", daemon=True).start()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Wait for leave to send a request, the answer to which is taken in the block."""
        with standing():
            self._enter()
        try:
            yield
        except Throttled as error:
            with standing():
                self._throttled(error.after)
            raise
        finally:
            with standing():
                self._exit()

    def _enter(self) -> None:
        with self._changed:
            self._inside += 1
            self._most = max(self._most, self._inside)
        try:
            while not self._admitted():
                try:
                    self._ask()
                finally:
                    with self._changed:
                        self._asked = False
                        self._changed.notify_all()
        except BaseException:
            with self._changed:
                self._inside -= 1
            raise

    def _admitted(self) -> bool:
        """Wait until this thread may send, which it then counts as, or until it is the one to ask."""
        with self._changed:
            while True:
                now = time.monotonic()
                room = self._connections.room(self._sending) > 0
                if room and self._leave.lasts(now):
                    self._leave.count -= 1
                    self._sending += 1
                    return True
                again = self._leave.again if room else self._connections.again
                if now >= again and not self._asked:
                    self._asked = True
                    return False
                self._changed.wait(None if self._asked else again - now)

    def _exit(self) -> None:
        with self._changed:
            self._sending -= 1
            self._inside -= 1
            self._changed.notify()
            yields = self._connections.contended and not self._inside
            if yields:
                self._most = 0
        if yields:
            self._ask()

    def _ask(self) -> None:
        """Say what is wanted and held, and do as the answer says, at once as far as that is possible."""
        with self._asking:
            while True:
                with self._changed:
                    self._shrink()
                    holding = self._connections.holding
                    room = self._connections.room(self._sending) if holding else self._inside
                    lacks = not self._leave.lasts(time.monotonic())
                    waiting = max(0, min(self._inside - self._sending, room)) if lacks else 0
                    wanted, self._most = Ask(waiting, self._most, holding), self._inside
                answer = self._line.ask(wanted)
                with self._changed:
                    now = time.monotonic()
                    self._connections.renew(answer, wanted, now)
                    if wanted.requests:
                        self._leave.renew(answer, now)
                    self._last = now
                    if self._connections.holding <= self._connections.least(self._sending):
                        return

    def _shrink(self) -> None:
        """Hold no more than is allowed and in use: what is open without being used is closed."""
        if (least := self._connections.least(self._sending)) < self._connections.holding:
            self._close_idle()
            self._connections.holding = least

    def _throttled(self, after: float) -> None:
        with self._asking:
            self._line.throttled(after)
        with self._changed:
            self._leave.count = 0

    def _beat(self) -> None:
        """Say what is held if nothing has been said for long."""
        with self._changed:
            silent = self._connections.holding and time.monotonic() - self._last >= BEAT
        if silent:
            self._ask()


def _keep(guest: "weakref.ref[Guest]", line: Line) -> None:
    """Ask now and then for as long as the guest is there, so that others get what it does not need."""
    while True:
        time.sleep(BEAT)
        if (found := guest()) is None:
            line.close()
            return
        found._beat()
        del found
        line.mend()
