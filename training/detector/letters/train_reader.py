"""Train the reader of panel letters on crops of letters and of what the finder mistakes for letters."""

import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.detector.data.degrade import degrade
from training.detector.draw.panel_letters import Box, choose_habit
from training.detector.letters.networks import Finder, FinderGraph, Reader
from training.detector.letters.pages import Material, Page, put, touch
from training.detector.letters.train_finder import Average, make_page, set_rate, vary_tone
from transforms.panels.letters import CLASSES, cut, decode, reduce, to_gray

BATCH = 256
POOL, FRESH = 300, 1  # pages kept, pages renewed a step
RATE = 2e-3
EXTRA = 24  # letters strewn on a page, so that every letter is seen
MINED = 0.04  # least probability of the finder's candidates that are learned as none
NONE = 0.35  # their share of a batch


class Sample(NamedTuple):
    """A page to cut crops from: gray values, panel letters and other letters with their classes, boxes of no letter."""

    gray: NDArray[np.uint8]
    letters: list[tuple[int, Box]]
    extra: list[tuple[int, Box]]
    none: list[Box]


def sample(rng: Generator, page: Page, finder: FinderGraph) -> Sample:
    """Sample a page: run the finder for boxes that hold no letter, then strew in further letters."""
    none = [box for box in mine(to_gray(page.image), finder) if not any(touch(box, known) for known in _known(page))]
    image = page.image.copy()
    letters = [(CLASSES.index(text), box) for text, box in page.letters if text in CLASSES]
    extra: list[tuple[int, Box]] = []
    taken = _known(page) + none
    for _ in range(EXTRA):
        name = CLASSES[int(rng.integers(1, len(CLASSES)))]
        habit = choose_habit(rng, max(image.shape[:2]))
        habit = replace(habit, chip=None, size=max(8, round(habit.size * float(rng.uniform(0.5, 1)))))
        x, y = (int(rng.integers(extent)) for extent in (image.shape[1], image.shape[0]))
        for box in put(image, habit, habit.frame[0] + name + habit.frame[1], x, y, taken):
            extra.append((CLASSES.index(name), box))
            taken.append(box)
    return Sample(to_gray(degrade(rng, image)), letters, extra, none)


def mine(gray: NDArray[np.uint8], finder: FinderGraph) -> list[Box]:
    """The boxes of the finder's candidates."""
    small, factor = reduce(gray)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        heat, maps = finder(torch.from_numpy(small)[None, None])
    boxes, _ = decode(heat[0, 0].float().numpy(), maps[0].float().numpy(), factor, MINED)
    return [(round(x0), round(y0), round(x1), round(y1)) for x0, y0, x1, y1 in boxes.tolist()]


def draw_batch(rng: Generator, pool: list[Sample]) -> tuple[Tensor, Tensor]:
    """Crops (BATCH, 2, CROP, CROP) 0..1 and the numbers of their classes."""
    crops, classes = [], []
    while len(crops) < BATCH:
        page = pool[int(rng.integers(len(pool)))]
        if page.none and rng.random() < NONE:
            number, box = 0, page.none[int(rng.integers(len(page.none)))]
        else:
            among = page.letters if page.letters and rng.random() < 0.5 else page.extra
            if not among:
                continue
            number, box = among[int(rng.integers(len(among)))]
        crops.append(vary_tone(rng, cut(page.gray, _shaken(rng, box))))
        classes.append(number)
    return torch.from_numpy(np.stack(crops)).float() / 255, torch.tensor(classes)


def train_reader(material: Material, finder: Finder, steps: int, out: Path, start: Path | None, seed: int) -> None:
    """Train the reader; `out` gets the averaged weights."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    graph = FinderGraph(finder).eval()
    reader = Reader(len(CLASSES)).to(memory_format=torch.channels_last)
    if start is not None:
        reader.load_state_dict(torch.load(start, weights_only=True))
    average = Average(reader)
    optimizer = torch.optim.AdamW(reader.parameters(), RATE, weight_decay=0.02)
    pool: list[Sample] = []
    began, total, right = time.monotonic(), 0.0, 0.0
    for step in range(1, steps + 1):
        for _ in range(FRESH):
            entry = sample(rng, make_page(rng, material), graph)
            if len(pool) < POOL:
                pool.append(entry)
            else:
                pool[int(rng.integers(POOL))] = entry
        crops, classes = draw_batch(rng, pool)
        set_rate(optimizer, RATE, step / steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = reader(crops.to(memory_format=torch.channels_last))
        loss = functional.cross_entropy(logits.float(), classes, label_smoothing=0.02)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 5.0)
        optimizer.step()
        average.update()
        total += loss.item()
        right += float((logits.argmax(dim=1) == classes).float().mean())
        if step % 50 == 0:
            pace = step * BATCH / (time.monotonic() - began)
            print(f"{step} loss {total / 50:.3f} right {right / 50:.3f} {pace:.0f} crops/s", flush=True)
            total = right = 0.0
            torch.save(average.state, out)
    torch.save(average.state, out)


def _known(page: Page) -> list[Box]:
    return [box for _, box in page.letters] + page.others


def _shaken(rng: Generator, box: Box) -> NDArray[np.float64]:
    """The box as a finder might give it."""
    low, high = np.array(box[:2], float), np.array(box[2:], float)
    middle, half = (low + high) / 2, (high - low) / 2
    middle = middle + rng.normal(0, 0.12, 2) * half.max()
    half = half * np.exp(rng.normal(0, 0.12, 2))
    return np.concatenate([middle - half, middle + half])
