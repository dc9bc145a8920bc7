"""Weights to the ONNX file that the pipeline runs: `python -m training.detector.export WEIGHTS SHARED FILE`.

The ranges of its 8-bit numbers are those of labelled figures that were trained on; what they cost stands in README.md.
"""

import argparse
import tempfile
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from training.detector.data.labelled import read_labelled
from training.detector.model.network import SIDE, Detector
from training.halved import OPSET
from training.quantized import quantize
from transforms.panels.detector import squash

CALIBRATED = 48  # figures


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
    names = ["images", "boxes", "scores"]
    torch.onnx.export(
        Scored(detector).eval(),
        (torch.zeros(2, SIDE, SIDE, 3, dtype=torch.uint8),),
        str(file),
        input_names=names[:1],
        output_names=names[1:],
        dynamic_axes={name: {0: "figures"} for name in names},
        opset_version=OPSET,
        dynamo=False,
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="what training.detector.train wrote")
    parser.add_argument("shared", type=Path, help="the folder of shared data")
    parser.add_argument("file", type=Path, help="the ONNX file to write")
    arguments = parser.parse_args()
    trained = read_labelled(arguments.shared).training[:: 320 // CALIBRATED][:CALIBRATED]
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "exported.onnx"
        export(arguments.weights, exported)
        samples = ({"images": squash(Image.fromarray(figure.image))[None]} for figure in trained)
        quantize(exported, samples, arguments.file, beside=True)


if __name__ == "__main__":
    main()
