"""Boxes of one letter that are pieces of one panel."""

from hypothesis import given
from hypothesis import strategies as st

from transforms.panels.join import join
from transforms.panels.refine import Box

ICONS = [Box(0, 0, 40, 40, 1.0), Box(120, 0, 160, 40, 0.75), Box(0, 100, 40, 140, 0.75), Box(120, 100, 160, 140, 0.5)]


def test_icons_far_apart_with_one_letter_are_one_panel():
    assert join(ICONS, ["a"] * 4) == [Box(0, 0, 160, 140, 0.75)]


def test_a_box_without_a_letter_among_them_is_a_piece():
    among, beside = Box(60, 60, 80, 80, 0.75), Box(200, 0, 300, 140, 0.9)

    assert join([*ICONS, among, beside], ["a"] * 4 + [None, None]) == [beside, Box(0, 0, 160, 140, 0.75)]


def test_among_boxes_of_another_letter_they_stay():
    other = Box(60, 60, 80, 80, 0.9)

    assert join([*ICONS, other], ["a"] * 4 + ["b"]) == [*ICONS, other]


def test_pictures_of_a_grid_stay():
    grid = [Box(x, y, x + 90, y + 90, 0.9) for y in (0, 110) for x in (0, 110)]

    assert join(grid, ["a"] * 4) == grid


def test_two_boxes_or_such_without_letters_stay():
    assert join(ICONS[:2], ["a", "a"]) == ICONS[:2]
    assert join(ICONS, [None] * 4) == ICONS
    assert join([], []) == []


CORNERS = st.tuples(*[st.integers(0, 200)] * 2, *[st.integers(1, 80)] * 2)


@given(st.lists(st.tuples(CORNERS, st.sampled_from(["a", "b", None])), max_size=9))
def test_every_box_lies_in_one_that_comes_out(rows):
    boxes = [Box(x, y, x + width, y + height, 0.9) for (x, y, width, height), _ in rows]
    joined = join(boxes, [label for _, label in rows])

    assert len(joined) <= len(boxes)
    for box in boxes:
        assert any(o.x0 <= box.x0 and o.y0 <= box.y0 and o.x1 >= box.x1 and o.y1 >= box.y1 for o in joined)
