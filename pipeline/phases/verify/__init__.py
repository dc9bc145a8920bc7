"""Verification: that an output is whole, from its own files alone. Each fault is one line that names its file.

Conservation is the heart of it: every planned article stands in figures or in rejects, every graphic of every figure
ends as panels or as one reject, every panel as a triplet or as left out for a reason. What follows from the settings
is made anew and compared: the plan is cut from the snapshot, the selection found from the groups. A file that is
damaged is told, and all that does not hang on it is still looked at.
"""

from collections.abc import Iterator
from itertools import chain

import pyarrow as pa

from pipeline.config.run_record import PATH, NoRun, RunRecord, read_run
from pipeline.phases import curate
from pipeline.phases.verify.card import card_faults
from pipeline.phases.verify.dataset import dataset_faults
from pipeline.phases.verify.duplicates import duplicate_faults
from pipeline.phases.verify.files import Known
from pipeline.phases.verify.kept import kept_faults
from pipeline.phases.verify.ledger import ledger_faults
from pipeline.phases.verify.plan import plan_faults
from pipeline.phases.verify.run import run_faults
from pipeline.phases.verify.selection import selection_faults
from pipeline.phases.verify.strays import FOLDERS, stray_faults
from pipeline.phases.verify.units import unit_faults
from pipeline.storage.lease import check_free
from pipeline.storage.ledger import receipts_below
from pipeline.storage.store import Store
from schemas.tables import by_unit


def faults(store: Store) -> Iterator[str]:
    """Every fault of an output, in a line each.

    Raises:
        UserError: there is no output to verify, another version laid it out, or a driver is working on it.
    """
    check_free(store)
    there = store.files("")
    run: RunRecord | None = None
    try:
        run = read_run(store)
    except NoRun as error:
        if PATH not in there and not any(path.partition("/")[0] in FOLDERS for path in there):
            raise
        yield str(error)
    known = Known(there, run)
    yield from plan_faults(store, known)
    yield from _unit_faults(store, known)
    sound = True
    for line in chain(duplicate_faults(store, known), selection_faults(store, known), dataset_faults(store, known)):
        sound = False
        yield line
    if run is not None:
        yield from run_faults(known, run)
        yield from kept_faults(store, run)
    yield from card_faults(store, known, sound)
    yield from ledger_faults(store, known)
    yield from stray_faults(known)


def count_unconfirmed(store: Store) -> int:
    """The rejects of an output that the next run confirms or heals; raises UserError where it is not complete."""
    receipts = receipts_below(store, curate.FOLDER).values()
    return sum(receipt["counts"]["unconfirmed"] for receipt in receipts)


def _unit_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of the planned units; of those that are there, where the plan cannot be read."""
    places = known.places(curate.FOLDER)
    planned: dict[str, pa.Table | None] = dict.fromkeys(place.rpartition("/")[2] for place in places)
    if known.plan is not None:
        planned = dict(by_unit(known.plan)) if len(known.plan) else {}
    for unit, rows in planned.items():
        yield from unit_faults(store, unit, rows, known)
    strays = {place for place in places if place.rpartition("/")[2] not in planned}
    known.unclear |= strays
    yield from (f"{stray}: not in the plan" for stray in sorted(strays))
