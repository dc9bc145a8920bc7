"""What a run keeps of itself: receipts that say what they took, and progress.json."""

import json
import time
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console

from dags.graph import Failure, Item
from dags.meter import Meter
from pipeline.phases.phase import attempt
from pipeline.storage.lease import lease
from pipeline.storage.receipts import Attempt, load_receipt, receipt_path
from pipeline.storage.store import open_store
from pipeline.watch import counting, keeper
from pipeline.watch.events import (
    ItemDone,
    ItemFailed,
    ItemsCounted,
    Listener,
    PhaseEnded,
    PhaseStarted,
    heard,
    publish,
)
from pipeline.watch.keeper import kept_progress
from pipeline.watch.record import CAUSES, SLOWEST
from schemas.errors import Damaged, UserError

WORK = {"seconds": 2.5, "attempts": 3, "stages": {"jats": {"seconds": 2.0, "rows_in": 4, "rows_out": 3, "rejects": 1}}}


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "out"))


def committed(store, folder="units/a", seconds=0.0, key="k" * 64):
    meter = Meter()
    meter.begin()
    meter.stage("jats").add(seconds, 3, 2, 1)
    attempt = Attempt(store, Item(folder, key, None, meter=meter))
    with attempt.create("rows.bin") as sink:
        sink.write(b"abc")
    return attempt.settle({"rows": 1}, {"panels": 1})


def test_a_receipt_says_what_its_item_took(store):
    committed(store)
    work = load_receipt(store, f"units/a/{'k' * 64}.json")["work"]
    assert work["attempts"] == 1
    assert work["stages"]["jats"] == {"seconds": 0.0, "rows_in": 3, "rows_out": 2, "rejects": 1}
    assert list(work["stages"]) == ["commit", "jats"]


def test_an_item_that_nobody_measured_says_nothing(store):
    receipt = Attempt(store, Item("units/a", "k", None)).settle({}, {})
    assert "work" not in receipt
    assert load_receipt(store, receipt_path(Item("units/a", "k", None))) == receipt


def test_the_digest_of_a_receipt_depends_on_no_clock(store, tmp_path):
    """The same files and counts give the same digest, however long they took."""
    receipt = committed(store)
    path = tmp_path / "out" / "units" / "a" / f"{'k' * 64}.json"
    stated = json.loads(path.read_text())
    stated["work"]["seconds"] = 1234.5
    path.write_text(json.dumps(stated))
    assert load_receipt(store, f"units/a/{'k' * 64}.json")["digest"] == receipt["digest"]
    stated["counts"]["panels"] = 2
    path.write_text(json.dumps(stated))
    with pytest.raises(Damaged):
        load_receipt(store, f"units/a/{'k' * 64}.json")


@pytest.mark.parametrize("work", [{}, WORK | {"seconds": -1.0}, WORK | {"attempts": "2"}, WORK | {"more": 1}, []])
def test_what_was_never_written_as_work_is_damage(store, tmp_path, work):
    committed(store)
    path = tmp_path / "out" / "units" / "a" / f"{'k' * 64}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"work": work}))
    with pytest.raises(Damaged):
        load_receipt(store, f"units/a/{'k' * 64}.json")


def told(store):
    return json.loads(store.read("progress.json"))


def receipt(number, seconds=1.0, rejects=None):
    files = {"panels": {"path": "p", "bytes": 10, "sha256": "0" * 64, "rows": 2}}
    return {
        "folder": f"units/u{number}", "key": f"k{number}", "files": files, "counts": {"rejects": rejects or {}},
        "work": WORK | {"seconds": seconds},
    }  # fmt: skip


def standing(count):
    """The receipts of items that an earlier run did."""
    return tuple(receipt(1000 + number, rejects={"no_caption": 1}) for number in range(count))


def failure(number, error="the disk is full", **more):
    return Failure(Item(f"units/u{number}", "k", None), f"units/u{number}: {error}", **more)


def test_progress_sums_up_what_is_told(store):
    with lease(store) as held, kept_progress(store, held, "build", "ray"):
        publish(PhaseStarted("curate", "units", 20, standing(5)))
        for number in range(8):
            publish(ItemDone("curate", receipt(number, seconds=number, rejects={"no_figures": 2})))
        for number in range(3):
            publish(ItemFailed("curate", failure(number, attempts=2)))
        publish(PhaseEnded("curate"))
        run = held.holder.token
    (phase,) = told(store)["phases"]
    assert (told(store)["outcome"], run.startswith(told(store)["run"])) == ("done", True)
    assert {name: phase[name] for name in ("items", "resumed", "done", "finished", "failed", "bytes", "retries")} == {
        "items": 20, "resumed": 5, "done": 13, "finished": 8, "failed": 3, "bytes": 80, "retries": 8 * 2 + 3,
    }  # fmt: skip
    assert phase["worked"] == 5 + sum(range(8))
    assert phase["rejects"] == {"no_figures": 16, "no_caption": 5}
    assert phase["stages"]["jats"] == {"seconds": 16.0, "rows_in": 32, "rows_out": 24, "rejects": 8}
    assert [slow["item"] for slow in phase["slowest"]] == [f"units/u{number}" for number in (7, 6, 5, 4, 3)]
    assert phase["causes"] == [{"error": "the disk is full", "items": 3, "last": "units/u2"}]


