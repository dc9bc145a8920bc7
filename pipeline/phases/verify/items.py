"""Verification as a phase: an item is a check, which any engine runs, and its outcome are the lines of its faults.

Nothing is written into the output. A worker that cannot answer its driver leaves the outcome in a store of its own.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

import pyarrow as pa

from dags import inline
from dags.graph import Engine, Failure, Graph, Item, Receipt
from dags.stage import silent
from pipeline.config.recipe import digest
from pipeline.config.run_record import RunRecord
from pipeline.phases.committed import Committed
from pipeline.phases.verify.known import Known
from pipeline.storage.store import Store
from pipeline.verbosity import LOG
from pipeline.watch.counting import folder_of
from pipeline.watch.events import ItemDone, ItemFailed, PhaseEnded, PhaseStarted, publish
from schemas.errors import UserError

#: Lines that an item tells at most; of the others it tells how many there are.
LINES = 100

#: Items that fail one after the other before the rest is given up: the store or the cluster is gone.
MAX_CONSECUTIVE_FAILURES = 3


class Check(Protocol):
    """What an item looks at. `place` names it; no other check of an output has that name."""

    @property
    def place(self) -> str:
        """The folder or the file of the output that it is about."""

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Its faults in lines; adds what it learns to what is known: the run, and the receipts in its folder."""


@dataclass(frozen=True)
class Work:
    """A check, and the paths of the receipts in its folder."""

    check: Check
    markers: list[str]


class Reading:
    """The one stage of the phase: it says what a worker needs. No table passes it."""

    name, version = "verify", "1"
    rowwise = False
    cpus, gpus, memory, batch = 1.0, 0.0, 3 << 29, 1
    output = pa.schema([])

    def setup(self) -> None:
        """Nothing to open."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """The table as it is."""
        return table


@dataclass(frozen=True)
class Verification:
    """The checks of an output. `answers`: where outcomes are left for a driver that cannot be told them; else None."""

    store: Store
    run: RunRecord | None
    answers: Store | None = None

    def graph(self) -> Graph:
        """The phase for an engine."""
        return Graph("verify", self.read, (Reading(),), self.commit, self.done, self.report, self.reported)

    def read(self, item: Item) -> Iterable[pa.Table]:
        """No table: a check reads what it needs."""
        return ()

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Check an item; returns its outcome."""
        work: Work = item.payload
        check, known = work.check, Known(work.markers, self.run)
        lines = list(bounded(check.place, check.faults(self.store, known)))
        outcome = {"folder": item.folder, "key": item.key, "lines": lines, "learnt": known.learnt()}
        if item.meter:
            outcome["work"] = item.meter.stated()
        if self.answers is not None:
            self.answers.write(_answer_path(item), json.dumps(outcome).encode())
        return outcome

    def done(self, item: Item) -> Receipt | None:
        """The outcome that was left of an item."""
        if self.answers is None:
            return None
        try:
            outcome: Receipt = json.loads(self.answers.read(_answer_path(item)))
        except FileNotFoundError:
            return None
        return outcome

    def report(self, failure: Failure) -> None:
        """Keep a failure for the driver."""
        if self.answers is not None:
            Committed(self.answers).report(failure)

    def reported(self, item: Item) -> Failure | None:
        """The failure that was kept of an item."""
        return None if self.answers is None else Committed(self.answers).reported(item)


def _answer_path(item: Item) -> str:
    return f"answers/{item.key}.json"


def bounded(place: str, lines: Iterable[str]) -> Iterator[str]:
    """The first LINES of `lines`, and how many more there are."""
    rest = iter(lines)
    yield from islice(rest, LINES)
    if more := sum(1 for _ in rest):
        yield f"{place}: and {more:,} more"


@dataclass(frozen=True)
class Workers:
    """Runs the checks of an output on an engine."""

    verification: Verification
    engine: Engine

    @property
    def here(self) -> "Workers":
        """The same in this process, for what takes less time than workers to start."""
        return replace(self, engine=inline.run)

    def outcomes(self, known: Known, checks: Iterable[Check]) -> Iterator[dict[str, Any]]:
        """The outcome of each check, in the order of the checks, as soon as those before it are there.

        Raises:
            UserError: a check could not be made. The outcomes of the others have come by then, unless the
                surroundings failed, or MAX_CONSECUTIVE_FAILURES one after the other.
        """
        items = [Item(check.place, digest(check.place), Work(check, known.markers(check.place))) for check in checks]
        waiting: dict[str, Receipt | Failure] = {}
        failures: list[Failure] = []
        due = iter([item.key for item in items])
        expected = next(due, "")
        for outcome in self._made(items):
            waiting[outcome.item.key if isinstance(outcome, Failure) else outcome["key"]] = outcome
            while expected in waiting:
                found = waiting.pop(expected)
                expected = next(due, "")
                if isinstance(found, Failure):
                    failures.append(found)
                else:
                    yield found
        if failures:
            count = f"{len(failures)} of {len(items)} could not be verified, first " if len(failures) > 1 else ""
            raise UserError(f"{count}{failures[0].error}; run it again")

    def _made(self, items: list[Item]) -> Iterator[Receipt | Failure]:
        """The outcomes as they come; raises UserError where the rest would fail as well."""
        if not items:
            return
        graph, consecutive = self.verification.graph(), 0
        publish(PhaseStarted(graph.name, folder_of(items), len(items)))
        for outcome in self.engine(graph, items, silent):
            if isinstance(outcome, Failure):
                LOG.info("verify: %s", outcome.trace or outcome.error)
                publish(ItemFailed(graph.name, outcome))
                consecutive += 1
                if outcome.outage or consecutive == MAX_CONSECUTIVE_FAILURES:
                    raise UserError(outcome.error)
            else:
                publish(ItemDone(graph.name, outcome))
                consecutive = 0
            yield outcome
        publish(PhaseEnded(graph.name))
