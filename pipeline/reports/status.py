"""The state of a run as lines of at most 80 columns, or as a document for machines."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.reports.progress import duration
from pipeline.watch.status import DEAD, DONE, FAILED, INTERRUPTED, RUNNING, STARTING, PhaseStatus, Status

#: Columns of a line, and before one that is continued; of the bar of a phase, and of its name.
WIDTH, INDENT, BAR, NAME = 80, 11, 8, 11

#: Reasons for rejects, stages and slow items that are told.
MOST = 4

#: What each state means to who reads it.
TOLD = {
    RUNNING: "running",
    STARTING: "starting: it reads its source, or what stands already",
    DEAD: "dead: its driver is gone; the same command resumes it",
    DONE: "done",
    FAILED: "failed; the same command resumes it",
    INTERRUPTED: "interrupted; the same command resumes it",
}


def describe(status: Status, core_hour: float | None = None) -> Iterator[str]:
    """The lines; what it cost is told where an hour of a core has a price."""
    for line in _lines(status, core_hour):
        yield from wrapped(line)


def _lines(status: Status, core_hour: float | None) -> Iterator[str]:
    yield status.output
    for label, text in _facts(status):
        yield f"  {label:<8} {text}"
    if not status.phases:
        return
    yield ""
    yield f"  {'phase':<{NAME}} {'done':>{14 + BAR}} {'failed':>6} {'time':>8} {'worked':>8} {'rate':>8} {'left':>8}"
    for phase in status.phases:
        yield f"  {_row(phase)}"
    if more := [*_details(status), *_costs(status, core_hour)]:
        yield from ("", *more)


def _facts(status: Status) -> Iterator[tuple[str, str]]:
    """Who works on it, since when something was heard, and what it says of its end."""
    progress, held = status.progress, status.held
    yield "state", TOLD[status.state]
    if held and held.holder:
        beat = f"beat {duration(held.age)} ago" if held.alive else f"last beat {duration(held.age)} ago"
        yield "lease", f"pid {held.holder.pid} on {held.holder.host}, {beat}"
    if progress and status.state != STARTING:
        began = duration(status.age + (progress.told - progress.started).total_seconds())
        run = f"{progress.command} {progress.run} on {progress.engine}"
        yield "run", f"{run}, began {began} ago, told {duration(status.age)} ago"
        if progress.error:
            yield "error", progress.error
    elif progress:
        yield "before", f"the run {progress.run}, whose phases these are"
    idle = next((phase.idle for phase in reversed(status.phases) if phase.idle is not None), None)
    if idle is not None and status.state == RUNNING:
        yield "receipt", f"the last one {duration(idle)} ago"
    if status.phases and (ended := status.phases[-1].ended) is not None and status.state == RUNNING:
        yield "now", f"between two phases, for {duration(ended)}"


def _row(phase: PhaseStatus) -> str:
    record = phase.record
    share = phase.done / record.items if record.items else 1.0
    bar = ("█" * int(share * BAR)).ljust(BAR, "·")
    done = f"{phase.done:,}/{record.items:,}"
    left = _time(phase.left) if phase.left is not None else "stopped" if phase.state == "stopped" else ""
    failed = f"{record.failed:,}" if record.failed else ""
    worked = _time(record.worked) if record.worked or not phase.done else ""  # Beam tells it when its job has ended
    name = record.name if len(record.name) <= NAME else f"{record.name[: NAME - 1]}…"
    return (
        f"{name:<{NAME}} {bar} {done:>13} {failed:>6} {_time(phase.seconds):>8} {worked:>8}"
        f" {_rate(phase.rate):>8} {left:>8}"
    ).rstrip()


def _time(seconds: float) -> str:
    """As `duration`, but of more than a hundred hours these alone."""
    hours = seconds / 3600
    if hours < 100:
        return duration(seconds)
    return f"{hours:,.0f} h" if hours < 1e5 else f"{hours / 1000:,.0f}k h"


def _rate(rate: float) -> str:
    """Items a second, a minute or an hour: so that there is one, if there is any."""
    for seconds, unit in ((1, "s"), (60, "min"), (3600, "h")):
        if rate * seconds >= 1:
            return f"{rate * seconds:,.{1 if rate * seconds < 100 else 0}f}/{unit}"
    return ""


def _details(status: Status) -> Iterator[str]:
    """What fails and why, what is rejected, which stages and which items take long; of the last phase that has any."""
    for phase in status.phases:
        for cause in phase.record.causes:
            yield f"  {phase.record.name}: {cause.items:,} failed: {cause.error} (last {cause.last})"
    rejects = sum((Counter(phase.record.rejects) for phase in status.phases), Counter[str]())
    if rejects:
        yield _list("rejected", (f"{count:,} {reason}" for reason, count in rejects.most_common()))
    longest = max((phase.record for phase in status.phases), key=lambda each: each.worked)
    total = sum(stage.seconds for stage in longest.stages.values())
    if total:
        stages = sorted(longest.stages.items(), key=lambda each: -each[1].seconds)
        yield _list(f"{longest.name} by stage", (f"{name} {stage.seconds / total:.0%}" for name, stage in stages[:6]))
    if longest.slowest:
        yield _list("slowest", (f"{slow.item} {duration(slow.seconds)}" for slow in longest.slowest))
    if retries := sum(phase.record.retries for phase in status.phases):
        yield f"  {retries:,} attempts were repeated"


def _costs(status: Status, core_hour: float | None) -> Iterator[str]:
    if core_hour is not None:
        hours = status.worked / 3600
        yield f"  cost of the work so far: {hours:,.2f} core hours, {hours * core_hour:,.2f} at {core_hour:g} an hour"


def _list(label: str, parts: Iterable[str]) -> str:
    """As many of the parts as fit into a line, the first in any case."""
    line = f"  {label}:"
    for number, part in enumerate(parts):
        longer = f"{line}{', ' if number else ' '}{part}"
        if number and len(longer) > WIDTH - 3:
            return f"{line}, …"
        line = longer
    return line


def wrapped(line: str) -> list[str]:
    """A line, continued below its text where it has more than WIDTH columns."""
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * INDENT, break_on_hyphens=False) or [""]


def document(status: Status, core_hour: float | None = None) -> dict[str, Any]:
    """The same for machines; seconds instead of times, for they are of different clocks."""
    held, progress = status.held, status.progress
    holder = held.holder.model_dump(include={"host", "pid", "started"}) if held and held.holder else {}
    return {
        "output": status.output,
        "state": status.state,
        "lease": holder | {"beat_age_s": round(held.age, 1), "alive": held.alive} if held else None,
        "run": progress.model_dump(mode="json", include={"run", "command", "engine", "error"}) if progress else None,
        "told_age_s": round(status.age, 1) if progress else None,
        "core_hours": round(status.worked / 3600, 4),
        "cost": None if core_hour is None else round(status.worked / 3600 * core_hour, 4),
        "phases": [_phase(phase) for phase in status.phases],
    }


def _phase(phase: PhaseStatus) -> dict[str, Any]:
    kept = phase.record.model_dump(mode="json", exclude={"started", "last", "ended", "finished", "done", "worked"})
    return kept | {
        "state": phase.state,
        "done": phase.done,
        "seconds": round(phase.seconds, 1),
        "core_seconds": round(phase.record.worked, 1),
        "per_second": round(phase.rate, 4),
        "left_s": None if phase.left is None else round(phase.left, 1),
        "last_receipt_age_s": None if phase.idle is None else round(phase.idle, 1),
    }
