"""The encoder with 8-bit numbers: its head makes up for what its features lost."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the files are written with onnx, of the extra `training`")
pytest.importorskip("cv2", reason="views are made with OpenCV, of the extra `training`")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from training.embedding.quantize import fit_head, views  # noqa: E402

RNG = np.random.default_rng(0)
HEAD, BIAS = RNG.normal(size=(3, 8)).astype(np.float32), RNG.normal(size=3).astype(np.float32)
PICTURES = list(RNG.normal(size=(200, 8)).astype(np.float32))


def network(kind, lost):
    """Numbers, scaled by what each loses, under a head whose weights are of this kind."""
    constants = {"lost": lost, "bias": BIAS, "half": HEAD.astype(helper.tensor_dtype_to_np_dtype(kind))}
    nodes = [
        helper.make_node("Cast", ["half"], ["weights"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["x", "lost"], ["features"]),
        helper.make_node("Gemm", ["features", "weights", "bias"], ["y"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def answers(model):
    import onnxruntime

    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": np.stack(PICTURES)})[0]


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16])
def test_the_head_is_fitted_to_the_exact_answers_in_the_precision_that_it_has(kind):
    exact = network(TensorProto.FLOAT, np.ones(8, np.float32))
    rounded = network(kind, np.linspace(0.7, 1.2, 8, dtype=np.float32))
    before = np.abs(answers(rounded) - answers(exact)).mean()
    fit_head(rounded, exact, PICTURES)
    assert np.abs(answers(rounded) - answers(exact)).mean() < 0.02 * before
    assert rounded.graph.initializer[2].data_type == kind


def test_views_are_squares_the_same_for_the_same_seed():
    picture = RNG.integers(0, 255, (90, 70, 3), dtype=np.uint8)
    one, other = (list(views([picture], 4, seed)) for seed in (3, 3))
    assert {view.shape for view in one} == {(160, 160, 3)}
    assert np.array_equal(one, other)
