"""What is withheld: the panels that show an image which the recipe keeps out of the dataset, and their duplicates."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.dedup.leaks import find_leaks
from pipeline.resources.images import describe_images
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path, find_receipt, the_receipt
from pipeline.storage.store import Store
from schemas.duplicates import LEAKS
from transforms.duplicates.edges import FindEdges
from transforms.duplicates.encoder import Encoder

FOLDER = "dedup/withheld"


def write_withheld(
    store: Store, units: Mapping[str, Receipt], path: Path, images_digest: str, encoder: Encoder, console: Console
) -> Receipt:
    """Commit which panels of `units` (receipts by id) show an image of `path`."""
    made_by = {"edges": FindEdges.version, "encoder": encoder.version, "images": images_digest}
    item = withheld_item(units.values(), made_by)
    if (receipt := find_receipt(store, item)) is not None:
        return receipt

    def tell(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    images, skipped = describe_images(path, encoder, tell)
    rows, attempt = 0, Attempt(store, item)
    with attempt.create("leaks.parquet") as sink, pq.ParquetWriter(sink, LEAKS, **WRITING) as writer:
        for found in find_leaks(store, units.values(), images, encoder):
            writer.write_table(found)
            rows += len(found)
    counts = {"images": len(images), "skipped": skipped, "leaks": rows}
    tell(f"withheld: {len(images)} images, {skipped} skipped; {rows} matches")
    return attempt.settle({"leaks": rows}, counts)


def withheld_item(units: Iterable[Receipt], made_by: dict[str, Any]) -> Item:
    """The search for withheld images as an item; its result depends on what the receipts of `units` vouch for."""
    return Item(FOLDER, digest([made_by, [content(receipt, "panels") for receipt in units]]), None, made_by)


def read_withheld(store: Store) -> pa.Table:
    """The table LEAKS; raises UserError."""
    return load_table(store, file_path(the_receipt(store, FOLDER), "leaks"), LEAKS)
