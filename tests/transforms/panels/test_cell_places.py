"""Rows, columns and words of position."""

import pytest

from transforms.panels.places import ACROSS, DOWN, at_places, bands

LEFT, RIGHT = (0, 0, 100, 100), (110, 0, 210, 100)
BELOW_LEFT, BELOW_RIGHT = (0, 110, 100, 210), (110, 110, 210, 210)
BELOW = (0, 110, 210, 210)
FOUR = [LEFT, RIGHT, BELOW_LEFT, BELOW_RIGHT]
STRIP = [(110 * n, 0, 110 * n + 100, 100) for n in range(6)]


@pytest.mark.parametrize(
    ("boxes", "labels", "found"),
    [
        ([LEFT, RIGHT], ["left", "right"], [0, 1]),
        ([LEFT, RIGHT], ["right", "left"], [1, 0]),
        ([LEFT, BELOW_LEFT], ["top", "bottom"], [0, 1]),
        (FOUR, ["top", "bottom"], [0, 0, 1, 1]),
        (FOUR, ["left", "right"], [0, 1, 0, 1]),
        (FOUR, ["top left", "top right", "bottom left", "bottom right"], [0, 1, 2, 3]),
        ([LEFT, RIGHT, BELOW], ["top left", "top right", "bottom"], [0, 1, 2]),
        (STRIP[:3], ["left", "middle", "right"], [0, 1, 2]),
        (STRIP, ["left", "middle", "right"], [0, 0, 1, 1, 2, 2]),
        ([(0, 110 * n, 100, 110 * n + 100) for n in range(3)], ["top", "middle", "bottom"], [0, 1, 2]),
        ([LEFT, RIGHT, BELOW_RIGHT], ["left", "top right", "bottom right"], [0, 1, 2]),
        ([(0, 0, 100, 210), RIGHT, BELOW_RIGHT], ["left", "top right", "bottom right"], [0, 1, 2]),
        ([LEFT, BELOW_LEFT], ["left", "right"], None),
        ([LEFT, RIGHT], ["top", "bottom"], None),
        (STRIP[:3], ["left", "right"], None),
        ([LEFT], ["left", "right"], None),
        (FOUR, ["left", "bottom right"], None),
    ],
)
def test_boxes_are_told_apart_by_words_of_position(boxes, labels, found):
    assert at_places(boxes, labels) == found


def test_rows_and_columns():
    assert bands(FOUR, DOWN) == [[0, 1], [2, 3]]
    assert bands(FOUR, ACROSS) == [[0, 2], [1, 3]]
    assert bands([(0, 0, 100, 100), (110, 40, 210, 140)], DOWN) == [[0, 1]]
    assert bands([(0, 0, 100, 100), (110, 90, 210, 190)], DOWN) == [[0], [1]]
    assert bands([], DOWN) == []
