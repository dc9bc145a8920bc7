"""The stage that gives each panel its text."""

import re
from collections.abc import Iterator

import pyarrow as pa

from schemas.panels import CAPTIONED, UNCROPPED
from schemas.tables import Row, map_rows
from transforms.captions.parts import part_text
from transforms.captions.split import plain, split_caption
from transforms.captions.whole import full_caption


class SplitCaptions:
    """SPLIT -> CAPTIONED: each panel's own text, by its letter, else by order where the counts agree.

    `caption_method` says how: label; count (the panels of the only graphic, in reading order); graphics (each graphic
    is one panel, in document order); whole:single (one panel, nothing to split), whole:unlettered (the caption does not
    split) and whole:mismatch (it does, but not into the panels there are).
    """

    name = "captions"
    version = "1"
    rowwise = True
    cpus = 1.0
    gpus = 0.0
    memory = 20 << 20
    batch = 256
    output = CAPTIONED

    def setup(self) -> None:
        """Nothing to load."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """A row for a row."""
        return map_rows(table, CAPTIONED, _captioned)


def _captioned(row: Row) -> Iterator[Row]:
    text, method = panel_text(row)
    yield {**row, "caption": text, "caption_method": method}


def panel_text(row: Row) -> tuple[str, str]:
    """The text of the panel that a row of SPLIT describes, and the method by which it was found."""
    caption = full_caption(row)
    graphics, is_whole = row["graphic_count"], (row["detector"] or "").endswith(UNCROPPED)
    panels = 1 if is_whole else row["panel_count"]  # crops that are rejects count as panels
    if panels == graphics == 1:
        return caption, "whole:single"
    parts = split_caption(caption).parts
    if not parts:
        return caption, "whole:unlettered"
    own = {plain(part.label): part_text(caption, part) for part in parts}
    label = plain(row["panel_label"] or "")
    if label in own:
        return own[label], "label"
    if graphics == 1 and panels == len(parts):
        return part_text(caption, parts[_index(row["panel_id"], "-p") - 1]), "count"
    if panels == 1 and graphics == len(parts):
        return part_text(caption, parts[_index(row["graphic_id"], "g") - 1]), "graphics"
    return caption, "whole:mismatch"


def _index(identifier: str, mark: str) -> int:
    """The number behind `mark` at the end of an id: 2 of PMC1v1-f003-p02 and PMC1v1-f003g2; 1 where there is none."""
    found = re.search(rf"{mark}(\d+)$", identifier)
    return int(found[1]) if found else 1
