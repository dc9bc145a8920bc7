"""Raw boxes to panels: fused, settled and snapped to what is on the page."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.panels.refine import Box, fuse, ground, refine, settle, snap


def page(*pictures, width=200, height=120, level=255):
    """A page with textured pictures at the given boxes."""
    gray = np.full((height, width), level, np.uint8)
    for x0, y0, x1, y1 in pictures:
        gray[y0:y1, x0:x1] = np.random.default_rng(x0).integers(60, 180, (y1 - y0, x1 - x0))
    return gray


def boxes(*rows):
    return np.array(rows, np.float32).reshape(-1, 4)


def test_boxes_of_one_panel_become_their_mean():
    means, scores = fuse(
        np.array([[0, 0, 100, 100], [4, 0, 104, 100], [120, 0, 200, 100.0]]), np.array([0.6, 0.6, 0.9])
    )

    assert means.round(6).tolist() == [[120, 0, 200, 100], [2, 0, 102, 100]]
    assert scores.tolist() == [0.9, 0.6]


def test_a_box_over_two_panels_goes_where_these_are_surer():
    three = np.array([[0, 0, 200, 100], [0, 0, 95, 100], [105, 0, 200, 100.0]])

    assert settle(three, np.array([0.5, 0.8, 0.9]))[0].tolist() == three[1:].tolist()
    assert settle(three, np.array([0.9, 0.8, 0.5]))[0].tolist() == three[:1].tolist()


def test_edges_move_out_to_the_end_of_the_ink_and_in_from_blank_lines():
    gray = page((20, 10, 90, 100))

    assert snap(np.array([21.0, 9, 89, 103]), gray, 255) == (20, 10, 90, 100)


def test_edges_move_to_the_seam_of_pictures_that_abut():
    gray = page((0, 0, 100, 120))
    gray[:, 100:] = np.random.default_rng(1).integers(0, 30, (120, 100))

    assert snap(np.array([0.0, 0, 98, 120]), gray, 255) == (0, 0, 100, 120)


def test_a_dark_picture_keeps_its_empty_border():
    gray = page(level=255)
    gray[10:110, 20:180] = 0
    gray[50:60, 90:100] = 200

    assert snap(np.array([21.0, 11, 179, 109]), gray, 255) == (20, 10, 180, 110)


def test_the_ground_is_the_level_of_most_of_the_border():
    assert ground(page(level=250)) == 250
    assert ground(page(level=0)) == 0
    assert ground(page((0, 0, 200, 120))) == 255  # a picture to the edges says nothing of the page


def test_a_lone_panel_is_all_that_is_drawn():
    gray = page((20, 10, 160, 100), (165, 50, 180, 60))  # a picture and a word beside it

    [box] = refine(boxes([22, 10, 150, 90]), np.array([0.9], np.float32), gray)

    assert box[:4] == (20, 10, 180, 100)


def test_unlikely_and_tiny_boxes_are_no_panels():
    gray = page((20, 10, 90, 100))

    assert refine(boxes([20, 10, 90, 100], [20, 10, 24, 14]), np.array([0.1, 0.9], np.float32), gray) == []
    assert refine(boxes(), np.zeros(0, np.float32), gray) == []


CORNERS = st.tuples(*[st.floats(-20, 220, width=32)] * 4)


@given(st.lists(st.tuples(CORNERS, st.floats(0, 1, width=32)), max_size=12), st.integers(0, 9))
def test_panels_lie_in_the_figure_whatever_the_detector_says(raw, seed):
    gray = np.random.default_rng(seed).integers(0, 256, (120, 200), dtype=np.uint8)
    corners = np.array([corners for corners, _ in raw], np.float32).reshape(-1, 2, 2)
    scores = np.array([score for _, score in raw], np.float32)
    for box in refine(np.sort(corners, axis=1).reshape(-1, 4), scores, gray):
        assert isinstance(box, Box)
        assert 0 <= box.x0 < box.x1 <= 200
        assert 0 <= box.y0 < box.y1 <= 120
