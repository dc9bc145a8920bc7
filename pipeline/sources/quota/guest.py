"""A worker's side: leave for each request of its threads, and a connection for each thread that sends one."""

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.sources.deadline import standing
from pipeline.sources.quota.limiter import Ask
from pipeline.sources.quota.lines import Line
from pipeline.sources.quota.rate import KEPT
from pipeline.sources.transport import Throttled

#: Seconds between two messages of a worker that has connections open and sends nothing: others may need them.
BEAT = 0.5


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
        self._holding = self._allowed = 0  # connections that may be open; and that it may keep
        self._contended = self._asked = False
        self._leave, self._good_until = 0, 0.0
        self._leave_from, self._more_from = 0.0, 0.0  # when to ask again
        self._last = 0.0
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
                room = self._sending < min(self._holding, self._allowed)
                if room and self._leave and now < self._good_until:
                    self._leave -= 1
                    self._sending += 1
                    return True
                again = self._leave_from if room else self._more_from
                if now >= again and not self._asked:
                    self._asked = True
                    return False
                self._changed.wait(None if self._asked else again - now)

    def _exit(self) -> None:
        with self._changed:
            self._sending -= 1
            self._inside -= 1
            self._changed.notify()
            yields = self._contended and not self._inside
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
                    room = min(self._holding, self._allowed) - self._sending if self._holding else self._inside
                    lacks = not self._leave or time.monotonic() >= self._good_until
                    waiting = max(0, min(self._inside - self._sending, room)) if lacks else 0
                    wanted, self._most = Ask(waiting, self._most, self._holding), self._inside
                answer = self._line.ask(wanted)
                with self._changed:
                    now = time.monotonic()
                    self._allowed, self._contended = answer.connections, answer.contended
                    self._holding = max(self._holding, self._allowed)
                    if wanted.requests:
                        self._leave, self._good_until = answer.requests, now + KEPT
                        self._leave_from = now + answer.wait
                    self._more_from = now + answer.turn if answer.connections < wanted.connections else 0.0
                    self._last = now
                    if self._holding <= max(self._allowed, self._sending):
                        return

    def _shrink(self) -> None:
        """Hold no more than is allowed and in use: what is open without being used is closed."""
        if (least := max(self._allowed, self._sending)) < self._holding:
            self._close_idle()
            self._holding = least

    def _throttled(self, after: float) -> None:
        with self._asking:
            self._line.throttled(after)
        with self._changed:
            self._leave = 0

    def _beat(self) -> None:
        """Say what is held if nothing has been said for long."""
        with self._changed:
            silent = self._holding and time.monotonic() - self._last >= BEAT
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
