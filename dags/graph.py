"""A phase as a map: one chain of stages over independent items, each committed by itself.

An engine only decides where a step of an item runs; whatever it loses is run again, and a commit repeated writes the
same bytes. This is the one place where an exception becomes a failure of an item.
"""

import errno
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from dags.stage import SURROUNDINGS, Beat, Stage, run_chain, segments, silent
from schemas.errors import UserError, told

#: What a commit leaves behind, as JSON: the content of the item's `_SUCCESS.json`.
Receipt = dict[str, Any]

#: How often a step is tried on an item before the item counts as failed in this run.
ATTEMPTS = 2

#: What a system call says of a disk or a machine that can do no more, whatever the item.
EXHAUSTED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EMFILE, errno.ENFILE})


@dataclass(frozen=True)
class Item:
    """Independent work: `folder` is where its result lies, `key` digests all that the result depends on.

    `made_by` says in words what of it is no data: the versions of stages and vocabulary, the settings.
    """

    folder: str
    key: str
    payload: Any
    made_by: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """An item that this run could not commit.

    `error` says what happened, in one line. `outage`: the surroundings are ill, so that the item is not to blame.
    `trace` is the traceback, where there is one.
    """

    item: Item
    error: str
    outage: bool = False
    trace: str = ""


@dataclass(frozen=True)
class Graph:
    """A phase: `read` opens an item, `stages` work on its tables, `commit` stores them and leaves the receipt last.

    `done` gives the receipt of an item whose commit is complete and current. `report` keeps a failure where the driver
    finds it by `reported`: for an engine whose workers answer to nobody.
    """

    name: str
    read: Callable[[Item], Iterable[pa.Table]]
    stages: tuple[Stage, ...]
    commit: Callable[[Item, Iterable[pa.Table]], Receipt]
    done: Callable[[Item], Receipt | None]
    report: Callable[[Failure], None]
    reported: Callable[[Item], Failure | None]


@dataclass(frozen=True)
class Step:
    """The part of a graph that needs one set of resources: the first reads the item, the last commits it."""

    graph: Graph
    stages: tuple[Stage, ...]
    first: bool
    last: bool
    beat: Beat = silent

    @property
    def cpus(self) -> float:
        """The cores that the step keeps busy."""
        return self.stages[0].cpus

    @property
    def gpus(self) -> float:
        """The share of a GPU that the step needs."""
        return self.stages[0].gpus

    def setup(self) -> None:
        """Make the stages ready, once in each worker."""
        for stage in self.stages:
            stage.setup()

    def __call__(self, item: Item, tables: list[pa.Table] | Failure | None) -> list[pa.Table] | Receipt | Failure:
        """The item's tables after this step, or its receipt after the last; a failure stays one."""
        if isinstance(tables, Failure):
            return tables
        try:
            for attempt in Retrying(
                stop=stop_after_attempt(ATTEMPTS),
                wait=wait_exponential(max=30),
                retry=retry_if_exception_type(SURROUNDINGS),
                reraise=True,
            ):
                with attempt:
                    return self._run(item, tables)
        except Exception as error:
            return failed(item, error)
        raise AssertionError("a retry either returns or raises")

    def _run(self, item: Item, tables: Iterable[pa.Table] | None) -> list[pa.Table] | Receipt:
        opened = self.graph.read(item) if tables is None else tables
        done = run_chain(self.stages, opened, self.beat)
        return self.graph.commit(item, done) if self.last else list(done)


def failed(item: Item, error: BaseException) -> Failure:
    """The failure of an item that raised `error`."""
    exhausted = isinstance(error, OSError) and error.errno in EXHAUSTED
    trace = "".join(traceback.format_exception(error))
    return Failure(item, f"{item.folder}: {told(error)}", isinstance(error, UserError) or exhausted, trace)


def steps(graph: Graph, beat: Beat = silent) -> list[Step]:
    """The graph's stages grouped by what they need."""
    parts = segments(graph.stages)
    return [Step(graph, part, n == 0, n == len(parts) - 1, beat) for n, part in enumerate(parts)]


def run_steps(parts: list[Step], item: Item) -> Receipt | Failure:
    """All steps of an item in this process; they are set up."""
    result: Any = None
    for step in parts:
        result = step(item, result)
    outcome: Receipt | Failure = result
    return outcome


#: An engine: takes a graph, its items and who listens to its progress, and gives each outcome as it is known, in any
#: order.
Engine = Callable[[Graph, list[Item], Beat], Iterator[Receipt | Failure]]
