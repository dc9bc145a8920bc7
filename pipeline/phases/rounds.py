"""The rounds of a unit: its receipts are key, key-1, key-2 …, for a receipt is not replaced.

A round more is done where one left something to try again, and where its panels were given up and are needed.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.plan import Unit
from pipeline.storage.receipts import gave_up, give_up
from pipeline.storage.store import Store


def unsettled(receipt: Receipt) -> bool:
    """Whether a unit holds what the next run tries again."""
    return bool(receipt["counts"]["unconfirmed"] or receipt["counts"]["failed"])


def pending(items: list[Item], there: Iterable[Receipt], needed: Collection[str] = ()) -> list[Item]:
    """The items as they are to be done, given the receipts that stand: what an item may take over goes with it.

    An item that left something unsettled is done again under a key of its own, for a receipt is not replaced; the
    receipts of its rounds are key, key-1, key-2 … So is one of the units `needed` that gave up its panels.
    """
    known = _Standing(there)
    return [known.next(item, item.payload.unit.id in needed) for item in items]


def give_up_panels(store: Store, receipt: Receipt) -> Receipt:
    """Leave the next receipt of a unit, in which its panels are given up; that of before and the file stay as yet.

    A unit that holds what the next run tries again keeps its panels: else all of it would be fetched for that.
    """
    if unsettled(receipt) or gave_up(receipt, "panels"):
        return receipt
    return give_up(store, receipt, "panels", _next_key(receipt))


class _Standing:
    """Receipts of units by what they depend on and the place that they cover: the split, its halvings, the number."""

    def __init__(self, receipts: Iterable[Receipt]) -> None:
        self._places: dict[tuple[str, str, int, int], list[Receipt]] = {}
        self._rounds: dict[str, list[Receipt]] = {}
        for receipt in receipts:
            split, _, number = receipt["folder"].rpartition("/")[2].rpartition("-")
            place = (digest(receipt["made_by"]), split, receipt["counts"]["halved"], int(number))
            self._places.setdefault(place, []).append(receipt)
            self._rounds.setdefault(receipt["key"].partition("-")[0], []).append(receipt)
        self._halvings = {place[:3] for place in self._places}

    def next(self, item: Item, needed: bool) -> Item:
        """The item, its next round, or the round that is done; `needed`: its panels are."""
        rounds = sorted(self._rounds.get(item.key, []), key=_round)
        if not rounds:
            return replace(item, payload=replace(item.payload, before=tuple(self._before(item))))
        last = rounds[-1]
        if not unsettled(last) and not (needed and gave_up(last, "panels")):
            return replace(item, key=last["key"])
        return replace(item, key=_next_key(last), payload=replace(item.payload, before=(last,)))

    def _before(self, item: Item) -> Iterator[Receipt]:
        """The receipts that cover a part of the item's place and depend on the same, the newest round first."""
        unit: Unit = item.payload.unit
        made_by = digest(item.made_by)
        for key, split, halved in sorted(self._halvings):
            if (key, split) == (made_by, unit.split):
                finer = halved - unit.halved
                first = unit.number << finer if finer > 0 else unit.number >> -finer
                for number in range(first, first + (1 << max(finer, 0))):
                    yield from sorted(self._places.get((key, split, halved, number), []), key=_round, reverse=True)


def _round(receipt: Receipt) -> int:
    return int(receipt["key"].partition("-")[2] or 0)


def _next_key(receipt: Receipt) -> str:
    return f"{receipt['key'].partition('-')[0]}-{_round(receipt) + 1}"
