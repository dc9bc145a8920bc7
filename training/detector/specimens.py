"""Everything drawn that is not a plot: the list of kinds, each a complete panel content of the size asked for.

`KINDS[name](rng, width, height)` gives a (height, width, 3) RGB picture that fills its frame: blots and gels,
micrographs, scans, scenes, diagrams, maps of genes and tables. What is drawn on white is cropped to its ink and
stretched to the size.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from training.detector import (
    blots,
    diagrams,
    domains,
    genemaps,
    micrographs,
    parted,
    scans,
    scenes,
    schemes,
    tables,
    views,
)
from training.detector.textures import Image, crop, fill

Kind = Callable[[Generator, int, int], Image]


def _tight(kind: Kind) -> Kind:
    """The kind without the white it leaves at its sides."""

    def tight(rng: Generator, width: int, height: int) -> Image:
        image = kind(rng, width, height)
        if int(image[0, 0].min()) < 250:
            return image
        inked = crop(image)
        return image if inked.shape == image.shape or min(inked.shape[:2]) < 8 else fill(inked, width, height)

    return tight


_MODULES = (blots, micrographs, scans, views, scenes, diagrams, schemes, tables, genemaps, domains, parted)
KINDS: dict[str, Kind] = {name: _tight(kind) for module in _MODULES for name, kind in module.KINDS.items()}

# How often a kind stands in a bank beside the others: about as journals print them.
OFTEN = {
    "fluorescence": 5.0,
    "scan": 4.0,
    "blot": 3.5,
    "histology": 3.0,
    "scheme": 3.0,
    "photograph": 2.5,
    "flowchart": 2.0,
}
SOMETIMES = {
    "view": 2.0,
    "blot_columns": 1.75,
    "table": 1.5,
    "electron": 1.5,
    "smear": 1.5,
    "gel": 1.5,
    "body": 1.5,
    "network": 1.0,
    "ribbon": 1.0,
}
WEIGHTS = {name: {**OFTEN, **SOMETIMES}.get(name, 0.6) for name in KINDS}


def specimen_for(rng: Generator) -> str:
    """The name of a kind by its weight."""
    weights = np.array(list(WEIGHTS.values()))
    return list(WEIGHTS)[int(rng.choice(len(weights), p=weights / weights.sum()))]
