"""GPU stages on a Ray cluster: actors that hold their models, and a stand-in for each in the task of an item.

The task of an item runs its whole chain on a CPU. A stage that declares a share of a GPU is there a stand-in, which
sends its batches to an actor, in blocks of bounded bytes, and waits; Ray lends the task's core to another item
meanwhile. So a task has one block in the object store, or its result, however large its item is. An actor joins the
blocks that wait for it into full batches, from whichever items they come, and gives each item its own rows.

An actor that dies is replaced. Who waited for it does the block in its own process: a GPU that is gone costs no item,
and a row that kills its worker kills, beside actors, only the task of its own item.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import ray
from ray import cloudpickle, exceptions

from dags.stage import Stage, apply

#: Bytes of a block; a row that is larger is a block of its own. About sixty figures.
BLOCK = 16 << 20

#: Seconds that the actors of a phase are given to load their models before the first item begins without them.
START = 60.0

#: The column by which an actor tells the rows of items apart: no article is in two items of a phase.
OWNER = "article_id"

#: What becomes of a call whose actor or node died.
GONE = (
    exceptions.RayActorError,
    exceptions.OutOfMemoryError,
    exceptions.ObjectLostError,
    exceptions.NodeDiedError,
    exceptions.LocalRayletDiedError,
)


class OnGpu:
    """A stage as an item's task has it: one of `actors` does it where there is one, else this process."""

    def __init__(self, stage: Stage, number: int) -> None:
        self.name, self.version, self.rowwise, self.output = stage.name, stage.version, stage.rowwise, stage.output
        self.cpus, self.gpus, self.memory, self.batch = stage.cpus, stage.gpus, stage.memory, stage.batch
        self.actors: list[Any] = []
        self._stage, self._number, self._turn, self._ready = stage, number, 0, False

    def setup(self) -> None:
        """Nothing, as long as there are actors."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """What the stage makes of the table. Raises what the stage raises."""
        parts = _blocks(table) if self.rowwise else [table]
        return pa.concat_tables([self._block(part) for part in parts])

    def _block(self, block: pa.Table) -> pa.Table:
        self._turn += 1
        if self.actors:
            actor = self.actors[self._turn % len(self.actors)]
            try:
                return _copied(ray.get(actor.work.remote(self._number, block)))
            except exceptions.RayTaskError as error:
                raise error.cause from None
            except GONE:
                self.actors.remove(actor)
        if not self._ready:
            self._stage.setup()
            self._ready = True
        return apply(self._stage, block)


def _blocks(table: pa.Table) -> Iterator[pa.Table]:
    """The rows in blocks of at most BLOCK bytes, or of one row."""
    if table.nbytes > BLOCK and len(table) > 1:
        half = len(table) // 2
        yield from _blocks(table.slice(0, half))
        yield from _blocks(table.slice(half))
    else:
        yield _copied(table)


def _copied(table: pa.Table) -> pa.Table:
    """The rows alone: a slice is sent with all that it is cut from, a result keeps its place in the object store."""
    return table.take(pa.array(range(len(table)), pa.int64()))


class _Call(NamedTuple):
    """A block that waits for a stage, and who waits for what becomes of it."""

    block: pa.Table
    result: asyncio.Future[pa.Table]


@ray.remote(num_cpus=0, max_restarts=0, max_task_retries=0)
class Actor:
    """GPU stages with their models. It takes no core of its own: the tasks that wait for it lend it theirs."""

    def __init__(self, pickled: bytes) -> None:
        self._stages: list[Stage] = cloudpickle.loads(pickled)
        self._waiting: list[deque[_Call]] = [deque() for _ in self._stages]

    async def open(self) -> None:
        """Load the models."""
        pa.set_cpu_count(1)
        for stage in self._stages:
            stage.setup()

    async def last(self) -> None:
        """Returns never: it fails when the actor dies."""
        await asyncio.Event().wait()

    async def work(self, number: int, block: pa.Table) -> pa.Table:
        """What the stage of this number makes of a block."""
        call = _Call(block, asyncio.get_running_loop().create_future())
        self._waiting[number].append(call)
        await asyncio.sleep(0)  # what has come meanwhile joins
        while not call.result.done():
            _serve(self._stages[number], joined(self._waiting[number], self._stages[number]))
        return call.result.result()


def joined(waiting: deque[_Call], stage: Stage) -> list[_Call]:
    """The first that waits, and those behind it that fill its batch."""
    calls = [waiting.popleft()]
    if stage.rowwise and OWNER in calls[0].block.column_names:
        rows, owners = len(calls[0].block), _owners(calls[0])
        while waiting and rows + len(waiting[0].block) <= stage.batch and owners.isdisjoint(_owners(waiting[0])):
            rows, owners = rows + len(waiting[0].block), owners | _owners(waiting[0])
            calls.append(waiting.popleft())
    return calls


def _serve(stage: Stage, calls: list[_Call]) -> None:
    """Work on the blocks together."""
    try:
        done = apply(stage, pa.concat_tables([call.block for call in calls]))
    except Exception as error:  # it goes to those who wait
        for call in calls:
            call.result.set_exception(error)
        return
    for call in calls:
        own = pc.is_in(done[OWNER], value_set=call.block[OWNER].combine_chunks()) if len(calls) > 1 else None
        call.result.set_result(done if own is None else done.filter(own))


def _owners(call: _Call) -> set[str]:
    return set(call.block[OWNER].to_pylist())


class Actors:
    """The actors of a phase: as many as the GPUs of the cluster have room for, none without GPU stages."""

    def __init__(self, stages: list[Stage]) -> None:
        self._share = max((stage.gpus for stage in stages), default=0.0)
        self._pickled = ray.put(cloudpickle.dumps(stages)) if stages else None
        self._starting: dict[Any, Any] = {}
        self._working: dict[Any, Any] = {}
        self._gpus, self._refused = 0.0, 0

    def look(self, gpus: float, memory: int, patience: float = 0.0) -> list[Any]:
        """Those that work. What died is replaced, what is too much for so many GPUs is given up; each takes `memory`.

        The first ones are waited for, `patience` seconds at most: a GPU may be taken by others.
        """
        for ended in _ready(self._working):
            del self._working[ended]
        if gpus != self._gpus:
            self._gpus, self._refused = gpus, 0
        wanted = self._room() - self._refused
        while self._starting and len(self._starting) + len(self._working) > wanted:
            ray.kill(self._starting.popitem()[1])
        while len(self._starting) + len(self._working) < wanted:
            actor = Actor.options(num_gpus=self._share, memory=memory).remote(self._pickled)  # type: ignore[attr-defined]
            self._starting[actor.open.remote()] = actor
        for opened in _ready(self._starting, patience):
            actor = self._starting.pop(opened)
            try:
                ray.get(opened)
            except exceptions.RayError:  # whoever does without it meets the same fault, and tells
                self._refused += 1
            else:
                self._working[actor.last.remote()] = actor
        return list(self._working.values())

    def _room(self) -> int:
        """How many have room: none has a part of one GPU and a part of another."""
        if not self._share:
            return 0
        return int(self._gpus) * int(1 / self._share) if self._share < 1 else int(self._gpus / self._share)

    def end(self) -> None:
        """End them all."""
        for actor in (*self._starting.values(), *self._working.values()):
            ray.kill(actor)


def _ready(refs: dict[Any, Any], timeout: float = 0.0) -> list[Any]:
    found: list[Any] = ray.wait(list(refs), num_returns=len(refs), timeout=timeout)[0] if refs else []
    return found
