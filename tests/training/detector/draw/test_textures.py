"""Fields and what is cut from them."""

import numpy as np
import pytest

pytest.importorskip("cv2", reason="the training of the detector draws with OpenCV")

from training.detector.draw.textures import crop


def test_cropping_ends_at_the_ink():
    page = np.full((40, 60, 3), 250, np.uint8)
    page[10:20, 15:45] = 0
    assert crop(page).shape == (10, 30, 3)
    assert crop(page, 2).shape == (14, 34, 3)
    assert crop(np.full((8, 9, 3), 255, np.uint8)).shape == (8, 9, 3)
