"""How sure a panel is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.panels.confidence import confident, evidence
from transforms.panels.refine import Box

SIDE = 64


def scores(*parts):
    """The scores of a square of places: so much within each part (x0, y0, x1, y1, score), 0 elsewhere."""
    square = np.zeros((SIDE, SIDE), np.float32)
    for x0, y0, x1, y1, score in parts:
        square[y0:y1, x0:x1] = score
    return square.ravel()


def test_a_panel_whose_middle_agrees_is_surer_than_one_with_a_single_sure_place():
    left, right = Box(0, 0, 320, 640, 0.9), Box(320, 100, 640, 640, 0.9)
    one, other = confident([left, right], scores((0, 0, 32, 64, 0.9), (48, 37, 49, 38, 0.9)), (640, 640))

    assert one.score > 0.9
    assert other.score < 0.1
    assert (one[:4], other[:4]) == (left[:4], right[:4])


def test_panels_of_one_size_are_surer_than_those_of_different_sizes():
    even, places = [Box(0, 0, 300, 100, 0.5), Box(0, 200, 300, 300, 0.5)], scores((0, 0, 64, 64, 0.5))
    alike = confident(even, places, (300, 300))
    apart = confident([even[0], Box(0, 200, 300, 260, 0.5)], places, (300, 300))

    assert min(box.score for box in alike) > max(box.score for box in apart)


def test_of_a_panel_smaller_than_a_place_that_place_tells():
    corners = np.array([[0.501, 0.501, 0.503, 0.503], [0.999, 0.999, 1.0, 1.0]])

    assert evidence(corners, scores((32, 32, 33, 33, 0.7), (63, 63, 64, 64, 0.4)))[:, 0] == pytest.approx([0.7, 0.4])


def test_no_panel():
    assert confident([], scores(), (10, 10)) == []


@given(st.lists(st.tuples(*[st.integers(0, 90)] * 2, *[st.integers(1, 10)] * 2), min_size=1, max_size=6))
def test_chances_lie_between_0_and_1_and_boxes_stay(rows):
    boxes = [Box(x, y, x + width, y + height, 0.5) for x, y, width, height in rows]
    places = np.random.default_rng(0).random(SIDE * SIDE).astype(np.float32)
    surer = confident(boxes, places, (100, 100))

    assert [box[:4] for box in surer] == [box[:4] for box in boxes]
    assert all(0 < box.score < 1 for box in surer)
