"""What the modality classifier's training holds an error for, and what it learns from."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is needed for training only, and comes from its own site")
pytest.importorskip("efficientnet_lite_pytorch", reason="the backbone is needed for training only")

from training.modality.fit import Classes, Learner, features  # noqa: E402
from training.modality.maps import Material  # noqa: E402
from training.modality.network import Backbone, early  # noqa: E402
from training.modality.validate import held_out  # noqa: E402

CT, MR, PLOT = "radiology/ct", "radiology/mr", "drawn/plot"


@pytest.fixture(scope="module")
def material():
    """Dark squares and white ones, two views each, of four articles."""
    rng = np.random.default_rng(0)
    names = [CT, PLOT] * 4
    tones = [30 if name == CT else 230 for name in names for _ in range(2)]
    pixels = np.stack([rng.integers(tone - 20, tone + 20, (176, 176, 3), np.uint8) for tone in tones])
    articles = np.array([f"article {n // 2}" for n in range(8)])
    return Material(
        *early(Backbone(), pixels), np.arange(0, 17, 2), np.array(names), np.ones(8), articles, np.array(["f.png"] * 8)
    )


def test_an_error_of_the_top_level_costs_more():
    blank = np.zeros(0)
    material = Material(blank, blank, np.arange(4), np.array([CT, MR, PLOT]), np.ones(3), blank, blank)
    classes = Classes(material)
    assert classes.names == [PLOT, CT, MR]
    rows = np.array([0])
    right, near, far = (classes.loss(4 * torch.eye(3)[[n]], rows).item() for n in (1, 2, 0))
    assert right < near < far


def test_it_learns_and_tuning_keeps_the_early_blocks(material):
    classes = Classes(material)
    seen = features(Backbone(), material, np.arange(16))
    learner = Learner(material, classes, seen, np.arange(8))
    before = {name: weight.clone() for name, weight in learner.backbone.state_dict().items()}
    learner.tune()
    changed = {name for name, weight in learner.backbone.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed
    assert all(name.startswith("head.") or int(name.split(".")[1]) >= 11 for name in changed)
    found = learner.logits(material.starts[:-1]).argmax(1)
    assert found.tolist() == classes.known.tolist()


def test_each_panel_is_held_out_once(material):
    alone, tuned = held_out(material, Classes(material))
    for logits in (alone, tuned):
        assert logits.shape == (8, 2)
        assert (logits != 0).any(1).all()
