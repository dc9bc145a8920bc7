"""The Ray engine: a task for each step of each item, placed by the resources that its stages declare.

Connects to the cluster that `RAY_ADDRESS` names, else starts one on this machine. A worker, node or driver that dies
costs only the steps that it was running: Ray runs them again elsewhere, the next run takes up what has no receipt.
"""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pyarrow as pa
import ray
from ray import cloudpickle

from dags.graph import Failure, Graph, Item, Receipt, Step, failed, steps
from dags.stage import SURROUNDINGS, Beat, silent
from schemas.errors import UserError

#: Items in flight for each core of the cluster: enough that no core waits for the driver.
AHEAD = 2

#: Seconds that a cluster is given to answer at all.
ANSWER = 10.0

#: How often Ray runs a step again whose worker or node died; what ends so many is likely to end the next.
LOST_WORKERS = 3


@lru_cache(maxsize=8)
def _ready(pickled: bytes) -> Step:
    """The step in this worker, set up once and kept for the items that follow."""
    step: Step = cloudpickle.loads(pickled)
    step.setup()
    return step


@ray.remote(max_retries=LOST_WORKERS, max_calls=0)  # type: ignore[untyped-decorator]
def _work(pickled: bytes, item: Item, tables: list[pa.Table] | Failure | None) -> Any:
    try:
        step = _ready(pickled)
    except SURROUNDINGS as error:
        return failed(item, error)
    return step(item, tables)


def connect() -> None:
    """Join the cluster, or start one; raises UserError where `RAY_ADDRESS` does not answer."""
    if not ray.is_initialized():
        _knock(os.environ.get("RAY_ADDRESS", ""))
        # Else what takes all memory of its node is tried for ever (Ray's task_oom_retries is -1).
        os.environ.setdefault("RAY_task_oom_retries", str(LOST_WORKERS))
        with _same_handlers():
            ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR")


def run(graph: Graph, items: list[Item], beat: Beat = silent) -> Iterator[Receipt | Failure]:
    """Run the items on the cluster, a bounded number at once. Workers on other nodes send no beats."""
    connect()
    tasks = [
        (
            _work.options(name=f"{graph.name}-{n}", num_cpus=step.cpus, num_gpus=step.gpus),
            ray.put(cloudpickle.dumps(step)),
        )
        for n, step in enumerate(steps(graph))
    ]
    window = max(1, int(AHEAD * ray.cluster_resources().get("CPU", 1)))
    waiting = iter(items)
    running: dict[Any, Item] = {}
    while True:
        while len(running) < window and (item := next(waiting, None)) is not None:
            running[_submit(tasks, item)] = item
        if not running:
            return
        (ready,), _ = ray.wait(list(running), num_returns=1)
        yield _outcome(ready, running.pop(ready))


def _knock(address: str) -> None:
    """Ray itself would wait for minutes for a cluster that is not there."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER).close()
    except OSError as error:
        raise UserError(f"no Ray cluster at {address}: {error}") from error


@contextmanager
def _same_handlers() -> Iterator[None]:
    """Ray answers SIGTERM by a stack trace of its C++ part: the program keeps the handler that it had."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)


def _submit(tasks: list[tuple[Any, Any]], item: Item) -> Any:
    result = None
    for task, pickled in tasks:
        result = task.remote(pickled, item, result)
    return result


def _outcome(reference: Any, item: Item) -> Receipt | Failure:
    try:
        outcome: Receipt | Failure = ray.get(reference)
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError, ray.exceptions.OutOfMemoryError) as error:
        return Failure(item, f"{item.folder}: its worker died {1 + LOST_WORKERS} times ({type(error).__name__})")
    except ray.exceptions.RaySystemError as error:
        return Failure(item, f"{item.folder}: Ray failed: {error}", outage=True)
    return outcome
