"""Verification: that an output is whole, from its own files alone. Each fault is one line that names its file.

Conservation is the heart of it: every planned article stands in figures or in rejects, every graphic of every figure
ends as panels or as one reject, every panel as a triplet, as a dropped duplicate or as withheld. A file that is damaged
is told, and all that does not hang on it is still looked at.
"""

from collections.abc import Iterator
from itertools import chain

from pipeline.config.run_record import RunRecord, read_run
from pipeline.phases.curate import folder
from pipeline.phases.plan import Unit
from pipeline.phases.verify.card import card_faults
from pipeline.phases.verify.dataset import dataset_faults, stray_faults
from pipeline.phases.verify.duplicates import duplicate_faults
from pipeline.phases.verify.files import Known
from pipeline.phases.verify.kept import kept_faults
from pipeline.phases.verify.plan import plan_faults, planned
from pipeline.phases.verify.run import run_faults
from pipeline.phases.verify.units import unit_faults
from pipeline.storage.store import Store
from schemas.errors import UserError


def faults(store: Store) -> Iterator[str]:
    """Every fault of an output, in a line each; raises UserError where there is no output to verify."""
    run: RunRecord | None = None
    try:
        run = read_run(store)
    except UserError as error:
        if not any(store.files(part) for part in ("plan", "units", "dataset")):
            raise
        yield str(error)
    known = Known(run)
    yield from _unit_faults(store, known)
    sound = True
    for line in chain(duplicate_faults(store, known), dataset_faults(store, known)):
        sound = False
        yield line
    yield from stray_faults(store, known)
    if run is not None:
        yield from run_faults(store, run)
        yield from kept_faults(store, run)
    yield from card_faults(store, run, sound)


def _unit_faults(store: Store, known: Known) -> Iterator[str]:
    """Faults of the plan and of its units; of the units that are there, where it cannot be read."""
    units = planned(store)
    there = {path.split("/")[1] for path in store.files("units")}
    if isinstance(units, str):
        yield units
        yield from plan_faults(store, None, known.run)
        units = [Unit(unit, ()) for unit in sorted(there)]
    else:
        yield from plan_faults(store, units, known.run)
    for unit in units:
        yield from unit_faults(store, unit, known)
    yield from (f"{folder(stray)}: not in the plan" for stray in sorted(there - known.units.keys()))
