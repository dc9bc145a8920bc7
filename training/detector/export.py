"""Weights to the ONNX file that the pipeline runs: `python -m training.detector.export WEIGHTS SHARED FILE`.

The convolutions work on 8-bit numbers, which takes half the time on a CPU and costs a point or so (README.md); their
ranges are those of labelled figures that were trained on. Weights have 7 bits: products of 8 by 8 overflow the sums of
processors without VNNI.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image
from torch import Tensor, nn

from training.detector.contents import read_figures
from training.detector.network import SIDE, Detector
from training.detector.train import LABELS, held_out
from training.halved import OPSET, write
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


class Figures(CalibrationDataReader):  # type: ignore[misc]
    """Squashed figures, one at a time."""

    def __init__(self, figures: Iterator[NDArray[np.uint8]]) -> None:
        self._figures = figures

    def get_next(self) -> dict[str, Any] | None:
        """The next figure as the network takes it, None after the last."""
        figure = next(self._figures, None)
        return None if figure is None else {"images": figure[None]}


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


def quantize(exported: Path, figures: Iterator[NDArray[np.uint8]], file: Path) -> None:
    """Write an exported network with its convolutions on 8-bit numbers, whose ranges are those of `figures`."""
    prepared, quantized = exported.with_suffix(".prepared.onnx"), exported.with_suffix(".quantized.onnx")
    quant_pre_process(str(exported), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(quantized),
        Figures(figures),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    write(quantized.read_bytes(), file)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="what training.detector.train wrote")
    parser.add_argument("shared", type=Path, help="the folder of shared data")
    parser.add_argument("file", type=Path, help="the ONNX file to write")
    arguments = parser.parse_args()
    labelled = read_figures(LABELS, arguments.shared / "panels" / "unlabelled")
    trained = [figure for number, figure in enumerate(labelled) if not held_out(number)][:CALIBRATED]
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "exported.onnx"
        export(arguments.weights, exported)
        quantize(exported, (squash(Image.fromarray(figure.image)) for figure in trained), arguments.file)


if __name__ == "__main__":
    main()
