"""The engines on a graph of two stages with different resources: equal results, failures as values, lost workers."""

import json
import os
import signal
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import dags.graph
from dags import inline
from dags.graph import Failure, Graph, Item
from schemas.errors import Outage
from schemas.rejects import REJECT

ROWS = pa.schema([("number", pa.int64()), ("worker", pa.string()), ("reject", REJECT)])


class Double:
    name, version, cpus, gpus, batch, output = "double", "1", 1.0, 0.0, 2, ROWS

    def setup(self):
        self.factor = 2

    def __call__(self, table):
        rows = [row | {"number": row["number"] * self.factor} for row in table.to_pylist()]
        return pa.Table.from_pylist(rows, schema=ROWS)


class Where(Double):
    """Notes on which node it runs; wants half a GPU."""

    name, gpus = "where", 0.5

    def setup(self):
        import ray

        self.node = ray.get_runtime_context().get_node_id()

    def __call__(self, table):
        rows = [row | {"worker": self.node} for row in table.to_pylist()]
        return pa.Table.from_pylist(rows, schema=ROWS)


class DieOnce(Double):
    """kill -9 of the worker the first time that it sees 6."""

    name, batch = "die-once", 1

    def __init__(self, folder):
        self.mark = Path(folder) / "died"

    def __call__(self, table):
        if table["number"][0].as_py() == 6 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(table)


class Folder:
    """Items are lists of numbers, committed as JSON files; the number 13 is an outage."""

    def __init__(self, folder):
        self.folder = str(folder)

    def read(self, item):
        if 13 in item.payload:
            raise Outage("the source is down")
        yield pa.Table.from_pylist([{"number": number} for number in item.payload], schema=ROWS)

    def commit(self, item, tables):
        rows = pa.concat_tables(tables).select(["number", "worker"]).to_pylist()
        Path(self.folder, f"{item.folder}.json").write_text(json.dumps({"key": item.key, "rows": rows}))
        return self.done(item)

    def done(self, item):
        path = Path(self.folder, f"{item.folder}.json")
        return json.loads(path.read_text()) if path.exists() else None


def graph(folder, *stages):
    phase = Folder(folder)
    return Graph("test", phase.read, stages, phase.commit, phase.done)


def items(*payloads):
    return [Item(f"item{n}", f"key{n}", payload) for n, payload in enumerate(payloads)]


def numbers(outcomes):
    rows = {outcome["key"]: outcome["rows"] for outcome in outcomes if not isinstance(outcome, Failure)}
    return {key: [row["number"] for row in found] for key, found in rows.items()}


WORK = items([1, 2, 3], [], [4, 5])
DONE = {"key0": [2, 4, 6], "key1": [], "key2": [8, 10]}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(dags.graph, "ATTEMPTS", 1)


def test_inline(tmp_path):
    assert numbers(inline.run(graph(tmp_path, Double()), WORK)) == DONE


def test_an_item_that_fails_is_a_value_and_the_others_go_on(tmp_path):
    good, bad = inline.run(graph(tmp_path, Double()), items([1], [13]))
    assert good["key"] == "key0"
    assert bad == Failure(items([1], [13])[1], "item1: the source is down")


def test_beam(tmp_path):
    beam_engine = pytest.importorskip("dags.beam_engine")
    outcomes = list(beam_engine.run(graph(tmp_path, Double()), [*WORK, Item("item3", "key3", [13])], []))
    assert numbers(outcomes) == DONE
    assert [type(outcome) for outcome in outcomes[3:]] == [Failure]


@pytest.fixture(scope="module")
def cluster():
    """Three nodes, of which one says that it has a GPU."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    nodes.add_node(num_cpus=1)
    gpu = nodes.add_node(num_cpus=1, num_gpus=1)
    ray.init(address=nodes.address, log_to_driver=False)
    yield gpu
    ray.shutdown()
    nodes.shutdown()


@pytest.mark.slow
def test_ray_runs_a_stage_where_its_resources_are(tmp_path, cluster):
    from dags import ray_engine

    outcomes = list(ray_engine.run(graph(tmp_path, Double(), Where()), WORK))
    assert numbers(outcomes) == DONE
    assert {row["worker"] for outcome in outcomes for row in outcome["rows"]} == {cluster.node_id}


@pytest.mark.slow
def test_ray_survives_the_loss_of_a_worker(tmp_path, cluster):
    from dags import ray_engine

    work = items([1, 2], [6, 7], [8])
    assert numbers(ray_engine.run(graph(tmp_path, DieOnce(tmp_path)), work)) == {
        "key0": [2, 4],
        "key1": [12, 14],
        "key2": [16],
    }
    assert (tmp_path / "died").exists()
