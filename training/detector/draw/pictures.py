"""Draw a picture of a kind that is no plot, to the size asked for, or choose such a kind."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.detector.draw.kinds import PICTURES
from training.detector.draw.textures import Image, crop, fill

LIGHT = 250  # darkest channel of a corner from which on the ground counts as white
SMALLEST = 8  # pixels of a side below which ink is not stretched


def kind_for(rng: Generator) -> str:
    """The name of a kind, by its weight."""
    weights = np.array([kind.weight for kind in PICTURES.values()])
    return list(PICTURES)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def draw(rng: Generator, name: str, width: int, height: int) -> Image:
    """A picture (height, width, 3) of the kind named; what is drawn on white is stretched until its ink fills it."""
    image = PICTURES[name].draw(rng, width, height)
    if int(image[0, 0].min()) < LIGHT:
        return image
    inked = crop(image)
    return image if inked.shape == image.shape or min(inked.shape[:2]) < SMALLEST else fill(inked, width, height)
