"""Ways to the bounds that all workers keep to: straight, in the driver itself; by its desk, from everywhere else.

A worker that does not reach the desk, or loses it, keeps to an equal share of the bounds by itself.
"""

import logging
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


class Line(Protocol):
    """Asks for one worker, one question at a time."""

    def ask(self, wanted: Ask) -> Answer:
        """What the worker may do."""

    def throttled(self, after: float) -> None:
        """Tell that the source throttles, and asks to be left alone for `after` seconds."""

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
        try:
            self._connection = channel.connect(invitation.host, invitation.port, invitation.key)
        except channel.LOST as error:
            self._lost = f"is not reached: {told(error)}"

    def ask(self, wanted: Ask) -> Answer:
        """What the worker may do."""
        if (answer := self._exchange(wanted._asdict())) is not None:
            return Answer(*answer)
        if self._share is None and not wanted.requests:  # it may never need its share
            return Answer(0, 0.0, wanted.holding, TURN, False)
        return self._alone().ask(wanted)

    def throttled(self, after: float) -> None:
        """Tell that the source throttles."""
        if self._exchange({"throttled": after}) is None:
            self._alone().throttled(after)

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
            self._connection, self._lost = None, f"is gone: {told(error)}"
            time.sleep(FAREWELL)
            return None
        return answer

    def _alone(self) -> OwnLine:
        if self._share is None:
            each, self._share = self._invitation, self._invitation.share()
            LOG.warning(
                "the driver, which counts requests at %s:%d, %s; this worker keeps to 1/%d of them",
                each.host, each.port, self._lost, each.workers,
            )  # fmt: skip
        return self._share
