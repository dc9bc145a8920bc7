"""A step of a phase: the checks of its items on an engine, and what of them the steps after it can rely on."""

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.dedup.index import INDEX_FILE
from pipeline.phases.verify.files import wrong_key
from pipeline.phases.verify.items import Check, Workers
from pipeline.phases.verify.known import Known

#: The lines of a step's faults; it returns its receipts, or None where one is not to be relied on.
Sound = Generator[str, None, "list[Receipt] | None"]


class Keys:
    """The keys of a step's items; `items` makes these of what they were made by."""

    def __init__(self, items: Callable[[dict[str, Any]], Iterable[Item]]) -> None:
        self._items = items
        self._known: dict[str, dict[str, str]] = {}  # by the digest of what they were made by: it is mostly one

    def key(self, place: str, made_by: dict[str, Any]) -> str | None:
        """The key of the item in `place`."""
        named = digest(made_by)
        if named not in self._known:
            self._known[named] = {item.folder: item.key for item in self._items(made_by)}
        return self._known[named].get(place)


def step_faults(known: Known, workers: Workers, checks: Sequence[Check], keys: Keys | None) -> Sound:
    """Faults of a step's items, in the order of their checks; `keys` is None where these cannot be known.

    A receipt is sound if its check says so, and its key is that of what it should be made of.
    """
    for outcome in workers.outcomes(known, checks):
        known.learn(outcome["learnt"])
        yield from outcome["lines"]
        for marker, receipt in outcome["learnt"]["receipts"].items():
            if keys is not None and receipt["key"] != keys.key(receipt["folder"], receipt["made_by"]):
                known.misfit |= known.sound & {receipt["folder"]}
                known.sound.discard(receipt["folder"])
                yield wrong_key(marker)
    receipts = [known.receipt(check.place) for check in checks if check.place in known.sound]
    sound = [receipt for receipt in receipts if receipt is not None]
    return sound if len(sound) == len(checks) else None


def one_fault(known: Known, workers: Workers, check: Check, keys: Keys | None) -> Generator[str, None, Receipt | None]:
    """Faults of a step of one item; returns its receipt where it is sound."""
    sound = yield from step_faults(known, workers, [check], keys)
    return sound[0] if sound else None


def places_of(known: Known, folder: str, expected: list[str] | None) -> Generator[str, None, list[str]]:
    """The folders of the items that should be there; of those that are, where that cannot be known."""
    places = known.places(folder)
    if expected is None:
        return places
    unknown = {*places} - {*expected}
    known.unclear |= unknown
    yield from (f"{place}: not in {INDEX_FILE}" for place in sorted(unknown))
    return expected
