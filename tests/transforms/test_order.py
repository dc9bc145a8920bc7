"""The order in which panels are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.panels.order import reading_order, row_major

GRID = [(0, 0, 90, 90), (100, 0, 190, 90), (0, 100, 90, 190), (100, 100, 190, 190)]


def test_rows_from_top_to_bottom_and_each_from_left_to_right():
    assert row_major([GRID[3], GRID[0], GRID[2], GRID[1]]) == [1, 3, 2, 0]


def test_a_row_may_be_ragged():
    assert row_major([(100, 8, 190, 95), (0, 0, 90, 80), (0, 100, 90, 180), (100, 110, 190, 190)]) == [1, 0, 2, 3]


def test_columns_of_unlike_height_are_read_by_row():
    assert row_major([(10, 10, 310, 410), (330, 10, 630, 200), (330, 220, 630, 410)]) == [0, 1, 2]


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        ("ACBD", [0, 2, 1, 3]),  # by column
        ("acBD", [0, 2, 1, 3]),
        (["i", "iii", "ii", "iv"], [0, 2, 1, 3]),
        ("1324", [0, 2, 1, 3]),
        ("ABAB", [0, 2, 1, 3]),  # all of A, then all of B
        ("BBAA", [2, 3, 0, 1]),
        ("DFEG", [0, 2, 1, 3]),  # the later graphic of a figure
        (["A", "C", "B", None], [0, 2, 3, 1]),  # the one without follows the one that it follows
        (["A", "D", None, "B"], [0, 3, 1, 2]),  # which may be C
        (["A", "C", None, None], [0, 1, 2, 3]),  # too few have one
        ("AZBC", [0, 1, 2, 3]),  # no sequence
        (["A", "ii", "B", "C"], [0, 1, 2, 3]),  # of two alphabets
        ([None] * 4, [0, 1, 2, 3]),
    ],
)
def test_letters_tell_the_order_where_they_form_a_sequence(labels, order):
    assert reading_order(GRID, list(labels)) == order


CORNERS = st.tuples(*[st.integers(0, 50)] * 2, *[st.integers(51, 100)] * 2)
LABELS = st.one_of(st.none(), st.sampled_from("ABCDab1i"))


@given(st.lists(st.tuples(CORNERS, LABELS), min_size=1))
def test_no_panel_is_lost_or_doubled(panels):
    boxes, labels = zip(*panels, strict=True)
    assert sorted(reading_order(boxes, labels)) == list(range(len(panels)))
