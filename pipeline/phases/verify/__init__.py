"""Verification: that an output is whole, from its own files alone. Each fault is one line that names its file.

Conservation is the heart of it: every planned article stands in figures or in rejects, every graphic of every figure
ends as panels or as one reject, every panel as a triplet or as left out for a reason. What follows from the settings
is made anew and compared: the plan is cut from the snapshot, the selection found from the groups. A file that is
damaged is told, and all that does not hang on it is still looked at.
"""

from collections.abc import Iterator
from itertools import chain

from dags import inline
from dags.graph import Engine
from pipeline.config.run_record import PATH, NoRun, RunRecord, read_run
from pipeline.phases import curate
from pipeline.phases.verify.card import card_faults
from pipeline.phases.verify.dataset import dataset_faults
from pipeline.phases.verify.dedup import duplicate_faults
from pipeline.phases.verify.items import Verification, Workers
from pipeline.phases.verify.kept import kept_faults
from pipeline.phases.verify.known import Known
from pipeline.phases.verify.ledger import ledger_faults
from pipeline.phases.verify.plan import plan_faults
from pipeline.phases.verify.run import run_faults
from pipeline.phases.verify.strays import FOLDERS, stray_faults
from pipeline.phases.verify.units import mixed_settings, unit_checks
from pipeline.storage.lease import check_free
from pipeline.storage.ledger import receipts_below
from pipeline.storage.store import Store


def faults(store: Store, engine: Engine = inline.run, answers: Store | None = None) -> Iterator[str]:
    """Every fault of an output, in a line each; the order is the same for every engine.

    `answers` is where the workers of an engine leave what they find that cannot tell their driver. Nothing is written
    into the output.

    Raises:
        UserError: there is no output to verify, another version laid it out, a driver is working on it, or a part of
            it could not be looked at.
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
    workers = Workers(Verification(store, run, answers), engine)
    yield from plan_faults(store, known)
    yield from _unit_faults(known, workers)
    sound = True
    for line in chain(
        duplicate_faults(store, known, workers),
        dataset_faults(store, known, workers),
    ):
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


def _unit_faults(known: Known, workers: Workers) -> Iterator[str]:
    """Faults of the planned units; of those that are there, where the plan cannot be read."""
    checks = unit_checks(known)
    for outcome in workers.outcomes(known, checks):
        known.learn(outcome["learnt"])
        yield from outcome["lines"]
        for receipt in outcome["learnt"]["receipts"].values():
            yield from mixed_settings(known, receipt)
    strays = {*known.places(curate.FOLDER)} - {check.place for check in checks}
    known.unclear |= strays
    yield from (f"{stray}: not in the plan" for stray in sorted(strays))
