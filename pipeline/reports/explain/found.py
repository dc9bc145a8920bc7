"""What an output holds of an article that is asked about: its rows in plan, unit, selection and shard."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Receipt
from pipeline.phases.curate import FIGURES_FILE, PANELS_FILE
from pipeline.phases.dedup import selection
from pipeline.reports.explain.asked import Asked
from pipeline.reports.explain.output import Output, Place, versions_of
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import file_path, gave_up
from schemas.duplicates import INDEX
from schemas.ids import parse_article_id
from schemas.rejects import REJECTS
from schemas.selection import SELECTION
from schemas.tables import Row
from schemas.triplets import triplets
from schemas.units import CURATED

#: Columns of a panel that no account tells.
_PICTURES = ("image", "embedding")


@dataclass
class Found:
    """The rows of an article. `planned` and `curated` are None where it is in no plan and in no unit.

    `panels` are those of the unit, as its file states them; where that was given up or cannot be read those that are
    published, as the shard states them. `selection` is by panel, `published` the row and row group of each panel in its
    shard.
    """

    output: Output
    asked: Asked
    place: Place
    listed: list[Row]
    planned: Row | None
    unit: Receipt | None
    shard: Receipt | None
    curated: Row | None
    figures: list[Row]
    panels: list[Row]
    rejects: list[Row]
    index: dict[str, Row]
    selection: dict[str, Row]
    published: dict[str, dict[str, int]]
    given_up: bool

    @property
    def article(self) -> str | None:
        """The version of the article that is built, else the one that is listed."""
        named = [*filter(None, (self.planned, self.curated)), *self.listed[::-1]]
        return str(named[0]["article_id"]) if named else None

    @property
    def article_reject(self) -> Row | None:
        """The reject of the article as a whole."""
        return next((row for row in self.rejects if row["figure_id"] is None), None)

    def panel(self, panel_id: str) -> Row | None:
        """The row of a panel that was made."""
        return next((row for row in self.panels if row["panel_id"] == panel_id), None)

    def panels_of(self, graphic: str) -> list[str]:
        """The ids of all panels of a graphic, rejected ones too."""
        known = {*self.index, *(row["panel_id"] for row in self.panels)}
        rejected = {row["panel_id"] for row in self.rejects if row["panel_id"]}
        return sorted(panel for panel in known | rejected if panel.rpartition("-p")[0] == graphic)

    def reject_of(self, **ids: str | None) -> Row | None:
        """The reject with these ids."""
        return next((row for row in self.rejects if all(row[name] == each for name, each in ids.items())), None)


def find(output: Output, asked: Asked) -> Found:
    """All that an output holds of the article of an id; what cannot be read is noted in the output's faults."""
    place = output.place(asked.pmcid)
    listed = sorted(output.listed(versions_of(asked.pmcid)), key=lambda row: parse_article_id(row["article_id"])[1])
    planned = output.planned(place)
    unit = output.unit(place) if place.sampled else None
    found = Found(
        output,
        asked,
        place,
        listed,
        planned=planned[0] if planned else None,
        unit=unit,
        shard=None,
        curated=None,
        figures=[],
        panels=[],
        rejects=[],
        index={},
        selection={},
        published={},
        given_up=False,
    )
    if unit is not None:
        _read_unit(found, unit)
    return found


def _read_unit(found: Found, unit: Receipt) -> None:
    """The rows of the unit, then those of selection and shard that are about its panels."""
    output, mine = found.output, versions_of(found.asked.pmcid)
    curated = output.rows(unit, "articles", CURATED, mine)
    found.curated = curated[0] if curated else None
    found.figures = output.rows(unit, "figures", FIGURES_FILE, mine)
    found.rejects = output.rows(unit, "rejects", REJECTS, mine)
    panel = (pc.field("panel_id") >= f"{found.asked.pmcid}v") & (pc.field("panel_id") < f"{found.asked.pmcid}w")
    found.index = {row["panel_id"]: row for row in output.rows(unit, "index", INDEX, panel, "embedding")}
    found.given_up = gave_up(unit, "panels")
    if not found.given_up:
        found.panels = output.rows(unit, "panels", PANELS_FILE, mine, *_PICTURES)
    if not found.figures:  # damaged: a panel repeats the row of its graphic
        found.figures = list({row["graphic_id"]: row for row in found.panels}.values())
    if not (found.index or found.panels):
        return
    found.selection = _selection(found)
    found.shard = output.shard(found.place)
    if found.shard is not None:
        found.published = _published(found, found.shard)
        lost = [panel for panel in found.published if not found.panel(panel)]
        found.panels += [_as_panel(row) for row in published_rows(found, *lost)]


def _selection(found: Found) -> dict[str, Row]:
    """The rows of SELECTION for the panels of the article, by panel; none before the dedup phase has ended."""
    receipt = found.output.receipt(selection.FOLDER)
    if receipt is None:
        return {}
    mine = (pc.field("unit") == found.place.unit) & pc.field("panel_id").isin([*found.index])
    return {row["panel_id"]: row for row in found.output.rows(receipt, "selection", SELECTION, mine)}


def _published(found: Found, shard: Receipt) -> dict[str, dict[str, int]]:
    """Where the panels of the article stand in their shard: row and row group, from 0."""
    output, places = found.output, {}
    with output.bearing():
        path, schema = file_path(shard, "parquet"), triplets(output.run.dimension)
        panels = load_table(output.store, path, schema, ["panel_id"])["panel_id"].to_pylist()
        with output.store.open(path) as file:
            groups = pq.ParquetFile(file).metadata
            starts = [0, *accumulate(groups.row_group(n).num_rows for n in range(groups.num_row_groups))]
        for row, panel in enumerate(panels):
            if panel.startswith(f"{found.asked.pmcid}v"):
                places[panel] = {"row": row, "row_group": bisect_right(starts, row) - 1}
    return places


def published_rows(found: Found, *panels: str) -> list[Row]:
    """The triplets of panels, without their pictures."""
    if found.shard is None or not panels:
        return []
    schema = triplets(found.output.run.dimension)
    wanted = pc.field("panel_id").isin(panels)
    return found.output.rows(found.shard, "parquet", schema, wanted, "image", "embedding")


def _as_panel(triplet: Row) -> Row:
    """A triplet in the columns of a panel, of which `is_published` says where it comes from."""
    provenance: dict[str, Any] = triplet["provenance"]
    return triplet | provenance | {"graphic_id": triplet["panel_id"].rpartition("-p")[0], "is_published": True}
