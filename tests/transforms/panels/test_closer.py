"""A second, closer look where a figure's panels are small and doubtful."""

import numpy as np
import pytest
from PIL import Image

from transforms.panels.closer import is_doubtful, is_more_regular, look_closer, windows
from transforms.panels.detector import Raw
from transforms.panels.refine import Box

SIZE = (1000, 500)


def row(*sides, score=0.9):
    """Panels of these widths side by side, each 100 high."""
    starts = np.cumsum([0, *sides]).tolist()
    return [Box(x, 0, x + side, 100, score) for x, side in zip(starts, sides, strict=False)]


class Detects:
    """A detector that finds these boxes, in pixels of whatever it is given, each with a score of .8."""

    def __init__(self, *boxes):
        self.boxes, self.sizes = np.array(boxes, np.float32), []

    def detect(self, pictures):
        self.sizes += [picture.size for picture in pictures]
        return [Raw(self.boxes, np.full(len(self.boxes), 0.8, np.float32)) for _ in pictures]


@pytest.mark.parametrize(
    ("boxes", "doubtful"),
    [
        (row(100, 100, 100), True),
        (row(100, 100, 100, score=0.99), False),
        (row(100, 100), False),
        ([box._replace(y1=300) for box in row(300, 300, 300)], False),
    ],
)
def test_a_figure_of_small_unsure_panels_is_looked_at_again(boxes, doubtful):
    assert is_doubtful(boxes, SIZE) is doubtful


def test_the_windows_cover_a_figure_and_overlap_by_a_fifth_of_it():
    assert windows(SIZE) == [(0, 0, 600, 300), (400, 0, 1000, 300), (0, 200, 600, 500), (400, 200, 1000, 500)]


def test_what_windows_show_joins_what_was_seen_before():
    detector = Detects((20, 20, 120, 120))
    first = Raw(np.array([[1, 2, 3, 4]], np.float32), np.array([0.6], np.float32))

    raw = look_closer(Image.new("RGB", SIZE), first, detector)

    assert detector.sizes == [(600, 300)] * 4
    assert raw.boxes.tolist() == [
        [1, 2, 3, 4],
        [20, 20, 120, 120],
        [420, 20, 520, 120],
        [20, 220, 120, 320],
        [420, 220, 520, 320],
    ]
    assert raw.scores.tolist() == pytest.approx([0.6, 0.8, 0.8, 0.8, 0.8])


def test_what_an_edge_of_a_window_cuts_does_not_count_unless_the_figure_ends_there():
    detector = Detects((0, 100, 100, 200), (500, 100, 600, 200))
    none = Raw(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))

    raw = look_closer(Image.new("RGB", SIZE), none, detector)

    assert raw.boxes.tolist() == [
        [0, 100, 100, 200],
        [900, 100, 1000, 200],
        [0, 300, 100, 400],
        [900, 300, 1000, 400],
    ]


def test_more_panels_of_one_size_are_more_regular():
    joined, cut = row(100, 200, 100), row(100, 100, 100, 100)

    assert is_more_regular(cut, joined)
    assert not is_more_regular(joined, cut)
    assert not is_more_regular(cut, cut)
    assert not is_more_regular(row(100, 70, 50, 180), joined)
    assert not is_more_regular([], [])
