"""What a file says of each kind of contents that it draws: how it is drawn, and how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from matplotlib.figure import Figure
from numpy.random import Generator

from training.detector.draw.plots.style import Style
from training.detector.draw.textures import Image


class Plot(NamedTuple):
    """A kind that matplotlib draws into a figure."""

    draw: Callable[[Generator, Figure, Style], None]
    weight: float  # how often a bank draws it, against other plots
    narrowest: float  # width / height: it is drawn from here on
    widest: float  # and up to here
    page: int = 0  # how often it fills a page, against other kinds


class Picture(NamedTuple):
    """A kind that fills an RGB picture (height, width, 3)."""

    draw: Callable[[Generator, int, int], Image]
    weight: float = 0.6  # how often a bank draws it, against other pictures
    page: int = 0  # how often it fills a page, against other kinds
    copies: int = 1  # how often a figure takes it, against others: more where the pieces of a panel are hard to join
    fills: bool = False  # it reaches all four sides, as photographs do
    compound: bool = False  # its parts are panels themselves: no figure takes it
