"""Letters that were not found, given to the panels that are left for them."""

from hypothesis import given
from hypothesis import strategies as st

from transforms.panels.gaps import complete
from transforms.panels.sequence import ALPHABETS

LATIN = ALPHABETS[0]
GRID = [(x, y, x + 90, y + 90) for y in (0, 100, 200) for x in (0, 100)]  # three rows of two


def test_the_only_panel_between_b_and_d_is_c():
    assert complete(["A", "B", None, "D", None, None], GRID, LATIN) == ["A", "B", "C", "D", None, None]


def test_panels_before_the_first_letter_have_those_before_it():
    assert complete([None, None, "c", "d", None, "f"], GRID, LATIN) == list("abcdef")


def test_letters_may_go_down_the_columns():
    assert complete(["a", "d", None, "e", "c", "f"], GRID, LATIN) == ["a", "d", "b", "e", "c", "f"]


def test_where_more_panels_or_fewer_are_left_than_letters_they_have_none():
    for labels in (["a", None, None, "c", "d", "e"], ["a", "e", None, None, None, "f"]):
        assert complete(labels, GRID, LATIN) == labels


def test_letters_that_follow_no_way_tell_nothing():
    labels = ["d", "a", None, None, "b", "f"]

    assert complete(labels, GRID, LATIN) == labels


def test_figures_without_letters_and_without_panels():
    assert complete([None, None], GRID[:2], LATIN) == [None, None]
    assert complete([], [], LATIN) == []


@given(st.sets(st.integers(0, 5)))
def test_what_is_found_stays_and_what_is_added_is_right(found):
    labels = [LATIN[n] if n in found else None for n in range(6)]
    completed = complete(labels, GRID, LATIN)

    assert all(label == LATIN[n] for n, label in enumerate(completed) if label)
    assert {n for n, label in enumerate(completed) if label} == set(range(max(found, default=-1) + 1))
