"""The panel detector: a small network over a figure squashed to a square (training/detector), run by ONNX Runtime.

It answers with a box and a score for each place of a grid; what of these are panels is for refine.py to say.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from transforms.network import Network
from transforms.versions import data_digest

#: Pixels of the square that a figure is squashed to.
SIDE = 512
#: Figures in a run of the network on CUDA at most.
BATCH = 64
#: Boxes and scores are in steps of 1/4096, so that they hang less on how a processor sums up.
STEPS = 4096

MODEL = Path(str(files(__package__))) / "model"

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Raw(NamedTuple):
    """What the network says of a figure: boxes (P, 4), x0, y0, x1, y1 in its pixels, and their scores (P,) in 0..1."""

    boxes: Floats
    scores: Floats


class Detector:
    """The network on CUDA where ONNX Runtime has it and a device answers, else on at most `threads` CPU threads.

    Opened at its first use, once a process; a copy in another process opens its own.
    """

    def __init__(self, threads: int = 1, weights: Path = MODEL / "panels.onnx") -> None:
        self._network = Network(weights, threads)

    @property
    def provider(self) -> str:
        """What the network runs on: CUDAExecutionProvider or CPUExecutionProvider."""
        return self._network.provider

    def open(self) -> None:
        """Load the weights now rather than at the first figure."""
        self._network.open()

    def detect(self, figures: Sequence[Image.Image]) -> list[Raw]:
        """The boxes of each figure (mode L or RGB); what a figure gives does not depend on the others.

        Raises:
            Outage: the device failed or has no memory left.
        """
        found = []
        for part in self._network.batches(figures, BATCH):
            for figure, boxes, scores in zip(part, *self.infer(np.stack([squash(f) for f in part])), strict=True):
                found.append(Raw(boxes * np.array(2 * figure.size, np.float32), scores))
        return found

    def infer(self, images: Images) -> tuple[Floats, Floats]:
        """The network on squashed figures (N, SIDE, SIDE, 3): boxes (N, P, 4) in 0..1 of the figure, scores (N, P).

        Raises:
            Outage: as above.
        """
        boxes, scores = self._network.run(["boxes", "scores"], {"images": images})
        return _stepped(boxes), _stepped(scores)


def squash(figure: Image.Image) -> Images:
    """A figure (mode L or RGB) as the network sees it: RGB, (SIDE, SIDE, 3), whatever its shape was.

    Of Pillow's filters Hamming's comes nearest to the mean over each pixel's area, by which training squashes.
    """
    small = figure.resize((SIDE, SIDE), Image.Resampling.HAMMING, reducing_gap=2.0)
    return np.asarray(small.convert("RGB"))


def model_digest() -> str:
    """The first 12 hexadecimal digits of the SHA-256 of the weights of the detector and of the letter reader."""
    return data_digest(*(f"panels/model/{name}.onnx" for name in ("glyphs", "letters", "panels")))


def _stepped(values: Floats) -> Floats:
    stepped: Floats = np.round(values * np.float32(STEPS)) / np.float32(STEPS)
    return stepped
