"""Fit the confidence of panels: `python -m training.detector.confidence DRAWN SHARED`.

The detector that ships finds the panels of new synthetic figures. A logistic regression tells those that match a true
panel from those that do not. The command prints the constants of transforms/panels/confidence.py and, for several
confidences, how many of the panels found are right.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression

from training.detector.data.material import Material, example, load
from training.detector.train import found_panels
from transforms.panels.confidence import evidence
from transforms.panels.detector import Detector
from transforms.panels.refine import refine

SEED = 77  # another than those of training
Floats = NDArray[np.float64]


def gather(material: Material, count: int) -> tuple[Floats, Floats]:
    """The evidence (n, 2) for the panels found in so many new figures, and 1 or 0 for right or wrong (n,)."""
    detector, rows, right = Detector(), [], []
    for number in range(count):
        image, panels = example(np.random.default_rng([SEED, number]), material)
        (raw,) = detector.detect([Image.fromarray(image)])
        found = refine(raw.boxes, raw.scores, np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8))
        if found:
            corners = np.array([box[:4] for box in found], np.float64) / len(image)
            truth = panels[panels.any(axis=1)].astype(np.float64)
            rows.append(evidence(corners, raw.scores))
            right += [float(found_panels(box[None], truth)) for box in corners]
    return np.concatenate(rows or [np.zeros((0, 2))]), np.array(right)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawn", type=Path, help="the folder of training.detector.bank")
    parser.add_argument("shared", type=Path, help="the folder of shared data")
    parser.add_argument("--figures", type=int, default=1500)
    arguments = parser.parse_args()
    rows, right = gather(load(arguments.drawn, arguments.shared)[0], arguments.figures)
    if len(set(right.tolist())) < 2:
        parser.error(f"{len(right)} panels found, right ones and wrong ones are needed: try more --figures")
    fitted = LogisticRegression(C=1e3).fit(rows, right)
    constants = (*fitted.coef_[0], fitted.intercept_[0])
    print("SCORED, ALIKES, CONSTANT =", ", ".join(f"{constant:.2f}" for constant in constants))
    chances = fitted.predict_proba(rows)[:, 1]
    for low in (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98):
        part = right[chances >= low]
        print(f"chance {low:.2f} and more: {len(part)} panels, {part.mean():.3f} right")


if __name__ == "__main__":
    main()
