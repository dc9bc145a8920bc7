"""The Beam engine: small elements, shared models, outcomes of this job and no other, options of every runner."""

import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from dags.graph import Failure, Item
from dags.stage import silent
from schemas.errors import Damaged, UserError
from tests.graphs import DONE, WORK, Die, Double, Folder, Ill, Loads, graph, items, numbers
from tests.pipeline.servers import free_ports

beam_engine = pytest.importorskip("dags.beam_engine")
beam_workers = pytest.importorskip("dags.beam_workers")

THREADS = ["--direct_num_workers=2", "--direct_running_mode=multi_threading"]
PROCESSES = ["--direct_num_workers", "2", "--direct_running_mode", "multi_processing"]


def run(graph, work, *options):
    return list(beam_engine.run(graph, work, silent, beam_engine.parse(list(options))))


@pytest.mark.parametrize("options", [[], THREADS, PROCESSES], ids=["one", "threads", "processes"])
def test_outcomes_whoever_works(tmp_path, options):
    outcomes = run(graph(tmp_path, Double()), [*WORK, Item("item3", "key3", [13])], *options)
    assert numbers(outcomes) == DONE
    (failure,) = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert (failure.error, failure.outage) == ("item3: the source is down", True)


@pytest.mark.parametrize("options", [THREADS, PROCESSES], ids=["threads", "processes"])
def test_a_model_is_loaded_once_a_process(tmp_path, options):
    work = items(*[[n] for n in range(100, 140)])
    assert len(numbers(run(graph(tmp_path, Loads(tmp_path)), work, *options))) == 40
    loads = list(tmp_path.glob("*.setup"))
    assert loads
    assert len({load.name.split("-")[0] for load in loads}) == len(loads)


@pytest.mark.parametrize(("named", "items", "started"), [("2", 1, 1), ("2", 9, 2), ("0", 1, 1)])
def test_a_job_has_no_more_worker_processes_than_items(named, items, started):
    options = beam_engine.parse(["--direct_num_workers", named, "--direct_running_mode", "multi_processing"])
    job = beam_workers.open_pipeline(options, items, [])
    assert job.options.get_all_options()["direct_num_workers"] == started


@pytest.mark.parametrize(
    ("options", "workers"),
    [
        ("--direct_num_workers=3", (True, 3)),
        ("--runner=FlinkRunner --parallelism=64", (False, 64)),
        ("--runner=FlinkRunner", (False, None)),
        ("--runner=PortableRunner --num_workers=2 --max_num_workers=7", (False, 7)),
    ],
)
def test_whether_workers_are_here_and_how_many(options, workers):
    assert beam_engine.workers(beam_engine.parse(options.split())) == workers


def test_the_damaged_file_is_carried(tmp_path):
    (failure,) = run(graph(tmp_path, Ill(Damaged("gone", "units/u1/a"), times=9)), items([1]))
    assert (failure.damaged, failure.error) == ("units/u1/a", "item0: gone")


def test_what_an_earlier_job_reported_is_not_taken_for_this_one_s(tmp_path):
    (failure,) = run(graph(tmp_path, Double()), items([13]))
    (receipt,) = run(graph(tmp_path, Double()), [replace(failure.item, payload=[1])])
    assert receipt["rows"][0]["number"] == 2


def test_an_older_receipt_is_no_success_of_a_job_that_failed(tmp_path):
    class Unreported(Folder):
        def report(self, failure):
            raise RuntimeError("nobody hears")

    before = graph(tmp_path, Double())
    assert numbers(run(before, items([1]))) == {"key0": [2]}
    phase = Unreported(tmp_path)
    now = replace(before, read=phase.read, report=phase.report)
    (failure,) = run(now, [replace(items([1])[0], payload=[13])])
    assert failure.error.startswith("item0: left without a receipt by the Beam job: ")
    assert "nobody hears" in failure.error
    assert "\n" not in failure.error


def test_an_older_receipt_is_no_success_of_an_item_that_failed(tmp_path):
    assert numbers(run(graph(tmp_path, Double()), items([1]))) == {"key0": [2]}
    (failure,) = run(graph(tmp_path, Double()), [replace(items([1])[0], payload=[13])])
    assert failure.error == "item0: the source is down"


def test_a_worker_process_that_dies_fails_the_job_at_once_and_says_so(tmp_path):
    outcomes = run(graph(tmp_path, Die()), items([6], [6]), *PROCESSES)
    assert [type(outcome) for outcome in outcomes] == [Failure, Failure]
    assert "left without a receipt by the Beam job: a worker died (" in outcomes[0].error
    assert "-9" in outcomes[0].error
    assert not [thread for thread in threading.enumerate() if thread.name == beam_workers.WAITING]
    assert numbers(run(graph(tmp_path, Double()), WORK, *PROCESSES)) == DONE


def test_the_elements_are_small(tmp_path):
    made_by = {"vocabulary": "v" * 100_000}
    work = [replace(item, made_by=made_by) for item in items(*[[n] for n in range(100, 200)])]
    job = beam_engine._pipeline(graph(tmp_path, Double()), work, "job", beam_engine.parse([]))
    assert len(job.to_runner_api().SerializeToString()) < 1_000_000
    assert len(pickle.dumps(work[0])) > 100_000
    assert len(numbers(run(graph(tmp_path, Double()), work))) == 100


class Measured(Folder):
    """Commits with what the item took, as a receipt says it."""

    def commit(self, item, tables):
        counts = {"rejects": {"no_figures": len(item.payload)}}
        return super().commit(item, tables) | {"work": item.meter.stated(), "counts": counts}


