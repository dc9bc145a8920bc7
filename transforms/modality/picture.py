"""What a picture looks like: a small network over it, squashed to a square (training/modality), in ONNX Runtime.

It stands beside the encoder that finds copies, not upon it: whoever builds may bring another encoder.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from transforms.network import Network
from transforms.versions import data_digest

MODEL = Path(__file__).parent / "model"
#: Pictures in a run of the network on CUDA at most.
BATCH = 32
#: Probabilities are in steps of 1/1024, so that they depend less on how a processor sums up.
STEPS = 1024


class Classifier:
    """The network on CUDA where ONNX Runtime has it and a device answers, else on at most `threads` CPU threads.

    Opened at its first use, once a process; a copy in another process opens its own.
    """

    def __init__(self, threads: int = 1) -> None:
        self._network = Network(MODEL / "modality.onnx", threads)
        stated = json.loads((MODEL / "modality.json").read_text("utf-8"))
        self._names, self._side = list(stated["names"]), int(stated["side"])

    def open(self) -> None:
        """Load the weights now rather than at the first picture."""
        self._network.open()

    def look(self, pictures: Sequence[Image.Image]) -> list[dict[str, float]]:
        """The probability of each modality for each picture (mode L or RGB); one does not depend on the others.

        Raises:
            Outage: the device failed or has no memory left.
        """
        found = [self._run(part) for part in self._network.batches(pictures, BATCH)]
        return [dict(zip(self._names, row.tolist(), strict=True)) for part in found for row in part]

    def _run(self, pictures: Sequence[Image.Image]) -> NDArray[np.float64]:
        pixels = np.stack([fitted(picture, self._side) for picture in pictures])
        (chances,) = self._network.run(None, {"pictures": pixels})
        return np.round(chances.astype(np.float64) * STEPS) / STEPS


def model_digest() -> str:
    """A digest of the weights and of what stands beside them."""
    return data_digest("modality/model/modality.onnx", "modality/model/modality.json")


def fitted(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """A picture as the network sees it: RGB, (side, side, 3)."""
    small = picture.resize((side, side), Image.Resampling.HAMMING, reducing_gap=2.0)
    return np.asarray(small.convert("RGB"))
