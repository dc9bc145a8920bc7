"""A phase as a map: one chain of stages over independent items, each committed by itself.

An engine only decides where an item runs; whatever it loses is run again, and a commit repeated writes the same bytes.
This is the one place where an exception becomes a failure of an item, and where an item is tried again.
"""

import errno
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential, wait_random

from dags.meter import Meter
from dags.stage import Beat, Stage, run_chain, silent
from schemas.errors import Damaged, UserError, told
from schemas.secrets import redact

#: What a commit leaves behind, as JSON: what of an item counts (pipeline/storage/receipts.py).
Receipt = dict[str, Any]

#: Seconds for which an item is tried again after its first failure: an output may restart meanwhile.
PATIENCE = 60.0

#: Bytes of a worker process before it has opened anything: Python and the libraries (measured: 327 MB).
PROCESS = 350 << 20

#: What a system call says of a disk or a machine that can do no more, whatever the item.
EXHAUSTED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EMFILE, errno.ENFILE})


@dataclass(frozen=True)
class Item:
    """Independent work: `folder` is where its result lies, `key` digests all that the result depends on.

    `made_by` says in words what of it is no data: the versions of stages and vocabulary, the settings. `meter` is what
    measures it where it is worked on.
    """

    folder: str
    key: str
    payload: Any
    made_by: dict[str, Any] = field(default_factory=dict)
    meter: Meter | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Failure:
    """An item that this run could not commit.

    `error` says what happened, in one line. `outage`: the surroundings are ill, so that the item is not to blame.
    `trace` is the traceback, where there is one. `damaged` is the file of the output that caused it, where one did
    (schemas/errors.py). `job` is the engine's job that reported it, where workers answer to nobody. `attempts` and
    `seconds` are how often it was tried and what the last attempt took, where its worker lived to tell.
    """

    item: Item
    error: str
    outage: bool = False
    trace: str = ""
    damaged: str = ""
    job: str = ""
    attempts: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Graph:
    """A phase: `read` opens an item, `stages` work on its tables, `commit` stores them and leaves the receipt last.

    `done` gives the receipt of an item whose commit is complete and current. `report` keeps a failure where the driver
    finds it by `reported`: for an engine whose workers answer to nobody. `patience`: seconds for which an item
    that failed for a passing reason is tried again.
    """

    name: str
    read: Callable[[Item], Iterable[pa.Table]]
    stages: tuple[Stage, ...]
    commit: Callable[[Item, Iterable[pa.Table]], Receipt]
    done: Callable[[Item], Receipt | None]
    report: Callable[[Failure], None]
    reported: Callable[[Item], Failure | None]
    patience: float = field(default_factory=lambda: PATIENCE)


@dataclass
class Chain:
    """All stages of a graph in one place: reads an item, works on its tables one after the other, commits it.

    No table of an item outlives the stages that need it. The stages are set up at the first item, once in each process.
    """

    graph: Graph
    beat: Beat = silent
    _ready: bool = field(default=False, init=False)

    @property
    def cpus(self) -> float:
        """The cores that the chain keeps busy."""
        return max((stage.cpus for stage in self.graph.stages), default=1.0)

    @property
    def memory(self) -> int:
        """The bytes that a process needs at most that runs the chain: each stage keeps its models and a batch."""
        return PROCESS + sum(stage.memory for stage in self.graph.stages)

    def __call__(self, item: Item) -> Receipt | Failure:
        """The item's receipt, or why there is none."""
        meter = Meter()
        try:
            receipt: Receipt = _retrying(self.graph.patience)(self._run, replace(item, meter=meter), meter)
        except Exception as error:
            return replace(failed(item, error), attempts=meter.attempts, seconds=round(meter.seconds, 4))
        return receipt

    def _run(self, item: Item, meter: Meter) -> Receipt:
        if not self._ready:
            for stage in self.graph.stages:
                stage.setup()
            self._ready = True
        meter.begin()
        tables = meter.reading(self.graph.read(item))
        return self.graph.commit(item, run_chain(self.graph.stages, tables, self.beat, meter))


def failed(item: Item, error: BaseException) -> Failure:
    """The failure of an item that raised `error`."""
    damaged = error.path if isinstance(error, Damaged) else ""
    outage = _exhausted(error) or (isinstance(error, UserError) and not damaged)
    trace = redact("".join(traceback.format_exception(error)))
    return Failure(item, f"{item.folder}: {told(error)}", outage, trace, damaged)


def _exhausted(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in EXHAUSTED


def _passing(error: BaseException) -> bool:
    """True if trying again may help: it was the system that failed, or Arrow's S3 client.

    A UserError will stay, whoever raised an Outage has waited already, and an OSError without a number is a library's.
    """
    if not isinstance(error, OSError) or isinstance(error, UserError) or _exhausted(error):
        return False
    return type(error) is not OSError or error.errno is not None or "AWS Error" in str(error)


def _retrying(patience: float) -> Retrying:
    """Tries again until the first failure lies `patience` seconds back, however long an attempt takes."""
    failures: list[float] = []

    def stop(state: RetryCallState) -> bool:
        failures.append(state.outcome_timestamp or 0.0)
        return failures[-1] - failures[0] >= patience

    wait = wait_exponential(0.5, max=16) + wait_random(0, 0.5)  # workers do not knock together
    return Retrying(stop=stop, wait=wait, retry=retry_if_exception(_passing), reraise=True)


#: An engine: takes a graph, its items and who listens to its progress, and gives each outcome as it is known, in any
#: order.
Engine = Callable[[Graph, list[Item], Beat], Iterator[Receipt | Failure]]
