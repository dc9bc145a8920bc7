"""Whose region a cell lies in."""

from transforms.panels.regions import adopt, covered


def test_a_rectangle_may_cover_a_fifth_of_another_box():
    boxes = [(0, 0, 100, 100), (200, 0, 300, 100), (110, 80, 190, 180)]
    assert covered([0, 1], boxes) == []
    assert covered([0, 1], [*boxes[:2], (110, 79, 190, 179)]) == [2]
    assert covered([0], boxes) == []


def test_a_cell_joins_the_nearest_one_and_of_two_that_which_is_read_before():
    row = [(0, 0, 100, 100), (105, 0, 205, 100), (210, 0, 310, 100)]
    assert adopt({0: 0, 2: 1}, row, [1]) == {0: 0, 1: 0, 2: 1}
    near = [(0, 0, 100, 100), (107, 0, 207, 100), (210, 0, 310, 100)]
    assert adopt({0: 0, 2: 1}, near, [1]) == {0: 0, 1: 1, 2: 1}
    assert adopt({0: 0}, [(0, 0, 100, 100), (300, 0, 400, 100)], [1]) == {0: 0}  # too far


def test_a_cell_joins_no_region_that_would_cover_others():
    stairs = [(0, 0, 100, 100), (105, 0, 205, 100), (0, 105, 100, 205), (105, 105, 205, 205)]
    assert adopt({0: 0, 1: 1, 2: 2}, stairs, [3]) == {0: 0, 1: 1, 2: 2, 3: 1}
    assert adopt({0: 0, 1: 1, 2: 0}, stairs, [3]) == {0: 0, 1: 1, 2: 0, 3: 1}
