"""Figures varied on the device that trains, or without one."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is needed for training only, and comes from its own site")

pytest.importorskip("cv2", reason="the figures of training are varied with OpenCV, of the extra `training`")

from training.detector.data import jitter, jitter_cpu  # noqa: E402

WAYS = pytest.mark.parametrize("way", [jitter, jitter_cpu])


def pages(count):
    """Black pages with a white panel each, and a row of zeros beside its box."""
    images = torch.zeros(count, 96, 96, 3, dtype=torch.uint8)
    images[:, 24:48, 12:60] = 255
    panels = torch.tensor([[12, 24, 60, 48], [0, 0, 0, 0]]) / 96
    return images, panels.repeat(count, 1, 1)


@WAYS
def test_panels_move_with_their_pixels(way):
    torch.manual_seed(0)
    images, panels = way.jitter(*pages(60), side=64)

    assert images.shape == (60, 64, 64, 3)
    assert images.dtype == torch.uint8
    for image, (x0, y0, x1, y1) in zip(
        images.float().mean(-1), (panels[:, 0] * 64).round().int().tolist(), strict=True
    ):
        inner, around = image[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3], image.clone()
        around[max(0, y0 - 3) : y1 + 3, max(0, x0 - 3) : x1 + 3] = float("nan")
        assert (inner.mean() - around.nanmean()).abs() > 40


@WAYS
def test_what_is_no_panel_stays_none(way):
    assert not way.jitter(*pages(20), side=64)[1][:, 1].any()
