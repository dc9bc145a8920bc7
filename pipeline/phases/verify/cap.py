"""The cap on concepts: what it leaves out is what the panels that are published without it lead to."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from dags.graph import Item
from pipeline.phases.dedup.cap import COUNTED_BY, Capped, Concepts, Frequent, Joined, Selected, capped_by
from pipeline.phases.dedup.selection import FOLDER, count_selection
from pipeline.phases.verify.files import told, vouched
from pipeline.phases.verify.items import Workers
from pipeline.phases.verify.known import Known
from pipeline.phases.verify.steps import Keys, Sound, places_of, step_faults
from pipeline.storage.parquet import Fault
from pipeline.storage.store import Store
from schemas.errors import Damaged
from schemas.selection import CAPPED, CONCEPT_COUNTS, SELECTED_COUNTS, SELECTION

#: The steps whose items have one table, and its name and schema.
_Step = type[Concepts] | type[Frequent] | type[Capped]
TABLES: dict[_Step, tuple[str, pa.Schema]] = {
    Concepts: ("counts", CONCEPT_COUNTS),
    Frequent: ("frequent", CONCEPT_COUNTS),
    Capped: ("capped", CAPPED),
}


@dataclass(frozen=True)
class TableCheck:
    """The table of an item of a step, which is made once more; `expected` is None where that cannot be."""

    place: str
    step: _Step
    expected: Item | None

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of its file; it is sound if it is what it is made of."""
        name, schema = TABLES[self.step]
        item = vouched(store, known, self.place, [name])
        yield from item.faults
        table = item.read(store, name, schema)
        yield from told(table)
        if isinstance(table, Fault):
            return
        lines = [*item.counted({name: len(table)}), *item.miscounted(name, len(table))]
        if self.expected is not None:
            try:
                made = pa.concat_tables([schema.empty_table(), *self.step(store).read(self.expected)])
            except Damaged:
                made = table  # told of the unit
            if not table.equals(made):
                lines.append(f"{item.paths[name]}: not what the panels, the selection and the cap lead to")
        yield from lines
        if item.sound and not lines:
            known.sound.add(self.place)


@dataclass(frozen=True)
class JoinedCheck:
    """The table SELECTION with what the cap leaves out, and its counts; `expected` is None where they are not known."""

    expected: Item | None
    place = FOLDER

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of its files; it is joined once more, a block at a time."""
        item = vouched(store, known, self.place, ["selection", "counts"])
        yield from item.faults
        table, counts = item.read(store, "selection", SELECTION), item.read(store, "counts", SELECTED_COUNTS)
        yield from (*told(table), *told(counts))
        if isinstance(table, Fault):
            return
        yield from item.counted({"rows": len(table)})
        yield from item.miscounted("selection", len(table))
        if not isinstance(counts, Fault) and not counts.equals(count_selection(table)):
            yield f"{item.paths['counts']}: not what {item.paths['selection']} counts"
        if self.expected is not None:
            start = 0
            for made in Joined(store).read(self.expected):
                if not table.slice(start, len(made)).equals(made):
                    yield f"{item.paths['selection']}: not what {self.expected.payload.selection} and the cap lead to"
                    return
                start += len(made)
            if start < len(table):
                yield f"{item.paths['selection']}: more rows than there are panels to be left out"


def cap_faults(store: Store, known: Known, workers: Workers, cap: int, selected: Selected | None) -> Iterator[str]:
    """Faults of what the cap on concepts leaves out; `selected` is what is published without it, if that is sound.

    What a step is made of is known where those before it are sound.
    """
    units, made_by = known.sound_units(), capped_by(cap)
    items: list[Item] | None = None
    if units is not None and selected is not None:
        items = Concepts(store).items(units, selected, COUNTED_BY)
    counted = yield from _step_faults(known, workers, Concepts, items)
    items = None if counted is None else [Frequent(store).item(counted, made_by)]
    found = yield from _step_faults(known, workers, Frequent, items)
    items = None
    if units is not None and selected is not None and found is not None:
        items = Capped(store).items(units, selected, found[0], made_by)
    capped = yield from _step_faults(known, workers, Capped, items)
    joined: Item | None = None
    if units is not None and selected is not None and capped is not None:
        joined = Joined(store).item(units, selected.receipt, capped, made_by)
    yield from step_faults(known, workers, [JoinedCheck(joined)], _keys(None if joined is None else [joined]))


def _step_faults(known: Known, workers: Workers, step: _Step, items: list[Item] | None) -> Sound:
    """Faults of a step's items, None where these cannot be known."""
    expected = {item.folder: item for item in items or ()}
    if step is Frequent:
        places = [step.FOLDER]
    else:
        places = yield from places_of(known, step.FOLDER, None if items is None else list(expected))
    checks = [TableCheck(place, step, expected.get(place)) for place in places]
    return (yield from step_faults(known, workers, checks, _keys(items)))


def _keys(items: list[Item] | None) -> Keys | None:
    return None if items is None else Keys(lambda made_by: [item for item in items if item.made_by == made_by])
