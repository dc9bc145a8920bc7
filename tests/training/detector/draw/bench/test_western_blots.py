"""Western blots: where their blocks, names and bands stand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the training of the detector draws with matplotlib")
pytest.importorskip("cv2", reason="the training of the detector draws with OpenCV")

from training.detector.draw.bench import western_blots
from training.detector.draw.bench.blot_lanes import slanted, strip


@pytest.mark.parametrize("seed", range(6))
def test_columns_of_a_blot_have_white_of_3_to_20_percent_between_them(seed):
    margins = western_blots._Margins(names=60, masses=30, leftward=True, top=40, bracket=0)
    columns = western_blots._lanes(np.random.default_rng(seed), 400, 3, 10, margins).columns
    assert columns[0][0] == pytest.approx(60)
    assert columns[-1][1] == pytest.approx(370)
    block = np.mean([b - a for a, b in columns])
    for (_, before), (after, _) in pairwise(columns):
        assert 0.03 <= (after - before) / block <= 0.2


def test_rows_of_a_blot_fill_the_height():
    for seed in range(10):
        spans = western_blots._rows(np.random.default_rng(seed), 200, 30, 4, 3)
        assert spans[0][0] == 30
        assert spans[-1][1] == pytest.approx(200)
        assert all(before[1] + 3 <= after[0] + 1e-6 for before, after in pairwise(spans))


def test_a_slanted_name_rises_from_its_lower_left_corner():
    image = np.full((100, 100, 3), 255, np.uint8)
    slanted(image, "Vehicle", 20, 90, 16, 45)
    rows, columns = np.nonzero(image[..., 0] < 128)
    assert rows.max() <= 90
    assert columns[rows.argmax()] < columns[rows.argmin()]


def test_a_strip_has_its_bands_where_they_are_asked_for():
    field = strip(np.random.default_rng(0), 120, 100, 4, 2, even=True, levels=np.array([0.25, 0.75]))
    dark = field.mean(axis=1)
    assert max(dark[25], dark[75]) < dark[50] - 30
