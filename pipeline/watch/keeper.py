"""Keeps `progress.json` of a run: written when a phase begins that has work to do, then every few seconds.

A thread writes it, so that no phase waits for that.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from pipeline.storage.lease import Lease
from pipeline.storage.store import Store, StoreOutage
from pipeline.watch.events import Event, Listener, PhaseStarted, RunEnded, RunStarted, heard, running
from pipeline.watch.record import PATH, Progress, now, parse
from pipeline.watch.sums import add, begun
from schemas.errors import UserError

#: Seconds between two writes, and those that the store is given for one.
INTERVAL, BRIEF = 10.0, 2.0

#: Letters of the lease's token that name a run.
NAME = 12


class Keeper(Listener):
    """Sums up what is told of a run, and writes it beside the output as long as the lease is ours."""

    def __init__(self, store: Store, lease: Lease) -> None:
        super().__init__()
        self._store, self._lease = replace(store, patience=BRIEF), lease
        self._progress: Progress | None = None
        self._changed, self._working, self._ended = False, False, False
        self._due = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="progress", daemon=True)

    def take(self, event: Event) -> None:
        """Sum up."""
        match event:
            case RunStarted():
                began = now()
                self._progress = Progress(
                    run=event.run, command=event.command, engine=event.engine, started=began, told=began
                )
            case PhaseStarted() if self._progress:
                self._progress.phases.append(begun(event))
                if event.done < event.items:
                    self._working = True
                    self._due.set()
            case RunEnded() if self._progress:
                self._progress.outcome, self._progress.error = event.outcome, event.error  # type: ignore[assignment]
            case _ if self._progress and self._progress.phases:
                add(self._progress.phases[-1], event)
        self._changed = True

    def start(self) -> None:
        """Write from now on."""
        self._thread.start()

    def end(self) -> None:
        """Write the end of the run. One that had nothing to do leaves no trace, unless the one before was cut short."""
        self._ended = True
        self._due.set()
        self._thread.join()
        if self._progress and (self._working or (self._progress.outcome == "done" and not self._was_done())):
            self._write(self._progress)

    def _keep(self) -> None:
        while not self._ended:
            self._due.wait(INTERVAL)
            self._due.clear()
            if self._changed and self._working and self._progress and not self._ended:
                self._write(self._progress)

    def _write(self, progress: Progress) -> None:
        """Write what is known. A store that is away is no fault of the run, and is written to the next time."""
        with suppress(UserError):
            self._lease.lost()  # else it is another driver's
            self.acquire()  # no event comes meanwhile
            try:
                progress.told, self._changed = now(), False
                data = progress.model_dump_json().encode()
            finally:
                self.release()
            self._store.write(PATH, data)

    def _was_done(self) -> bool:
        with suppress(StoreOutage):
            before = parse(self._store.peek(PATH))
            return before is not None and before.outcome == "done"
        return True


@contextmanager
def kept_progress(store: Store, lease: Lease, command: str, engine: str) -> Iterator[None]:
    """Tell the start and the end of a run, and keep what is told meanwhile in `progress.json`."""
    keeper = Keeper(store, lease)
    with heard(keeper):
        keeper.start()
        try:
            with running(lease.holder.token[:NAME], command, store.uri, engine):
                yield
        finally:
            keeper.end()
