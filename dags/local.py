"""The engine of one machine: worker processes, each of which keeps its models and takes one item after the other.

A worker that dies costs the item that it had, as a failure, and is replaced.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Any

import pyarrow as pa

from dags.graph import Failure, Graph, Item, Receipt, chain
from dags.guard import GRACE, Driver, end_with
from dags.stage import Beat

#: A worker keeps one core busy: the libraries that would start a thread a core start one.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def run(graph: Graph, items: list[Item], beat: Beat, workers: int, preload: list[str]) -> Iterator[Receipt | Failure]:
    """Run the items in at most `workers` processes, which start with the modules of `preload` imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(preload)
    waiting = deque(items)
    busy: dict[Connection, _Worker] = {}
    idle = [_Worker(context, graph) for _ in range(min(workers, len(items)))]
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
                    worker = _Worker(context, graph)
                idle.append(worker)
                yield message
    finally:
        for worker in (*busy.values(), *idle):
            worker.end()


class _Worker:
    """A process and the connection to it. `item` is what it works on."""

    item: Item

    def __init__(self, context: Any, graph: Graph) -> None:
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, graph, Driver.here()), daemon=True)
        # The first start makes the server that all are forked from. Ctrl-C reaches the whole group: the driver ends
        # its workers, which would else be interrupted in the midst of an import.
        before = {name: os.environ.get(name) for name in ONE_THREAD}
        os.environ.update(ONE_THREAD)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
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
            return Failure(self.item, f"{self.item.folder}: its worker died ({_cause(self.process.exitcode)})")
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
    work = chain(graph, lambda stage, rows: _beat(connection, (stage, rows)))
    with suppress(EOFError, ConnectionError):  # the driver is gone
        while True:
            connection.send(work(connection.recv()))


def _beat(connection: Connection, beat: tuple[str, int]) -> None:
    """Tell the driver; that it is gone is no failure of the item."""
    with suppress(ConnectionError):
        connection.send(beat)
