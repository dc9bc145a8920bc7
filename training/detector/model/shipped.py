"""Read the weights that ship back from the ONNX file, to train on from them.

They are rounded, and each normalisation is folded into its convolution, so that the layer after it only adds a bias.
A run that starts from them keeps it so (`train.py --last`).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from training.detector.model.network import Detector

Floats = NDArray[np.float32]
ROOT = "detector."  # of the names in an exported file (export.py)


def read_weights(file: Path) -> dict[str, Tensor]:
    """The state of a `Detector` that answers as the network in `file` does, but for the rounding of activations.

    Raises:
        RuntimeError: the file holds a network of another shape.
    """
    graph = onnx.load(file).graph
    constants = _constants(graph)
    detector = Detector()
    state = {name: constants[ROOT + name] for name in detector.state_dict() if ROOT + name in constants}
    if _transposed(graph, ROOT + "page.position"):
        state["page.position"] = state["page.position"].transpose(0, 2, 1)
    for node in graph.node:
        if node.op_type not in ("Conv", "MatMul") or node.input[1] not in constants:
            continue
        path, weight = _path(node.name), constants[node.input[1]]
        state[f"{path}.weight"] = weight if node.op_type == "Conv" else weight.T
        if node.op_type == "Conv":
            state |= _bias(detector, path, constants[node.input[2]])
    detector.load_state_dict({name: torch.tensor(values) for name, values in state.items()})
    return detector.state_dict()


def _constants(graph: onnx.GraphProto) -> dict[str, Floats]:
    """The constants of the file as floats, and those that its nodes cast or scale from 8 bits."""
    raw = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in raw:
            raw[node.output[0]] = raw[node.input[0]]
        elif node.op_type == "DequantizeLinear" and node.input[0] in raw:
            values, scale, zero = (raw[name].astype(np.float32) for name in node.input)
            axis = next((each.i for each in node.attribute if each.name == "axis"), 1)
            shape = [-1 if place == axis else 1 for place in range(values.ndim)] if scale.size > 1 else []
            raw[node.output[0]] = (values - zero.reshape(shape)) * scale.reshape(shape)
    return {name: values.astype(np.float32) for name, values in raw.items()}


def _path(node: str) -> str:
    """The module that a node was exported from: "/detector/stem/stem.2/stem.2.0/Conv" is "stem.2.0"."""
    scopes: list[str] = []
    for scope in node.split("/")[2:-1]:
        if scopes and scope.startswith(scopes[-1] + "."):  # a part of a sequence, which repeats the names of that
            scopes.pop()
        scopes.append(scope)
    return ".".join(scopes)


def _bias(detector: Detector, path: str, bias: Floats) -> Mapping[str, Floats]:
    """The bias of a convolution, as its own or as that of the normalisation behind it, which does nothing else."""
    if detector.get_submodule(path).bias is not None:
        return {f"{path}.bias": bias}
    parent, place = path.rsplit(".", 1)
    after = f"{parent}.{int(place) + 1}"
    normalisation = detector.get_submodule(after)
    assert isinstance(normalisation, nn.BatchNorm2d)
    ones = np.ones_like(bias)
    return {
        f"{after}.weight": ones * np.sqrt(1 + normalisation.eps, dtype=np.float32),
        f"{after}.bias": bias,
        f"{after}.running_mean": 0 * ones,
        f"{after}.running_var": ones,
        f"{after}.num_batches_tracked": np.zeros((), np.int64),
    }


def _transposed(graph: onnx.GraphProto, name: str) -> bool:
    """Whether a constant is added before a transposition that the optimiser has moved behind the sum."""
    sums = {output for node in graph.node if node.op_type == "Add" and name in node.input for output in node.output}
    return any(node.op_type == "Transpose" and not sums.isdisjoint(node.input) for node in graph.node)
