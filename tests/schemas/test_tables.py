"""Tables cut into groups of rows."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables import regroup


def numbers(*counts):
    """Tables of so many rows each, which are numbered through."""
    rows = iter(range(sum(counts)))
    return [pa.table({"n": pa.array([next(rows) for _ in range(count)], pa.int64())}) for count in counts]


def test_small_tables_are_joined_and_large_ones_cut():
    assert [len(table) for table in regroup(numbers(3, 0, 1, 9, 2), 4)] == [4, 4, 4, 3]


def test_of_nothing_nothing_is_made():
    assert list(regroup([], 4)) == []
    assert list(regroup(numbers(0, 0), 4)) == []


@given(st.lists(st.integers(0, 20), max_size=20), st.integers(1, 10))
def test_every_row_stands_in_its_place_and_only_the_last_group_is_smaller(counts, rows):
    groups = list(regroup(numbers(*counts), rows))
    assert [n for group in groups for n in group["n"].to_pylist()] == list(range(sum(counts)))
    assert {len(group) for group in groups[:-1]} <= {rows}
    assert all(0 < len(group) <= rows for group in groups)
