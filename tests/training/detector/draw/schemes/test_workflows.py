from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="the training of the detector draws with OpenCV")
pytest.importorskip("matplotlib", reason="the training of the detector finds its fonts by matplotlib")

from training.detector.draw.schemes import workflows

PIECES = [np.random.default_rng(k).integers(0, 255, (40 + 9 * k, 70, 3), np.uint8) for k in range(4)]
LAYOUTS = [layout for layout, _ in workflows.LAYOUTS]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@pytest.mark.parametrize(("width", "height"), [(700, 500), (300, 620), (90, 60)])
def test_a_layout_fills_its_page(layout, width, height, monkeypatch):
    monkeypatch.setattr(workflows, "LAYOUTS", ((layout, 1.0),))
    monkeypatch.setattr(workflows, "_SHARES", [1.0])
    image = workflows.workflow(np.random.default_rng(4), PIECES, width, height)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    grounds, counts = np.unique(image.reshape(-1, 3), axis=0, return_counts=True)
    ink = (image != grounds[counts.argmax()]).any(axis=2)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert rows[-1] - rows[0] > 0.5 * height
    assert columns[-1] - columns[0] > 0.5 * width


def test_a_seed_draws_the_same_again_and_leaves_the_pieces():
    kept = [piece.copy() for piece in PIECES]
    for seed in range(12):
        first, again = (workflows.workflow(np.random.default_rng(seed), PIECES, 320, 260) for _ in range(2))
        np.testing.assert_array_equal(first, again)
    assert all((piece == old).all() for piece, old in zip(PIECES, kept, strict=True))


def test_shares_add_up():
    assert sum(share for _, share in workflows.LAYOUTS) == pytest.approx(1)
