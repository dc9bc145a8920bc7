"""Weights to the ONNX file that the pipeline runs: `python -m training.detector.export WEIGHTS FILE`."""

import argparse
import io
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from training.detector.network import SIDE, Detector

LARGE = 1024  # numbers in a tensor from which it is kept as 16-bit floats
OPSET = 17


class Scored(nn.Module):
    """The detector with scores in 0..1 instead of logits."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes (N, P, 4) in 0..1 of the figure and scores (N, P)."""
        boxes, logits = self.detector(images)
        return boxes.clamp(0.0, 1.0), torch.sigmoid(logits)


def export(weights: Path, file: Path) -> None:
    """Write the network as ONNX, for any number of figures: uint8 (N, SIDE, SIDE, 3) to boxes and scores."""
    detector = Detector().eval()
    detector.load_state_dict(torch.load(weights, weights_only=True))
    buffer = io.BytesIO()
    names = ["images", "boxes", "scores"]
    torch.onnx.export(
        Scored(detector).eval(),
        (torch.zeros(2, SIDE, SIDE, 3, dtype=torch.uint8),),
        buffer,
        input_names=names[:1],
        output_names=names[1:],
        dynamic_axes={name: {0: "figures"} for name in names},
        opset_version=OPSET,
        dynamo=False,
    )
    write(buffer.getvalue(), file)


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


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="what training.detector.train wrote")
    parser.add_argument("file", type=Path, help="the ONNX file to write")
    arguments = parser.parse_args()
    export(arguments.weights, arguments.file)


if __name__ == "__main__":
    main()
