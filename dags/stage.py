"""The contract of a stage, and how a chain of stages is applied to a stream of tables.

This is the one place where an exception becomes a reject: a row that breaks a stage is filed with the exception's
name, and the run goes on. An outage is no property of a row and passes through, and so does an exception in a stage
that looks at many rows together: the item fails.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from dags.meter import Meter
from schemas.errors import UserError, told
from schemas.rejects import Reason, reject
from schemas.tables import batches, conform, rejected

#: What is never the fault of a row: the surroundings fail, and with them the unit of work.
SURROUNDINGS = (UserError, OSError, MemoryError)

#: Batches of a stage without a core that are in work at once: while the first is waited for, the next has begun.
AHEAD = 2

#: Is told the name of a stage, and how many rows of a batch it has worked on.
Beat = Callable[[str, int], None]


def silent(stage: str, rows: int) -> None:
    """The beat that nobody listens to."""


class Stage(Protocol):
    """A step of a phase. `setup` runs once in each worker, `__call__` gets at most `batch` rows without a reject.

    `cpus` is what an engine reserves for it, `memory` the bytes that it needs at most, for its models and the batches
    that it has in work, and `gpus` its share of one where the cluster has any; the worker decides about its GPU.
    A stage without a core waits for others: it has AHEAD batches in work, while the stages behind it work on those
    before. Its `__call__` runs in as many threads at once; that of any other runs in one.
    `rowwise`: what becomes of a row depends on no other row, so a batch that raises is tried row by row, and a row that
    raises alone is a reject. The rows that come back are in the schema `output`, whose column `reject` is set where the
    stage drops a row.
    """

    name: str
    version: str
    rowwise: bool
    cpus: float
    gpus: float
    memory: int
    batch: int
    output: pa.Schema

    def setup(self) -> None:
        """Open what a worker needs once: a model, a dictionary, a pool of connections."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """One batch, none of whose rows carries a reject, in the schema `output`."""


def run_chain(
    stages: Iterable[Stage], tables: Iterable[pa.Table], beat: Beat = silent, meter: Meter | None = None
) -> Iterator[pa.Table]:
    """The tables after all stages, in order; each is sliced to what a stage takes, so memory stays bounded.

    `meter` is told what each stage takes.
    """
    meter = meter or Meter()
    for stage in stages:
        tables = _stream(stage, tables, beat, meter)
    yield from tables


def _stream(stage: Stage, tables: Iterable[pa.Table], beat: Beat, meter: Meter) -> Iterator[pa.Table]:
    spent = meter.stage(stage.name)
    given = (batch for table in tables for batch in batches(table, stage.batch))
    for batch, result in _begun(stage, given):
        began = time.perf_counter()
        done = result()
        before, after = _count(rejected(batch)), _count(rejected(done))
        spent.add(time.perf_counter() - began, len(batch) - before, len(done) - after, after - before)
        beat(stage.name, len(batch) - before)
        yield done


def _begun(stage: Stage, given: Iterable[pa.Table]) -> Iterator[tuple[pa.Table, Callable[[], pa.Table]]]:
    """Each batch, in order, with what gives its result."""
    if stage.cpus:
        yield from ((batch, partial(apply, stage, batch)) for batch in given)
        return
    pool, begun = ThreadPoolExecutor(AHEAD), deque[tuple[pa.Table, Callable[[], pa.Table]]]()
    try:
        for batch in given:
            begun.append((batch, pool.submit(apply, stage, batch).result))
            if len(begun) == AHEAD:
                yield begun.popleft()
        yield from begun
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # whoever is ended does not wait for a source


def _count(mask: pa.ChunkedArray) -> int:
    return pc.sum(mask).as_py() or 0


def apply(stage: Stage, table: pa.Table) -> pa.Table:
    """One batch through one stage; rows that were rejected before pass by it."""
    dropped = rejected(table)
    alive = table.filter(pc.invert(dropped))
    done = _guarded(stage, alive) if len(alive) else []
    if len(alive) < len(table):
        done = [conform(table.filter(dropped), stage.output), *done]
    return pa.concat_tables(done) if done else stage.output.empty_table()


def _guarded(stage: Stage, table: pa.Table) -> list[pa.Table]:
    try:
        return [conform(stage(table), stage.output)]
    except SURROUNDINGS:
        raise
    except Exception as error:
        if not stage.rowwise:
            raise
        if len(table) > 1:
            return [done for row in batches(table, 1) for done in _guarded(stage, row)]
        column = table.column_names.index("reject")
        reason = reject(stage.name, Reason.INTERNAL_ERROR, told(error))
        broken = pa.array([reason], table.schema.field("reject").type)
        return [conform(table.set_column(column, table.schema.field("reject"), broken), stage.output)]
