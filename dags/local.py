"""The engine of one machine: worker processes, each of which keeps its models and takes one item after the other.

A worker that dies costs the item that it had, as a failure, and is replaced.
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import FrameType

import pyarrow as pa

from dags.forked import start
from dags.graph import Chain, Failure, Graph, Item, Receipt
from dags.guard import GRACE, Driver, end_with
from dags.stage import Beat


def run(graph: Graph, items: list[Item], beat: Beat, workers: int, preload: list[str]) -> Iterator[Receipt | Failure]:
    """Run the items in at most `workers` processes, which start with the modules of `preload` imported."""
    waiting = deque(items)
    busy: dict[Connection, _Worker] = {}
    idle = [_Worker(graph, preload) for _ in range(min(workers, len(items)))]
    try:
        while waiting or busy:
            while waiting and idle:
                worker = idle.pop()
                worker.take(waiting.popleft())
                busy[worker.connection] = worker
            for ready in wait(list(busy)):
                worker = busy[ready]  # type: ignore[index]
                message = worker.receive()
                if isinstance(message, tuple):
                    beat(*message)
                    continue
                del busy[worker.connection]
                if worker.process.exitcode is not None:
                    worker.end()
                    worker = _Worker(graph, preload)
                idle.append(worker)
                yield message
    finally:
        for worker in (*busy.values(), *idle):
            worker.end()


class _Worker:
    """A process and the connection to it. `item` is what it works on."""

    item: Item

    def __init__(self, graph: Graph, preload: list[str]) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        self.process = start(_serve, (theirs, graph, Driver.here()), preload)
        theirs.close()  # so that the connection ends with the process

    def take(self, item: Item) -> None:
        """Begin an item."""
        self.item = item
        try:
            self.connection.send(item)
        except OSError:  # it died while it was idle: `receive` will tell
            return

    def receive(self) -> Receipt | Failure | tuple[str, int]:
        """What the worker says: a beat, or the outcome of its item."""
        try:
            said: Receipt | Failure | tuple[str, int] = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            return Failure(self.item, f"{self.item.folder}: its worker died ({_cause(self.process.exitcode or 0)})")
        return said

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.terminate()
        self.process.join(GRACE)
        self.process.kill()
        self.process.join()
        self.connection.close()


def _cause(status: int) -> str:
    """An exit status in words."""
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"


def _leave(number: int, frame: FrameType | None) -> None:
    """End by unwinding, so that no half-written file stays."""
    raise SystemExit(128 + number)


def _serve(connection: Connection, graph: Graph, driver: Driver) -> None:
    """The life of a worker: items in, outcomes out, until the driver is gone."""
    signal.signal(signal.SIGTERM, _leave)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        signal.signal(signal.SIGHUP, _leave)
    pa.set_cpu_count(1)
    end_with(driver)
    work = Chain(graph, lambda stage, rows: _beat(connection, (stage, rows)))
    with suppress(EOFError, ConnectionError):  # the driver is gone
        while True:
            connection.send(work(connection.recv()))


def _beat(connection: Connection, beat: tuple[str, int]) -> None:
    """Tell the driver; that it is gone is no failure of the item."""
    with suppress(ConnectionError):
        connection.send(beat)
