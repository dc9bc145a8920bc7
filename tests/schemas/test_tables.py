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


def pictures(sizes, *counts):
    """Tables of so many rows each, with pictures of so many bytes."""
    table = pa.table({"n": pa.array(range(len(sizes)), pa.int64()), "image": [bytes(size) for size in sizes]})
    starts = [sum(counts[:n]) for n in range(len(counts))]
    return [table.slice(start, count) for start, count in zip(starts, counts, strict=True)]


def test_a_group_ends_before_its_pictures_are_too_many_bytes():
    groups = regroup(pictures([4, 4, 4, 99, 1, 9, 1], 7), 3, pictures=10)
    assert [group["n"].to_pylist() for group in groups] == [[0, 1], [2], [3], [4, 5], [6]]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.data(), st.integers(1, 10), st.integers(1, 30))
def test_where_groups_end_follows_from_the_rows_alone(sizes, data, rows, most):
    cut = data.draw(st.integers(0, len(sizes)))
    whole = [group["n"].to_pylist() for group in regroup(pictures(sizes, len(sizes)), rows, most)]
    for counts in ((cut, len(sizes) - cut), (1,) * len(sizes)):
        assert [group["n"].to_pylist() for group in regroup(pictures(sizes, *counts), rows, most)] == whole
    assert [n for group in whole for n in group] == list(range(len(sizes)))
    for group, after in zip(whole, [*whole[1:], None], strict=True):
        held = sum(sizes[n] for n in group)
        assert held <= most or len(group) == 1
        assert len(group) <= rows
        assert after is None or len(group) == rows or held + sizes[after[0]] > most
