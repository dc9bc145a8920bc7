"""What goes with a dataset: its card, its Croissant description and its audit, all from the published files."""

from collections.abc import Iterator

from dags.graph import Receipt
from pipeline.config.run_record import read_run
from pipeline.phases.audit import write_audit
from pipeline.phases.curate import COUNTED, folder
from pipeline.phases.dedup.withheld import count_withheld
from pipeline.phases.plan import read_units
from pipeline.reports.card import dataset_card
from pipeline.reports.croissant import croissant
from pipeline.reports.facts import open_triplets, read_facts
from pipeline.reports.funnel import funnel, read_rejects
from pipeline.storage.receipts import MARKER, read_receipt
from pipeline.storage.store import Store
from schemas.errors import UserError

CARD, CROISSANT = "dataset/README.md", "dataset/croissant.json"


def write_card(store: Store) -> None:
    """Write `dataset/README.md` and `dataset/croissant.json`; raises UserError where the dataset is not complete."""
    facts = read_facts(store)
    store.write(CARD, dataset_card(facts).encode())
    store.write(CROISSANT, croissant(facts).encode())


def drop_card(store: Store) -> None:
    """Remove both, before files change that they would no longer describe.

    A reader that keeps what it loaded under the card's version must not find other rows behind that version.
    """
    for path in (CARD, CROISSANT):
        if store.size(path) is not None:
            store.delete(path)


def write_report(store: Store) -> Iterator[str]:
    """Write the audit, and tell its headline figures in lines.

    Raises:
        UserError: there is no dataset, or a file of it cannot be read.
    """
    run = read_run(store)
    dataset = open_triplets(store, run)
    units = [unit.id for unit in read_units(store)]
    receipts = [_unit_receipt(store, unit) for unit in units]
    rejects = read_rejects(store, units)
    withheld = count_withheld(store) if run.config.recipe.withheld else None
    steps = funnel(receipts, rejects, withheld, dataset.count_rows())
    corpus = {
        "name": "MedConcept",
        "source": run.config.source,
        "inventory": run.snapshot.id,
        "config": run.key,
        "vocabulary": run.vocabulary,
        "pipeline": run.versions["medconcept"],
    }
    totals = write_audit(dataset, steps, rejects, corpus, store)
    yield from (f"{count:>12,}  {step}" for step, count in steps)
    yield (
        f"{totals['concepts']:,} concepts, {totals['concepts_per_triplet']:.2f} a triplet; of the triplets "
        f"{totals['with_concept']:.0%} have a concept, {totals['with_modality']:.0%} a modality, "
        f"{totals['license_clear']:.0%} a licence that nothing contradicts"
    )


def _unit_receipt(store: Store, unit: str) -> Receipt:
    receipt = read_receipt(store, folder(unit))
    if receipt is None or not receipt["counts"].keys() >= COUNTED:
        raise UserError(f"{store.uri}/{folder(unit)}/{MARKER}: missing or damaged: build it first")
    return receipt
