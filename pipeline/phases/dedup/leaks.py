"""Leaks: the panels of a corpus that show an image from elsewhere."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.phases.dedup.grouping import read_panels
from pipeline.storage.store import Store
from schemas.duplicates import IMAGES
from schemas.errors import UserError
from transforms.duplicates.encoder import Encoder
from transforms.duplicates.leaks import FindLeaks

_COLUMNS = ["panel_id", "encoder", *IMAGES.names[1:]]


def find_leaks(store: Store, units: Iterable[Receipt], images: pa.Table, encoder: Encoder) -> Iterator[pa.Table]:
    """LEAKS of each unit's panels, in order; `images` (IMAGES) are described by `encoder`.

    Raises:
        UserError: panels are described by another encoder.
    """
    find = FindLeaks(images, encoder.declaration.threshold)
    for panels in read_panels(store, units, _COLUMNS):
        sizes = {*pc.list_value_length(panels["embedding"]).to_pylist(), encoder.declaration.dimension}
        if len(sizes) > 1:
            raise UserError(f"{store.uri}: embeddings of {min(sizes)} and of {max(sizes)} components: verify it")
        if others := set(pc.unique(panels["encoder"]).to_pylist()) - {encoder.version}:
            raise UserError(
                f"{store.uri}: panels are described by {min(others)}, not {encoder.version}: build it first"
            )
        yield find(panels)
