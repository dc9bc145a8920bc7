"""Running a phase: what is done already is left alone, the rest goes to the engine, and failures are told."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from dags.graph import Failure, Graph, Item, Receipt
from pipeline.prepare import Run
from pipeline.reports.progress import PhaseProgress
from pipeline.storage.receipts import settled
from pipeline.storage.store import Store
from pipeline.verbosity import LOG
from schemas.errors import UserError

#: Consecutive outages after which the run gives up: the source, the disk or the cluster is gone.
MAX_CONSECUTIVE_OUTAGES = 3

#: Receipts read at once when a run looks for what is done.
READERS = 32


@dataclass
class Outcomes:
    """What became of the items of a phase: receipts by the items' keys, and the failures."""

    receipts: dict[str, Receipt]
    failures: list[Failure] = field(default_factory=list)


def run_phase(run: Run, graph: Graph, items: list[Item]) -> list[Receipt]:
    """Run every pending item; return receipts in item order.

    Raises:
        UserError: an item failed, or outages follow each other.
    """
    outcomes = attempt(run, graph, items)
    require_all(outcomes, items)
    return [outcomes.receipts[item.key] for item in items]


def attempt(run: Run, graph: Graph, items: list[Item], bears: int | None = None) -> Outcomes:
    """Run every pending item.

    Raises:
        UserError: outages follow each other, or more than `bears` articles and items failed by a fault of ours.
    """
    outcomes = Outcomes(_done(graph, items))
    pending = [item for item in items if not settled(outcomes.receipts.get(item.key))]
    resumed = len(items) - len(pending)
    fresh = {item.key for item in pending}
    failed = sum(_failed(receipt) for key, receipt in outcomes.receipts.items() if key not in fresh)
    outages = 0
    with PhaseProgress(run.console, graph.name, len(items), resumed) as progress:
        for outcome in run.engine(graph, pending, progress.beat) if pending else ():
            if isinstance(outcome, Failure):
                LOG.info("%s: %s", graph.name, outcome.trace or outcome.error)
                outcomes.failures.append(outcome)
                outages, failed = (outages + 1, failed) if outcome.outage else (0, failed + 1)
            else:
                outcomes.receipts[outcome["key"]] = outcome
                progress.advance(outcome)
                outages, failed = 0, failed + _failed(outcome)
            if outages == MAX_CONSECUTIVE_OUTAGES:
                last = outcomes.failures[-1].error
                raise UserError(f"{last} ({outages} outages in a row: given up; run it again to resume)")
            if bears is not None:
                check_borne(failed, bears, outcomes.failures)
    return outcomes


def check_borne(failed: int, bears: int, failures: Iterable[Failure] = ()) -> None:
    """Raise UserError where more failed by our own fault than a run bears."""
    if failed > bears:
        first = next((f", first {failure.error}" for failure in failures if not failure.outage), "")
        raise UserError(
            f"given up: {failed} articles failed by no fault of their source, {bears} are borne{first}; the rejects"
            " internal_error and poison say why, --max-failed sets the share that is borne"
        )


def require_all(outcomes: Outcomes, items: list[Item]) -> None:
    """Raise UserError where an item is without a receipt."""
    if outcomes.failures:
        count, first = len(outcomes.failures), outcomes.failures[0].error
        raise UserError(f"{count} of {len(items)} failed, first {first}; run it again to resume")


def sweep(store: Store, folder: str, wanted: Iterable[Item] = ()) -> None:
    """Remove from `folder` what is of no wanted item: what an earlier plan left behind."""
    depth = len(folder.split("/")) + 1
    places = {"/".join(path.split("/")[:depth]) for path in store.files(folder)}
    for place in places - {item.folder for item in wanted}:
        store.delete(place)


def _done(graph: Graph, items: list[Item]) -> dict[str, Receipt]:
    with ThreadPoolExecutor(READERS) as pool:
        found = zip(items, pool.map(graph.done, items), strict=True)
        return {item.key: receipt for item, receipt in found if receipt is not None}


def _failed(receipt: Receipt) -> int:
    """The articles of an item in which something of ours failed."""
    count: int = receipt["counts"].get("failed", 0)
    return count
