"""Train the classifier: `python -m training.modality.train DATA BANK`.

DATA is the folder of `panels`, `images` and `pmc`; BANK is one of `python -m training.detector.bank BANK 1100 77`. It
prints what four folds of the truth's articles give, and writes modality.onnx and modality.json into the package.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold
from torch import Tensor, nn
from torch.nn import functional

from training.halved import OPSET, write
from training.modality.material import examples
from training.modality.network import FAR, SIDE, Backbone, Classifier, features
from transforms.modality.picture import MODEL, fitted

EPOCHS, BATCH, RATE, DECAY, DROPOUT, FOLDS = 12, 64, 2e-3, 0.1, 0.5, 4
#: Classes count by their size to this power; labels are smoothed; what an error of the top level costs beside.
BALANCE, SMOOTHING, TOP = -0.3, 0.05, 0.5


class Material:
    """The features of all examples, their classes and weights."""

    def __init__(self, data: Path, bank: Path, backbone: Backbone) -> None:
        pixels, given, weights, groups = [], [], [], []
        for example in examples(data, bank):
            pixels.append(fitted(example.picture, SIDE))
            given.append(example.modality)
            weights.append(example.weight)
            groups.append(example.group)
        self.features = torch.from_numpy(features(backbone, np.stack(pixels)))
        self.names = sorted(set(given))
        tops = sorted({name.partition("/")[0] for name in self.names})
        self.tops = torch.tensor([tops.index(name.partition("/")[0]) for name in self.names])
        self.classes = torch.tensor([self.names.index(name) for name in given])
        count = Counter(given)
        balanced = torch.tensor([w * count[name] ** BALANCE for w, name in zip(weights, given, strict=True)])
        self.weights = balanced / balanced.mean()
        self.truth = [group for group in groups if group is not None]

    def tops_of(self, logits: Tensor) -> Tensor:
        """The logarithm of the probability of each top level."""
        chances = functional.log_softmax(logits, 1)
        levels = range(int(self.tops.max()) + 1)
        return torch.stack([torch.logsumexp(chances[:, self.tops == level], 1) for level in levels], 1)


def fit(material: Material, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor, nn.Linear]:
    """Mean and deviation of the features of some rows, and the linear layer learnt from them."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    known = material.features[rows]
    mean, deviation = known.mean(0), known.std(0) + 1e-4
    seen = torch.clamp((material.features - mean) / deviation, -FAR, FAR)
    layer = nn.Linear(seen.shape[1], len(material.names))
    nn.init.zeros_(layer.weight)
    steps = EPOCHS * -(-len(rows) // BATCH)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.2)
    for _ in range(EPOCHS):
        order = rng.permutation(rows)
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            logits, classes = layer(functional.dropout(seen[part], DROPOUT)), material.classes[part]
            loss = functional.cross_entropy(logits, classes, reduction="none", label_smoothing=SMOOTHING)
            loss += TOP * functional.nll_loss(material.tops_of(logits), material.tops[classes], reduction="none")
            optimizer.zero_grad()
            (loss * material.weights[part]).mean().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return mean, deviation, layer


def held_out(material: Material) -> Tensor:
    """The logits of each panel of the truth, by a layer that saw none of its article."""
    truth = len(material.truth)
    logits = torch.zeros(truth, len(material.names))
    for learnt, tested in GroupKFold(FOLDS).split(np.arange(truth), groups=material.truth):
        rows = np.concatenate([learnt, np.arange(truth, len(material.classes))])
        mean, deviation, layer = fit(material, rows)
        with torch.no_grad():
            logits[tested] = layer(torch.clamp((material.features[tested] - mean) / deviation, -FAR, FAR))
    return logits


def calibrate(material: Material, logits: Tensor) -> float:
    """The temperature of the least loss on held-out panels; tells what thresholds of the top level would give."""
    classes = material.classes[: len(logits)]
    heats = np.linspace(0.3, 2, 35).tolist()
    heat = min(heats, key=lambda each: functional.cross_entropy(logits / each, classes).item())
    sure, top = material.tops_of(logits / heat).exp().max(1)
    right = (top == material.tops[classes]).float()
    second = (logits.argmax(1) == classes).float()
    print(f"held out: top {right.mean():.3f} second {second.mean():.3f}, temperature {heat:.2f}")
    for least in (0.4, 0.45, 0.5, 0.55, 0.6):
        named = sure >= least
        print(f"  from {least}: unknown {1 - named.float().mean():.3f} right of the named {right[named].mean():.3f}")
    return heat


def main(data: Path, bank: Path) -> None:
    """Train, tell, and write the network."""
    backbone = Backbone()
    material = Material(data, bank, backbone)
    heat = calibrate(material, held_out(material))
    whole = Classifier(backbone, *fit(material, np.arange(len(material.classes))), heat).eval()
    exported = bank / "modality.onnx"
    shape = torch.zeros((2, SIDE, SIDE, 3), dtype=torch.uint8)
    axes = {"pictures": {0: "n"}, "chances": {0: "n"}}
    torch.onnx.export(
        whole, (shape,), str(exported), input_names=["pictures"], output_names=["chances"],
        dynamic_axes=axes, opset_version=OPSET, dynamo=False,
    )  # fmt: skip
    write(exported.read_bytes(), MODEL / "modality.onnx")
    (MODEL / "modality.json").write_text(json.dumps({"names": material.names, "side": SIDE}, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("bank", type=Path)
    main(**vars(parser.parse_args()))
