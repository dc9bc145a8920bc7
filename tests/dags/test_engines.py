"""The engines of one machine: equal results, failures as values, lost workers."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from dags import inline, local
from dags.graph import Failure, failed
from dags.stage import silent
from schemas.errors import Damaged, Outage
from tests.graphs import DONE, WORK, Closed, Die, Double, Ill, Loads, Together, graph, items, numbers


def run_local(graph, work, beat=silent):
    return local.run(graph, work, beat, workers=2, preload=[])


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


def test_local_loads_models_once_a_worker_which_keeps_to_one_core(tmp_path):
    assert len(list(run_local(graph(tmp_path, Loads(tmp_path)), items(*[[n] for n in range(8)])))) == 8
    loads = list(tmp_path.glob("*.setup"))
    assert 1 <= len(loads) <= 2
    assert len({load.name.split("-")[0] for load in loads}) == len(loads)
    assert all(json.loads(load.read_text()) == ["1", 1] for load in loads)


def test_local_carries_the_damaged_file(tmp_path):
    (failure,) = run_local(graph(tmp_path, Ill(Damaged("gone", "units/u1/a"), times=9)), items([1]))
    assert failure.damaged == "units/u1/a"


#: A driver of two workers that never end by themselves.
ENDLESS = """
import sys, time
from dags import local
from dags.stage import silent
from tests.graphs import Double, graph, items

class Endless(Double):
    def __call__(self, table):
        os.write(1, b"%d\\n" % os.getpid())  # one write: two workers share the pipe
        time.sleep(600)

if __name__ == "__main__":
    list(local.run(graph(sys.argv[1], Endless()), items([1], [2]), silent, workers=2, preload=[]))
"""


def test_local_workers_end_soon_after_a_driver_that_was_killed(tmp_path):
    script = tmp_path / "endless.py"
    script.write_text("import os\n" + ENDLESS)
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    driver = subprocess.Popen([sys.executable, script, tmp_path], stdout=subprocess.PIPE, text=True, env=environment)
    workers = [int(driver.stdout.readline()) for _ in range(2)]
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    end = time.monotonic() + 5
    while any(running(worker) for worker in workers):
        assert time.monotonic() < end
        time.sleep(0.1)


def running(pid):
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
