"""Pictures of a unit: images and the table INDEX are what the panels say, thumbnails and proofs what INDEX says."""

import hashlib
import zlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from pipeline.phases.curate import PANELS_FILE
from pipeline.phases.pictures import PLACED, PROOFS, THUMBNAILS, flattened, picture_spans
from pipeline.phases.verify.contents import holding
from pipeline.phases.verify.files import Vouched
from pipeline.storage.parquet import Fault, read_batches
from pipeline.storage.store import Store
from schemas.duplicates import INDEX
from schemas.tables import conform
from transforms.duplicates.proofs import is_proof

#: Pictures read at once.
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
    said = conform(flattened(panels), INDEX)
    differing = [name for name in INDEX.names if name not in PLACED and not index[name].equals(said[name])]
    if differing:
        yield f"{item.paths['index']}: not what the panels say: {', '.join(differing)} differ"


def picture_faults(store: Store, item: Vouched, index: pa.Table) -> Iterator[str]:
    """Faults of a unit's thumbnails and proofs, given its INDEX."""
    rows = index.append_column("row", pa.array(np.arange(len(index))))
    for kind in (THUMBNAILS, PROOFS):
        if kind not in item.broken and kind in item.paths:
            yield from (f"{item.paths[kind]}: {line}" for line in _picture_faults(store, kind, item.paths[kind], rows))
            yield from item.miscounted(kind, len(index))


def _picture_faults(store: Store, kind: str, path: str, index: pa.Table) -> Iterator[str]:
    """A length that is not that of the rows, pictures that do not follow on each other, and the first one that INDEX
    states otherwise, or that is no proof.
    """
    spans, crcs = picture_spans(kind, index)
    ends = [start + size for start, size in spans]
    if [0, *ends] != [*(start for start, _ in spans), store.size(path)]:
        yield f"{store.size(path)} bytes, not the {kind} of {len(index)} panels one after the other"
        return
    for first in range(0, len(spans), ROWS):
        found = store.read_spans(path, spans[first : first + ROWS])
        for row, (data, crc) in enumerate(zip(found, crcs[first : first + ROWS], strict=True), first):
            if zlib.crc32(data) != crc:
                yield f"row {row} is not as its index states"
                return
            if kind == PROOFS and not is_proof(data):
                yield f"row {row} is no picture of its size"
                return
