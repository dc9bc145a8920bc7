"""Every kind of contents is drawn to the size asked for."""

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the training of the detector draws with matplotlib")
pytest.importorskip("cv2", reason="the training of the detector draws with OpenCV")

from training.detector.draw import kinds, pictures
from training.detector.draw.plots import single_plots

SIZES = (150, 110), (90, 170), (300, 90)


def ink(image):
    return np.abs(image.astype(int) - image[0, 0]).max(axis=2) > 10


@pytest.mark.parametrize("name", kinds.PLOTS)
def test_a_plot_fills_its_frame(name):
    image = single_plots.draw(np.random.default_rng(1), name, 160, 130)
    assert image.shape == (130, 160, 3)
    assert image.dtype == np.uint8
    rows, columns = np.flatnonzero(ink(image).any(axis=1)), np.flatnonzero(ink(image).any(axis=0))
    assert rows[0] <= 5
    assert rows[-1] >= 124
    assert columns[0] <= 5
    assert columns[-1] >= 154


@pytest.mark.parametrize("name", kinds.PICTURES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_picture_has_the_size_asked_for(name, width, height):
    image = pictures.draw(np.random.default_rng(2), name, width, height)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert image.std() > 2


def test_a_plot_is_drawn_at_any_proportions():
    rng = np.random.default_rng(3)
    for aspect in np.geomspace(0.2, 5, 12):
        assert single_plots.kind_for(rng, float(aspect)) in kinds.PLOTS
    assert single_plots.draw(rng, single_plots.kind_for(rng, 1), 60, 60).shape == (60, 60, 3)


def test_no_two_kinds_share_a_name():
    names = [name for file in (*kinds.PLOT_FILES, *kinds.PICTURE_FILES) for name in file.KINDS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [*kinds.PLOTS, *kinds.PICTURES])
def test_a_name_can_stand_in_the_name_of_a_file(name):
    assert name.replace("_", "").isalnum()
