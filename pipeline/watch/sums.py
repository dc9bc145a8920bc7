"""What is known of a phase, event by event."""

from collections import Counter

from dags.graph import Failure, Receipt
from pipeline.watch.events import Event, ItemDone, ItemFailed, ItemsCounted, PhaseEnded, PhaseStarted
from pipeline.watch.record import CAUSES, REASONS, SLOWEST, Cause, PhaseRecord, Slow, StageSum, now

#: Characters of a cause that are kept.
CAUSE = 300


def begun(event: PhaseStarted) -> PhaseRecord:
    """The record of a phase that begins."""
    phase = PhaseRecord(
        name=event.phase, folder=event.folder, items=event.items, resumed=event.done, done=event.done, started=now()
    )
    for receipt in event.stand:
        _add_content(phase, receipt)
    return phase


def add(phase: PhaseRecord, event: Event) -> None:
    """Add what happened in a phase to what is known of it."""
    match event:
        case ItemDone():
            phase.last = now()
            _add_receipt(phase, event.receipt)
        case ItemFailed():
            phase.failed += 1
            _add_failure(phase, event.failure)
        case ItemsCounted():
            phase.last = now() if event.done > phase.done else phase.last
            phase.done = max(phase.done, event.done)
        case PhaseEnded():
            phase.ended = now()


def _add_content(phase: PhaseRecord, receipt: Receipt) -> None:
    """Add what is told of all items that stand, whichever run did them."""
    rejects = Counter(phase.rejects) + Counter(receipt.get("counts", {}).get("rejects", {}))
    phase.rejects = dict(rejects.most_common(REASONS))
    phase.worked += receipt.get("work", {}).get("seconds", 0.0)


def _add_receipt(phase: PhaseRecord, receipt: Receipt) -> None:
    _add_content(phase, receipt)
    phase.finished += 1
    phase.done = max(phase.done, phase.resumed + phase.finished)
    phase.bytes += sum(stamp["bytes"] for stamp in receipt.get("files", {}).values())
    if (work := receipt.get("work")) is None:
        return
    phase.retries += max(0, work["attempts"] - 1)
    slow = [*phase.slowest, Slow(item=receipt["folder"], seconds=work["seconds"])]
    phase.slowest = sorted(slow, key=lambda each: -each.seconds)[:SLOWEST]
    for name, spent in work["stages"].items():
        known = phase.stages.setdefault(name, StageSum())
        known.seconds += spent["seconds"]
        known.rows_in += spent["rows_in"]
        known.rows_out += spent["rows_out"]
        known.rejects += spent["rejects"]


def _add_failure(phase: PhaseRecord, failure: Failure) -> None:
    """Count a cause; of many the most frequent are kept, and the newest."""
    folder = failure.item.folder
    phase.retries += max(0, failure.attempts - 1)
    error = failure.error.removeprefix(f"{folder}: ").replace(folder, "…")[:CAUSE]
    known = next((cause for cause in phase.causes if cause.error == error), None)
    if known:
        known.items, known.last = known.items + 1, folder
    else:
        phase.causes = [*sorted(phase.causes, key=lambda each: -each.items)[: CAUSES - 1]]
        phase.causes.append(Cause(error=error, items=1, last=folder))
