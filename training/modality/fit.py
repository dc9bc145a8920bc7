"""How a head is learnt from what the network sees, and how both are tuned together."""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.modality.maps import Material
from training.modality.network import FEW, Backbone, Head

#: How often an altered view stands for its example. Classes count by their size to this power; labels are smoothed;
#: what an error of the top level costs beside.
ALTERED, BALANCE, SMOOTHING, TOP = 0.75, -0.3, 0.05, 0.5
DROPOUT = 0.5
#: Of the head alone.
HEAD_EPOCHS, HEAD_BATCH, HEAD_RATE, DECAY = 12, 64, 2e-3, 0.1
#: Of both: rates of the network and of the head.
EPOCHS, BATCH, RATES, LATE_DECAY, CLIP = 4, 32, [3e-4, 5e-4], 0.05, 1.0
#: A running mean of the weights is kept by so much a step; what stays lies so far from the weights before to that mean.
LASTING, SHARE = 0.98, 0.5


class Classes:
    """The classes of all examples, and what an error costs."""

    def __init__(self, material: Material) -> None:
        self.names = sorted(set(material.modality.tolist()))
        self.known = torch.tensor([self.names.index(name) for name in material.modality])
        tops = [name.partition("/")[0] for name in self.names]
        self._levels = [torch.tensor([each == top for each in tops]) for top in sorted(set(tops))]
        self._top = torch.tensor([sorted(set(tops)).index(top) for top in tops])
        count = Counter(material.modality.tolist())
        self._costs = torch.tensor([count[name] ** BALANCE for name in material.modality])

    def loss(self, logits: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """The mean loss of some examples."""
        known = self.known[rows]
        chances = functional.log_softmax(logits, 1)
        tops = torch.stack([torch.logsumexp(chances[:, level], 1) for level in self._levels], 1)
        loss = functional.cross_entropy(logits, known, reduction="none", label_smoothing=SMOOTHING)
        loss += TOP * functional.nll_loss(tops, self._top[known], reduction="none")
        return (loss * self._costs[rows]).sum() / self._costs.mean() / len(rows)


@torch.no_grad()
def features(backbone: Backbone, material: Material, views: NDArray[np.int64]) -> Tensor:
    """All features of some views."""
    parts = [see(backbone, material, views[start : start + FEW]) for start in range(0, len(views), FEW)]
    return torch.cat(parts)


def see(backbone: Backbone, material: Material, views: NDArray[np.int64]) -> Tensor:
    """All features of a few views, as the late blocks may learn from them."""
    maps = torch.from_numpy(material.maps[views]).float().permute(0, 3, 1, 2)
    return torch.cat([torch.from_numpy(material.shallow[views]), backbone.late(maps)], 1)


class Learner:
    """Learns from some rows of the material; `seen` are the features of all views before the network is tuned."""

    def __init__(self, material: Material, classes: Classes, seen: Tensor, rows: NDArray[np.int64]) -> None:
        torch.manual_seed(0)
        self._rng = np.random.default_rng(0)
        self._material, self._classes, self._rows = material, classes, rows
        self.backbone = Backbone()
        first = seen[material.starts[rows]]
        self.head = Head(first.mean(0), first.std(0) + 1e-3, len(classes.names))
        self._learn_head(seen)

    @torch.no_grad()
    def logits(self, views: NDArray[np.int64]) -> Tensor:
        """What it makes of views."""
        return self.head(features(self.backbone, self._material, views))  # type: ignore[no-any-return]

    def tune(self) -> None:
        """Train the last blocks with the head."""
        weights = [*self.backbone.trained(), *self.head.parameters()]
        before, kept = ([weight.detach().clone() for weight in weights] for _ in range(2))
        late = {"params": self.backbone.trained(), "lr": RATES[0], "weight_decay": LATE_DECAY}
        optimizer = torch.optim.AdamW([late, {"params": self.head.parameters(), "lr": RATES[1], "weight_decay": DECAY}])
        parts = [part for _ in range(EPOCHS) for part in self._parts(BATCH)]
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATES, total_steps=len(parts) + 1, pct_start=0.15)
        for step, part in enumerate(parts, 1):
            logits = self.head(see(self.backbone, self._material, self._some_view(part)), DROPOUT)
            optimizer.zero_grad()
            self._classes.loss(logits, part).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(late["params"], CLIP)
            optimizer.step()
            schedule.step()
            lasting = min(LASTING, (1 + step) / (10 + step))
            for mean, weight in zip(kept, weights, strict=True):
                mean.lerp_(weight.detach(), 1 - lasting)
        for weight, old, new in zip(weights, before, kept, strict=True):
            weight.data = torch.lerp(old, new, SHARE)

    def _learn_head(self, seen: Tensor) -> None:
        optimizer = torch.optim.AdamW(self.head.parameters(), lr=HEAD_RATE, weight_decay=DECAY)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, HEAD_EPOCHS)
        for _ in range(HEAD_EPOCHS):
            for part in self._parts(HEAD_BATCH):
                logits = self.head(seen[self._some_view(part)], DROPOUT)
                optimizer.zero_grad()
                self._classes.loss(logits, part).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            schedule.step()

    def _parts(self, size: int) -> list[NDArray[np.int64]]:
        """The rows of an epoch, each as often as it counts, in an order by chance."""
        drawn = self._rows[self._rng.random(len(self._rows)) < self._material.weight[self._rows]]
        order = self._rng.permutation(drawn)
        return [order[start : start + size] for start in range(0, len(order), size)]

    def _some_view(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """A view of each row, by chance: the picture itself, or one of all its views."""
        starts, counts = self._material.starts[rows], np.diff(self._material.starts)[rows]
        altered = self._rng.random(len(rows)) < ALTERED
        return np.where(altered, starts + self._rng.integers(0, counts), starts)
