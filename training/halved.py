"""ONNX files of exported networks: their large weights are kept as 16-bit floats, which halves the file."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LARGE = 1024  # numbers in a tensor from which it is kept as 16-bit floats
OPSET = 17


def write(exported: bytes, file: Path) -> None:
    """Write an exported network with its large weights halved."""
    model = onnx.load_from_string(exported)
    halve(model.graph)
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString())


def halve(graph: onnx.GraphProto) -> None:
    """Keep large weights as 16-bit floats, which a node casts back as the model is loaded: half the file."""
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < LARGE:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    for node in reversed(casts):
        graph.node.insert(0, node)
