"""Train the finder of panel letters: windows of pages, heat maps with a peak at each letter, and the boxes there."""

import math
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.detector.draw.panel_letters import Box
from training.detector.letters.networks import Finder
from training.detector.letters.pages import Material, Page, composed_page, real_page, squashed
from transforms.panels.letters import SIDE, STRIDE, to_gray

WINDOW = 512  # pixels of a training window
BATCH = 16
RATE = 3e-3
REAL = 0.35  # share of pages that are real
SQUASHED = 0.15  # share of pages that are squashed to a square
POOL, FRESH = 500, 2  # pages kept, pages renewed a step


class Window(NamedTuple):
    """A part of a reduced gray figure, and its letters' boxes (n, 4) in its pixels."""

    gray: NDArray[np.uint8]
    boxes: NDArray[np.float32]


def make_page(rng: Generator, material: Material) -> Page:
    """A page of training; some are squashed to a square, as published collections do."""
    page = real_page(rng, material.figures) if rng.random() < REAL else composed_page(rng, material)
    return squashed(page, int(rng.integers(400, 800))) if rng.random() < SQUASHED else page


def cut_window(rng: Generator, gray: NDArray[np.uint8], letters: list[tuple[str, Box]]) -> Window:
    """A window of the figure at about the size at which letters are sought; what lies beyond the figure is white."""
    factor = SIDE / max(gray.shape) * float(np.exp(rng.uniform(-0.3, 0.25)))
    small = cv2.resize(
        gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    )
    sheet = np.full((WINDOW, WINDOW), 255, np.uint8)
    y, x = (int(rng.integers(max(1, extent - WINDOW + 1))) for extent in small.shape)
    part = small[y : y + WINDOW, x : x + WINDOW]
    sheet[: part.shape[0], : part.shape[1]] = part
    boxes = np.array([box for _, box in letters], np.float32).reshape(-1, 4) * factor - [x, y, x, y]
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = ((middles >= 0) & (middles < [part.shape[1], part.shape[0]])).all(axis=1)
    return Window(vary_tone(rng, sheet), boxes[inside].astype(np.float32))


def vary_tone(rng: Generator, gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Now and then another contrast, or the negative."""
    if rng.random() < 0.08:
        gray = 255 - gray
    if rng.random() < 0.3:
        gray = np.clip(gray * rng.uniform(0.6, 1.1) + rng.uniform(-20, 40), 0, 255).astype(np.uint8)
    return gray


def finder_targets(windows: list[Window]) -> tuple[Tensor, Tensor, Tensor]:
    """Heat (N, 1, h, w), box values (N, 4, h, w) and the mask (N, 1, h, w) of the cells where they count."""
    cells = WINDOW // STRIDE
    heat = np.zeros((len(windows), 1, cells, cells), np.float32)
    values = np.zeros((len(windows), 4, cells, cells), np.float32)
    mask = np.zeros_like(heat)
    grid = np.arange(cells) + 0.5
    for n, window in enumerate(windows):
        for x0, y0, x1, y1 in window.boxes / STRIDE:
            x, y, width, height = (x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, 0.2), max(y1 - y0, 0.2)
            spread = max(0.6, 0.3 * height)
            bell = np.exp(-((grid[:, None] - y) ** 2 + (grid[None] - x) ** 2) / (2 * spread**2))
            heat[n, 0] = np.maximum(heat[n, 0], bell)
            row, column = min(int(y), cells - 1), min(int(x), cells - 1)
            heat[n, 0, row, column] = 1
            near = bell > 0.4
            near[row, column] = True
            mask[n, 0][near] = 1
            rows, columns = np.nonzero(near)
            values[n, :, rows, columns] = np.stack(
                [
                    x - columns - 0.5,
                    y - rows - 0.5,
                    np.full(len(rows), np.log(width)),
                    np.full(len(rows), np.log(height)),
                ],
                axis=1,
            )
    return torch.from_numpy(heat), torch.from_numpy(values), torch.from_numpy(mask)


def finder_loss(maps: Tensor, heat: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Focal loss of the heat, less near letters (CornerNet, Law and Deng 2018), and absolute error of the boxes."""
    logits = maps[:, :1]
    chance = logits.sigmoid()
    hit = heat == 1
    good = -functional.logsigmoid(logits) * (1 - chance) ** 2 * hit
    bad = -functional.logsigmoid(-logits) * chance**2 * (1 - heat) ** 4 * ~hit
    count = hit.sum().clamp(min=1)
    boxes = ((maps[:, 1:] - values).abs() * mask).sum() / (4 * mask.sum().clamp(min=1))
    return (good.sum() + bad.sum()) / count + boxes


class Average:
    """The moving average of a network's weights."""

    def __init__(self, network: nn.Module) -> None:
        self.network, self.step = network, 0
        self.state = {name: value.clone() for name, value in network.state_dict().items()}

    def update(self) -> None:
        """Take in the weights of a step."""
        self.step += 1
        decay = min(0.998, 1 - 10 / (self.step + 10))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - decay)
            else:
                self.state[name].copy_(value)


def set_rate(optimizer: torch.optim.Optimizer, peak: float, share: float) -> None:
    """Warm up over the first 3 % of the steps, then fall as a cosine."""
    rate = peak * min(1.0, share / 0.03 + 0.02) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))
    for group in optimizer.param_groups:
        group["lr"] = rate


def train_finder(material: Material, steps: int, out: Path, start: Path | None, seed: int) -> None:
    """Train the finder; `out` gets the averaged weights."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    finder = Finder().to(memory_format=torch.channels_last)
    if start is not None:
        finder.load_state_dict(torch.load(start, weights_only=True))
    average = Average(finder)
    optimizer = torch.optim.AdamW(finder.parameters(), RATE, weight_decay=0.02)
    pool: list[tuple[NDArray[np.uint8], list[tuple[str, Box]]]] = []
    began, total = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        for _ in range(FRESH):
            page = make_page(rng, material)
            entry = (to_gray(page.image), page.letters)
            if len(pool) < POOL:
                pool.append(entry)
            else:
                pool[int(rng.integers(POOL))] = entry
        windows = [cut_window(rng, *pool[int(rng.integers(len(pool)))]) for _ in range(BATCH)]
        images = torch.from_numpy(np.stack([window.gray for window in windows]))[:, None].float() / 255
        set_rate(optimizer, RATE, step / steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            maps = finder(images.to(memory_format=torch.channels_last))
        loss = finder_loss(maps.float(), *finder_targets(windows))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(finder.parameters(), 5.0)
        optimizer.step()
        average.update()
        total += loss.item()
        if step % 50 == 0:
            print(f"{step} loss {total / 50:.3f} {step * BATCH / (time.monotonic() - began):.1f} windows/s", flush=True)
            total = 0.0
            torch.save(average.state, out)
    torch.save(average.state, out)
