"""Exported networks without what costs time and computes nothing: their answers stay the same.

ONNX Runtime computes what is constant. PyTorch's convolutions cannot pad as TensorFlow does, and a node copies their
input and pads it; those of ONNX can. Powers are taken number by number, logarithms and exponentials many at once.
"""

import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper


def lean(exported: bytes) -> bytes:
    """The same network, whose convolutions pad and whose powers of positive numbers are exponentials."""
    model = onnx.load_from_string(_constant(exported))
    pad(model.graph)
    take_powers(model.graph)
    return model.SerializeToString()


def _constant(exported: bytes) -> bytes:
    """The network with all that does not depend on its inputs computed."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "constant.onnx"
        options.optimized_model_filepath = str(file)
        onnxruntime.InferenceSession(exported, options, providers=["CPUExecutionProvider"])
        return file.read_bytes()


def pad(graph: onnx.GraphProto) -> None:
    """Let convolutions pad their inputs (N, C, H, W) with zeros, in place of the nodes before them."""
    constants = _constants(graph)
    padded = {node.output[0]: node for node in graph.node if node.op_type == "Pad"}
    for node in graph.node:
        if node.op_type == "Conv" and node.input[0] in padded:
            padding = padded[node.input[0]]
            begin, end = constants[padding.input[1]].reshape(2, -1)[:, 2:].tolist()
            own = next(attribute for attribute in node.attribute if attribute.name == "pads")
            assert not any(own.ints)
            own.CopyFrom(helper.make_attribute("pads", [*begin, *end]))
            node.input[0] = padding.input[0]
    used = {name for node in graph.node for name in node.input}
    for node in padded.values():
        if node.output[0] not in used:
            graph.node.remove(node)


def take_powers(graph: onnx.GraphProto) -> None:
    """Powers, of positive numbers, as exponentials of multiplied logarithms."""
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        if node.op_type != "Pow":
            graph.node.append(node)
            continue
        (base, exponent), (power,) = node.input, node.output
        for kind, inputs, output in (
            ("Log", [base], f"{power}/log"),
            ("Mul", [f"{power}/log", exponent], f"{power}/scaled"),
            ("Exp", [f"{power}/scaled"], power),
        ):
            graph.node.append(helper.make_node(kind, inputs, [output], f"{node.name}/{kind}"))


def _constants(graph: onnx.GraphProto) -> dict[str, NDArray[np.generic]]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
