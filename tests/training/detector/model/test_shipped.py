"""The detector's weights, there and back through the file that ships."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is needed for training only, and comes from its own site")
pytest.importorskip("onnx", reason="the files are written with onnx, of the extra `training`")
pytest.importorskip("cv2", reason="the export reads figures with OpenCV, of the extra `training`")

from training.detector.export import export  # noqa: E402
from training.detector.mean import mean_weights  # noqa: E402
from training.detector.model.network import SIDE, Detector  # noqa: E402
from training.detector.model.shipped import read_weights  # noqa: E402
from training.quantized import quantize  # noqa: E402
from transforms.panels.detector import MODEL  # noqa: E402


def detector():
    """One whose every weight is of chance, its normalisations too."""
    torch.manual_seed(0)
    model = Detector().eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d | torch.nn.LayerNorm):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.2, 0.2)
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    torch.nn.init.normal_(model.page.position)
    return model


@pytest.mark.slow
def test_weights_come_back_from_the_file_as_they_were_but_for_rounding(tmp_path: Path):
    model, again = detector(), Detector().eval()
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    images = np.random.default_rng(0).integers(0, 255, (2, SIDE, SIDE, 3), dtype=np.uint8)
    export(tmp_path / "weights.pt", tmp_path / "exported.onnx")
    quantize(tmp_path / "exported.onnx", ({"images": image[None]} for image in images), tmp_path / "network.onnx", True)

    again.load_state_dict(read_weights(tmp_path / "network.onnx"))

    with torch.no_grad():
        answers, expected = again(torch.from_numpy(images)), model(torch.from_numpy(images))
    for answer, other in zip(answers, expected, strict=True):
        assert np.corrcoef(answer.flatten(), other.flatten())[0, 1] > 0.99


def test_a_mean_lies_between_the_weights_before_and_after_a_run():
    before, after = (
        {"weight": torch.full((2,), value), "count": torch.tensor(n)} for n, value in enumerate((0.0, 10.0))
    )

    mixed = mean_weights(before, after, 0.6)

    assert mixed["weight"].tolist() == [6.0, 6.0]
    assert mixed["count"] == 1


def test_the_shipped_file_is_of_the_network_that_is_trained():
    read_weights(MODEL / "panels.onnx")
