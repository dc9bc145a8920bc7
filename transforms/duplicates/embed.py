"""The stage that describes panels by what duplicates are found by."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
from PIL import Image

from schemas.figures import APPEARANCE
from schemas.panels import PANELS
from schemas.tables import conform
from transforms.duplicates.appearance import appearance
from transforms.duplicates.encoder import Encoder
from transforms.images.decode import Limits, decode

#: The share of a GPU that a worker uses where there is one: it decodes most of the time.
GPU_SHARE = 0.125


class EmbedPanels:
    """LINKED to PANELS. `encoder` opens the encoder in a worker; its version is told at once."""

    name = "embed"
    rowwise = True
    cpus = 1.0
    gpus = GPU_SHARE
    memory = 200 << 20
    batch = 32
    output = PANELS

    def __init__(self, encoder: Callable[[], Encoder], version: str) -> None:
        self._open, self._encoder = encoder, version
        self.version = f"3+{version}"

    def setup(self) -> None:
        """Load the encoder."""
        self._opened = self._open()
        self._opened.open()

    def __call__(self, table: pa.Table) -> pa.Table:
        """`table` with what each panel's image is described by."""
        pictures = [decode(image.as_py(), Limits(min_side=1)).image for image in table["image"]]
        columns = describe(pictures, self._opened) | {
            "encoder": pa.repeat(self._encoder, len(pictures)),
        }
        for name, values in columns.items():
            table = table.append_column(name, values)
        return conform(table, self.output)


def describe(pictures: Sequence[Image.Image], encoder: Encoder) -> dict[str, pa.Array]:
    """What pictures in mode L or RGB are compared by, a column each."""
    rows = [appearance(picture) for picture in pictures]
    columns: dict[str, list[Any]] = {field.name: [row[field.name] for row in rows] for field in APPEARANCE}
    columns["embedding"] = list(encoder.embed(pictures))
    return {name: pa.array(values, PANELS.field(name).type) for name, values in columns.items()}
