"""A drill: a name, and what is done to a build."""

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.drills.world import World


class Drill(NamedTuple):
    """`disturb` gives the fault that it saw by itself, empty where there was none.

    `finished`: it begins with the output of a build that has ended, not with nothing.
    """

    name: str
    disturb: Callable[[World], str]
    finished: bool = False
