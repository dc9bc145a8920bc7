"""Verification: that an output is whole, from its own files alone. Each fault is one line.

Conservation is the heart of it: every planned article stands in figures or in rejects, every graphic of every figure
ends as panels or as one reject, every panel as a triplet, as a dropped duplicate or as withheld.
"""

from collections.abc import Iterator

from pipeline.plan import read_units
from pipeline.run_file import read_run
from pipeline.store import Store
from pipeline.units import folder
from pipeline.verify.dataset import dataset_faults
from pipeline.verify.duplicates import duplicate_faults, withheld_faults
from pipeline.verify.units import unit_faults


def faults(store: Store) -> Iterator[str]:
    """Every fault of an output, in a line each; raises UserError where there is no output to verify."""
    run = read_run(store)
    units = read_units(store)
    panels: dict[str, str] = {}
    for unit in units:
        yield from unit_faults(store, unit, panels)
    planned = {folder(unit.id) for unit in units}
    for stray in sorted({path.rsplit("/", 1)[0] for path in store.files("units")} - planned):
        yield f"{stray}: not in the plan"
    yield from duplicate_faults(store, panels, [unit.id for unit in units])
    if run.config.recipe.withheld:
        yield from withheld_faults(store, panels)
    yield from dataset_faults(store, panels, run)
