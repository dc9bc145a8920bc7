"""A stage applied to a stream of tables: rejects pass by, a row that breaks it becomes one, an outage does not."""

from itertools import islice
from threading import Barrier

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dags.stage import apply, run_chain
from schemas.errors import Outage
from schemas.rejects import REJECT, Reason, reject
from schemas.tables import map_rows

NUMBERS = pa.schema([("number", pa.int64()), ("reject", REJECT)])
INVERSES = pa.schema([("number", pa.int64()), ("inverse", pa.float64()), ("reject", REJECT)])


class Invert:
    """1/number; a negative number is dropped, 0 is a bug of ours, 13 is an outage."""

    name, version, rowwise, cpus, gpus, memory, batch, output = "invert", "1", True, 1.0, 0.0, 0, 3, INVERSES

    def setup(self): ...

    def __call__(self, table):
        assert len(table) <= self.batch
        return map_rows(table, INVERSES, self._invert)

    def _invert(self, row):
        if row["number"] == 13:
            raise Outage("the source is down")
        if row["number"] < 0:
            yield row | {"reject": reject("invert", Reason.IMAGE_CORRUPT, "negative")}
        else:
            yield row | {"inverse": 1 / row["number"]}


class Waits(Invert):
    """1/number, which comes from elsewhere."""

    name, cpus, batch = "waits", 0.0, 1


def numbers(*values):
    return pa.Table.from_pylist([{"number": value} for value in values], schema=NUMBERS)


def test_a_row_that_breaks_a_stage_is_rejected_with_the_exception_and_the_others_go_on():
    done = apply(Invert(), numbers(1, 0, 4)).to_pylist()
    assert [row["inverse"] for row in done] == [1.0, None, 0.25]
    assert done[1]["reject"] == {
        "stage": "invert",
        "reason": "internal_error",
        "detail": "ZeroDivisionError: division by zero",
    }


def test_a_rejected_row_passes_by_the_stages_behind():
    once = apply(Invert(), numbers(-2, 2))
    twice = apply(Invert(), once)
    assert twice.to_pylist()[0]["reject"]["detail"] == "negative"
    assert twice.schema == INVERSES


def test_an_outage_is_no_reject():
    with pytest.raises(Outage, match="the source is down"):
        apply(Invert(), numbers(1, 13))


def test_a_stage_that_is_not_rowwise_raises_what_breaks_it():
    class Compare(Invert):
        rowwise = False

    with pytest.raises(ZeroDivisionError):
        apply(Compare(), numbers(1, 0))


def test_each_batch_is_told_when_it_is_done():
    told = []
    list(run_chain([Invert()], [numbers(1, 2, 3, 4)], lambda stage, rows: told.append((stage, rows))))
    assert told == [("invert", 3), ("invert", 1)]


def test_a_stage_that_waits_begins_its_next_batch_before_the_last_is_there():
    class Meets(Waits):
        both = Barrier(2, timeout=30)  # nobody passes alone

        def __call__(self, table):
            self.both.wait()
            return super().__call__(table)

    done = pa.concat_tables(run_chain([Meets()], [numbers(1, 2, 4), numbers(-1)]))
    assert done["inverse"].to_pylist() == [1.0, 0.5, 0.25, None]


def test_what_fails_ahead_fails_in_its_turn():
    done = run_chain([Waits()], [numbers(1, 2, 13)])
    assert [table["inverse"].to_pylist() for table in islice(done, 2)] == [[1.0], [0.5]]
    with pytest.raises(Outage, match="the source is down"):
        next(done)


@given(st.lists(st.integers(-5, 5)), st.sampled_from([Invert, Waits]))
def test_no_row_is_lost_or_doubled(values, second):
    done = pa.concat_tables([INVERSES.empty_table(), *run_chain([Invert(), second()], [numbers(*values)])])
    assert sorted(done["number"].to_pylist()) == sorted(values)
    kept = done.filter(pc.is_null(done["reject"]))["number"].to_pylist()
    assert kept == [value for value in values if value > 0]
