"""Synthetic compound figures with the boxes of their panels and letters: the same for the same seed."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from training.detector.compose.contents import Bank
from training.detector.compose.dense import dense
from training.detector.compose.layouts import Layout, Region, make_layout
from training.detector.compose.pages import Figure, Page, extent

ALONE = 0.2  # share of the pages that hold one panel of many pieces
CROWDED = 0.2  # share of the others that crowd
WORKFLOWS = 0.5  # share of those that are put together from other contents


def compose(rng: Generator, bank: Bank, drawn: Sequence[Layout], side: int) -> Figure:
    """A figure whose longer side has `side` pixels, by a layout of `drawn` or one made by rule."""
    if rng.random() < ALONE:
        return _alone(rng, bank, side)
    if rng.random() < CROWDED:
        return dense(rng, bank, side)
    layout = drawn[int(rng.integers(len(drawn)))] if rng.random() < 0.35 else make_layout(rng)
    width, height = extent(layout.aspect * float(np.exp(rng.normal(0, 0.08))), side)
    if min(width, height) < 0.12 * side:
        return compose(rng, bank, drawn, side)
    page = Page(rng, bank, width, height, layout.bleeds)
    if all(region.tight for region in layout.regions) and rng.random() < 0.7:
        page.theme = bank.choose(rng, 1.0, "photo")
    for index, region in enumerate(_split_letters(rng, layout.regions)):
        page.fill(region, index)
    return page.figure() if page.boxes else compose(rng, bank, drawn, side)


def _alone(rng: Generator, bank: Bank, side: int) -> Figure:
    """One panel of many pieces: a table, a flowchart, a scheme."""
    aspect = float(np.exp(np.clip(rng.normal(0.1, 0.45), -1.1, 1.1)))
    page = Page(rng, bank, *extent(aspect, side), bleeds=False)
    page.alone(bank.choose(rng, aspect, "page") if bank.has("page") and rng.random() > WORKFLOWS else None)
    return page.figure() if page.boxes else _alone(rng, bank, side)


def _split_letters(rng: Generator, regions: Sequence[Region]) -> list[Region]:
    """Now and then every picture of a grid has its own letter."""
    if len(regions) > 1 or rng.random() < 0.5:
        return list(regions)
    return [Region(slot, (slot,), regions[0].tight) for slot in regions[0].slots]
