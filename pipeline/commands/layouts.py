"""Which machines to take: the cheapest number of each type, and the best mix of two types, that ends in time."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.commands.machines import MOST, Layout, Machine
from pipeline.commands.needs import Need, Site, Work, cost, wall

Types = tuple[Machine, ...]

#: The share of the earliest end by which a cheaper layout may end later, where none ends in time.
NEAR = 0.05


class Deadline(NamedTuple):
    """A time in the user's own words, such as 48h, and in hours."""

    text: str
    hours: float


@dataclass(frozen=True)
class Choice:
    """A layout, and what all phases need on it."""

    layout: Layout
    need: Need

    @classmethod
    def of(cls, works: Iterable[Work], layout: Layout, site: Site) -> "Choice":
        """That of a layout."""
        return cls(layout, Need.total([Need.of(work, layout, site) for work in works]))


def choose(works: Sequence[Work], machines: Iterable[Machine], site: Site, deadline: float) -> list[Choice]:
    """Layouts that end within `deadline` hours, the cheapest first: of each type alone, and the best mix.

    A mix is of a type without GPUs and one with, in one region. There are none where nothing ends in time.
    """
    alone, mixed = candidates(machines)
    found = [cheapest(works, types, site, deadline) for types in alone]
    mixes = [cheapest(works, types, site, deadline) for types in mixed]
    best = sorted((choice for choice in mixes if choice), key=_price)[:1]
    return sorted([*filter(None, found), *best], key=_price)


def earliest(works: Sequence[Work], machines: Iterable[Machine], site: Site) -> tuple[float, Choice]:
    """The hours after which the fastest layout ends, and the cheapest of those that end within NEAR of that."""
    alone, mixed = candidates(machines)
    types = [*alone, *mixed]
    first = min(float(_sums(works, every(each, works), site)[0].min()) for each in types)
    near = (cheapest(works, each, site, (1 + NEAR) * first) for each in types)
    return first, min(filter(None, near), key=_price)


def candidates(machines: Iterable[Machine]) -> tuple[list[Types], list[Types]]:
    """The types that can be taken alone, and the pairs of one without GPUs and one with that are in one region."""
    known = list(machines)
    plain, with_gpus = [each for each in known if not each.gpus], [each for each in known if each.gpus]
    pairs = [pair for pair in product(plain, with_gpus) if pair[0].region == pair[1].region]
    return [(each,) for each in known], list(pairs)


def cheapest(works: Sequence[Work], types: Types, site: Site, deadline: float) -> Choice | None:
    """The cheapest layout of these types, 1 to MOST of each, that ends within `deadline` hours; None if none does.

    All of them are reckoned. Of several that cost the same the fastest is taken.
    """
    layouts = every(types, works)
    hours, price = _sums(works, layouts, site)
    in_time = hours <= deadline
    if not in_time.any():
        return None
    return _chosen(works, layouts, site, np.lexsort((hours.ravel(), np.where(in_time, price, np.inf).ravel()))[0])


def every(types: Types, works: Iterable[Work]) -> Layout:
    """All layouts of these types at once: 1 to MOST machines of each, and no more than have an item to work on."""
    items = max(work.items for work in works)
    least = [min(number for number in (each.workers, each.gpus) if number) for each in types]
    counts = [np.arange(1.0, min(MOST, math.ceil(items / number)) + 1) for number in least]
    return Layout(types, tuple(np.meshgrid(*counts, indexing="ij", sparse=True)))


def _sums(works: Sequence[Work], layouts: Layout, site: Site) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hours and price of all phases, of each layout."""
    hours = sum((wall(work, layouts, site) for work in works), 0.0)
    price = sum((cost(work, layouts, site) for work in works), 0.0)
    return np.broadcast_arrays(hours, price)[:2]  # type: ignore[return-value]


def _chosen(works: Sequence[Work], layouts: Layout, site: Site, number: np.intp) -> Choice:
    """One of many layouts."""
    counts = tuple(float(each.ravel()[number]) for each in np.broadcast_arrays(*layouts.counts))
    return Choice.of(works, Layout(layouts.machines, counts), site)


def _price(choice: Choice) -> float:
    return choice.need.cost
