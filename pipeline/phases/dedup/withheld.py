"""What is withheld: the panels that show an image which the recipe keeps out of the dataset, and their duplicates."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from dags.graph import Item, Receipt
from pipeline.commands.leakage import find_leaks
from pipeline.config.recipe import digest
from pipeline.phases.dedup.grouping import read_duplicates
from pipeline.resources.images import describe_images
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import current, write_receipt
from pipeline.storage.store import Store
from schemas.duplicates import LEAKS
from transforms.duplicates.edges import FindEdges
from transforms.duplicates.encoder import Encoder
from transforms.splits import with_their_groups

WITHHELD = "dedup/withheld"
WITHHELD_FILE = f"{WITHHELD}.parquet"


def write_withheld(
    store: Store, units: Mapping[str, Receipt], path: Path, content: str, encoder: Encoder, console: Console
) -> None:
    """Commit which panels of `units` (receipts by id) show an image of `path`; nothing if the table is current.

    `content` digests the images.
    """
    made_by = {"edges": FindEdges.version, "encoder": encoder.version, "images": content}
    item = withheld_item(units.values(), made_by)
    if current(store, item) is not None:
        return

    def tell(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    images, skipped = describe_images(path, encoder, tell)
    rows = 0
    with store.create(WITHHELD_FILE) as sink, pq.ParquetWriter(sink, LEAKS, compression="zstd") as writer:
        for found in find_leaks(store, units, images, encoder):
            writer.write_table(found)
            rows += len(found)
    counts = {"images": len(images), "skipped": skipped, "leaks": rows}
    write_receipt(store, item, {WITHHELD_FILE: sink.stamp() | {"rows": rows}}, counts)
    tell(f"withheld: {len(images)} images, {skipped} skipped; {rows} matches")


def withheld_item(units: Iterable[Receipt], made_by: dict[str, Any]) -> Item:
    """The search for withheld images as an item; its result depends on what the receipts of `units` vouch for."""
    return Item(WITHHELD, digest([made_by, [receipt["files"] for receipt in units]]), None, made_by)


def drop_withheld(store: Store) -> None:
    """Remove the table of an earlier recipe."""
    for path in store.files(WITHHELD) + ([WITHHELD_FILE] if store.size(WITHHELD_FILE) is not None else []):
        store.delete(path)


def read_withheld(store: Store) -> pa.Table:
    """The table LEAKS; raises UserError."""
    return load_table(store, WITHHELD_FILE, LEAKS)


def count_withheld(store: Store) -> int:
    """The panels that are left out."""
    return len(with_their_groups(read_withheld(store)["panel_id"].to_pylist(), read_duplicates(store)))
