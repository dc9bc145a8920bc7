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
from pipeline.phases.dedup.leaks import Described, Searched, find_leaks, searched
from pipeline.phases.dedup.members import blocks
from pipeline.phases.pictures import FigurePictures, Pictures
from pipeline.resources.images import describe_images
from pipeline.storage.parquet import WRITING, load_table
from pipeline.storage.receipts import Attempt, content, file_path
from schemas.duplicates import IMAGES, LEAKS
from transforms.duplicates.encoder import Encoder
from transforms.duplicates.leaks import FindLeaks

#: The version of what images are described by beside the encoder.
DESCRIBED_BY = "2"

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
    made_by = {"encoder": encoder, "images": images, "described": DESCRIBED_BY}
    return Item(IMAGES_FOLDER, digest(made_by), None, made_by)


@dataclass(frozen=True)
class Work:
    """The units that are searched, and the file IMAGES."""

    units: list[Searched]
    images: str


@dataclass(frozen=True)
class Search(Committed):
    """Searches blocks of units for images, and commits what it finds."""

    described: Described
    threshold: float
    fetch: Pictures

    def read(self, item: Item) -> Iterator[pa.Table]:
        """LEAKS of each unit."""
        images = load_table(self.store, item.payload.images, IMAGES)
        find = FindLeaks(images, self.threshold, self.fetch, FigurePictures(self.store))
        yield from find_leaks(self.store, item.payload.units, find, self.described)

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write them."""
        return _commit(Attempt(self.store, item), tables)


def search_items(units: Mapping[str, Receipt], images: Receipt, made_by: dict[str, Any]) -> list[Item]:
    """Each block of units (receipts by id) as work for an engine; `images` is the receipt of the images."""
    items = []
    for name, mine in blocks(units):
        contents = [[unit, content(receipt, "index", "parents")] for unit, receipt in mine.items()]
        key, work = digest([made_by, content(images), contents]), Work(searched(mine), file_path(images, "images"))
        items.append(Item(f"{SEARCH_FOLDER}/{name}", key, work, made_by))
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
