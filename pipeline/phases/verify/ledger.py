"""The ledgers: a cache of the receipts, which may be missing but must not say anything else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.fs as pafs

from pipeline.phases import curate, documents, publish
from pipeline.phases.dedup import steps
from pipeline.phases.verify.known import Known
from pipeline.storage.ledger import LEDGER, ledger_path
from pipeline.storage.parquet import Fault, read_batches
from pipeline.storage.store import Store

#: The folders of the phases that keep one.
FOLDERS = (
    curate.FOLDER,
    *steps.FOLDERS,
    publish.FOLDER,
    documents.FOLDER,
)


def ledger_faults(store: Store, known: Known) -> Iterator[str]:
    """Ledgers that say something else than the receipts, which are known by now."""
    for folder in FOLDERS:
        yield from _ledger_faults(store, known, folder)


def _ledger_faults(store: Store, known: Known, folder: str) -> Iterator[str]:
    """Faults of one ledger, of which some rows at a time are there."""
    path = ledger_path(folder)
    unstated = {place for place in known.receipts if place.startswith(f"{folder}/")}
    stated: set[str] = set()
    wrong: list[str] = []
    for table in read_batches(store, path, LEDGER):
        if isinstance(table, Fault):
            if table.line != f"{path}: missing":
                yield table.line
            elif isinstance(store.filesystem, pafs.LocalFileSystem) and Path(store.root, path).is_dir():
                yield f"{path}: a folder, which no ledger can take the place of"
            return
        for place, receipt in zip(table["path"].to_pylist(), table["receipt"].to_pylist(), strict=True):
            try:
                said = json.loads(receipt)
            except ValueError as error:
                yield f"{path}: it holds what is no receipt: {error}"
                return
            if place in stated:
                yield f"{path}: it names a receipt twice"
                return
            stated.add(place)
            if place not in unstated or said != known.receipts[place]:
                wrong.append(place)
    wrong += unstated - stated
    if wrong:
        yield f"{path}: not what the receipts say of {min(wrong)}" + (" and others" if len(wrong) > 1 else "")
