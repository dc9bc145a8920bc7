"""The panel detector: what it is given and what it gives, on the CPU and where CUDA answers there."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from transforms import network
from transforms.network import CPU, CUDA, cuda_answers
from transforms.panels import detector
from transforms.panels.detector import SIDE, Detector, model_digest, squash


@pytest.fixture(params=[CPU, CUDA])
def provider(request, monkeypatch):
    """Each provider in turn."""
    if request.param == CUDA and not cuda_answers():
        pytest.skip("no CUDA device answers, or onnxruntime-gpu is not installed")
    monkeypatch.setattr(network, "cuda_answers", lambda: request.param == CUDA)
    network._session.cache_clear()
    yield request.param
    network._session.cache_clear()


def noise(width, height, mode="RGB", seed=0):
    shape = (height, width, 3) if mode == "RGB" else (height, width)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_any_figure_is_squashed_to_the_square(mode):
    for size in [(2000, 700), (40, 900), (SIDE, SIDE)]:
        small = squash(noise(*size, mode))
        assert (small.shape, small.dtype) == ((SIDE, SIDE, 3), np.uint8)


def test_squashing_keeps_what_lies_where():
    page = Image.new("RGB", (1600, 800), "white")
    page.paste((200, 0, 0), (800, 0, 1600, 400))
    small = squash(page)
    assert small[SIDE // 4, 3 * SIDE // 4].tolist() == [200, 0, 0]
    assert small[SIDE // 4, SIDE // 4].tolist() == small[3 * SIDE // 4, 3 * SIDE // 4].tolist() == [255] * 3


def test_thin_lines_of_large_figures_are_not_skipped():
    page = Image.new("L", (3840, 3840), 255)
    page.paste(0, (1001, 0, 1004, 3840))
    column = 1002 * SIDE // 3840
    assert squash(page)[:, column - 1 : column + 2].min() < 220


def test_boxes_in_the_pixels_of_each_figure(provider):
    opened = Detector()
    assert opened.provider == provider
    figures = [noise(500, 300), noise(90, 1200, "L")]
    found = opened.detect(figures)
    boxes, scores = opened.infer(np.stack([squash(figure) for figure in figures]))
    for n, (figure, raw) in enumerate(zip(figures, found, strict=True)):
        assert raw.boxes.shape == ((SIDE // 8) ** 2, 4)
        assert np.allclose(raw.scores, scores[n], atol=1e-2)
        assert np.allclose(raw.boxes, boxes[n] * [*figure.size, *figure.size], atol=1)
        assert raw.scores.min() >= 0
        assert raw.scores.max() <= 1


def test_a_figure_does_not_depend_on_the_others_of_its_batch(provider, monkeypatch):
    figures = [noise(300 + n, 200, seed=n) for n in range(5)]
    together = Detector().detect(figures)
    monkeypatch.setattr(detector, "BATCH", 2)
    for alone, first in zip(Detector().detect(figures), together, strict=True):
        # CUDA sums in another order for another batch, which 8 bits carry on: single places of noise move far.
        assert np.abs(alone.boxes - first.boxes).mean() <= (0 if provider == CPU else 2)
        assert np.abs(alone.scores - first.scores).mean() <= (0 if provider == CPU else 0.01)


def test_no_figure(provider):
    assert Detector().detect([]) == []


def test_threads_change_next_to_nothing():
    figure = noise(400, 300)
    (one,), (two,) = Detector(1).detect([figure]), Detector(2).detect([figure])
    assert np.abs(one.boxes - two.boxes).max() < 1


def test_the_digest_is_that_of_the_weights_which_are_small():
    weights = sorted((Path(detector.__file__).parent / "model").glob("*.onnx"))
    assert "panels.onnx" in [file.name for file in weights]
    assert model_digest() == hashlib.sha256(b"".join(file.read_bytes() for file in weights)).hexdigest()[:12]
    assert all(file.stat().st_size <= 20 << 20 for file in weights)
