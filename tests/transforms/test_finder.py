"""From pictures to panels: what becomes of the detector's boxes and the reader's letters."""

import pickle

import numpy as np
import pytest
from PIL import Image

from transforms.panels import finder as module
from transforms.panels.detector import Raw, model_digest
from transforms.panels.finder import Panel, PanelFinder
from transforms.panels.refine import Box


@pytest.fixture
def found(monkeypatch):
    """What is found on a page of 400 x 200 with these refined boxes, those of a closer look, and these letters."""
    seen, seen_closer = (Raw(np.zeros((n, 4), np.float32), np.zeros(n, np.float32)) for n in (1, 2))

    def found(boxes, labels, mode="RGB", closer=()):
        def refined(raw, scores, gray):
            assert gray.shape == (200, 400)
            return closer if len(raw) == len(seen_closer.boxes) else boxes

        class Detects:
            def detect(self, pictures):
                return [seen for _ in pictures]

        class Reads:
            def read(self, images):
                assert all(image.dtype == np.uint8 and image.shape == (200, 400) for image in images)
                return [[] for _ in images]

        monkeypatch.setattr(module, "refine", refined)
        monkeypatch.setattr(module, "look_closer", lambda picture, first, detector: seen_closer)
        monkeypatch.setattr(module, "confident", lambda boxes, scores, size: boxes)
        monkeypatch.setattr(module, "attach", lambda letters, given: labels[: len(given)])
        opened = PanelFinder()
        opened.detector, opened.reader = Detects(), Reads()
        first, second = opened.find([Image.new(mode, (400, 200))] * 2)
        assert first == second
        return first

    return found


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_panels_with_their_letters_in_reading_order(found, mode):
    right, left = Box(210, 0, 400, 200, 0.71239), Box(0, 0, 190, 200, np.float32(0.5))
    panels, detector = found([right, left], ["B", "A"], mode)
    assert panels == [Panel((0, 0, 190, 200), 0.5, "A"), Panel((210, 0, 400, 200), 0.712, "B")]
    assert detector == f"panels-5+{model_digest()}"
    assert [type(value) for value in panels[0].box] == [int] * 4


def test_where_nothing_is_found_the_whole_is_one_panel_and_why_is_said(found):
    panels, detector = found([], [None])
    assert panels == [Panel((0, 0, 400, 200), 0.0, None)]
    assert detector == f"panels-5+{model_digest()}/whole:nothing"


def test_a_lone_panel_that_fills_the_picture_is_the_picture(found):
    panels, detector = found([Box(5, 5, 395, 195, 0.8)], ["C"])
    assert panels == [Panel((0, 0, 400, 200), 0.8, "C")]
    assert detector.endswith("/whole:single")


def test_a_lone_panel_that_does_not_is_cut_out(found):
    panels, detector = found([Box(50, 5, 350, 195, 0.8)], [None])
    assert panels == [Panel((50, 5, 350, 195), 0.8, None)]
    assert "/" not in detector


@pytest.mark.parametrize(("starts", "count"), [([0, 100, 200, 300], 4), ([0, 150], 3)])
def test_a_closer_look_at_small_unsure_panels_counts_where_more_are_of_one_size(found, starts, count):
    first = [Box(0, 0, 40, 40, 0.5), Box(100, 0, 140, 40, 0.5), Box(200, 0, 340, 40, 0.5)]
    second = [Box(x, 0, x + 40, 40, 0.5) for x in starts]

    panels, _ = found(first, [None] * 4, closer=second)

    assert len(panels) == count


def test_it_travels_without_its_models():
    opened = PanelFinder(2)
    opened.open()
    travelled = pickle.dumps(opened)
    assert len(travelled) < 200
    assert pickle.loads(travelled)._threads == 2


def test_no_picture():
    assert PanelFinder().find([]) == []
