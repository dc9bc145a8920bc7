"""The encoder's training: views of pictures, the network, the loss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cv2")

from training.embedding.views import instance, republish


@given(st.integers(32, 200), st.integers(32, 200), st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 1.0]))
@settings(max_examples=40)
def test_a_view_is_a_square_the_same_for_the_same_seed(width, height, seed, strength):
    picture = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    one, other = (republish(np.random.default_rng(seed), picture, 64, strength) for _ in range(2))
    assert (one.shape, one.dtype) == ((64, 64, 3), np.uint8)
    assert np.array_equal(one, other)


def test_a_view_leaves_the_picture_as_it_was():
    picture = np.random.default_rng(1).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    before = picture.copy()
    for seed in range(50):
        republish(np.random.default_rng(seed), picture, 64, 1.0)
    assert np.array_equal(picture, before)


def test_an_instance_is_a_window_of_the_picture():
    picture = np.arange(100 * 100 * 3, dtype=np.uint32).reshape(100, 100, 3).astype(np.uint8)
    windows = [instance(np.random.default_rng(seed), picture) for seed in range(30)]
    assert {window.shape == picture.shape for window in windows} == {True, False}
    assert all(np.shares_memory(window, picture) and min(window.shape[:2]) >= 45 for window in windows)


def test_vectors_have_unit_length_and_the_head_whitens():
    torch = pytest.importorskip("torch")
    from training.embedding.network import DIMENSION, FEATURES, SIDE, Encoder

    torch.manual_seed(0)
    encoder = Encoder().eval()
    with torch.no_grad():
        vectors = encoder(torch.randint(0, 255, (3, SIDE, SIDE, 3), dtype=torch.uint8))
    assert vectors.shape == (3, DIMENSION)
    assert vectors.norm(dim=1).tolist() == pytest.approx([1, 1, 1], abs=1e-5)
    features = torch.rand(600, FEATURES)
    encoder.whiten(features)
    whitened = encoder.head(features).detach()
    assert whitened.mean(0).abs().max() < 1e-3
    assert (whitened.T @ whitened / len(whitened)).fill_diagonal_(0).abs().max() < 1e-2


def test_the_loss_falls_as_views_find_each_other():
    torch = pytest.importorskip("torch")
    from training.embedding.train import loss

    torch.manual_seed(0)
    one = torch.nn.functional.normalize(torch.randn(16, 32))
    near = torch.nn.functional.normalize(one + 0.1 * torch.randn(16, 32))
    queue = torch.nn.functional.normalize(torch.randn(50, 32))
    assert loss(one, near, queue) < loss(one, near.roll(1, 0), queue)


def test_the_pictures_of_a_bank_are_read_and_not_its_pages_of_plots(tmp_path, monkeypatch):
    cv2 = pytest.importorskip("cv2")
    pytest.importorskip("torch")
    from training.embedding import train

    monkeypatch.setattr(train, "read_figures", lambda labels, images: [])
    cv2.imwrite(str(tmp_path / "00000-bars.png"), np.full((90, 120, 3), 99, np.uint8))
    (tmp_path / "plots.jsonl").touch()
    assert [(source.kind, source.pixels.shape) for source in train.load(tmp_path, tmp_path)] == [("bars", (90, 120, 3))]
