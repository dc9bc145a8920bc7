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
    """What is found on a page of 400 x 200 whose refined boxes and letters are these."""

    def found(boxes, labels, mode="RGB"):
        class Detects:
            def detect(self, pictures):
                return [Raw(np.zeros((1, 4), np.float32), np.zeros(1, np.float32)) for _ in pictures]

        class Reads:
            def read(self, images):
                assert all(image.dtype == np.uint8 and image.shape == (200, 400) for image in images)
                return [[] for _ in images]

        monkeypatch.setattr(module, "refine", lambda raw, scores, gray: boxes if gray.shape == (200, 400) else None)
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
    assert detector == f"panels-4+{model_digest()}"
    assert [type(value) for value in panels[0].box] == [int] * 4


def test_where_nothing_is_found_the_whole_is_one_panel_and_why_is_said(found):
    panels, detector = found([], [None])
    assert panels == [Panel((0, 0, 400, 200), 0.0, None)]
    assert detector == f"panels-4+{model_digest()}/whole:nothing"


def test_a_lone_panel_that_fills_the_picture_is_the_picture(found):
    panels, detector = found([Box(5, 5, 395, 195, 0.8)], ["C"])
    assert panels == [Panel((0, 0, 400, 200), 0.8, "C")]
    assert detector.endswith("/whole:single")


def test_a_lone_panel_that_does_not_is_cut_out(found):
    panels, detector = found([Box(50, 5, 350, 195, 0.8)], [None])
    assert panels == [Panel((50, 5, 350, 195), 0.8, None)]
    assert "/" not in detector


def test_it_travels_without_its_models():
    opened = PanelFinder(2)
    opened.open()
    travelled = pickle.dumps(opened)
    assert len(travelled) < 200
    assert pickle.loads(travelled)._threads == 2


def test_no_picture():
    assert PanelFinder().find([]) == []
