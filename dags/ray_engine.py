"""The Ray engine: a task for each item, and an actor for each share of a GPU that its stages declare (dags/ray_gpu.py).

Connects to the cluster that `RAY_ADDRESS` names or `ray start` remembers, else starts one on this machine, which ends
with this process. A worker, node or driver that dies costs only the items that it was running: Ray runs them again
elsewhere, the next run takes up what has no receipt.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pyarrow as pa
import ray
from ray import cloudpickle, exceptions

from dags.graph import Chain, Failure, Graph, Item, Receipt
from dags.ray_cluster import LOST_WORKERS, connect
from dags.ray_gpu import START, Actors, OnGpu
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

#: What a worker says that cannot read its task, for it has not our packages.
LACKS = re.compile("System error: (No module named '[^']+')")

#: What running the item again may heal.
LOST = (exceptions.ObjectLostError, exceptions.NodeDiedError, exceptions.LocalRayletDiedError)


@lru_cache(maxsize=8)
def _opened(pickled: bytes) -> Chain:
    """The chain in this worker, kept with its models for the items that follow."""
    chain: Chain = cloudpickle.loads(pickled)
    pa.set_cpu_count(max(1, int(chain.cpus)))
    return chain


@ray.remote(max_retries=LOST_WORKERS, max_calls=0)  # type: ignore[untyped-decorator]
def _work(pickled: bytes, item: Item, actors: list[Any]) -> Receipt | Failure:
    chain = _opened(pickled)
    for stage in chain.graph.stages:
        if isinstance(stage, OnGpu):
            stage.actors = list(actors)
    return chain(item)


@dataclass(frozen=True)
class _Flight:
    """An item on the cluster: its outcome to come, and how often Ray lost it."""

    item: Item
    outcome: Any
    lost: int = 0


class _Cluster:
    """What the cluster has, looked at now and then; the actors of a graph on it, and the tasks of its items."""

    def __init__(self, graph: Graph) -> None:
        on_gpu = [stage for stage in graph.stages if stage.gpus]
        stages = tuple(OnGpu(each, on_gpu.index(each)) if each.gpus else each for each in graph.stages)
        self._chain = Chain(replace(graph, stages=stages))
        self._pickled = ray.put(cloudpickle.dumps(self._chain))
        self._actors = Actors(on_gpu)
        self._working: list[Any] = []
        self._looked = -LOOK
        self.window = 1

    def look(self, patience: float = 0.0) -> None:
        """See how large the cluster is, unless that was a moment ago; actors that start are waited for so long."""
        if time.monotonic() - self._looked < LOOK:
            return
        size, nodes = ray.cluster_resources(), [node["Resources"] for node in ray.nodes() if node["Alive"]]
        room = max((node.get("memory", 0) for node in nodes if node.get("CPU")), default=0)
        memory = min(self._chain.memory, int(room))  # what asks for more than any node has would never start
        self.window = max(1, int(AHEAD * size.get("CPU", 0)))
        self._task = _work.options(name=self._chain.graph.name, num_cpus=self._chain.cpus, num_gpus=0, memory=memory)
        self._working = self._actors.look(size.get("GPU", 0), memory, patience)
        self._looked = time.monotonic()

    def begin(self, item: Item, lost: int = 0) -> _Flight:
        """Start an item."""
        return _Flight(item, self._task.remote(self._pickled, item, self._working), lost)

    def end(self) -> None:
        """End the actors."""
        self._actors.end()


def run(graph: Graph, items: list[Item], beat: Beat = silent) -> Iterator[Receipt | Failure]:
    """Run the items on the cluster, a bounded number at once. Workers on other nodes send no beats."""
    connect()
    cluster = _Cluster(graph)
    cluster.look(START)
    waiting = iter(items)
    running: dict[Any, _Flight] = {}
    try:
        while True:
            cluster.look()
            while len(running) < cluster.window and (item := next(waiting, None)) is not None:
                flight = cluster.begin(item)
                running[flight.outcome] = flight
            if not running:
                return
            for ready in ray.wait(list(running), num_returns=1, timeout=LOOK)[0]:
                flight = running.pop(ready)
                outcome = _outcome(flight)
                if outcome is None:
                    again = cluster.begin(flight.item, flight.lost + 1)
                    running[again.outcome] = again
                else:
                    yield outcome
    finally:
        cluster.end()


def _outcome(flight: _Flight) -> Receipt | Failure | None:
    """What became of an item; None where Ray lost it and may be asked again."""
    folder = flight.item.folder
    try:
        outcome: Receipt | Failure = ray.get(flight.outcome)
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
    if lacks := LACKS.search(str(error)):
        return f"its workers lack medconcept ({lacks[1]}): docs/clusters.md says how they get it"
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__
