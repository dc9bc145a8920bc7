"""The Ray engine: a task for each step of each item, placed by the resources that its stages declare.

Connects to the cluster that `RAY_ADDRESS` names or `ray start` remembers, else starts one on this machine, which ends
with this process. A worker, node or driver that dies costs only the steps that it was running: Ray runs them again
elsewhere, the next run takes up what has no receipt.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import pyarrow as pa
import ray
from ray import cloudpickle, exceptions

from dags.graph import Failure, Graph, Item, Receipt, Step, chain, steps
from dags.ray_cluster import LOST_WORKERS, connect
from dags.stage import Beat, silent
from schemas.errors import told

#: Items in flight for each core of the cluster: enough that no core waits for the driver.
AHEAD = 2

#: Seconds between two looks at how large the cluster is.
LOOK = 1.0

#: How often an item is run again whose results Ray lost.
LOST_RESULTS = 2

#: What an item may have done to its worker. The rest of Ray's errors are the cluster's.
DIED = (exceptions.WorkerCrashedError, exceptions.OutOfMemoryError)

#: What running the item again may heal.
LOST = (exceptions.ObjectLostError, exceptions.NodeDiedError, exceptions.LocalRayletDiedError)


@lru_cache(maxsize=8)
def _opened(pickled: bytes) -> Step:
    """The step in this worker, kept with its models for the items that follow."""
    step: Step = cloudpickle.loads(pickled)
    pa.set_cpu_count(max(1, int(step.cpus)))
    return step


@ray.remote(max_retries=LOST_WORKERS, max_calls=0)  # type: ignore[untyped-decorator]
def _work(pickled: bytes, item: Item, tables: list[pa.Table] | Failure | None) -> Any:
    return _opened(pickled)(item, tables)


@dataclass(frozen=True)
class _Flight:
    """An item on the cluster: the results of its steps, and how often Ray lost them."""

    item: Item
    results: list[Any]
    on_gpu: bool
    lost: int = 0


class _Tasks:
    """The steps of a graph as Ray's tasks: cut by resources where the cluster has GPUs, else one."""

    def __init__(self, graph: Graph, on_gpu: bool) -> None:
        parts = steps(graph) if on_gpu else [chain(graph)]
        self._on_gpu = on_gpu
        self._parts = [
            (
                _work.options(name=f"{graph.name}-{n}", num_cpus=step.cpus, num_gpus=step.gpus if on_gpu else 0),
                ray.put(cloudpickle.dumps(step)),
            )
            for n, step in enumerate(parts)
        ]

    def submit(self, item: Item, lost: int = 0) -> _Flight:
        """Start an item."""
        results: list[Any] = [None]
        for task, pickled in self._parts:
            results.append(task.remote(pickled, item, results[-1]))
        return _Flight(item, results[1:], self._on_gpu, lost)


def run(graph: Graph, items: list[Item], beat: Beat = silent) -> Iterator[Receipt | Failure]:
    """Run the items on the cluster, a bounded number at once. Workers on other nodes send no beats."""
    connect()
    tasks = lru_cache(partial(_Tasks, graph))
    waiting = iter(items)
    running: dict[Any, _Flight] = {}

    def begin(item: Item, lost: int = 0) -> None:
        flight = tasks(on_gpu).submit(item, lost)
        running[flight.results[-1]] = flight

    looked = -LOOK
    window, on_gpu = 1, False
    while True:
        if time.monotonic() - looked >= LOOK:
            size = ray.cluster_resources()
            window, on_gpu = max(1, int(AHEAD * size.get("CPU", 0))), size.get("GPU", 0) > 0
            looked = time.monotonic()
            for flight in [each for each in running.values() if each.on_gpu and not on_gpu]:
                # Nothing is left that could run it: the last node with a GPU is gone.
                for result in flight.results:
                    ray.cancel(result, force=True)
                del running[flight.results[-1]]
                begin(flight.item, flight.lost)
        while len(running) < window and (item := next(waiting, None)) is not None:
            begin(item)
        if not running:
            return
        for ready in ray.wait(list(running), num_returns=1, timeout=LOOK)[0]:
            flight = running.pop(ready)
            outcome = _outcome(flight)
            if outcome is None:
                begin(flight.item, flight.lost + 1)
            else:
                yield outcome


def _outcome(flight: _Flight) -> Receipt | Failure | None:
    """What became of an item; None where Ray lost it and may be asked again."""
    folder = flight.item.folder
    try:
        outcome: Receipt | Failure = ray.get(flight.results[-1])
    except DIED as error:
        return Failure(flight.item, f"{folder}: its worker died {1 + LOST_WORKERS} times ({type(error).__name__})")
    except exceptions.RayError as error:
        if isinstance(error, LOST) and flight.lost < LOST_RESULTS:
            return None
        return Failure(flight.item, f"{folder}: Ray failed: {_line(error)}", outage=True)
    return outcome


def _line(error: exceptions.RayError) -> str:
    """What a step raised; else the type of an error and Ray's first line on it, behind which its advice follows."""
    if isinstance(error, exceptions.RayTaskError):
        return told(error.cause)
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__
