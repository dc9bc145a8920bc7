"""Pictures of a unit: the images are what the panels say, so is the table INDEX, the thumbnails are what that says."""

import hashlib
import zlib
from collections.abc import Iterator

import pyarrow as pa

from pipeline.phases.curate import PANELS_FILE
from pipeline.phases.pictures import THUMBNAIL
from pipeline.phases.verify.contents import holding
from pipeline.phases.verify.files import Vouched
from pipeline.storage.parquet import Fault, read_batches
from pipeline.storage.store import Store
from schemas.duplicates import INDEX
from schemas.tables import conform

#: Thumbnails read at once.
ROWS = 2048


def image_faults(store: Store, item: Vouched) -> Iterator[str]:
    """Panels of a unit whose image is another than its SHA-256 says."""
    path = item.paths["panels"]
    for table in read_batches(holding(store, item.held), path, PANELS_FILE, ["panel_id", "image", "sha256"]):
        if isinstance(table, Fault):
            yield table.line
            return
        for panel, image, sha256 in zip(*table.columns, strict=True):
            if hashlib.sha256(image.as_buffer()).hexdigest() != sha256.as_py():
                yield f"{path}: {panel}: the image has another SHA-256"


def index_faults(item: Vouched, panels: pa.Table, index: pa.Table) -> Iterator[str]:
    """Faults of a unit's INDEX, given its panels."""
    flat = panels.append_column("thumbnail_crc", pa.nulls(len(panels), pa.uint32()))
    flat = flat.append_column("year", pa.chunked_array([chunk.field("year") for chunk in panels["article"].chunks]))
    said = conform(flat, INDEX)
    differing = [name for name in INDEX.names if name != "thumbnail_crc" and not index[name].equals(said[name])]
    if differing:
        yield f"{item.paths['index']}: not what the panels say: {', '.join(differing)} differ"


def thumbnail_faults(store: Store, item: Vouched, index: pa.Table) -> Iterator[str]:
    """Faults of a unit's thumbnails, given its INDEX."""
    if "thumbnails" not in item.broken and "thumbnails" in item.paths:
        yield from (f"{item.paths['thumbnails']}: {line}" for line in _thumbnail_faults(store, item, index))
        yield from item.miscounted("thumbnails", len(index))


def _thumbnail_faults(store: Store, item: Vouched, index: pa.Table) -> Iterator[str]:
    """A length that is not that of the rows, and the first thumbnail that INDEX states otherwise."""
    path, crcs = item.paths["thumbnails"], index["thumbnail_crc"].to_pylist()
    if store.size(path) != len(crcs) * THUMBNAIL:
        yield f"{store.size(path)} bytes, not {THUMBNAIL} for each of {len(crcs)} panels"
        return
    for start in range(0, len(crcs), ROWS):
        rows = range(start, min(start + ROWS, len(crcs)))
        found = store.read_spans(path, [(row * THUMBNAIL, THUMBNAIL) for row in rows])
        for row, thumbnail in zip(rows, found, strict=True):
            if zlib.crc32(thumbnail) != crcs[row]:
                yield f"the thumbnail of row {row} is not as its index states"
                return
