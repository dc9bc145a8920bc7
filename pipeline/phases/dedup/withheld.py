"""What is withheld: the panels that show an image which the recipe keeps out of the dataset, and their duplicates.

The images are described once, where the run was started: there they lie. Then each block of units is searched for them,
and what was found is one table.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.committed import Committed
from pipeline.phases.dedup.leaks import Described, find_leaks
from pipeline.phases.dedup.members import blocks
from pipeline.phases.pictures import Thumbnails
from pipeline.resources.images import describe_images
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path
from schemas.duplicates import IMAGES, LEAKS
from transforms.duplicates.encoder import Encoder
from transforms.duplicates.leaks import FindLeaks

IMAGES_FOLDER, SEARCH_FOLDER, FOLDER = "dedup/images", "dedup/leaks", "dedup/withheld"


@dataclass(frozen=True)
class Images(Committed):
    """Describes the images at `path`, and commits them; a line for each that is no picture goes to `tell`."""

    path: Path
    encoder: Encoder
    tell: Callable[[str], None]

    def read(self, item: Item) -> Iterator[pa.Table]:
        """Nothing: the images are no part of the output."""
        yield IMAGES.empty_table()

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write the table IMAGES; raises UserError where there is no picture."""
        images, skipped = describe_images(self.path, self.encoder, self.tell)
        attempt = Attempt(self.store, item)
        with attempt.create("images.parquet") as sink:
            pq.write_table(images, sink, **WRITING)
        return attempt.settle({"images": len(images)}, {"images": len(images), "skipped": skipped})


def images_item(encoder: str, images: str) -> Item:
    """The images as an item, by the version of the encoder and the digest of the images."""
    made_by = {"encoder": encoder, "images": images}
    return Item(IMAGES_FOLDER, digest(made_by), None, made_by)


@dataclass(frozen=True)
class Work:
    """The units that are searched, each with its file INDEX, and the file IMAGES."""

    units: list[tuple[str, str]]
    images: str


@dataclass(frozen=True)
class Search(Committed):
    """Searches blocks of units for images, and commits what it finds."""

    described: Described
    threshold: float
    fetch: Thumbnails

    def read(self, item: Item) -> Iterator[pa.Table]:
        """LEAKS of each unit."""
        images = load_table(self.store, item.payload.images, IMAGES)
        find = FindLeaks(images, self.threshold, self.fetch)
        yield from find_leaks(self.store, item.payload.units, find, self.described)

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write them."""
        return _commit(Attempt(self.store, item), tables)


def search_items(units: Mapping[str, Receipt], images: Receipt, made_by: dict[str, Any]) -> list[Item]:
    """Each block of units (receipts by id) as work for an engine; `images` is the receipt of the images."""
    items = []
    for name, mine in blocks(units):
        key = digest([made_by, content(images), [[unit, content(each, "index")] for unit, each in mine.items()]])
        files = [(unit, file_path(receipt, "index")) for unit, receipt in mine.items()]
        items.append(Item(f"{SEARCH_FOLDER}/{name}", key, Work(files, file_path(images, "images")), made_by))
    return items


class Withheld(Committed):
    """Reads what the search found in all blocks, and commits it as one table."""

    def read(self, item: Item) -> Iterator[pa.Table]:
        """LEAKS of each block."""
        for path in item.payload:
            yield load_table(self.store, path, LEAKS)

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write them."""
        return _commit(Attempt(self.store, item), tables)


def withheld_item(images: Receipt, found: Sequence[Receipt]) -> Item:
    """What is withheld as an item, given the receipts of the images and of the blocks that were searched."""
    paths = [file_path(receipt, "leaks") for receipt in found]
    made_by: dict[str, Any] = images["made_by"]
    return Item(FOLDER, digest([made_by, [content(receipt) for receipt in found]]), paths, made_by)


def _commit(attempt: Attempt, tables: Iterable[pa.Table]) -> Receipt:
    rows = 0
    with attempt.create("leaks.parquet") as sink, pq.ParquetWriter(sink, LEAKS, **WRITING) as writer:
        for found in tables:
            writer.write_table(found)
            rows += len(found)
    return attempt.settle({"leaks": rows}, {"leaks": rows})
