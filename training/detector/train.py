"""Train the panel detector: `python -m training.detector.train` (see training/detector/README.md)."""

import argparse
import math
import multiprocessing
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from training.detector.augment import vary
from training.detector.contents import Bank, RealFigure, fill_bank, read_figures
from training.detector.figures import compose, degrade
from training.detector.layouts import Layout, drawn_layouts
from training.detector.network import SIDE, Detector, Targets, loss, targets
from transforms.panels.refine import refine

BATCH = 16
RATE = 1.5e-3
WARM = 200  # steps of rising rate
REAL = 0.35  # share of figures that are real ones varied
PAGES = (480, 832)  # pixels of a synthetic figure's longer side before it is squashed
AHEAD = 12  # batches made before they are needed
DECAY = 0.999  # of the weights' moving average
LABELS = Path(__file__).with_name("labels.jsonl")


class Material(NamedTuple):
    """What figures are made from."""

    bank: Bank
    layouts: list[Layout]
    figures: list[RealFigure]


def held_out(figure: int) -> bool:
    """Whether a labelled figure (its line in labels.jsonl, from 0) is kept for validation: every fifth."""
    return figure % 5 == 4


def load(drawn: Path, shared: Path) -> tuple[Material, list[RealFigure]]:
    """The material of training and the figures of validation, from a drawn bank and the folder of shared data."""
    labelled = read_figures(LABELS, shared / "panels" / "unlabelled")
    training = [figure for n, figure in enumerate(labelled) if not held_out(n)]
    photographs = sorted((shared / "images").glob("*/*.*g"))
    material = Material(
        fill_bank(drawn, photographs, training), drawn_layouts(shared / "panels" / "layouts.jsonl.gz"), training
    )
    return material, [figure for n, figure in enumerate(labelled) if held_out(n)]


def example(rng: Generator, material: Material) -> tuple[NDArray[np.uint8], Tensor]:
    """One training figure, squashed to SIDE x SIDE, and its panels in 0..1."""
    side = int(rng.integers(*PAGES))
    if rng.random() < REAL:
        image, boxes = vary(rng, material.figures, side)
    else:
        image, boxes = compose(rng, material.bank, material.layouts, side)[:2]
    height, width = image.shape[:2]
    squashed = cv2.resize(degrade(rng, image), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(squashed, np.uint8), torch.tensor(boxes / [width, height, width, height], dtype=torch.float32)


def batch(seed: int, material: Material) -> tuple[Tensor, Targets]:
    """The training batch of a step: the same for the same seed."""
    rng = np.random.default_rng(seed)
    examples = [example(rng, material) for _ in range(BATCH)]
    return torch.from_numpy(np.stack([image for image, _ in examples])), targets([boxes for _, boxes in examples])


def batches(material: Material, seeds: range, workers: int) -> Iterator[tuple[Tensor, Targets]]:
    """The batches of `seeds` in order, made by `workers` processes ahead of their use."""
    context = multiprocessing.get_context("spawn")
    ahead: deque[Future[list[NDArray[np.generic]]]] = deque()
    with ProcessPoolExecutor(workers, context, _start, (material,)) as pool:
        for seed in seeds:
            ahead.append(pool.submit(_make, seed))
            if len(ahead) > AHEAD:
                yield _tensors(ahead.popleft().result())
        while ahead:
            yield _tensors(ahead.popleft().result())


_material: Material  # of a process that makes figures


def _start(material: Material) -> None:
    global _material
    _material = material
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def _make(seed: int) -> list[NDArray[np.generic]]:
    images, truth = batch(seed, _material)
    return [tensor.numpy() for tensor in (images, *truth)]


def _tensors(arrays: list[NDArray[np.generic]]) -> tuple[Tensor, Targets]:
    images, boxes, weights = map(torch.from_numpy, arrays)
    return images, Targets(boxes, weights)


def train(
    material: Material, validation: list[RealFigure], steps: int, out: Path, start: Path | None, seed: int, workers: int
) -> None:
    """Train for `steps` and keep the averaged weights in `out`, which is rewritten every 500 steps."""
    torch.manual_seed(seed)
    model = Detector().to(memory_format=torch.channels_last)
    if start is not None:
        model.load_state_dict(torch.load(start, weights_only=True))
    mean = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters(), RATE, weight_decay=0.02)
    began, total = time.monotonic(), 0.0
    for step, (images, truth) in enumerate(batches(material, range(seed, seed + steps), workers), 1):
        rate = RATE * min(1.0, step / WARM) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", dtype=torch.bfloat16):
            boxes, logits = model(images)
        value = loss(boxes, logits, truth)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        total += value.item()
        _average(mean, model, min(DECAY, 1 - 10 / (step + 10)))
        if step % 100 == 0:
            print(
                f"{step} loss {total / 100:.3f} rate {rate:.5f} {step * BATCH / (time.monotonic() - began):.1f}/s",
                flush=True,
            )
            total = 0.0
        if step % 500 == 0 or step == steps:
            torch.save(mean, out)
            print(f"{step} held-out figures: F1 {validate(mean, validation):.3f}", flush=True)


def _average(mean: dict[str, Tensor], model: torch.nn.Module, decay: float) -> None:
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            mean[name].lerp_(value, 1 - decay)
        else:
            mean[name].copy_(value)


def validate(weights: dict[str, Tensor], figures: list[RealFigure]) -> float:
    """The panel F1 at IoU 0.5 on labelled figures, after the pipeline's own post-processing."""
    model = Detector().eval()
    model.load_state_dict(weights)
    hits = count = 0
    for figure in figures:
        height, width = figure.image.shape[:2]
        image = cv2.resize(figure.image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        with torch.no_grad():
            boxes, logits = model(torch.from_numpy(image[None]))
        gray = cv2.cvtColor(figure.image, cv2.COLOR_RGB2GRAY)
        scale = np.array([width, height, width, height], np.float32)
        found = refine(boxes[0].numpy() * scale, torch.sigmoid(logits[0]).numpy(), np.asarray(gray, np.uint8))
        hits += sum(any(_iou(box, other) >= 0.5 for other in found) for box in figure.boxes.tolist())
        count += len(found) + len(figure.boxes)
    return 2 * hits / max(1, count)


def _iou(a: Sequence[float], b: Sequence[float]) -> float:
    inner = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("drawn", type=Path, help="a folder of training.detector.bank")
    parser.add_argument("shared", type=Path, help="the folder of the figures, layouts and photographs")
    parser.add_argument("weights", type=Path, help="the weights to write")
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes that make figures")
    parser.add_argument("--threads", type=int, default=1, help="threads of the training itself")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    material, validation = load(arguments.drawn, arguments.shared)
    train(material, validation, arguments.steps, arguments.weights, arguments.start, arguments.seed, arguments.workers)


if __name__ == "__main__":
    main()
