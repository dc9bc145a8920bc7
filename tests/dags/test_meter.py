"""What an item takes is measured where it is worked on, and tells of one attempt."""

import time

import pyarrow as pa
import pytest

from dags.graph import Chain, Failure, Graph, Item
from dags.meter import Meter
from dags.stage import run_chain
from schemas.rejects import Reason, reject
from tests.graphs import ROWS, Double, Ill, items


class DropOdd(Double):
    name = "drop-odd"

    def __call__(self, table):
        odd = reject(self.name, Reason.NO_FIGURES)
        rows = [row | {"reject": odd if row["number"] % 2 else None} for row in table.to_pylist()]
        return pa.Table.from_pylist(rows, schema=ROWS)


class Twice(Double):
    name = "twice"

    def __call__(self, table):
        time.sleep(0.02)
        return pa.concat_tables([table, table])


def rows(*numbers):
    return pa.Table.from_pylist([{"number": number} for number in numbers], schema=ROWS)


def test_rows_in_and_out_and_rejects_of_each_stage():
    meter = Meter()
    meter.begin()
    list(run_chain([DropOdd(), Twice()], meter.reading([rows(1, 2, 3), rows(4)]), meter=meter))
    stages = meter.stated()["stages"]
    counts = {name: (each["rows_in"], each["rows_out"], each["rejects"]) for name, each in stages.items()}
    assert counts == {"read": (0, 4, 0), "drop-odd": (4, 2, 2), "twice": (2, 4, 0), "commit": (0, 0, 0)}


def test_the_seconds_of_stages_and_commit_are_all_of_an_item():
    meter = Meter()
    meter.begin()
    for _ in run_chain([Twice()], meter.reading([rows(1, 2), rows(3)]), meter=meter):
        time.sleep(0.03)  # who takes the tables commits them
    stated = meter.stated()
    assert stated["stages"]["twice"]["seconds"] == pytest.approx(0.04, abs=0.03)
    assert stated["stages"]["commit"]["seconds"] >= 0.06
    assert sum(each["seconds"] for each in stated["stages"].values()) == pytest.approx(stated["seconds"], abs=0.001)


def measured(stage, payload, patience):
    """The item as it is committed, or its failure."""
    seen = []

    def commit(item, tables):
        list(tables)
        seen.append(item)
        return {"work": item.meter.stated()}

    graph = Graph("test", lambda item: [rows(*item.payload)], (stage,), commit, None, None, None, patience)
    return Chain(graph)(items(payload)[0])


def test_what_is_tried_again_is_measured_anew():
    work = measured(Ill(ConnectionResetError(104, "reset"), times=2), [2, 4], patience=30)["work"]
    assert work["attempts"] == 3
    assert work["stages"]["double"] | {"seconds": 0} == {"seconds": 0, "rows_in": 2, "rows_out": 2, "rejects": 0}


def test_a_failure_says_how_often_it_was_tried():
    failure = measured(Ill(ConnectionResetError(104, "reset"), times=99), [2], patience=0)
    assert isinstance(failure, Failure)
    assert failure.attempts == 1
    assert failure.seconds >= 0
    assert failure.item == items([2])[0]


def test_the_meter_is_no_part_of_an_item():
    assert Item("a", "k", 1, meter=Meter()) == Item("a", "k", 1)
