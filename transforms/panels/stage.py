"""The stage that turns a figure's graphic into its panels, each with its own bytes."""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from schemas.ids import panel_id
from schemas.panels import SPLIT
from schemas.rejects import reject
from schemas.tables import Row, map_rows
from transforms.images import ImageError, Picture, decode, encode
from transforms.panels.xycut import Box, xy_cut

DETECTOR, WHOLE = "xycut-1", "whole-1"


class SplitPanels:
    """IMAGES to SPLIT: a row for each panel in reading order, or the graphic's reject where it is no usable picture.

    Without `split` each graphic is one panel.
    """

    name = "panels"
    version = "1"
    cpus = 1.0
    gpus = 0.0
    batch = 16
    output = SPLIT

    def __init__(self, split: bool = True) -> None:
        self._find, self._detector = (_boxes, DETECTOR) if split else (_whole, WHOLE)

    def setup(self) -> None:
        """Nothing to open: the cutting needs no model."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """Each graphic of `table` as its panels."""
        return map_rows(table, self.output, self._panels)

    def _panels(self, row: Row) -> Iterator[Row]:
        try:
            picture = decode(row["image"])
        except ImageError as error:
            yield {**row, "image": None, "reject": reject(self.name, error.reason, str(error))}
            return
        boxes = self._find(picture)
        parent = hashlib.sha256(row["image"]).hexdigest()
        for n, box in enumerate(boxes, 1):
            image, format = _panel_bytes(picture, box, row["image"])
            yield {
                **row,
                "panel_id": panel_id(row["graphic_id"], n),
                "panel_label": None,  # no letters are read
                "panel_count": len(boxes),
                "image": image,
                "format": format,
                "width": box.x1 - box.x0,
                "height": box.y1 - box.y0,
                "sha256": hashlib.sha256(image).hexdigest(),
                "parent_sha256": parent,
                "box": list(box[:4]),
                "detector": self._detector,
                "detector_score": box.score,
            }


def split_image(data: bytes) -> tuple[int, int, list[dict[str, Any]]]:
    """Width and height of a figure in pixels, and its panels as {"box": [x0, y0, x1, y1], "score", "label"}.

    Raises:
        ImageError: the bytes are no usable picture.
    """
    picture = decode(data)
    panels = [{"box": list(box[:4]), "score": box.score, "label": None} for box in _boxes(picture)]
    return *picture.image.size, panels


def _boxes(picture: Picture) -> list[Box]:
    return xy_cut(np.asarray(picture.image.convert("L")))


def _whole(picture: Picture) -> list[Box]:
    return [Box(0, 0, *picture.image.size, 1.0)]


def _panel_bytes(picture: Picture, box: Box, source: bytes) -> tuple[bytes, str]:
    """A panel's bytes and their format: the source's own where the panel is all of it and any reader shows it alike."""
    if box[:4] != (0, 0, *picture.image.size):
        return encode(picture.image.crop(box[:4]), picture.format), picture.format
    if picture.faithful:
        return source, picture.format
    return encode(picture.image, "png"), "png"
