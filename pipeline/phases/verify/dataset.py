"""The published dataset: which shards there should be, and what of a shard only the whole corpus can tell."""

import re
from collections.abc import Iterator

from pipeline.phases.dedup.selection import FOLDER as SELECTED
from pipeline.phases.publish import DATA, FOLDER, Dataset, shards_of
from pipeline.phases.verify.items import Workers
from pipeline.phases.verify.known import Known
from pipeline.phases.verify.origins import Origin
from pipeline.phases.verify.shard import ShardCheck
from pipeline.phases.verify.steps import Keys, step_faults
from pipeline.storage.receipts import file_path, gave_up
from pipeline.storage.store import Store
from schemas.triplets import TRIPLETS

#: The name of a shard.
_SHARD = re.compile(r"[a-z]+-\d{5,}", re.ASCII)


def dataset_faults(store: Store, known: Known, workers: Workers) -> Iterator[str]:
    """Faults of the shards that should be there; where that cannot be known, of those that are."""
    units, keys = known.sound_units(), None
    selected = known.selected
    if units is not None and selected is not None and known.doubled is not None:
        shards = known.shards = shards_of(units, selected, known.doubled)
        keys = Keys(lambda made_by: Dataset(store, TRIPLETS).items(shards, selected, "", made_by))
    yield from step_faults(known, workers, _checks(known), keys)


def _checks(known: Known) -> list[ShardCheck]:
    selection = _selection_path(known)
    if known.shards is None or selection is None:
        return [ShardCheck(name, None) for name in _standing(known)]
    checks = []
    for shard in known.shards:
        given_up = frozenset(unit for unit, receipt in shard.units.items() if gave_up(receipt, "panels"))
        units = {
            unit: file_path(receipt, "index" if unit in given_up else "panels") for unit, receipt in shard.units.items()
        }
        origin = Origin(units, selection, tuple(known.unread & units.keys()), given_up)
        checks.append(ShardCheck(shard.name, origin))
    return checks


def _selection_path(known: Known) -> str | None:
    """Where the table SELECTION lies; None where no receipt says so."""
    found = known.receipt(SELECTED)
    return file_path(found, "selection") if found and "selection" in found["files"] else None


def _standing(known: Known) -> list[str]:
    """The shards that are there."""
    files = {path.removeprefix(f"{DATA}/").removesuffix(".parquet") for path in known.there if path.startswith(DATA)}
    places = {place.rpartition("/")[2] for place in known.places(FOLDER)}
    return sorted(filter(_SHARD.fullmatch, files | places))
