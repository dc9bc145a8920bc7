"""Exported networks without nodes that cost time and compute nothing."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the files are written with onnx, of the extra `training`")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from training.lean import lean  # noqa: E402

PADS = [0, 0, 1, 0, 0, 0, 2, 3]  # above 1, left 0, below 2, right 3


def exported(padding=PADS, between=False):
    """A convolution behind a node that pads, then a power: what PyTorch makes of TensorFlow's padding and of GeM."""
    weights = np.random.default_rng(0).random((4, 3, 3, 3), np.float32)
    constants = {"weights": weights, "pads": np.array(padding), "half": np.array(1.5, np.float32)}
    nodes = [
        helper.make_node("Add", ["half", "half"], ["three"]),
        helper.make_node("Pad", ["x", "pads"], ["padded"]),
        helper.make_node("Conv", ["padded", "weights"], ["maps"], pads=[0, 0, 0, 0], strides=[2, 2]),
        helper.make_node("Pow", ["maps", "three"], ["y"], "power"),
    ]
    if between:
        nodes.append(helper.make_node("Identity", ["padded"], ["also"]))
    float32 = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "exported",
        [helper.make_tensor_value_info("x", float32, ["n", 3, 12, 10])],
        [helper.make_tensor_value_info(name, float32, None) for name in (["y", "also"] if between else ["y"])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


def answer(model, x):
    import onnxruntime

    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"x": x})


def kinds(model):
    return [node.op_type for node in onnx.load_from_string(model).graph.node]


def test_convolutions_pad_powers_are_exponentials_and_answers_stay():
    x = np.random.default_rng(1).random((2, 3, 12, 10), np.float32)
    made = lean(exported())
    assert kinds(made) == ["Conv", "Log", "Mul", "Exp"]
    assert np.allclose(answer(made, x)[0], answer(exported(), x)[0], rtol=1e-5)


def test_what_another_node_reads_is_padded_still():
    x = np.random.default_rng(1).random((2, 3, 12, 10), np.float32)
    made = lean(exported(between=True))
    assert "Pad" in kinds(made)
    for one, other in zip(answer(made, x), answer(exported(between=True), x), strict=True):
        assert np.allclose(one, other, rtol=1e-5)
