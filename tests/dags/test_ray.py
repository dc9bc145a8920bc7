"""The Ray engine on a cluster that grows, shrinks and loses what it had; one cluster for the whole module."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import tests.graphs
from dags import inline
from dags.graph import Failure
from schemas.errors import Damaged, UserError
from tests.graphs import DONE, WORK, Die, DieOnce, Double, Ill, Where, graph, items, numbers

ray = pytest.importorskip("ray")
from dags import ray_cluster, ray_engine  # noqa: E402


class Slow(Double):
    """Takes its time, and notes where and when it ran; wide results stay in the object store of their node."""

    batch = 1

    def __init__(self, folder, seconds=0.3):
        self.folder, self.seconds = Path(folder), seconds

    def __call__(self, table):
        node = ray.get_runtime_context().get_node_id()
        self.folder.joinpath(f"{node}-{time.time()}.ran").touch()
        time.sleep(self.seconds)
        return super().__call__(table)


class OnGpu(Double):
    """Uses a GPU where there is one."""

    name, gpus = "on-gpu", 0.5


def nodes_that_ran(folder):
    return {path.name.rsplit("-", 1)[0] for path in folder.glob("*.ran")}


@pytest.fixture(scope="module")
def cluster():
    """A head without CPUs."""
    from ray.cluster_utils import Cluster

    for module in (tests.graphs, sys.modules[__name__]):
        ray.cloudpickle.register_pickle_by_value(module)
    quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 2}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "_system_config": quick})
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture
def node(cluster):
    """Adds nodes, and removes them after the test."""
    added = []

    def add(**resources):
        added.append(cluster.add_node(**{"num_cpus": 1, **resources}))
        return added[-1]

    yield add
    for each in added:
        if each in cluster.worker_nodes:
            cluster.remove_node(each)


def same_as_inline(outcomes, work, folder):
    (folder / "inline").mkdir()
    assert numbers(outcomes) == numbers(inline.run(graph(folder / "inline", Double()), work))


@pytest.mark.slow
def test_a_head_without_cpus_waits_for_nodes_and_then_uses_all_of_them(tmp_path, node):
    work = items(*[[n] for n in range(100, 124)])
    outcomes = ray_engine.run(graph(tmp_path, Slow(tmp_path)), work)
    first = node()
    done = [next(outcomes)]
    second = node()
    done += outcomes
    same_as_inline(done, work, tmp_path)
    assert nodes_that_ran(tmp_path) == {first.node_id, second.node_id}


@pytest.mark.slow
def test_the_loss_of_a_node_costs_no_item(tmp_path, cluster, node):
    node()
    lost = node(num_cpus=2)
    work = items(*[[n] for n in range(100, 116)])
    outcomes = ray_engine.run(graph(tmp_path, Slow(tmp_path)), work)
    done = [next(outcomes)]
    cluster.remove_node(lost, allow_graceful=False)
    done += outcomes
    same_as_inline(done, work, tmp_path)


@pytest.mark.slow
def test_a_graph_without_stages_is_read_and_committed(tmp_path, node):
    node()
    assert numbers(ray_engine.run(graph(tmp_path), items([1, 2], [3]))) == {"key0": [1, 2], "key1": [3]}


@pytest.mark.slow
@pytest.mark.full
def test_the_stages_on_gpus_run_where_these_are_and_anywhere_when_the_last_is_gone(tmp_path, cluster, node):
    node()
    gpu = node(num_gpus=1)
    outcomes = list(ray_engine.run(graph(tmp_path, Double(), Where()), WORK))
    assert numbers(outcomes) == DONE
    assert {row["worker"] for outcome in outcomes for row in outcome["rows"]} == {gpu.node_id}
    work = items(*[[n] for n in range(100, 112)])
    running = ray_engine.run(graph(tmp_path, Slow(tmp_path), OnGpu()), work)
    done = [next(running)]
    cluster.remove_node(gpu, allow_graceful=False)
    done += running
    assert numbers(done) == {item.key: [4 * item.payload[0]] for item in work}


@pytest.mark.slow
@pytest.mark.full
def test_when_a_node_with_a_gpu_dies_the_other_does_its_work(tmp_path, cluster, node):
    node()
    lost, stays = node(num_gpus=1), node(num_gpus=1)
    work = items(*[[n] for n in range(100, 124)])
    running = ray_engine.run(graph(tmp_path, Slow(tmp_path), Where()), work)
    done = [next(running)]
    cluster.remove_node(lost, allow_graceful=False)
    done += running
    assert numbers(done) == {item.key: [2 * item.payload[0]] for item in work}
    assert stays.node_id in {row["worker"] for outcome in done for row in outcome["rows"]}


@pytest.mark.slow
def test_what_kills_a_worker_on_a_gpu_costs_its_own_item_alone(tmp_path, node):
    node(num_gpus=1)

    class DieOnGpu(Die):
        gpus = 0.5

    outcomes = list(ray_engine.run(graph(tmp_path, DieOnGpu()), items([1, 2], [6, 7], [8], [9])))
    assert numbers(outcomes) == {"key0": [2, 4], "key2": [16], "key3": [18]}
    (failure,) = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert (failure.error, failure.outage) == ("item1: its worker died 4 times (WorkerCrashedError)", False)


@pytest.mark.slow
def test_what_a_stage_says_on_a_gpu_is_told_as_it_is_anywhere(tmp_path, node):
    node(num_gpus=1)

    class IllOnGpu(Ill):
        gpus = 1.0

    (failure,) = ray_engine.run(graph(tmp_path, IllOnGpu(Damaged("gone", "units/u1/a"), times=9)), items([1]))
    assert (failure.error, failure.damaged) == ("item0: gone", "units/u1/a")


@pytest.mark.slow
def test_workers_that_die(tmp_path, node):
    node()
    work = items([1, 2], [6, 7], [8])
    (tmp_path / "once").mkdir()
    same_as_inline(ray_engine.run(graph(tmp_path / "once", DieOnce(tmp_path)), work), work, tmp_path)
    assert (tmp_path / "died").exists()
    outcomes = list(ray_engine.run(graph(tmp_path, Die()), work))
    assert numbers(outcomes) == {"key0": [2, 4], "key2": [16]}
    (failure,) = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert (failure.error, failure.outage) == ("item1: its worker died 4 times (WorkerCrashedError)", False)
    (failure,) = ray_engine.run(graph(tmp_path, Ill(Damaged("gone", "units/u1/a"), times=9)), items([1]))
    assert failure.damaged == "units/u1/a"


NICENESS = """
import os, ray
from dags import ray_cluster
ray_cluster.connect()
print(os.nice(0), ray.get(ray.remote(lambda: os.nice(0)).remote()))
"""


@pytest.mark.slow
def test_the_workers_of_a_cluster_of_our_own_are_as_nice_as_their_driver():
    with TemporaryDirectory(dir="/tmp") as place:  # there no cluster is remembered; the path of a socket is short
        environment = os.environ | {"PYTHONPATH": os.getcwd(), "RAY_TMPDIR": place}
        environment.pop("RAY_ADDRESS", None)
        command = [sys.executable, "-c", NICENESS]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    driver, worker = done.stdout.split()
    assert worker == driver


LOST = ["ObjectLostError", "OwnerDiedError", "ReferenceCountingAssertionError", "ObjectFetchTimedOutError"]


@pytest.mark.parametrize("name", [*LOST, "NodeDiedError", "RaySystemError"])
def test_what_ray_loses_is_a_failure_of_the_item_and_the_cluster_is_to_blame(monkeypatch, name):
    kind = getattr(ray.exceptions, name)
    error = kind("0" * 56, "127.0.0.1", "f") if issubclass(kind, ray.exceptions.ObjectLostError) else kind("gone")

    def get(_):
        raise error

    monkeypatch.setattr(ray, "get", get)
    (item,) = items([1])
    again = ray_engine._outcome(ray_engine._Flight(item, "ref"))
    failure = ray_engine._outcome(ray_engine._Flight(item, "ref", lost=9))
    assert again is None or name == "RaySystemError"
    assert failure.error.startswith(f"item0: Ray failed: {name}")
    assert "\n" not in failure.error
    assert failure.outage


@pytest.fixture
def silent_port():
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def dead_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def remembered(monkeypatch, tmp_path):
    def remember(address):
        (tmp_path / "ray").mkdir()
        (tmp_path / "ray" / "ray_current_cluster").write_text(address)

    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    return remember


def test_a_dead_cluster_that_is_remembered_is_not_waited_for(monkeypatch, remembered, dead_port):
    remembered(f"127.0.0.1:{dead_port}")
    assert ray_cluster._address() == "local"
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    with pytest.raises(UserError, match=f"no Ray cluster at 127.0.0.1:{dead_port}"):
        ray_cluster._address()


def test_no_cluster_is_remembered(monkeypatch, remembered):
    assert ray_cluster._address() == "local"
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    with pytest.raises(UserError, match=r"RAY_ADDRESS is auto, and .* names no Ray cluster"):
        ray_cluster._address()


def test_what_listens_without_being_a_cluster_is_not_waited_for(monkeypatch, silent_port):
    monkeypatch.setattr(ray_cluster, "ANSWER", 0.5)
    for address in (f"127.0.0.1:{silent_port}", f"ray://127.0.0.1:{silent_port}"):
        monkeypatch.setenv("RAY_ADDRESS", address)
        with pytest.raises(UserError, match=f"no Ray cluster at {address}: what listens there does not speak gRPC"):
            ray_cluster._address()


def test_what_lacks_our_package_is_told_what_to_do():
    error = ray.exceptions.RaySystemError("No module named 'dags'\ntraceback: Traceback (most recent call last):\n")
    line = ray_engine._line(error)
    assert line == "its workers lack medconcept (No module named 'dags'): docs/clusters.md says how they get it"
