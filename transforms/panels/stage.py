"""The stage that turns a figure's graphic into its panels, each with its own bytes and its own text."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import pyarrow as pa
from PIL import Image

from schemas.ids import graphic_number, panel_id
from schemas.panels import CAPTIONED
from schemas.rejects import reject
from schemas.tables import Row
from transforms.captions.split import split_caption
from transforms.captions.whole import full_caption, full_markup
from transforms.duplicates.appearance import appearance
from transforms.images.decode import ImageError, Picture, decode, encode
from transforms.images.metadata import UnknownStructure, without_position
from transforms.modality import picture as modality
from transforms.modality.evidence import looks
from transforms.modality.siblings import together
from transforms.panels.align import letters_apart
from transforms.panels.detector import model_digest
from transforms.panels.finder import UNSOUGHT, Found, Panel, PanelFinder
from transforms.panels.gate import Gate, Judged
from transforms.panels.grain import Figure, Grain
from transforms.rights.licenses import Licenses
from transforms.versions import CAPTIONS, data_digest

LETTER = Grain()

#: The share of a GPU that a worker uses where there is one: it decodes most of the time.
GPU_SHARE = 0.125
#: Pictures, and pixels beyond which no further one is opened, that are in memory at once.
TOGETHER, PIXELS = 8, 24_000_000

Opened = list[tuple[Row, Picture | ImageError]]


class SplitPanels:
    """IMAGES to CAPTIONED: a row for each panel in reading order; the graphic's reject where it is no usable picture.

    Without `split` each graphic is one panel; so it is with `single`, but it is a reject where several are found in it.
    Where a licence permits no derivatives each crop is a reject, and the whole picture is the first panel, unless
    `crop_noderivatives`. Rejects are, too, what is under none of `licenses`, crops that are too small for `grain`, and
    the panels of a figure beyond the first `most`.

    `caption_method` says how a panel's text was found: label, count, rows, place (align.py); graphics: each graphic of
    the figure is one panel, in document order; shared: the caption has no part for the panel, the text is what it says
    of all. Behind "whole:" stands why the text is the whole caption: single (one panel, nothing to split), unlettered
    (the caption does not split), mismatch (it does, but not into the panels there are), small (it does, but each panel
    would be too small). Such a panel is the whole picture, but with the grain `cell`.
    """

    name = "panels"
    rowwise = True
    cpus = 1.0
    gpus = GPU_SHARE
    memory = 550 << 20
    batch = 16
    output = CAPTIONED

    _find: Callable[[Sequence[Image.Image]], list[Found]]

    def __init__(
        self,
        split: bool = True,
        licenses: Licenses = "all",
        crop_noderivatives: bool = False,
        grain: Grain = LETTER,
        most: int | None = None,
        single: bool = False,
    ) -> None:
        self._gate = Gate(licenses, crop_noderivatives, grain, most, single)
        self._finder = PanelFinder(threads=int(self.cpus)) if split else None
        self._classifier = modality.Classifier(threads=int(self.cpus))
        self._find = self._finder.find if self._finder else _whole
        made_by = f"13+{model_digest()}" if split else "9"
        self.version = f"{made_by}+{modality.model_digest()}+{data_digest(CAPTIONS)}"

    def setup(self) -> None:
        """Load the models."""
        if self._finder:
            self._finder.open()
        self._classifier.open()

    def __call__(self, table: pa.Table) -> pa.Table:
        """Each graphic of `table` as its panels."""
        rows = [new for opened in _opened(table) for new in self._panels(opened)]
        return pa.Table.from_pylist(rows, schema=self.output)

    def _panels(self, opened: Opened) -> Iterator[Row]:
        """The rows of graphics whose panels are found in one go."""
        found = iter(self._find([picture.image for _, picture in opened if isinstance(picture, Picture)]))
        for row, picture in opened:
            if isinstance(picture, ImageError):
                yield {**row, "image": None, "reject": reject(self.name, picture.reason, str(picture))}
            else:
                yield from self._rows(row, picture, next(found))

    def _rows(self, row: Row, picture: Picture, found: Found) -> Iterator[Row]:
        """A row for each panel, refused ones too; a single one where all are refused."""
        figure = _figure(row, found)
        judged = self._gate.judge(row, found, figure, picture.image.size)
        if all(each.refused for each in judged):
            yield {**row, "image": None, "reject": self._refuse(judged[0])}
            return
        parent, letters = hashlib.sha256(row["image"]).hexdigest(), letters_apart(found, figure.split, figure.alone)
        known = row | letters | {"panel_count": len(judged), "parent_sha256": parent}
        first, seen = judged[0].panel.number, self._seen(judged, picture.image)
        known["parent"] = _parent(judged, picture.image)
        for each in judged:
            new = known | {"panel_id": panel_id(row["graphic_id"], each.panel.number - first + 1, each.panel.cell)}
            if each.refused:
                yield new | {"image": None, "reject": self._refuse(each)}
            else:
                new |= {"seen": next(seen)} | _panel(each, picture, row["image"])
                yield new | each.panel.text.columns(figure.caption)

    def _seen(self, judged: Sequence[Judged], image: Image.Image) -> Iterator[list[Row]]:
        """What each panel that is kept looks like, given the others."""
        kept = [image.crop(each.panel.panel.box) for each in judged if not each.refused]
        return map(looks, together(self._classifier.look(kept)))

    def _refuse(self, judged: Judged) -> dict[str, str] | None:
        return judged.refused and reject(self.name, *judged.refused)


def _figure(row: Row, found: Found) -> Figure:
    """The figure of a row of IMAGES in which these panels are found."""
    caption, letters = full_caption(row), [panel.label for panel in found.panels if panel.label]
    split = split_caption(caption, full_markup(row), list(dict.fromkeys(letters)))
    return Figure(caption, split, row["graphic_count"], graphic_number(row["graphic_id"]))


def _opened(table: pa.Table) -> Iterator[Opened]:
    """The rows with their pictures, as many together as memory is meant for."""
    opened: Opened = []
    pixels = 0
    for row in table.to_pylist():
        picture = _open(row["image"])
        opened.append((row, picture))
        if isinstance(picture, Picture):
            pixels += picture.image.width * picture.image.height
        if len(opened) == TOGETHER or pixels > PIXELS:
            yield opened
            opened, pixels = [], 0
    if opened:
        yield opened


def _open(data: bytes) -> Picture | ImageError:
    try:
        return decode(data)
    except ImageError as error:
        return error


def _panel(judged: Judged, picture: Picture, source: bytes) -> Row:
    """What a panel adds to the row of its picture, of which `source` are the bytes."""
    panel = judged.panel.panel
    x0, y0, x1, y1 = panel.box
    image, format = _panel_bytes(picture, panel, source)
    return {
        "panel_label": panel.label,
        "image": image,
        "format": format,
        "width": x1 - x0,
        "height": y1 - y0,
        "sha256": hashlib.sha256(image).hexdigest(),
        "box": list(panel.box),
        "cells": [{"box": list(cell.box), "score": cell.score} for cell in judged.panel.cells],
        "truncated": picture.truncated,
        "detector": judged.panel.detector,
        "detector_score": panel.score,
        **judged.rights._asdict(),
    }


def _parent(judged: list[Judged], image: Image.Image) -> Row | None:
    """What a picture is compared by as a whole; None where no panel that is kept is a crop of it."""
    boxes = [each.panel.panel.box for each in judged if not each.refused]
    return appearance(image) if any(box != (0, 0, *image.size) for box in boxes) else None


def _whole(pictures: Sequence[Image.Image]) -> list[Found]:
    return [Found([Panel((0, 0, *picture.size), 1.0, None)], UNSOUGHT) for picture in pictures]


def _panel_bytes(picture: Picture, panel: Panel, source: bytes) -> tuple[bytes, str]:
    """A panel's bytes and their format: the source's own where the panel is all of it and any reader shows it alike.

    Where the source's tell a position on Earth it is without all its metadata, with the same pixels.
    """
    if panel.box != (0, 0, *picture.image.size):
        return encode(picture.image.crop(panel.box), picture.format), picture.format
    if picture.faithful:
        with suppress(UnknownStructure):
            return without_position(source), picture.format
    return encode(picture.image, "png"), "png"
