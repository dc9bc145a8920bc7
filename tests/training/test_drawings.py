from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the training of the detector draws with matplotlib")
pytest.importorskip("cv2", reason="the training of the detector draws with OpenCV")

from training.detector import bank, drawings, specimens
from training.detector.textures import crop

SIZES = (150, 110), (90, 170), (300, 90)


def ink(image):
    return np.abs(image.astype(int) - image[0, 0]).max(axis=2) > 10


@pytest.mark.parametrize("name", drawings.KINDS)
def test_a_plot_fills_its_frame(name):
    image = drawings.draw(np.random.default_rng(1), name, 160, 130)
    assert image.shape == (130, 160, 3)
    assert image.dtype == np.uint8
    rows, columns = np.flatnonzero(ink(image).any(axis=1)), np.flatnonzero(ink(image).any(axis=0))
    assert rows[0] <= 5
    assert rows[-1] >= 124
    assert columns[0] <= 5
    assert columns[-1] >= 154


@pytest.mark.parametrize("name", specimens.KINDS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_specimen_has_the_size_asked_for(name, width, height):
    image = specimens.KINDS[name](np.random.default_rng(2), width, height)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert image.std() > 2


@pytest.mark.parametrize("seed", range(4))
def test_a_seed_draws_the_same_again(seed):
    first, again = (bank.content(np.random.default_rng(seed)) for _ in range(2))
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])


def test_a_plot_is_drawn_at_any_proportions():
    rng = np.random.default_rng(3)
    for aspect in np.geomspace(0.2, 5, 12):
        assert drawings.kind_for(rng, float(aspect)) in drawings.KINDS
    assert drawings.plot(rng, 60, 60).shape == (60, 60, 3)


def test_cropping_ends_at_the_ink():
    page = np.full((40, 60, 3), 250, np.uint8)
    page[10:20, 15:45] = 0
    assert crop(page).shape == (10, 30, 3)
    assert crop(page, 2).shape == (14, 34, 3)
    assert crop(np.full((8, 9, 3), 255, np.uint8)).shape == (8, 9, 3)


def test_a_bank_goes_on_where_it_stopped(tmp_path):
    bank.main(tmp_path, 1, 5)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert sorted(path.name.split("-")[0] for path in files) == [
        "00000", "00000.json", "00000.png", "page00000", "plots.jsonl",
    ]  # fmt: skip

    bank.main(tmp_path, 2, 5)

    assert len(list(tmp_path.rglob("*.*"))) == 6
    assert all(path.read_bytes() == data for path, data in files.items())
