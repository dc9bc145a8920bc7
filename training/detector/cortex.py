"""Views of the brain's surface, as contents beside those of bank.py: `python -m training.detector.cortex DRAWN COUNT`.

The surfaces are those of fsaverage5 that come with nilearn, seen from the side, from within, from above or below, gray
by their folds, with a map of colours over all of it or over parts.
"""

import argparse
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import cv2
import matplotlib as mpl
import nibabel
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.detector.compose.contents import Pixels

Floats = NDArray[np.float64]
SIDE = 360  # pixels of the longer side
SURFACES = ("pial", "infl")
#: The axis that is looked along, the axis that points right in the picture, its sign, the axis that points up, and its.
VIEWS = (((0, 1), 1, 1, 2, 1), ((0, -1), 1, -1, 2, 1), ((2, 1), 0, 1, 1, 1), ((2, -1), 0, -1, 1, 1))
RAMPS = ("jet", "viridis", "coolwarm", "hot", "Blues", "Reds", "plasma", "RdYlBu", "Set3", "tab20")


def view(rng: Generator, data: Path) -> Pixels:
    """One view on white."""
    side = str(rng.choice(["left", "right"]))
    points, faces = _mesh(data / f"{rng.choice(SURFACES)}_{side}.gii.gz")
    (axis, toward), across, right, up, upward = VIEWS[int(rng.choice(4, p=[0.4, 0.4, 0.12, 0.08]))]
    colours = _colours(rng, points, _values(data / f"sulc_{side}.gii.gz"))
    corners = points[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    light = np.clip(0.35 + 0.65 * np.abs(normal @ _towards(rng, axis, toward)), 0, 1)
    flat = np.stack([right * points[:, across], -upward * points[:, up]], 1)
    flat -= flat.min(0)
    flat *= (SIDE - 5) / flat.max()
    width, height = (flat.max(0) + 5).astype(int)
    image = np.full((height, width, 3), 255, np.uint8)
    shade = (colours[faces].mean(1) * light[:, None]).clip(0, 255)
    for k in np.argsort(toward * corners[:, :, axis].mean(1)):
        cv2.fillConvexPoly(image, (flat[faces[k]] + 2).round().astype(np.int32), shade[k].tolist())
    return image


def _colours(rng: Generator, points: Floats, folds: Floats) -> Floats:
    """A colour (n, 3) for each point: gray by its fold, or flat, and over that a smooth map, or patches of it."""
    gray = 150 + 60 * (folds < 0) if rng.random() < 0.5 else np.full(len(points), rng.uniform(140, 235))
    base = np.repeat(gray[:, None], 3, 1).astype(float)
    kind = rng.random()
    if kind < 0.12:
        return base * rng.uniform(0.2, 1, 3)
    waves = rng.normal(0, 1, (6, 3)) / rng.uniform(15, 60)
    field = np.sin(points @ waves.T + rng.uniform(0, 6.3, 6)) @ rng.normal(0, 1, 6)
    field = np.argsort(np.argsort(field)) / len(field)
    if kind < 0.3:
        centres = points[rng.choice(len(points), int(rng.integers(8, 80)))]
        field = rng.permutation(len(centres))[((points[:, None] - centres) ** 2).sum(2).argmin(1)] / len(centres)
    painted = 255 * np.asarray(mpl.colormaps[str(rng.choice(RAMPS))](field))[:, :3]
    shown = field > rng.uniform(0.3, 0.9) if kind > 0.6 else np.ones(len(points), bool)
    return np.where(shown[:, None], painted, base)


def _towards(rng: Generator, axis: int, toward: int) -> Floats:
    """The direction of the light: near that of the eye."""
    light = rng.normal(0, 0.25, 3)
    light[axis] += toward
    return np.asarray(light / np.linalg.norm(light))


def _mesh(file: Path) -> tuple[Floats, NDArray[np.int32]]:
    arrays = cast(Any, nibabel.load(file)).darrays
    return np.asarray(arrays[0].data, float), np.asarray(arrays[1].data, np.int32)


def _values(file: Path) -> Floats:
    return np.asarray(cast(Any, nibabel.load(file)).darrays[0].data, float)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawn", type=Path, help="the folder of training.detector.bank")
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    arguments.drawn.mkdir(parents=True, exist_ok=True)
    data = Path(str(files("nilearn"))) / "datasets" / "data" / "fsaverage5"
    for number in range(arguments.count):
        image = view(np.random.default_rng([number, 5]), data)
        cv2.imwrite(str(arguments.drawn / f"brain{number:05}-cortex.png"), image[..., ::-1])


if __name__ == "__main__":
    main()
