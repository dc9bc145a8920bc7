"""Damaged files of a finished output: each kind of file, flipped by a bit, cut, emptied, removed, replaced by a folder.

The next build names what it finds, and makes it anew; or says in one line that it cannot.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.drills.drill import Drill
from benchmarks.drills.places import Place
from benchmarks.drills.world import World

Damage = Callable[[Place, str], None]


def _flip(share: float) -> Damage:
    def damage(place: Place, path: str) -> None:
        data = bytearray(place.read(path))
        data[min(len(data) - 1, int(share * len(data)))] ^= 1
        place.write(path, bytes(data))

    return damage


DAMAGES: dict[str, Damage] = {
    "flipped by a bit": _flip(0.5),
    "cut": lambda place, path: place.write(path, place.read(path)[: len(place.read(path)) // 2]),
    "emptied": lambda place, path: place.write(path, b""),
    "removed": lambda place, path: place.delete(path),
    "a folder": lambda place, path: place.as_folder(path),
}

#: What tells files of one kind apart: digests, numbers, and the names of splits.
_APART = re.compile(r"[0-9a-f]{16,}|\d+|train|validation|test|(?<=coverage/)\w+")


def kind(path: str) -> str:
    """Which kind of file it is."""
    return _APART.sub("#", path)


def drills(finished: Place, some: int = 1) -> Iterator[Drill]:
    """Each damage of a file of each kind; every `some`-th of them."""
    kinds = dict[str, str]()
    for path in finished.paths():
        kinds.setdefault(kind(path), path)
    for number, (path, name) in enumerate((path, name) for path in kinds.values() for name in DAMAGES):
        if number % some == 0:
            yield Drill(f"{path} {name}", partial(_harm, path, name), finished=True)


def _harm(path: str, name: str, world: World) -> str:
    world.damaged = path
    DAMAGES[name](world.place, path)
    return ""
