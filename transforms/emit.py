"""Triplets: a panel's row as it is published, in Parquet and as the members of a WebDataset sample."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from schemas.tables import Row, map_rows
from schemas.triplets import PROVENANCE, triplets
from transforms.captions import full_caption


class ToTriplets:
    """Panels (with their `duplicate_group`) to triplets; the run's part of the provenance is given."""

    name, version = "triplets", "1"
    rowwise = False
    cpus, gpus, batch = 1.0, 0.0, 256

    def __init__(self, dimension: int, inventory: str, pipeline: str, config: str) -> None:
        self.output = triplets(dimension)
        self._run = {"inventory": inventory, "pipeline": pipeline, "config": config}

    def setup(self) -> None:
        """Nothing to open."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """A triplet for each panel."""
        return map_rows(table, self.output, self._triplet)

    def _triplet(self, panel: Row) -> Iterator[Row]:
        known = panel | panel["article"] | self._run
        yield {name: panel[name] for name in self.output.names if name in panel} | {
            "phash": None if panel["phash"] is None else f"{panel['phash']:016x}",
            "figure_caption": full_caption(panel),
            "provenance": {field.name: known[field.name] for field in PROVENANCE},
        }


def metadata(triplet: Row) -> dict[str, Any]:
    """All of a triplet but its image, as JSON values."""
    values = {name: value for name, value in triplet.items() if name != "image"}
    return values | {"embedding": [float(x) for x in triplet["embedding"]]}


def sample(triplet: Row) -> list[tuple[str, bytes]]:
    """The members of a triplet's WebDataset sample, as (name, content)."""
    key = triplet["panel_id"]
    row = json.dumps(metadata(triplet), ensure_ascii=False, sort_keys=True).encode()
    text = triplet["caption"].encode()
    return [(f"{key}.{triplet['format']}", triplet["image"]), (f"{key}.json", row), (f"{key}.txt", text)]
