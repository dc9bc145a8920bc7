"""The engines on a graph of two stages with different resources: equal results, failures as values, lost workers."""

import json
import multiprocessing
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

import dags.graph
from dags import inline, local
from dags.graph import Failure, Graph, Item, failed
from dags.stage import silent
from schemas.errors import Outage, UserError
from schemas.rejects import REJECT

ROWS = pa.schema([("number", pa.int64()), ("worker", pa.string()), ("reject", REJECT)])


class Double:
    name, version, rowwise, cpus, gpus, batch, output = "double", "1", True, 1.0, 0.0, 2, ROWS

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


class Die(Double):
    """kill -9 of the worker whenever it sees 6."""

    def __call__(self, table):
        if 6 in table["number"].to_pylist():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(table)


class Together(Double):
    """Looks at all rows at once, and cannot bear 6."""

    rowwise = False

    def __call__(self, table):
        for number in table["number"].to_pylist():
            1 / (number - 6)
        return super().__call__(table)


class Closed(Double):
    """Cannot be set up."""

    def setup(self):
        raise UserError("the model is missing")


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

    def report(self, failure):
        Path(self.folder, f"{failure.item.folder}.failure").write_text(failure.error)

    def reported(self, item):
        path = Path(self.folder, f"{item.folder}.failure")
        return Failure(item, path.read_text()) if path.exists() else None


def graph(folder, *stages):
    phase = Folder(folder)
    return Graph("test", phase.read, stages, phase.commit, phase.done, phase.report, phase.reported)


def items(*payloads):
    return [Item(f"item{n}", f"key{n}", payload) for n, payload in enumerate(payloads)]


def numbers(outcomes):
    rows = {outcome["key"]: outcome["rows"] for outcome in outcomes if not isinstance(outcome, Failure)}
    return {key: [row["number"] for row in found] for key, found in rows.items()}


def run_local(graph, work, beat=silent):
    return local.run(graph, work, beat, workers=2, preload=[])


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
    assert (bad.item.key, bad.error, bad.outage) == ("key1", "item1: the source is down", True)


def test_a_stage_that_looks_at_many_rows_fails_the_item_and_says_why(tmp_path):
    good, bad = inline.run(graph(tmp_path, Together()), items([1], [6, 7]))
    assert good["key"] == "key0"
    assert (bad.error, bad.outage) == ("item1: ZeroDivisionError: division by zero", False)
    assert "Together" in bad.trace or "__call__" in bad.trace


@pytest.mark.parametrize(
    "error", [MemoryError(), OSError(), ZeroDivisionError(), Outage(), OSError(28, "No space left")]
)
def test_the_reason_of_a_failure_is_never_empty(error):
    failure = failed(items([1])[0], error)
    assert failure.error.startswith("item0: ")
    assert type(error).__name__ in failure.error
    assert failure.outage is (isinstance(error, Outage) or error.args == (28, "No space left"))


def test_local(tmp_path):
    told = Counter()
    outcomes = run_local(graph(tmp_path, Double()), WORK, lambda stage, rows: told.update({stage: rows}))
    assert numbers(outcomes) == DONE
    assert told == {"double": 5}


def test_local_loses_only_the_item_whose_worker_died(tmp_path):
    outcomes = list(run_local(graph(tmp_path, Die()), items([1, 2], [6, 7], [8])))
    assert numbers(outcomes) == {"key0": [2, 4], "key2": [16]}
    (failure,) = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert (failure.error, failure.outage) == ("item1: its worker died (SIGKILL)", False)


def test_local_ends_its_workers_with_the_run(tmp_path):
    outcomes = run_local(graph(tmp_path, Double()), WORK)
    next(outcomes)
    workers = multiprocessing.active_children()
    outcomes.close()
    assert workers
    assert not any(worker.is_alive() for worker in workers)


def test_local_tells_what_a_worker_cannot_open(tmp_path):
    (failure,) = run_local(graph(tmp_path, Closed()), items([1]))
    assert (failure.error, failure.outage) == ("item0: the model is missing", True)


def test_beam(tmp_path):
    beam_engine = pytest.importorskip("dags.beam_engine")
    work = [*WORK, Item("item3", "key3", [13])]
    outcomes = list(beam_engine.run(graph(tmp_path, Double()), work, silent, beam_engine.parse([])))
    assert numbers(outcomes) == DONE
    assert [(type(outcome), outcome.error) for outcome in outcomes[3:]] == [(Failure, "item3: the source is down")]


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
