"""What the detector learns from: figures composed, varied and degraded, and which labelled ones are held out."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from training.detector.compose.contents import Bank, RealFigure, fill_bank, read_figures
from training.detector.compose.figures import compose
from training.detector.compose.layouts import Layout, drawn_layouts
from training.detector.data.augment import vary
from training.detector.data.degrade import degrade
from training.detector.data.labelled import read_labelled

AGAIN = 4  # times that a figure is learnt from, each time with another jitter
SHARES = {"labelled": 0.45, "plots": 0.08}  # of the figures that are varied; the others are composed
PAGES = (480, 832)  # pixels of a synthetic figure's longer side before it is squashed
RAW = 576  # pixels of the square that is kept
MOST = 160  # panels of a figure


class Material(NamedTuple):
    """What figures are made from: contents and layouts, labelled figures, pages of plots."""

    bank: Bank
    layouts: list[Layout]
    figures: list[RealFigure]
    plots: list[RealFigure]


def load(drawn: Path, shared: Path) -> tuple[Material, list[RealFigure]]:
    """The material of training and the figures of validation, from a drawn bank and the folder of shared data."""
    labelled = read_labelled(shared)
    bank = fill_bank(drawn, sorted((shared / "images").glob("*/*.*g")), labelled.training)
    for content in labelled.contents:
        bank.add(*content)
    material = Material(
        bank,
        drawn_layouts(shared / "panels" / "layouts.jsonl.gz"),
        labelled.training,
        read_figures(drawn / "plots.jsonl", drawn / "plots"),
    )
    return material, labelled.held_out


def example(rng: Generator, material: Material) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """One training figure, squashed to RAW x RAW, and its panels in 0..1, filled up to MOST with zeros."""
    side, kind = int(rng.integers(*PAGES)), rng.random()
    if kind < SHARES["labelled"]:
        image, boxes = vary(rng, material.figures, side)
    elif kind < SHARES["labelled"] + SHARES["plots"]:
        image, boxes = vary(rng, material.plots, side)
    else:
        image, boxes = compose(rng, material.bank, material.layouts, side)[:2]
    if len(boxes) > MOST:
        return example(rng, material)
    height, width = image.shape[:2]
    early = rng.random() < 0.7  # published corpora squash first, and compress then
    image = degrade(rng, image) if early else image
    squashed = np.asarray(cv2.resize(image, (RAW, RAW), interpolation=cv2.INTER_AREA), np.uint8)
    squashed = squashed if early else degrade(rng, squashed)
    panels = np.zeros((MOST, 4), np.float32)
    panels[: len(boxes)] = boxes / [width, height, width, height]
    return squashed, panels


class Figures(Dataset[tuple[Tensor, Tensor]]):
    """The new figures of each step, (batch / AGAIN, RAW, RAW, 3), and their panels; the same for the same seed."""

    def __init__(self, material: Material, seed: int, steps: int, batch: int) -> None:
        self._material, self._seed, self._steps, self._new = material, seed, steps, batch // AGAIN

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        """What the step adds to what is learnt from."""
        rng = np.random.default_rng([self._seed, step])
        images, panels = zip(*(example(rng, self._material) for _ in range(self._new)), strict=True)
        return torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(panels))
