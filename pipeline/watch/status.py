"""The state of a run as its output tells it to anybody: who holds the lease, which phases are done, what fails.

Little is read, however large the output is: the lease and `progress.json`, of which the driver of a run that goes on
takes care. Of a run that stopped the receipts of its last phase are listed, and none is read: those are counted that
are younger than the phase. Ages are the store's; nobody's clock is compared with another's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.config.run_record import PATH as RUN
from pipeline.storage.lease import Held, look_at
from pipeline.storage.receipts import is_receipt
from pipeline.storage.store import Store
from pipeline.watch.keeper import NAME
from pipeline.watch.record import PATH, PhaseRecord, Progress, parse
from schemas.errors import UserError

#: Seconds by which ages may be wrong: S3 tells them in whole ones.
SLACK = 1.0

#: What a run is: it goes on, it is on the way to its first phase, its driver is dead, or it has ended in some way.
RUNNING, STARTING, DEAD, DONE, FAILED, INTERRUPTED = "running", "starting", "dead", "done", "failed", "interrupted"


@dataclass(frozen=True)
class PhaseStatus:
    """A phase: what is recorded of it, and the seconds that it took until now, or until it ended or stopped.

    `done` are its items that stand, `idle` the seconds since the last of them was committed, `ended` those since the
    phase ended; `state` is running, done, or stopped.
    """

    record: PhaseRecord
    state: str
    done: int
    seconds: float
    idle: float | None
    ended: float | None

    @property
    def rate(self) -> float:
        """Items a second in this run; 0 where it did none."""
        return (self.done - self.record.resumed) / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """The seconds that the rest takes at this rate; None where nothing goes on, or nobody can tell."""
        rest = self.record.items - self.done
        return rest / self.rate if self.state == RUNNING and self.rate else None


@dataclass(frozen=True)
class Status:
    """An output: `age` are the seconds since `progress` was written, `held` is its lease."""

    output: str
    state: str
    held: Held | None
    progress: Progress | None
    age: float
    phases: list[PhaseStatus]

    @property
    def worked(self) -> float:
        """The seconds that workers spent on the items that stand, those of earlier runs among them."""
        return sum(phase.record.worked for phase in self.phases)


def read_status(store: Store) -> Status:
    """The state of the run of an output; nothing is written.

    Raises:
        UserError: there is no run, or none that tells of itself.
    """
    held, seen = look_at(store), store.peek(PATH)
    progress = parse(seen)
    if held is None and progress is None:
        if store.size(RUN) is None:
            raise UserError(f"{store.uri} holds no run: {RUN} is missing")
        raise UserError(f"{store.uri} holds no {PATH}: it was built by an earlier version; verify says if it is whole")
    state, age = _state(held, progress), max(seen.age, 0.0) if seen else 0.0
    phases = list(_phases(store, progress, state, age)) if progress else []
    return Status(store.uri, state, held, progress, age, phases)


def _state(held: Held | None, progress: Progress | None) -> str:
    holder = held.holder if held else None
    told = progress is not None and (holder is None or progress.run == holder.token[:NAME])
    if held is not None and not (told and progress and progress.outcome):
        return (RUNNING if told else STARTING) if held.alive else DEAD
    return (progress.outcome if progress else "") or DEAD


def _phases(store: Store, progress: Progress, state: str, age: float) -> Iterator[PhaseStatus]:
    """The phases of the run; the last one of a run that stopped is counted by its receipts."""

    def since(moment: datetime) -> float:
        """The seconds since a moment of the driver's clock."""
        return age + (progress.told - moment).total_seconds()

    for number, phase in enumerate(progress.phases, 1):
        ended = since(phase.ended) if phase.ended else None
        idle = since(phase.last) if phase.last else None
        taken, went = since(phase.started) - (ended or 0.0), RUNNING if ended is None else DONE
        status = PhaseStatus(phase, went, phase.done, taken, idle, ended)
        if phase.ended is None and state != RUNNING:
            status = replace(status, state="stopped")
            status = _recounted(store, status, since(phase.started)) if number == len(progress.phases) else status
            status = replace(status, seconds=since(phase.started) - (status.idle or since(progress.told)))
        yield status


def _recounted(store: Store, status: PhaseStatus, started: float) -> PhaseStatus:
    """The phase by its receipts: those of this run are younger than `started` seconds."""
    phase = status.record
    young = {path: age for path, age in store.ages(phase.folder).items() if is_receipt(path) and age <= started + SLACK}
    fresh = {path.rpartition("/")[0] for path in young}
    done = min(phase.items, max(status.done, phase.resumed + len(fresh)))
    return replace(status, done=done, idle=min(young.values()) if young else status.idle)
