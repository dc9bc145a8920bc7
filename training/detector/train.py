"""Train the panel detector: `python -m training.detector.train` (see training/detector/README.md)."""

import argparse
import copy
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader

from training.detector.compose.contents import RealFigure
from training.detector.data import jitter, jitter_cpu
from training.detector.data.material import AGAIN, MOST, RAW, Figures, Material, load
from training.detector.model.network import SIDE, Detector, loss, targets
from training.detector.model.shipped import read_weights
from training.quantized import FEW
from training.rounding import plain_weights, round_weights
from transforms.panels.refine import refine

BATCH = 64
KEPT = 8_000  # figures among which a batch is drawn, at most
RATE = 2e-3
WARM = 300  # steps of rising rate; a tenth of the run, where that is less
DECAY = 0.9995  # of the weights' moving average
KEEP, VALIDATE = 500, 2000  # steps after which the weights are written, and judged
PATIENCE = 300  # seconds for a step's new figures


class Kept:
    """The figures that are learnt from: the latest KEPT, on the device."""

    def __init__(self, size: int, device: torch.device) -> None:
        self._images = torch.empty(size, RAW, RAW, 3, dtype=torch.uint8, device=device)
        self._panels = torch.empty(size, MOST, 4, device=device)
        self._seen = 0

    def add(self, images: Tensor, panels: Tensor) -> None:
        """Keep new figures instead of the oldest."""
        places = torch.arange(self._seen, self._seen + len(images), device=self._images.device) % len(self._images)
        self._images[places] = images.to(places.device, non_blocking=True)
        self._panels[places] = panels.to(places.device, non_blocking=True)
        self._seen += len(images)

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """Some of them, varied, (count, SIDE, SIDE, 3), and their panels."""
        among = min(self._seen, len(self._images))
        chosen = torch.randint(among, (count,), device=self._images.device)
        panels = self._panels[chosen]
        module = jitter if chosen.is_cuda else jitter_cpu
        return module.jitter(self._images[chosen], panels[:, : int(panels.any(-1).sum(1).max())], SIDE)


class Run(NamedTuple):
    """How long to train, on how many figures a step, at which peak rate, from which weights; if it is the last.

    In the last run the weights are rounded as they ship (training/rounding.py), and normalisation stays as it is.
    """

    steps: int
    batch: int
    rate: float
    start: Path | None
    last: bool
    seed: int
    workers: int


def train(material: Material, validation: list[RealFigure], run: Run, out: Path) -> None:
    """Train and keep the averaged weights in `out`, which is rewritten as it goes on."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    figures = Figures(material, run.seed, run.steps, run.batch)
    cv2.setNumThreads(1)  # now: in a worker OpenCV would wait for threads that are not there after the fork
    fresh = iter(DataLoader(figures, None, num_workers=run.workers, timeout=PATIENCE))  # before the device is used
    torch.manual_seed(run.seed)
    model = Detector()
    if run.start is not None:
        model.load_state_dict(read_state(run.start))
    if run.last:
        round_weights(model, FEW)
        for layer in (each for each in model.modules() if isinstance(each, nn.BatchNorm2d)):
            layer.eval()
    model = model.to(device, memory_format=torch.channels_last)
    mean = copy.deepcopy(model).eval()
    kept = Kept(min(KEPT, run.steps * run.batch // AGAIN), device)
    optimizer = torch.optim.AdamW(model.parameters(), run.rate, weight_decay=0.02)
    began, total = time.monotonic(), torch.zeros((), device=device)
    for step, (images, panels) in enumerate(fresh, 1):
        kept.add(images, panels)
        for group in optimizer.param_groups:
            group["lr"] = rate(step, run)
        images, panels = kept.draw(run.batch)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            boxes, logits = model(images)
        value = loss(boxes, logits, targets(panels))
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        total += value.detach()
        average(mean, model, min(DECAY, 1 - 10 / (step + 10)))
        if step % 100 == 0:
            speed = step * run.batch / (time.monotonic() - began)
            print(f"{step} loss {total.item() / 100:.3f} rate {rate(step, run):.5f} {speed:.1f}/s", flush=True)
            total.zero_()
        if step % KEEP == 0 or step == run.steps:
            torch.save({name: value.cpu() for name, value in plain_weights(mean).items()}, out)
        if step % VALIDATE == 0 or step == run.steps:
            print(f"{step} held-out figures: F1 {validate(mean, validation, device):.3f}", flush=True)


def read_state(file: Path) -> dict[str, Tensor]:
    """The state that a run wrote or, of an ONNX file, that it ships (training/detector/shipped.py)."""
    if file.suffix == ".onnx":
        return read_weights(file)
    state: dict[str, Tensor] = torch.load(file, weights_only=True)
    return state


def rate(step: int, run: Run) -> float:
    """The learning rate of a step: rising, then falling as a cosine."""
    return (
        run.rate
        * min(1.0, step / min(WARM, run.steps / 10))
        * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / run.steps)))
    )


def average(mean: nn.Module, model: nn.Module, decay: float) -> None:
    """Move the mean of the weights on."""
    with torch.no_grad():
        for old, new in zip(mean.state_dict().values(), model.state_dict().values(), strict=True):
            if new.is_floating_point():
                old.lerp_(new, 1 - decay)
            else:
                old.copy_(new)


@torch.no_grad()
def validate(model: nn.Module, figures: Sequence[RealFigure], device: torch.device) -> float:
    """The panel F1 at IoU 0.5 on labelled figures, after the pipeline's own post-processing."""
    hits = count = 0
    for figure in figures:
        height, width = figure.image.shape[:2]
        image = cv2.resize(figure.image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        boxes, logits = model(torch.from_numpy(image)[None].to(device))
        raw = (boxes[0].cpu().numpy() * np.array([width, height] * 2, np.float32)).clip(0)
        gray = np.asarray(cv2.cvtColor(figure.image, cv2.COLOR_RGB2GRAY), np.uint8)
        found = refine(raw, torch.sigmoid(logits[0]).cpu().numpy(), gray)
        hits += found_panels(figure.boxes, np.array([box[:4] for box in found], float).reshape(-1, 4))
        count += len(found) + len(figure.boxes)
    return 2 * hits / max(1, count)


def found_panels(truth: NDArray[np.float64], found: NDArray[np.float64]) -> int:
    """How many of the panels (n, 4) have a box of IoU 0.5 or more among those found (m, 4)."""
    low, high = np.maximum(truth[:, None, :2], found[:, :2]), np.minimum(truth[:, None, 2:], found[:, 2:])
    inner = np.maximum(high - low, 0).prod(-1)
    areas, others = ((boxes[:, 2:] - boxes[:, :2]).prod(-1) for boxes in (truth, found))
    return int(((inner / (areas[:, None] + others - inner)).max(1, initial=0) >= 0.5).sum())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawn", type=Path, help="the folder of training.detector.bank")
    parser.add_argument("shared", type=Path, help="the folder of shared data")
    parser.add_argument("weights", type=Path, help="where to keep the weights")
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--batch", type=int, default=BATCH, help="figures a step")
    parser.add_argument("--rate", type=float, default=RATE, help="of learning, at its peak")
    parser.add_argument("--start", type=Path, help="weights to go on from, or the file that ships")
    parser.add_argument("--last", action="store_true", help="with weights rounded as they ship")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="processes that make figures")
    args = parser.parse_args()
    run = Run(args.steps, args.batch, args.rate, args.start, args.last, args.seed, args.workers)
    train(*load(args.drawn, args.shared), run, args.weights)


if __name__ == "__main__":
    main()
