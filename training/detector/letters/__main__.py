"""Train and export the letter reader: `python -m training.detector.letters` (see README.md beside it)."""

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import cv2
import torch
from torch import nn

from training.detector.data.labelled import LABELS, held_out
from training.detector.letters.labelled import LetteredFigure, read_lettered
from training.detector.letters.networks import Finder, FinderGraph, Reader, ReaderGraph
from training.detector.letters.pages import gather
from training.detector.letters.train_finder import train_finder
from training.detector.letters.train_reader import train_reader
from training.halved import OPSET
from training.quantized import quantize
from transforms.panels.letters import CLASSES, CROP, MODEL, reduce, to_gray

CALIBRATED = 48  # figures
NAMES = ("finder.pt", "reader.pt")
Network = TypeVar("Network", bound=nn.Module)


def split(shared: Path) -> tuple[list[LetteredFigure], list[LetteredFigure]]:
    """The labelled figures of training and of validation."""
    figures = read_lettered(LABELS, shared / "panels" / "unlabelled")
    kept = [figure for number, figure in enumerate(figures) if held_out(number)]
    return [figure for number, figure in enumerate(figures) if not held_out(number)], kept


def load(network: Network, weights: Path) -> Network:
    """The network with weights from a file, for use."""
    network.load_state_dict(torch.load(weights, weights_only=True))
    return network.eval()


def export(finder: Finder, reader: Reader, figures: Iterable[LetteredFigure], folder: Path) -> None:
    """Write letters.onnx, whose 8-bit numbers have the ranges that they have on `figures`, and glyphs.onnx."""
    page = torch.zeros((1, 1, 64, 64), dtype=torch.uint8)
    with tempfile.TemporaryDirectory() as scratch:
        exported = Path(scratch) / "letters.onnx"
        torch.onnx.export(
            FinderGraph(finder).eval(), (page,), str(exported), dynamo=False, opset_version=OPSET,
            input_names=["figures"], output_names=["heat", "maps"],
            dynamic_axes={name: {0: "n", 2: f"{name}_h", 3: f"{name}_w"} for name in ("figures", "heat", "maps")},
        )  # fmt: skip
        samples = ({"figures": reduce(to_gray(figure.image))[0][None, None]} for figure in figures)
        quantize(exported, samples, folder / "letters.onnx")
    crops = torch.zeros((2, 2, CROP, CROP), dtype=torch.uint8)
    torch.onnx.export(
        ReaderGraph(reader).eval(), (crops,), str(folder / "glyphs.onnx"), dynamo=False, opset_version=OPSET,
        input_names=["crops"], output_names=["classes"], dynamic_axes={"crops": {0: "n"}, "classes": {0: "n"}},
    )  # fmt: skip


def main() -> None:
    """The command line: first the finder, then the reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("drawn", type=Path, help="a folder of training.detector.bank")
    parser.add_argument("shared", type=Path, help="the folder of the figures, layouts and photographs")
    parser.add_argument("weights", type=Path, help="the folder for finder.pt and reader.pt")
    parser.add_argument(
        "--steps", type=int, nargs=2, default=(3000, 4800), help="of finder and reader; 0 keeps its weights"
    )
    parser.add_argument("--start", type=Path, help="a folder of weights to go on from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(1)
    figures = split(arguments.shared)[0]
    material = gather(arguments.drawn, arguments.shared, figures)
    arguments.weights.mkdir(parents=True, exist_ok=True)
    finder, reader = (arguments.weights / name for name in NAMES)
    starts = [arguments.start and arguments.start / name for name in NAMES]
    if arguments.steps[0]:
        train_finder(material, arguments.steps[0], finder, starts[0], arguments.seed)
    if arguments.steps[1]:
        train_reader(material, load(Finder(), finder), arguments.steps[1], reader, starts[1], arguments.seed)
    export(load(Finder(), finder), load(Reader(len(CLASSES)), reader), figures[:CALIBRATED], MODEL)


if __name__ == "__main__":
    main()
