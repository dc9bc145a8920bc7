"""The fit of how sure panels are."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the detector's training needs PyTorch")
pytest.importorskip("cv2", reason="the figures of training are drawn with OpenCV, of the extra `training`")

from training.detector.confidence import fit


def test_the_regression_finds_the_weights_that_made_its_data():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(20_000, 2))
    right = (rng.random(20_000) < 1 / (1 + np.exp(-(2.0 * rows[:, 0] - 1.0 * rows[:, 1] + 0.5)))).astype(float)

    assert fit(rows, right) == pytest.approx([2.0, -1.0, 0.5], abs=0.1)
