"""Train the encoder: `python -m training.embedding.train` (see training/embedding/README.md)."""

import argparse
import copy
import math
import multiprocessing
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.detector.compose.contents import read, read_figures
from training.embedding.network import DIMENSION, FROZEN, SIDE, Encoder
from training.embedding.views import Pixels, instance, republish

PAIRS = 64  # pictures in a batch, each in two views
ALIKE = 24  # of them of one kind
REAL = 4.0  # how much oftener a panel of a real figure sets the kind than a drawn picture
QUEUE = 4096  # vectors of earlier batches that serve as strangers
RATE, HEAD_RATE = 1e-4, 3e-4
WARM = 50  # steps of rising rate
TEMPERATURE = 0.06
SPREAD = 0.1  # weight of the term that spreads the vectors
LONGEST = 288  # pixels of a source's longer side
AHEAD = 8  # batches made before they are needed
WHITENING = 20  # batches by which the head is begun
TOGETHER = 8  # views at once in the trunk
DECAY = 0.998  # of the weights' moving average
HELD_OUT = 20  # every so manieth source is kept for validation
LABELS = Path(__file__).parents[1] / "detector" / "data" / "labels.jsonl"


class Source(NamedTuple):
    """A picture, and what kind it is of: pictures of a kind look alike and are none the less strangers."""

    kind: str
    pixels: Pixels


def load(drawn: Path, figures: Path) -> list[Source]:
    """The drawn bank, and the panels of the labelled figures."""
    sources = [Source(path.stem.split("-")[1], _reduced(read(path))) for path in sorted(drawn.glob("*-*.*"))]
    for figure in read_figures(LABELS, figures):
        for x0, y0, x1, y1 in figure.boxes.astype(int):
            if min(x1 - x0, y1 - y0) >= 48:
                sources.append(Source("real", _reduced(figure.image[y0:y1, x0:x1])))
    return sources


def _reduced(image: Pixels) -> Pixels:
    factor = LONGEST / max(image.shape[:2])
    if factor < 1:
        return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(image)


