"""The ledgers: a cache of the receipts, which may be missing but must not say anything else."""

import json
from collections.abc import Iterator

from pipeline.phases import curate, documents, publish
from pipeline.phases.dedup import grouping, index, selection, withheld
from pipeline.phases.dedup.matches import Matches
from pipeline.phases.verify.files import Known
from pipeline.storage.ledger import LEDGER, ledger_path
from pipeline.storage.parquet import Fault, read_table
from pipeline.storage.store import Store

#: The folders of the phases that keep one.
FOLDERS = (
    curate.FOLDER,
    index.SLICES,
    Matches.FOLDER,
    grouping.FOLDER,
    withheld.FOLDER,
    selection.FOLDER,
    publish.FOLDER,
    documents.FOLDER,
)


def ledger_faults(store: Store, known: Known) -> Iterator[str]:
    """Ledgers that say something else than the receipts, which are known by now."""
    for folder in FOLDERS:
        path = ledger_path(folder)
        table = read_table(store, path, LEDGER)
        if isinstance(table, Fault):
            if table.line != f"{path}: missing":
                yield table.line
            continue
        receipts = {place: receipt for place, receipt in known.receipts.items() if place.startswith(f"{folder}/")}
        try:
            stated = dict(zip(table["path"].to_pylist(), map(json.loads, table["receipt"].to_pylist()), strict=True))
        except ValueError as error:
            yield f"{path}: it holds what is no receipt: {error}"
            continue
        if len(stated) < len(table):
            yield f"{path}: it names a receipt twice"
        places = receipts.keys() | stated.keys()
        if wrong := sorted(place for place in places if receipts.get(place) != stated.get(place)):
            yield f"{path}: not what the receipts say of {wrong[0]}" + (" and others" if wrong[1:] else "")
