"""Ways to the bounds that all workers keep to: straight, in the driver itself; by its desk, from everywhere else.

A worker that does not reach the desk, or loses it, keeps to an equal share of the bounds by itself, and tries the desk
again now and then. The desk knows nothing of that share.
"""

import logging
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Protocol

from pipeline.sources.quota import channel
from pipeline.sources.quota.limiter import TURN, Answer, Ask, Limiter
from pipeline.sources.quota.rate import Cut
from schemas.errors import told

LOG = logging.getLogger("medconcept")

#: Seconds that a worker waits when its desk is gone: a driver that ends takes it along.
FAREWELL = 1.0

#: Seconds between two tries to reach a desk, at least and at most: by chance, so that not all workers come at once.
AGAIN = 3.0, 7.0

#: The address of a desk for workers of its own machine alone: one that is gone there is a driver that has ended.
LOOPBACK = "127.0.0.1"


class Line(Protocol):
    """Asks for one worker, one question at a time."""

    def ask(self, wanted: Ask) -> Answer:
        """What the worker may do."""

    def throttled(self, after: float) -> None:
        """Tell that the source throttles, and asks to be left alone for `after` seconds."""

    def mend(self) -> None:
        """Try to reach again what was lost, if it is time for that; may take seconds, while another thread asks."""

    def close(self) -> None:
        """Give back what is held."""


class Bounds(Protocol):
    """What a worker knows of the bounds when it opens the source."""

    def line(self) -> Line:
        """A line of its own."""


class OwnLine:
    """The line to a limiter in this process."""

    def __init__(self, limiter: Limiter, on_cut: Callable[[Cut], None]) -> None:
        self._limiter, self._on_cut = limiter, on_cut
        self._worker = limiter.enter()

    def ask(self, wanted: Ask) -> Answer:
        """What the worker may do."""
        return self._limiter.ask(self._worker, wanted)

    def throttled(self, after: float) -> None:
        """Tell that the source throttles."""
        if cut := self._limiter.throttled(after):
            self._on_cut(cut)

    def mend(self) -> None:
        """Nothing is ever lost."""

    def close(self) -> None:
        """Give back what is held."""
        self._limiter.leave(self._worker)


@dataclass(frozen=True)
class Invitation:
    """Where the desk is, and what it is known by; what it shares out among about how many workers."""

    host: str
    port: int
    key: bytes = field(repr=False)
    requests: int
    connections: int
    workers: int

    def line(self) -> "DeskLine":
        """The line of this worker."""
        return DeskLine(self)

    def share(self) -> OwnLine:
        """What a worker may do that asks nobody: of connections, one at least."""
        bounds = Limiter(self.requests / self.workers, max(1, self.connections // self.workers))
        return OwnLine(bounds, lambda cut: None)


class DeskLine:
    """The line to a desk; without one, to this worker's share."""

    def __init__(self, invitation: Invitation) -> None:
        self._invitation = invitation
        self._connection: Connection | None = None
        self._share: OwnLine | None = None
        self._dead = False  # the driver, not only the way to it
        self._mend_from = -math.inf
        self.mend()

    def ask(self, wanted: Ask) -> Answer:
        """What the worker may do."""
        if (answer := self._exchange(wanted._asdict())) is not None:
            self._share = None
            return Answer(*answer)
        if self._share is None and not wanted.requests:  # it may never need its share
            return Answer(0, 0.0, wanted.holding, TURN, False)
        return self._alone().ask(wanted)

    def throttled(self, after: float) -> None:
        """Tell that the source throttles."""
        if self._exchange({"throttled": after}) is None:
            self._alone().throttled(after)

    def mend(self) -> None:
        """Try the desk again."""
        if self._connection is not None or time.monotonic() < self._mend_from:
            return
        try:
            self._connection = channel.connect(self._invitation.host, self._invitation.port, self._invitation.key)
        except channel.LOST as error:
            self._lost = f"is not reached: {told(error)}"
            self._mend_from = time.monotonic() + random.uniform(*AGAIN)

    def close(self) -> None:
        """Give back what is held."""
        if self._connection is not None:
            self._connection.close()

    def _exchange(self, message: dict[str, float]) -> list[Any] | None:
        """What the desk says; None where there is none any more."""
        if self._connection is None:
            return None
        try:
            channel.send(self._connection, message)
            answer: list[Any] = channel.receive(self._connection)
        except channel.LOST as error:
            self._connection.close()
            self._lost, self._dead = f"is gone: {told(error)}", self._invitation.host == LOOPBACK
            self._mend_from = time.monotonic() + random.uniform(*AGAIN)
            self._connection = None
            time.sleep(FAREWELL)
            return None
        return answer

    def _alone(self) -> OwnLine:
        if self._share is None:
            each, self._share = self._invitation, self._invitation.share()
            LOG.log(
                logging.DEBUG if self._dead else logging.WARNING,
                "the driver, which counts requests at %s:%d, %s; this worker keeps to 1/%d of them",
                each.host, each.port, self._lost, each.workers,
            )  # fmt: skip
        return self._share
