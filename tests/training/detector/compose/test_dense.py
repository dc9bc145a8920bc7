"""Pages that crowd, and what their pictures look divided by."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

cv2 = pytest.importorskip("cv2", reason="the figures of training are drawn with OpenCV, of the extra `training`")

from training.detector.compose.contents import Bank  # noqa: E402
from training.detector.compose.dense import barred, crossed, dense, objects, scratched, touching  # noqa: E402

SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def bank():
    """Textures, scans that are bright discs on black, and brains that are discs on white."""
    rng, bank = np.random.default_rng(0), Bank()
    for kind, family, ground, ink in (("scan", "photo", 0, 200), ("cortex", "drawn", 255, 60)):
        image = np.full((100, 130, 3), ground, np.uint8)
        cv2.ellipse(image, (65, 50), (50, 40), 0, 0, 360, (ink, ink, 90), -1)
        bank.add(family, kind, image)
    for width in (80, 120, 160):
        bank.add("photo", "photograph", rng.integers(0, 200, (100, width, 3), dtype=np.uint8))
    return bank


@given(SEEDS)
@settings(max_examples=25)
def test_panels_lie_on_the_page_and_apart(bank, seed):
    figure = dense(np.random.default_rng(seed), bank, 320)
    height, width = figure.image.shape[:2]

    x0, y0, x1, y1 = figure.boxes.T
    assert len(figure.labels) == len(figure.boxes) > 0
    assert (x0 >= 0).all() and (y0 >= 0).all() and (x1 <= width).all() and (y1 <= height).all()  # noqa: PT018
    inner = (
        np.minimum(x1[:, None], x1) - np.maximum(x0[:, None], x0),
        np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0),
    )
    overlap = np.clip(inner[0], 0, None) * np.clip(inner[1], 0, None)
    np.fill_diagonal(overlap, 0)
    assert overlap.max() == 0


@given(SEEDS)
@settings(max_examples=15)
def test_an_object_fills_its_box_to_the_edges(bank, seed):
    page = objects(np.random.default_rng(seed), bank, 400)

    for x0, y0, x1, y1 in page.boxes:
        inked = np.abs(page.image[y0:y1, x0:x1].astype(int) - np.array(page.ground)).max(2) > 20
        assert inked[[0, -1]].any(1).all()
        assert inked[:, [0, -1]].any(0).all()


def test_the_pictures_of_a_grid_often_touch(bank):
    pages = [touching(np.random.default_rng(seed), bank, 300, "grid") for seed in range(20)]
    touch = [any(a[2] == b[0] and a[1] == b[1] for a in page.boxes for b in page.boxes) for page in pages]

    assert sum(touch) >= 7


@pytest.mark.parametrize("bait", [scratched, crossed, barred])
def test_a_picture_that_looks_divided_keeps_its_size_and_changes(bait):
    image = np.random.default_rng(1).integers(0, 255, (80, 120, 3), dtype=np.uint8)
    changed = image.copy()
    bait(np.random.default_rng(2), changed)

    assert changed.shape == image.shape
    assert 0.005 < (changed != image).any(2).mean() < 0.6
