"""Boxes with the letters of several panels, cut between them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.panels.divide import divide
from transforms.panels.lettered import Letter
from transforms.panels.refine import Box

WHOLE = Box(10, 10, 390, 190, 0.9)


def page(*pictures):
    """A white page with gray noise in the boxes given."""
    gray = np.full((200, 400), 255, np.uint8)
    for x0, y0, x1, y1, level in pictures:
        gray[y0:y1, x0:x1] = level + np.random.default_rng(x0).integers(0, 20, (y1 - y0, x1 - x0))
    return gray


def letter(text, x, y, score=0.9):
    return Letter(text, x, y, x + 10, y + 12, score)


def test_two_letters_in_a_row_part_a_box_at_the_gutter():
    gray = page((10, 10, 190, 190, 90), (210, 10, 390, 190, 90))

    parts = divide([WHOLE], [letter("A", 14, 14), letter("B", 214, 14)], gray)

    assert parts == [Box(10, 10, 190, 190, 0.9), Box(210, 10, 390, 190, 0.9)]


def test_pictures_that_touch_are_parted_where_they_change():
    gray = page((10, 10, 200, 190, 40), (200, 10, 390, 190, 160))

    parts = divide([WHOLE], [letter("a", 14, 14), letter("b", 206, 14)], gray)

    assert [part[:4] for part in parts] == [(10, 10, 200, 190), (200, 10, 390, 190)]


def test_a_grid_is_cut_both_ways():
    gray = page(*((x, y, x + 180, y + 80, 90) for x in (10, 210) for y in (10, 110)))
    letters = [letter(text, x, y) for text, x, y in (("A", 14, 14), ("B", 214, 14), ("C", 14, 114), ("D", 214, 114))]

    assert len(divide([WHOLE], letters, gray)) == 4


def test_faint_letters_cut_where_they_begin_the_alphabet_together():
    gray = page((10, 10, 190, 190, 90), (210, 10, 390, 190, 90))

    assert len(divide([WHOLE], [letter("a", 14, 14, 0.3), letter("b", 214, 14, 0.4)], gray)) == 2
    assert divide([WHOLE], [letter("b", 14, 14, 0.3), letter("c", 214, 14, 0.4)], gray) == [WHOLE]


def test_a_box_stays_whole_without_two_clear_letters_that_follow_each_other_in_line():
    gray = page((10, 10, 190, 190, 90), (210, 10, 390, 190, 90))
    for second in (letter("C", 214, 14), letter("B", 214, 14, score=0.4), letter("B", 214, 90), letter("A", 214, 14)):
        assert divide([WHOLE], [letter("A", 14, 14), second], gray) == [WHOLE]


def test_a_box_stays_whole_where_nothing_parts_it():
    assert divide([WHOLE], [letter("A", 14, 14), letter("B", 214, 14)], page((10, 10, 390, 190, 90))) == [WHOLE]


def test_a_line_at_which_a_part_of_the_picture_changes_is_no_seam():
    gray = page((10, 10, 390, 190, 90), (10, 10, 100, 100, 230))

    letters = [letter("A", 14, 20), letter("B", 14, 120)]

    assert divide([WHOLE], letters, gray) == [WHOLE]


def test_a_letter_that_follows_none_cuts_no_box():
    gray = page((10, 10, 390, 90, 90), (10, 110, 390, 190, 90))
    letters = [letter("A", 114, 14), letter("B", 214, 50), letter("E", 214, 114)]

    assert divide([WHOLE], letters, gray) == [WHOLE]


def test_a_letter_at_the_corner_of_another_box_is_not_of_a_box_that_reaches_over_it():
    gray = page((10, 10, 190, 190, 90), (210, 10, 390, 190, 90))
    boxes = [Box(10, 10, 222, 190, 0.9), Box(208, 10, 390, 190, 0.9)]

    assert divide(boxes, [letter("A", 14, 14), letter("B", 208, 14)], gray) == boxes


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=200)
def test_any_letters_in_any_box_leave_boxes_on_the_page(seed):
    rng = np.random.default_rng(seed)
    gray = np.full((400, 1200), 255, np.uint8)
    for x in rng.integers(0, 1190, 40):
        gray[:, x : x + rng.integers(1, 30)] = rng.integers(0, 255)
    x, y = (int(v) for v in rng.integers(0, [1000, 300]))
    box = Box(x, y, x + int(rng.integers(20, 200)), y + int(rng.integers(20, 100)), 0.9)
    letters = [letter(text, *map(int, rng.integers([x, y], [box.x1, box.y1]))) for text in "abcd"]

    parts = divide([box], letters, gray)

    assert 1 <= len(parts) <= len(letters)
    assert all(0 <= part.x0 < part.x1 <= 1200 and 0 <= part.y0 < part.y1 <= 400 for part in parts)