@pytest.mark.parametrize("options", [[], PROCESSES], ids=["one", "processes"])
def test_beam_s_own_metrics_count_items_rows_and_rejects(tmp_path, options):
    phase, plain = Measured(tmp_path), graph(tmp_path, Double())
    measured = replace(plain, commit=phase.commit)
    work = [*items([1, 2, 3], [4, 5]), Item("item2", "key2", [13])]
    result = beam_engine._pipeline(measured, work, "job", beam_engine.parse(options)).run()
    result.wait_until_finish()
    found = result.metrics().query()
    counts = {each.key.metric.name: each.committed for each in found["counters"] if each.key.metric.namespace == "test"}
    assert counts.pop("double_ms") >= 0
    assert {name: count for name, count in counts.items() if not name.endswith("_ms")} == {
        "items_done": 2, "items_failed": 1, "rejected_no_figures": 5,
        "double_rows": 5, "read_rows": 0, "commit_rows": 0,
    }  # fmt: skip
    assert {each.key.step for each in found["counters"] if each.key.metric.namespace == "test"} == {"test"}
    (seconds,) = (each.committed for each in found["distributions"] if each.key.metric.name == "item_ms")
    assert seconds.count == 2


def test_the_steps_of_a_job_have_names(tmp_path):
    job = beam_engine._pipeline(graph(tmp_path, Double()), WORK, "job", beam_engine.parse([]))
    steps = {each.unique_name.partition("/")[0] for each in job.to_runner_api().components.transforms.values()}
    assert {"items of test", "spread test", "test"} <= steps


def test_accelerators_are_asked_for_where_the_options_say_so(tmp_path):
    hint = "type:nvidia-tesla-t4;count:1;install-nvidia-driver"

    class OnGpu(Double):
        gpus = 0.5

    def asked(*options):
        job = beam_engine._pipeline(graph(tmp_path, OnGpu()), WORK, "job", beam_engine.parse(list(options)))
        stated = job.to_runner_api().components.environments.values()
        return {dict(each.resource_hints).get("beam:resources:accelerator:v1", b"").decode() for each in stated}

    assert hint in asked(f"--resource_hint=accelerator={hint}")
    assert asked() == {""}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--no_such_option=3"], "Beam knows no option --no_such_option=3"),
        (["--direct_num_worker", "2"], "Beam knows no option --direct_num_worker; did you mean --direct_num_workers?"),
        (
            ["--runner", "FlinkRunner", "--flink_mastr=x"],
            "Beam knows no option --flink_mastr=x; did you mean --flink_m",
        ),
        (["two"], "Beam knows no option two"),
        (["-x"], "Beam knows no option -x"),
        (["--direct_num_workers=two"], "Beam: argument --direct_num_workers: invalid int value: 'two'"),
        (["--direct_num_workers"], "Beam: argument --direct_num_workers: expected one argument"),
        (["--direct_running_mode=multi"], "Beam: argument --direct_running_mode: invalid choice: 'multi'"),
        (["--runner=NoRunner"], "Beam: "),
        (["--streaming"], "Beam: --streaming is for jobs without an end"),
    ],
)
def test_options_that_nobody_knows_are_refused(options, told):
    with pytest.raises(UserError) as refused:
        beam_engine.parse(options)
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "options",
    [
        "--runner=FlinkRunner --flink_master=localhost:8081 --parallelism 8 --environment_type=LOOPBACK",
        "--runner=SparkRunner --spark_master_url spark://host:7077",
        "--runner=PortableRunner --job_endpoint=localhost:8099 --sdk_worker_parallelism=4",
        "--runner=DirectRunner --direct_num_workers 2 --direct_running_mode multi_processing",
        "--project=p --region=europe-west1 --temp_location=gs://b/t --machine_type n1-standard-8 --max_num_workers=9"
        " --experiments=use_runner_v2 --dataflow_service_options=worker_accelerator=type:nvidia-l4;count:1",
    ],
)
def test_options_of_every_runner_pass(options):
    given = beam_engine.parse(options.split()).get_all_options(drop_default=True)
    assert len(given) >= 2


def test_a_runner_that_does_not_answer_is_told_in_a_line(tmp_path):
    with pytest.raises(UserError, match="Beam does not take the job"):
        run(
            graph(tmp_path, Double()),
            WORK,
            "--runner=PortableRunner",
            "--job_endpoint=localhost:1",
            "--job_server_timeout=2",
        )


def test_dataflow_without_its_extra_is_refused_before_anything_is_done():
    if find_spec("google.cloud.storage"):
        pytest.skip("medconcept[beam-gcp] is installed")
    options = "--runner=DataflowRunner --project=my-project --region=us-east1 --temp_location=gs://my-bucket/temp"
    with pytest.raises(UserError, match=r"needs pip install \"medconcept\[beam-gcp\]\""):
        beam_engine.parse(options.split())


@contextmanager
def server(module, port, *flags):
    """A program of Beam's in a process of its own."""
    known = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-m", module, *flags]
    process = subprocess.Popen(command, env=known, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.25)
        yield
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.slow
def test_a_job_server_with_a_pool_of_workers(tmp_path):
    jobs, pool = free_ports(2)
    place = f"--runner=PortableRunner --job_endpoint=127.0.0.1:{jobs} --environment_type=EXTERNAL"
    with (
        server("apache_beam.runners.portability.local_job_service_main", jobs, "--port", str(jobs)),
        server("apache_beam.runners.worker.worker_pool_main", pool, f"--service_port={pool}"),
    ):
        outcomes = run(graph(tmp_path, Double()), WORK, *place.split(), f"--environment_config=127.0.0.1:{pool}")
    assert numbers(outcomes) == DONE