def test_what_is_kept_of_a_phase_is_bounded(store):
    with lease(store) as held, kept_progress(store, held, "build", "local"):
        publish(PhaseStarted("curate", "units", 5000))
        for number in range(2000):
            publish(ItemDone("curate", receipt(number, rejects={f"reason {number}": 1})))
            publish(ItemFailed("curate", failure(number, f"fault {number} " + "x" * 5000)))
        publish(ItemFailed("curate", failure(1, "the last straw")))
    (phase,) = told(store)["phases"]
    assert len(store.read("progress.json")) < 20_000
    assert len(phase["slowest"]) == SLOWEST
    assert len(phase["causes"]) == CAUSES
    assert phase["causes"][-1]["error"] == "the last straw"
    assert (phase["done"], phase["failed"]) == (2000, 2001)


def test_items_may_be_counted_before_they_are_told(store):
    with lease(store) as held, kept_progress(store, held, "build", "beam"):
        publish(PhaseStarted("curate", "units", 4, standing(1)))
        publish(ItemsCounted("curate", 3))
        for number in range(3):
            publish(ItemDone("curate", receipt(number)))
    assert told(store)["phases"][0]["done"] == 4


def test_it_is_written_when_a_phase_begins_and_every_few_seconds(store, monkeypatch):
    monkeypatch.setattr(keeper, "INTERVAL", 0.05)
    with lease(store) as held, kept_progress(store, held, "build", "local"):
        publish(PhaseStarted("curate", "units", 4))
        assert until(lambda: store.size("progress.json"))
        publish(ItemDone("curate", receipt(1)))
        assert until(lambda: told(store)["phases"][0]["done"] == 1)
        assert told(store)["outcome"] == ""


def until(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def test_a_run_with_nothing_to_do_leaves_no_trace_of_itself(store):
    with lease(store) as held, kept_progress(store, held, "build", "local"):
        publish(PhaseStarted("curate", "units", 1))
    before = store.read("progress.json")
    with lease(store) as held, kept_progress(store, held, "build", "local"):
        publish(PhaseStarted("curate", "units", 1, standing(1)))
    assert store.read("progress.json") == before


@pytest.mark.parametrize(
    ("error", "outcome"), [(UserError("no room"), "failed"), (KeyboardInterrupt(), "interrupted"), (None, "done")]
)
def test_how_a_run_ends(store, error, outcome):
    with (
        pytest.raises(type(error)) if error else nullcontext(),
        lease(store) as held,
        kept_progress(store, held, "build", "local"),
    ):
        publish(PhaseStarted("curate", "units", 1))
        if error:
            raise error
    assert (told(store)["outcome"], told(store)["error"]) == (outcome, "no room" if outcome == "failed" else "")
    with lease(store) as held, kept_progress(store, held, "build", "local"):
        publish(PhaseStarted("curate", "units", 1, standing(1)))  # all is there: what was cut short is whole now
    assert told(store)["outcome"] == "done"


def test_a_start_that_fails_leaves_nothing(store, tmp_path):
    with pytest.raises(UserError), lease(store) as held, kept_progress(store, held, "build", "local"):
        raise UserError("no such source")
    assert not (tmp_path / "out").exists()


def test_who_lost_the_lease_writes_nothing_over_the_other_s(store):
    with lease(store) as held, kept_progress(store, held, "build", "local"):
        publish(PhaseStarted("curate", "units", 1))
        assert until(lambda: store.size("progress.json"))
        store.write("progress.json", b"of another driver")
        held._thief = "pid 1 on other"
    assert store.read("progress.json") == b"of another driver"


def test_a_store_that_is_away_is_no_fault_of_the_run(store, monkeypatch):
    with lease(store) as held, kept_progress(replace(store, patience=0), held, "build", "local"):
        monkeypatch.setattr(type(store.backend), "create", refused)
        publish(PhaseStarted("curate", "units", 1))


def refused(*_):
    raise PermissionError(13, "Permission denied")


def test_receipts_are_counted_while_an_engine_is_silent(store, monkeypatch):
    monkeypatch.setattr(counting, "INTERVAL", 0.05)
    monkeypatch.setattr(counting, "SHARE", 1.0)
    counts = []
    items = [Item(f"units/{name}", "k" * 64, None) for name in "abc"]
    with counting.counted(store, items, counts.append):
        assert until(lambda: counts)
        committed(store, "units/a")
        committed(store, "units/x")  # of no item of this phase
        assert until(lambda: counts[-1] == 1)
        committed(store, "units/c")
        assert until(lambda: counts[-1] == 2)
    assert counts[0] == 0


class Counts(Listener):
    """Keeps what is counted."""

    def __init__(self):
        super().__init__()
        self.counts = []

    def take(self, event):
        if isinstance(event, ItemsCounted):
            self.counts.append(event.done)


@pytest.mark.parametrize(("engine", "counts"), [("beam", [2, 3]), ("ray", [])])
def test_a_phase_is_counted_while_its_beam_job_runs(store, monkeypatch, engine, counts):
    """The job tells its outcomes when it has ended; one of its items stood before."""
    monkeypatch.setattr(counting, "INTERVAL", 0.05)
    monkeypatch.setattr(counting, "SHARE", 1.0)
    items = [Item(f"units/{name}", name, None) for name in "abc"]
    listener = Counts()

    def work(graph, pending, beat):
        done = []
        for number, item in enumerate(pending, 2):
            done.append(committed(store, item.folder, key=item.key))
            assert not counts or until(lambda number=number: listener.counts[-1:] == [number])
        yield from done

    first = committed(store, "units/a", key="a")
    run = SimpleNamespace(
        store=store, engine=work, console=Console(quiet=True), config=SimpleNamespace(engine=engine),
        lease=SimpleNamespace(lost=lambda: None),
    )  # fmt: skip
    with heard(listener):
        outcomes = attempt(run, SimpleNamespace(name="curate"), items, {first["key"]: first})
    assert outcomes.receipts
    assert [count for count in dict.fromkeys(listener.counts) if count > 1] == counts