class Batches:
    """Batches of pairs of views, the same for the same seed."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources
        self._kinds: dict[str, list[int]] = defaultdict(list)
        for n, source in enumerate(sources):
            self._kinds[source.kind].append(n)
        shares = np.array([len(members) * (REAL if kind == "real" else 1.0) for kind, members in self._kinds.items()])
        self._shares = shares / shares.sum()

    def make(self, seed: int) -> NDArray[np.uint8]:
        """Views (2, PAIRS, SIDE, SIDE, 3): the first lightly changed, the second more."""
        rng = np.random.default_rng(seed)
        pictures = [instance(rng, self._sources[n].pixels) for n in self._choose(rng)]
        light = [republish(rng, picture, SIDE, rng.uniform(0, 0.3)) for picture in pictures]
        heavy = [republish(rng, picture, SIDE, rng.uniform(0.3, 1.0)) for picture in pictures]
        return np.stack([np.stack(light), np.stack(heavy)])

    def _choose(self, rng: Generator) -> list[int]:
        members = list(self._kinds.values())[int(rng.choice(len(self._kinds), p=self._shares))]
        alike = rng.permutation(members)[:ALIKE]
        others = np.setdiff1d(rng.choice(len(self._sources), 2 * PAIRS, replace=False), alike)
        return [*alike.tolist(), *rng.permutation(others)[: PAIRS - len(alike)].tolist()]


_maker: tuple[Batches, Encoder]  # of a process that makes views


def _start(batches: Batches, model: Encoder) -> None:
    global _maker
    _maker = batches, model
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def _make(seed: int) -> NDArray[np.float16]:
    batches, model = _maker
    return encode_trunk(model, batches.make(seed)).half().numpy()


def encode_trunk(model: Encoder, views: NDArray[np.uint8]) -> Tensor:
    """The untrained part of the network on views (2, N, SIDE, SIDE, 3), a few at once, so that they stay cached."""
    with torch.no_grad():
        return torch.cat([model.trunk(part) for part in torch.from_numpy(views).flatten(0, 1).split(TOGETHER)])


def stream(batches: Batches, model: Encoder, seeds: range, workers: int) -> Iterator[Tensor]:
    """The batches of `seeds` in order, through the trunk of `model`, made by `workers` processes ahead of their use."""
    context = multiprocessing.get_context("fork")  # the sources are shared, not copied
    ahead: deque[Future[NDArray[np.float16]]] = deque()
    with ProcessPoolExecutor(workers, context, _start, (batches, model)) as pool:
        for seed in seeds:
            ahead.append(pool.submit(_make, seed))
            if len(ahead) > AHEAD:
                yield torch.from_numpy(ahead.popleft().result()).float()
        while ahead:
            yield torch.from_numpy(ahead.popleft().result()).float()


def loss(one: Tensor, other: Tensor, queue: Tensor) -> Tensor:
    """Each view finds its other among the batch and the queue (van den Oord et al. 2018), and the vectors spread.

    The second term is the estimate of differential entropy by Kozachenko and Leonenko, as in A. Sablayrolles et al.,
    "Spreading vectors for similarity search" (ICLR 2019) and E. Pizzi et al., "SSCD" (CVPR 2022).
    """
    target = torch.arange(len(one))
    strangers = queue.T
    forth = torch.cat([one @ other.T, one @ strangers], 1) / TEMPERATURE
    back = torch.cat([other @ one.T, other @ strangers], 1) / TEMPERATURE
    found = (functional.cross_entropy(forth, target) + functional.cross_entropy(back, target)) / 2
    both = torch.cat([one, other])
    same = torch.eye(len(one), dtype=torch.bool).repeat(2, 2)
    nearest = (both @ both.T).masked_fill(same, -1).max(1).values
    return found - SPREAD * torch.log((2 - 2 * nearest).clamp(min=1e-6).sqrt()).mean()


def train(
    batches: Batches, validation: Batches, steps: int, out: Path, begin: Path, seed: int, workers: int, checks: int
) -> None:
    """Train for `steps` and keep the averaged weights in `out`, which is rewritten every `checks` steps."""
    torch.manual_seed(seed)
    given = torch.load(begin, weights_only=True)
    model = Encoder()
    ours = "head.weight" in given
    model.load_state_dict(given) if ours else model.load_start(given)
    model = model.to(memory_format=torch.channels_last)
    views = stream(batches, copy.deepcopy(model), range(seed, seed + steps + WHITENING), workers)
    with torch.no_grad():
        seen = torch.cat([model.features(next(views)) for _ in range(WHITENING)])  # the first makes the workers fork
    if not ours:
        model.whiten(seen)
    body, head = _trained(model)
    optimizer = torch.optim.AdamW(
        [{"params": body, "peak": RATE}, {"params": head, "peak": HEAD_RATE}], weight_decay=1e-4
    )
    mean = {name: value.clone() for name, value in model.state_dict().items()}
    queue = torch.empty(0, DIMENSION)
    began, total = time.monotonic(), 0.0
    for step, seen in enumerate(views, 1):
        progress = min(1.0, step / WARM) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * progress
        features = model.features(seen.contiguous(memory_format=torch.channels_last))
        one, other = functional.normalize(model.head(features)).chunk(2)
        value = loss(one, other, queue)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(body + head, 5.0)
        optimizer.step()
        queue = torch.cat([other.detach(), queue])[:QUEUE]
        total += value.item()
        for name, weights in model.state_dict().items():
            mean[name].lerp_(weights, 1 - min(DECAY, 1 - 10 / (step + 10)))
        if step % 20 == 0:
            speed = step * 2 * PAIRS / (time.monotonic() - began)
            print(f"{step} loss {total / 20:.3f} rate {progress:.3f} {speed:.0f} views/s", flush=True)
            total = 0.0
        if step % checks == 0 or step == steps:
            torch.save(mean, out)
            print(f"{step} held-out {validate(mean, validation)}", flush=True)


def _trained(model: Encoder) -> tuple[list[torch.nn.Parameter], list[torch.nn.Parameter]]:
    """The parameters of the body above the trunk, and those of the pooling and the head."""
    body = [*model.blocks[FROZEN:].parameters(), *model.last.parameters()]
    return body, [*model.pool_fine.parameters(), *model.pool_coarse.parameters(), *model.head.parameters()]


def validate(weights: dict[str, Tensor], batches: Batches, count: int = 6) -> str:
    """Of heavy copies of held-out pictures: how many find their own first, and how many lie above all strangers."""
    model = Encoder().eval()
    model.load_state_dict(weights)
    with torch.no_grad():
        views = [model(torch.from_numpy(batches.make(seed)).flatten(0, 1)).chunk(2) for seed in range(count)]
    one, other = (torch.cat(side) for side in zip(*views, strict=True))
    cosines = one @ other.T
    group = torch.arange(len(one)) // PAIRS
    strangers = cosines.masked_fill(torch.eye(len(one), dtype=torch.bool), -1)
    strangers = strangers.masked_fill(group[:, None] != group[None], -1)  # across batches a picture may come again
    own = cosines.diag()
    first = (own > strangers.max(1).values).float().mean()
    limit = strangers.flatten().sort().values[-max(1, len(one) * PAIRS // 1000)]
    return f"first {first:.3f}, above 99.9 % of strangers ({limit:.2f}) {(own > limit).float().mean():.3f}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("drawn", type=Path, help="a folder of training.detector.bank")
    parser.add_argument("figures", type=Path, help="the folder of the labelled figures' pictures")
    parser.add_argument("start", type=Path, help="weights to go on from: ours, or the published classifier's")
    parser.add_argument("weights", type=Path, help="the weights to write")
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes that make views")
    parser.add_argument("--threads", type=int, default=1, help="threads of the training itself")
    parser.add_argument("--checks", type=int, default=200, help="steps between checks")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    sources = load(arguments.drawn, arguments.figures)
    kept = [source for n, source in enumerate(sources) if n % HELD_OUT]
    held_out = [source for n, source in enumerate(sources) if n % HELD_OUT == 0]
    train(
        Batches(kept),
        Batches(held_out),
        arguments.steps,
        arguments.weights,
        arguments.start,
        arguments.seed,
        arguments.workers,
        arguments.checks,
    )


if __name__ == "__main__":
    main()
