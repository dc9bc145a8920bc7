"""What the fit of how sure panels are goes by."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the detector's training needs PyTorch")
pytest.importorskip("cv2", reason="the figures of training are drawn with OpenCV, of the extra `training`")
pytest.importorskip("sklearn", reason="the regression is scikit-learn's, of the extra `training`")

from training.detector import confidence


def test_panels_found_are_right_where_they_match_one(monkeypatch):
    page = np.full((576, 576, 3), 255, np.uint8)
    page[40:240, 40:240] = np.random.default_rng(0).integers(0, 200, (200, 200, 3))
    where = np.array([40, 40, 240, 240]) / 576
    for truth, right in ((where, 1.0), (where[[2, 3, 0, 1]] + [0, 0, 0.5, 0.5], 0.0)):
        panels = np.concatenate([truth[None], np.zeros((3, 4))]).astype(np.float32)
        monkeypatch.setattr(confidence, "example", lambda rng, material, panels=panels: (page, panels))
        rows, matched = confidence.gather(None, 2)

        assert rows.shape == (len(matched), 2)
        assert matched.max() == right
