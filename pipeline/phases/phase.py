"""Running a phase: what is done already is left alone, the rest goes to the engine, and failures are told."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from dags import inline
from dags.graph import Failure, Graph, Item, Receipt
from pipeline.phases.bearing import Bearing
from pipeline.phases.committed import FAILURES
from pipeline.reports.progress import PhaseProgress
from pipeline.run_context import Run
from pipeline.storage.ledger import close, standing
from pipeline.storage.receipts import receipt_path
from pipeline.storage.store import Store
from pipeline.verbosity import LOG
from pipeline.watch.counting import counted, folder_of
from pipeline.watch.events import ItemDone, ItemFailed, ItemsCounted, PhaseEnded, PhaseStarted, publish
from schemas.errors import Damaged, UserError

#: Consecutive outages after which the run gives up: the source, the disk or the cluster is gone.
MAX_CONSECUTIVE_OUTAGES = 3


@dataclass
class Outcomes:
    """What became of the items of a phase: receipts by the items' keys, and the failures."""

    receipts: dict[str, Receipt]
    failures: list[Failure] = field(default_factory=list)


def run_phase(run: Run, graph: Graph, items: list[Item], folder: str, elsewhere: tuple[str, ...] = ()) -> list[Receipt]:
    """Run every pending item, and close the phase; return receipts in item order.

    Its receipts lie below `folder`, their files there or in the folders `elsewhere`.

    Raises:
        Damaged: an item found a file of an earlier phase damaged.
        UserError: an item failed, or outages follow each other.
    """
    return run_pending(run, graph, items, standing(run.store, folder, run.tell, elsewhere), folder, elsewhere)


def run_pending(
    run: Run,
    graph: Graph,
    items: list[Item],
    there: Mapping[str, Receipt],
    folder: str,
    elsewhere: tuple[str, ...] = (),
) -> list[Receipt]:
    """`run_phase` for who knows what stands: `there` are the receipts below `folder`, by path."""
    outcomes = attempt(run, graph, items, done(items, there))
    require_all(outcomes, items)
    receipts = [outcomes.receipts[item.key] for item in items]
    end_phase(run, folder, receipts, elsewhere)
    return receipts


def end_phase(
    run: Run, folder: str, receipts: Iterable[Receipt], elsewhere: Iterable[str] = (), kept: Iterable[str] = ()
) -> None:
    """Close a phase; raises UserError where another driver works on the output now, whose files would be swept."""
    run.lease.lost()
    close(run.store, folder, receipts, elsewhere, kept)


def done(items: Iterable[Item], there: Mapping[str, Receipt]) -> dict[str, Receipt]:
    """The receipts of items that have one, by key; `there` are those of the store, by path."""
    return {item.key: there[path] for item in items if (path := receipt_path(item)) in there}


def attempt(
    run: Run, graph: Graph, items: list[Item], receipts: Mapping[str, Receipt], bearing: Bearing | None = None
) -> Outcomes:
    """Run every item that has none of `receipts` (by key).

    Raises:
        UserError: outages follow each other, or more failed than `bearing` lets pass.
    """
    outcomes = Outcomes(dict(receipts))
    pending = [item for item in items if item.key not in outcomes.receipts]
    outages, there = 0, len(items) - len(pending)
    stand = tuple(outcomes.receipts[item.key] for item in items if item.key in outcomes.receipts)
    publish(PhaseStarted(graph.name, folder_of(items), len(items), stand))
    with (
        PhaseProgress(run.console, graph.name, len(items), there) as progress,
        _counted(run, graph, pending, progress, there),
    ):
        for outcome in run.engine(graph, pending, progress.beat) if pending else ():
            run.lease.lost()
            if isinstance(outcome, Failure):
                LOG.info("%s: %s", graph.name, outcome.trace or outcome.error)
                publish(ItemFailed(graph.name, outcome))
                outcomes.failures.append(outcome)
                outages = outages + 1 if outcome.outage else 0
                if bearing and not outcome.outage and not outcome.damaged:
                    bearing.fail(outcome)
            else:
                outcomes.receipts[outcome["key"]] = outcome
                publish(ItemDone(graph.name, outcome))
                progress.advance(outcome)
                outages = 0
                if bearing:
                    bearing.receive(outcome)
            if outages == MAX_CONSECUTIVE_OUTAGES:
                last = outcomes.failures[-1].error
                raise UserError(f"{last} ({outages} outages in a row: given up; run it again to resume)")
    publish(PhaseEnded(graph.name))
    sweep_failures(run.store)
    return outcomes


def _counted(
    run: Run, graph: Graph, pending: Sequence[Item], progress: PhaseProgress, there: int
) -> AbstractContextManager[None]:
    """Count items by their receipts while a Beam job runs, `there` of which stood before: it tells nothing else."""
    if run.config.engine != "beam" or run.engine is inline.run or not pending:
        return nullcontext()

    def tell(count: int) -> None:
        progress.count(there + count)
        publish(ItemsCounted(graph.name, there + count))

    return counted(run.store, pending, tell)


def require_all(outcomes: Outcomes, items: list[Item]) -> None:
    """Raise Damaged where an item met a damaged file, else UserError where one is without a receipt."""
    for failure in outcomes.failures:
        if failure.damaged:
            raise Damaged(failure.error, failure.damaged)
    if outcomes.failures:
        count, first = len(outcomes.failures), outcomes.failures[0].error
        raise UserError(f"{count} of {len(items)} failed, first {first}; run it again to resume")


def sweep_failures(store: Store) -> None:
    """Remove what was kept of failures."""
    store.delete_all(list(store.listing(FAILURES)))
