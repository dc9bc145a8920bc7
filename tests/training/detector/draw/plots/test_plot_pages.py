from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the training of the detector draws with matplotlib")
pytest.importorskip("cv2", reason="the training of the detector draws with OpenCV")

import matplotlib as mpl

from training.detector.draw.plots import multi_axes, plot_pages

SIZES = (700, 700), (700, 420), (430, 640)


def pages(count, start=0):
    for seed in range(start, start + count):
        width, height = SIZES[seed % len(SIZES)]
        yield width, height, *plot_pages.page(np.random.default_rng(seed), width, height)


def test_boxes_lie_in_the_page_and_hardly_overlap():
    numbers = []
    for width, height, image, boxes in pages(14):
        assert image.shape == (height, width, 3)
        assert image.dtype == np.uint8
        assert boxes.dtype == np.float64
        assert (boxes[:, :2] >= 0).all()
        assert (boxes[:, 2:] <= (width, height)).all()
        assert (boxes[:, 2:] - boxes[:, :2] > 8).all()
        for a, b in combinations(boxes, 2):
            assert (np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])).min() <= plot_pages.TOUCH
        numbers.append(len(boxes))
    assert min(numbers) == 1
    assert max(numbers) > 4


def test_boxes_end_at_the_ink():
    for *_, image, boxes in pages(5, 30):
        for x0, y0, x1, y1 in boxes.astype(int):
            ink = np.abs(image[y0:y1, x0:x1].astype(int) - image[0, 0]).max(axis=2) > 20
            assert ink[0].any()
            assert ink[-1].any()
            assert ink[:, 0].any()
            assert ink[:, -1].any()


def test_a_seed_draws_the_same_page_and_leaves_the_settings():
    before = dict(mpl.rcParams)
    first, again = (plot_pages.page(np.random.default_rng(7), 500, 400) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("kind", sorted(set(multi_axes.KINDS), key=lambda kind: kind.__name__))
def test_a_composite_is_one_panel(kind, monkeypatch):
    monkeypatch.setattr(multi_axes, "KINDS", (kind,))
    drawn = plot_pages._draw(np.random.default_rng(3), "single", 400, 400)
    assert drawn is not None
    assert len(drawn[1]) == 1
    assert (drawn[1][0, 2:] - drawn[1][0, :2] > 300).all()


def test_a_page_too_small_for_plots_is_one_panel():
    image, boxes = plot_pages.page(np.random.default_rng(1), 40, 30)
    assert image.shape == (30, 40, 3)
    assert len(boxes) >= 1
