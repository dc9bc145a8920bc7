"""Weights to an ONNX file with exact convolutions: `python -m training.embedding.export WEIGHTS FILE`.

The pipeline runs what `training.embedding.quantize` makes of it.
"""

import argparse
import io
from pathlib import Path

import torch

from training.embedding.network import SIDE, Encoder
from training.halved import OPSET, write


def export(weights: Path, file: Path) -> None:
    """Write the network as ONNX, for any number of pictures: uint8 (N, SIDE, SIDE, 3) to unit vectors."""
    encoder = Encoder().eval()
    encoder.load_state_dict(torch.load(weights, weights_only=True))
    buffer = io.BytesIO()
    torch.onnx.export(
        encoder,
        (torch.zeros(2, SIDE, SIDE, 3, dtype=torch.uint8),),
        buffer,
        input_names=["pictures"],
        output_names=["vectors"],
        dynamic_axes={name: {0: "pictures"} for name in ("pictures", "vectors")},
        opset_version=OPSET,
        dynamo=False,
    )
    write(buffer.getvalue(), file)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="weights of training.embedding.train")
    parser.add_argument("file", type=Path, help="the ONNX file to write")
    arguments = parser.parse_args()
    export(arguments.weights, arguments.file)


if __name__ == "__main__":
    main()
