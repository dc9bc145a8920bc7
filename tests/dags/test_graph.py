"""A step of a graph: what is tried again and for how long, and what a failure says."""

import errno
import time

import pytest

from dags import graph as graphs
from dags import inline
from dags.graph import failed
from schemas.errors import Damaged, Outage, UserError
from tests.graphs import Closed, Double, Ill, Together, graph, items

LOST = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only where somebody sleeps: the seconds slept."""
    slept = []
    now = time.monotonic
    monkeypatch.setattr("tenacity.nap.time.sleep", slept.append)
    monkeypatch.setattr("tenacity.time.monotonic", lambda: now() + sum(slept))
    return slept


@pytest.mark.parametrize("error", [LOST, TimeoutError(), OSError("AWS Error NETWORK_CONNECTION")])
def test_what_passes_within_a_minute_ends_nothing(tmp_path, clock, error):
    stage = Ill(error, times=6)
    (receipt,) = inline.run(graph(tmp_path, stage, patience=60), items([1]))
    assert receipt["rows"][0]["number"] == 2
    assert 30 < sum(clock) < 60
    assert clock[0] < clock[2] < clock[4]  # exponential


def test_what_lasts_longer_is_a_failure_after_the_graph_s_patience(tmp_path, clock):
    (failure,) = inline.run(graph(tmp_path, Ill(LOST, times=1000), patience=60), items([1]))
    assert (failure.error, failure.outage) == ("item0: ConnectionResetError: Connection reset by peer", False)
    assert 60 <= sum(clock) < 80


def test_patience_begins_with_the_first_failure_however_long_the_item_took(tmp_path, clock):
    class Long(Ill):
        def __call__(self, table):
            clock.append(600)  # seconds go by
            return super().__call__(table)

    stage = Long(LOST, times=1)
    (receipt,) = inline.run(graph(tmp_path, stage, patience=60), items([1]))
    assert receipt["key"] == "key0"
    (failure,) = inline.run(graph(tmp_path, again := Long(LOST, times=1000), patience=60), items([1]))
    assert "reset" in failure.error
    assert len(again.moments) == 2


@pytest.mark.parametrize(
    "error",
    [
        FULL,
        OSError(errno.EDQUOT, "Quota"),
        Outage("the store is down"),
        UserError("no"),
        Damaged("gone", "a"),
        ValueError(),
        MemoryError(),
        OSError("encoder error -2"),
    ],
)
def test_what_stays_and_what_was_waited_for_is_not_tried_again(tmp_path, clock, error):
    stage = Together() if isinstance(error, ValueError) else Ill(error, times=1)
    (failure,) = inline.run(graph(tmp_path, stage, patience=60), items([6]))
    assert clock == []
    assert failure.error


def test_a_model_that_cannot_be_opened_for_a_moment_is_opened_again(tmp_path, clock):
    class Slow(Double):
        opened = 0

        def setup(self):
            self.opened += 1
            if self.opened < 3:
                raise LOST
            super().setup()

    stage = Slow()
    outcomes = list(inline.run(graph(tmp_path, stage, patience=60), items([1], [2])))
    assert [outcome["key"] for outcome in outcomes] == ["key0", "key1"]
    assert stage.opened == 3


def test_a_model_that_cannot_be_opened_fails_each_item(tmp_path):
    outcomes = list(inline.run(graph(tmp_path, Closed()), items([1], [2])))
    assert [outcome.error for outcome in outcomes] == ["item0: the model is missing", "item1: the model is missing"]


def test_a_damaged_file_is_named_and_is_no_outage():
    path = "units/u1/panels-3f.parquet"
    failure = failed(items([1])[0], Damaged(f"{path}: not the SHA-256 of its receipt", path))
    assert failure.damaged == "units/u1/panels-3f.parquet"
    assert failure.error == "item0: units/u1/panels-3f.parquet: not the SHA-256 of its receipt"
    assert not failure.outage


def test_the_patience_is_a_minute_by_default():
    assert graphs.PATIENCE == 60
