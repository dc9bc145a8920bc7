"""The training of the detector, from its material to its weights, on a handful of figures."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is needed for training only, and comes from its own site")
cv2 = pytest.importorskip("cv2", reason="the figures of training are drawn with OpenCV, of the extra `training`")

from training.detector import train as training  # noqa: E402
from training.detector.compose.contents import Bank, RealFigure, fill_bank  # noqa: E402
from training.detector.compose.layouts import make_layout  # noqa: E402
from training.detector.data.material import RAW, Figures, Material  # noqa: E402
from training.detector.model.network import Detector  # noqa: E402


@pytest.fixture
def material():
    rng = np.random.default_rng(0)
    bank = Bank()
    for family in ("photo", "drawn", "page"):
        bank.add(family, "noise", rng.integers(0, 200, (120, 160, 3), dtype=np.uint8))
    figure = RealFigure(rng.integers(0, 255, (200, 300, 3), dtype=np.uint8), np.array([[10, 10, 290, 190.0]]), ["A"])
    return Material(bank, [make_layout(np.random.default_rng(1))], [figure], [figure])


def test_what_a_step_adds_depends_on_its_seed_alone(material):
    first, again = (Figures(material, 3, 10, batch=8)[4] for _ in "ab")

    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert first[0].shape == (2, RAW, RAW, 3)


@pytest.mark.slow
@pytest.mark.parametrize("last", [False, True])
def test_a_run_writes_weights_that_the_network_takes(material, tmp_path, last):
    cv2.setNumThreads(2)
    cv2.resize(np.zeros((4000, 4000, 3), np.uint8), (900, 900), interpolation=cv2.INTER_AREA)  # has threads of its own

    training.train(material, material.figures, training.Run(2, 4, 1e-3, None, last, 0, 1), tmp_path / "weights.pt")

    Detector().load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))


def test_a_bank_is_read_from_its_folder(tmp_path):
    for name in ("00000-bars", "00001-scan", "page00000-table"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.full((90, 120, 3), 99, np.uint8))
    (tmp_path / "plots.jsonl").write_text(json.dumps({"image": "none", "panels": []}))

    bank = fill_bank(tmp_path, [], [])

    assert [bank.has(family) for family in ("drawn", "photo", "page", "real")] == [True, True, True, False]
    assert bank.draw(bank.choose(np.random.default_rng(0), 1.0, "page")).shape == (90, 120, 3)
