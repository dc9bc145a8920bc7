"""What four folds over the articles of the truth give: `python -m training.modality.validate MAPS`.

MAPS is what maps.py made. No panel of a held-out article is learnt from, neither those of the truth nor labelled ones.
It prints the head alone and tuned with the network, each panel by itself and beside the others of its figure, the
temperature of the least loss, and what thresholds would leave unnamed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold
from torch import Tensor

from training.modality.fit import Classes, Learner, features
from training.modality.maps import Material
from training.modality.network import Backbone
from transforms.modality.siblings import together

FOLDS, HEATS, LEAST = 4, (0.8, 0.9, 1.0, 1.1, 1.2, 1.3), (0.35, 0.4, 0.45, 0.5, 0.55)


def held_out(material: Material, classes: Classes) -> tuple[Tensor, Tensor]:
    """The logits of each panel of the truth, by the head alone and tuned, learnt from other articles."""
    truth = np.flatnonzero(material.figure != "")
    seen = features(Backbone(), material, np.arange(len(material.maps)))
    alone, tuned = (torch.zeros(len(truth), len(classes.names)) for _ in range(2))
    for _, tested in GroupKFold(FOLDS).split(truth, groups=material.article[truth]):
        rows = np.flatnonzero(~np.isin(material.article, material.article[tested]))
        learner = Learner(material, classes, seen, rows)
        views = material.starts[tested]
        alone[tested] = learner.logits(views)
        learner.tune()
        tuned[tested] = learner.logits(views)
    return alone, tuned


def beside(chances: NDArray[np.float64], names: list[str], figures: NDArray[np.str_]) -> NDArray[np.float64]:
    """The probabilities of panels given the others of their figures."""
    found = np.empty_like(chances)
    for figure in np.unique(figures):
        rows = np.flatnonzero(figures == figure)
        panels = together([dict(zip(names, chances[row].tolist(), strict=True)) for row in rows])
        found[rows] = [list(panel.values()) for panel in panels]
    return found


def tell(said: str, chances: NDArray[np.float64], classes: Classes) -> None:
    """Print what is right, and the loss."""
    known = classes.known[: len(chances)].numpy()
    tops = np.array([name.partition("/")[0] for name in classes.names])
    levels = sorted(set(tops))
    sums = np.stack([chances[:, tops == level].sum(1) for level in levels], 1)
    best = np.array(levels)[sums.argmax(1)]
    second = np.where(tops[None] == best[:, None], chances, -1).argmax(1)
    loss = -np.log(np.maximum(chances[np.arange(len(known)), known], 1e-4)).mean()
    right = best == tops[known]
    print(f"{said}: top {right.mean():.3f} second {(second == known).mean():.3f} loss {loss:.3f}", flush=True)
    for least in LEAST:
        named = sums.max(1) >= least
        print(f"    from {least}: unknown {1 - named.mean():.3f}, right of the named {right[named].mean():.3f}")


def main(maps: Path) -> None:
    """Hold out and tell."""
    torch.set_num_threads(1)
    material = Material.load(maps)
    classes = Classes(material)
    figures = material.figure[material.figure != ""]
    for said, logits in zip(("the head alone", "tuned"), held_out(material, classes), strict=True):
        for heat in HEATS:
            chances = torch.softmax(logits.double() / heat, 1).numpy()
            tell(f"{said}, temperature {heat}", chances, classes)
            tell(f"{said}, temperature {heat}, beside others", beside(chances, classes.names, figures), classes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("maps", type=Path)
    main(**vars(parser.parse_args()))
