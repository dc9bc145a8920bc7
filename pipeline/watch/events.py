"""What happens in a run, told to the logger "medconcept.events" alone. Who wants to know puts a handler there.

The driver tells them all: what a worker has to say comes home with the receipt or the failure of its item.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from dags.graph import Failure, Receipt
from schemas.errors import told

L = TypeVar("L", bound=logging.Handler)

EVENTS = logging.getLogger("medconcept.events")
EVENTS.setLevel(logging.INFO)
EVENTS.propagate = False
EVENTS.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class RunStarted:
    """A run begins; `run` names it in all that is told of it."""

    run: str
    command: str
    output: str
    engine: str = ""


@dataclass(frozen=True)
class PhaseStarted:
    """A phase begins: its items lie below `folder`; `stand` are the receipts of those that stand already."""

    phase: str
    folder: str
    items: int
    stand: tuple[Receipt, ...] = ()

    @property
    def done(self) -> int:
        """How many stand."""
        return len(self.stand)


@dataclass(frozen=True)
class ItemDone:
    """An item was committed."""

    phase: str
    receipt: Receipt


@dataclass(frozen=True)
class ItemFailed:
    """An item could not be committed."""

    phase: str
    failure: Failure


@dataclass(frozen=True)
class ItemsCounted:
    """So many items stand by their receipts, whose outcomes the engine tells later."""

    phase: str
    done: int


@dataclass(frozen=True)
class SourceThrottled:
    """Nobody asks the source for `pause` seconds, then all workers together for `rate` objects a second."""

    pause: float
    rate: float


@dataclass(frozen=True)
class PhaseEnded:
    """A phase has no item left to run; what failed has been told."""

    phase: str


@dataclass(frozen=True)
class RunEnded:
    """A run ends: `outcome` is done, failed or interrupted; `error` says why in one line."""

    outcome: str
    error: str = ""


Event = RunStarted | PhaseStarted | ItemDone | ItemFailed | ItemsCounted | SourceThrottled | PhaseEnded | RunEnded


def publish(event: Event) -> None:
    """Tell all who listen."""
    EVENTS.info(type(event).__name__, extra={"event": event})


class Listener(logging.Handler, ABC):
    """A handler of events. One that fails fails the run: it is ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """Take an event from the logger."""
        self.take(record.event)  # type: ignore[attr-defined]

    @abstractmethod
    def take(self, event: Event) -> None:
        """Take an event; no other comes meanwhile."""


@contextmanager
def heard(listener: L) -> Iterator[L]:
    """Tell events to a listener inside the block."""
    EVENTS.addHandler(listener)
    try:
        yield listener
    finally:
        EVENTS.removeHandler(listener)


@contextmanager
def running(run: str, command: str, output: str, engine: str) -> Iterator[None]:
    """Tell that a run begins, and how it ends."""
    publish(RunStarted(run, command, output, engine))
    try:
        yield
    except Exception as error:
        publish(RunEnded("failed", told(error)))
        raise
    except BaseException:
        publish(RunEnded("interrupted"))
        raise
    publish(RunEnded("done"))
