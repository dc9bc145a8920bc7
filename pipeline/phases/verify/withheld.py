"""What is withheld: the images as they were described, and the panels that show one."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Item, Receipt
from pipeline.phases.dedup.members import blocks
from pipeline.phases.dedup.withheld import (
    FOLDER,
    IMAGES_FOLDER,
    SEARCH_FOLDER,
    images_item,
    search_items,
    withheld_item,
)
from pipeline.phases.verify.files import Vouched, told, vouched
from pipeline.phases.verify.items import Workers
from pipeline.phases.verify.known import Known
from pipeline.phases.verify.rows import KINDS, likeness_faults, name_faults
from pipeline.phases.verify.steps import Keys, Sound, one_fault, places_of, step_faults
from pipeline.storage.parquet import Fault, load_table, read_table
from pipeline.storage.receipts import file_path
from pipeline.storage.store import Store
from schemas.duplicates import IMAGES, INDEX, LEAKS
from transforms.duplicates.leaks import FIGURE, PANEL


@dataclass(frozen=True)
class ImageCheck:
    """The images."""

    place = IMAGES_FOLDER

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of their file."""
        item = vouched(store, known, self.place, ["images"])
        yield from item.faults
        table = item.read(store, "images", IMAGES)
        yield from told(table)
        if isinstance(table, Fault):
            return
        counts = item.receipt["counts"] if item.receipt else {}
        # how many were skipped, none can tell now
        yield from item.counted({"images": len(table), "skipped": counts.get("skipped", 0)})
        yield from item.miscounted("images", len(table))
        if item.sound:
            known.sound.add(self.place)


@dataclass(frozen=True)
class SearchCheck:
    """The panels of a block of units that show an image; `units` are the files INDEX, None where they are not known."""

    place: str
    units: tuple[str, ...] | None

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of their file, and panels that are in no unit of the block."""
        item = vouched(store, known, self.place, ["leaks"])
        table = yield from _leak_faults(store, known, item)
        if table is None or self.units is None:
            return
        found = [read_table(store, path, INDEX, ["panel_id"]) for path in self.units]
        panels = [each for each in found if not isinstance(each, Fault)]
        if len(panels) < len(found):
            return  # told of the unit
        held = pa.concat_tables(panels)["panel_id"].combine_chunks()
        strangers = pc.unique(table["panel_id"].filter(pc.invert(pc.is_in(table["panel_id"], value_set=held))))
        yield from (f"{item.paths['leaks']}: there is no panel {panel}" for panel in sorted(strangers.to_pylist()))


@dataclass(frozen=True)
class WithheldCheck:
    """The panels of a corpus that show an image; `found` are the files of all blocks, None where one is not sound."""

    found: tuple[str, ...] | None
    place = FOLDER

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of their file, which is that of all blocks."""
        item = vouched(store, known, self.place, ["leaks"])
        table = yield from _leak_faults(store, known, item)
        if table is not None and self.found is not None:
            tables = [load_table(store, path, LEAKS) for path in self.found]
            if not table.equals(pa.concat_tables([LEAKS.empty_table(), *tables])):
                yield f"{item.paths['leaks']}: not what was found in {SEARCH_FOLDER}"


def _leak_faults(store: Store, known: Known, item: Vouched) -> Generator[str, None, pa.Table | None]:
    """Faults of a table LEAKS, which is returned where it can be read; sound it is if it names panels."""
    yield from item.faults
    table = item.read(store, "leaks", LEAKS)
    yield from told(table)
    if isinstance(table, Fault):
        return None
    yield from item.counted({"leaks": len(table)})
    yield from item.miscounted("leaks", len(table))
    misnamed = list(name_faults(table, "panel_id"))
    yield from (
        f"{item.paths['leaks']}: {line}" for line in (*misnamed, *likeness_faults(table, KINDS), *_of_faults(table))
    )
    if item.receipt is not None and item.sound and not misnamed:
        known.sound.add(item.receipt["folder"])
    return table


def _of_faults(table: pa.Table) -> Iterator[str]:
    """Rows that are of neither a panel nor a figure, and panels without a similarity."""
    for of in sorted({*pc.unique(table["of"]).to_pylist()} - {PANEL, FIGURE}):
        yield f"unknown of {of!r}"
    for row in table.filter(pc.equal(table["of"], PANEL)).select(["panel_id", "similarity"]).to_pylist():
        if row["similarity"] is None:
            yield f"{row['panel_id']} has no similarity"


def withheld_faults(known: Known, workers: Workers) -> Generator[str, None, Receipt | None]:
    """Faults of what is withheld; returns its receipt where it is sound."""
    if not (known.withholds if known.run else FOLDER in known.places("dedup")):
        return None

    def items(made_by: dict[str, Any]) -> list[Item]:
        stated = known.run.encoder if known.run else made_by.get("encoder", "")
        return [images_item(stated, made_by.get("images", ""))]

    images = yield from one_fault(known, workers.here, ImageCheck(), Keys(items))
    found = yield from _search_faults(known, workers, images)
    if images is None or found is None:
        return (yield from one_fault(known, workers, WithheldCheck(_leaks_of(found)), None))
    whole = withheld_item(images, found)
    keys = Keys(lambda made_by: [whole] if made_by == whole.made_by else [])
    return (yield from one_fault(known, workers, WithheldCheck(_leaks_of(found)), keys))


def _leaks_of(found: list[Receipt] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(file_path(receipt, "leaks") for receipt in found)


def _search_faults(known: Known, workers: Workers, images: Receipt | None) -> Sound:
    units, keys = known.sound_units(), None
    if units is None:
        places = yield from places_of(known, SEARCH_FOLDER, None)
        yield from step_faults(known, workers, [SearchCheck(place, None) for place in places], None)
        return None
    if images is not None:
        keys = Keys(lambda made_by: search_items(units, images, made_by))
    mine = {
        f"{SEARCH_FOLDER}/{name}": tuple(file_path(unit, "index") for unit in members.values())
        for name, members in blocks(units)
    }
    places = yield from places_of(known, SEARCH_FOLDER, list(mine))
    return (yield from step_faults(known, workers, [SearchCheck(place, mine[place]) for place in places], keys))
