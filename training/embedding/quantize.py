"""An exported encoder to the file that ships: `python -m training.embedding.quantize EXPORTED FIGURES FILE`.

The ranges of its 8-bit numbers are those of copies of the labelled figures' panels. The first block, whose channels
differ most in range, stays exact. What the others lose by rounding the head makes up for: it is fitted anew to what the
exact network says of other copies of these panels.
"""

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from training.detector.compose.contents import read_figures
from training.embedding.views import Pixels, instance, republish
from training.lean import lean
from training.quantized import quantize

LABELS = Path(__file__).parents[1] / "detector" / "data" / "labels.jsonl"
SIDE = 160  # pixels of the square that the encoder sees
LEAST = 48  # pixels of a panel's shorter side
CALIBRATED, FITTED = 200, 3000  # views that tell the ranges, and to which the head is fitted
RIDGE = 1e-3  # of the features' mean variance: how much the head keeps to what it was

Floats = NDArray[np.float32]


def panels(figures: Path) -> list[Pixels]:
    """The panels of the labelled figures."""
    return [
        figure.image[y0:y1, x0:x1]
        for figure in read_figures(LABELS, figures)
        for x0, y0, x1, y1 in figure.boxes.astype(int)
        if min(x1 - x0, y1 - y0) >= LEAST
    ]


def views(pictures: list[Pixels], count: int, seed: int) -> Iterable[Pixels]:
    """Copies of pictures as the encoder sees them, every other one hardly changed; the same for the same seed."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        picture = instance(rng, pictures[int(rng.integers(len(pictures)))])
        yield republish(rng, np.ascontiguousarray(picture), SIDE, rng.uniform(0, 0.3) if number % 2 else rng.uniform())


def fit_head(model: onnx.ModelProto, exact: onnx.ModelProto, pictures: list[Pixels]) -> None:
    """Let the last linear map answer of its network's features as nearly as it can what that of `exact` says."""
    head, (features, answers) = _head(model), (_head(model).input[0], _head(exact).output[0])
    seen, wanted = _answers(model, features, pictures), _answers(exact, answers, pictures)
    weights, bias = (_constant(model, name) for name in head.input[1:])
    old = numpy_helper.to_array(weights).astype(np.float64)  # (dimension, features)
    missing = wanted - (seen @ old.T + numpy_helper.to_array(bias))
    mean, middle = seen.mean(0), missing.mean(0)
    spread = (seen - mean).T @ (seen - mean) / len(seen)
    ridge = RIDGE * np.trace(spread) / len(spread) * np.eye(len(spread))
    change = np.linalg.solve(spread + ridge, (seen - mean).T @ (missing - middle) / len(seen)).T
    _set(weights, old + change)
    _set(bias, numpy_helper.to_array(bias) + middle - change @ mean)


def _head(model: onnx.ModelProto) -> onnx.NodeProto:
    (head,) = (node for node in model.graph.node if node.op_type == "Gemm")
    return head


def _constant(model: onnx.ModelProto, name: str) -> onnx.TensorProto:
    """The tensor of a name, or that which a node casts to it (halved.py)."""
    name = next((node.input[0] for node in model.graph.node if node.output[0] == name), name)
    return next(tensor for tensor in model.graph.initializer if tensor.name == name)


def _set(tensor: onnx.TensorProto, values: NDArray[np.float64]) -> None:
    kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    tensor.CopyFrom(numpy_helper.from_array(values.astype(kind), tensor.name))


def _answers(model: onnx.ModelProto, name: str, pictures: list[Pixels]) -> NDArray[np.float64]:
    """What a network makes of pictures at one of its inner places, (N, numbers)."""
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    opened.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(opened.SerializeToString(), providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0].name
    return np.concatenate([session.run([name], {given: picture[None]})[0] for picture in pictures]).astype(np.float64)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exported", type=Path, help="what training.embedding.export wrote")
    parser.add_argument("figures", type=Path, help="the folder of the labelled figures' pictures")
    parser.add_argument("file", type=Path, help="the ONNX file to write")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    pictures = panels(arguments.figures)
    exact = onnx.load_from_string(lean(arguments.exported.read_bytes()))
    given = exact.graph.input[0].name
    first = {node.name for node in exact.graph.node if node.name.startswith("/blocks.0/")}
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "exact.onnx"
        onnx.save(exact, plain)
        samples = ({given: view[None]} for view in views(pictures, CALIBRATED, seed=0))
        quantize(plain, samples, arguments.file, kept=first, kinds=("Conv", "Clip"))
    model = onnx.load(arguments.file)
    fit_head(model, exact, list(views(pictures, FITTED, seed=1)))
    onnx.save(model, arguments.file)


if __name__ == "__main__":
    main()
