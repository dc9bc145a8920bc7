"""Networks exported with 8-bit convolutions."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is needed for training only, and comes from its own site")
onnx = pytest.importorskip("onnx", reason="the files are written with onnx, of the extra `training`")

from training.halved import OPSET  # noqa: E402
from training.quantized import quantize  # noqa: E402


def test_wide_convolutions_are_quantized_and_answer_much_the_same(tmp_path):
    import onnxruntime

    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3), torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 3)).eval()
    exported, file = tmp_path / "exported.onnx", tmp_path / "network.onnx"
    samples = torch.rand(8, 1, 3, 16, 16)
    torch.onnx.export(
        network, (samples[0],), str(exported), input_names=["x"], output_names=["y"], opset_version=OPSET, dynamo=False
    )

    quantize(exported, ({"x": sample.numpy()} for sample in samples), file)

    weights = {tensor.name: tensor.data_type for tensor in onnx.load(file).graph.initializer}
    assert list(weights.values()).count(onnx.TensorProto.INT8) >= 1
    assert weights["0.weight"] == onnx.TensorProto.FLOAT  # from three channels
    (answer,) = onnxruntime.InferenceSession(file).run(None, {"x": samples[0].numpy()})
    with torch.no_grad():
        exact = network(samples[0]).numpy()
    assert np.abs(answer - exact).mean() < 0.05 * exact.std()


@pytest.mark.parametrize(("beside", "exact_ones"), [(False, {0, 8}), (True, {0, 2, 6, 8})])
def test_convolutions_of_few_channels_are_exact_and_those_beside_them_on_request(tmp_path, beside, exact_ones):
    widths = [(3, 16), (16, 16), (16, 16), (16, 16), (16, 1)]
    layers = [layer for i, o in widths for layer in (torch.nn.Conv2d(i, o, 1), torch.nn.ReLU())]
    network, file = torch.nn.Sequential(*layers[:-1]).eval(), tmp_path / "network.onnx"
    names = {"input_names": ["x"], "output_names": ["y"], "opset_version": OPSET, "dynamo": False}
    torch.onnx.export(network, (torch.rand(1, 3, 8, 8),), str(tmp_path / "exported.onnx"), **names)

    samples = ({"x": np.random.default_rng(seed).random((1, 3, 8, 8), np.float32)} for seed in range(4))
    quantize(tmp_path / "exported.onnx", samples, file, beside)

    kinds = {tensor.name: tensor.data_type for tensor in onnx.load(file).graph.initializer}
    assert {n for n in range(0, 9, 2) if kinds.get(f"{n}.weight") == onnx.TensorProto.FLOAT} == exact_ones
