"""Units that gave up their panels: which panels there were, as far as what is left of the unit says it."""

import re

import pyarrow as pa

from schemas.tables import Row

#: What follows the figure in the name of a graphic that is not its first.
_GRAPHIC = re.compile(r"(?<=\d)g\d+$", re.ASCII)


def named_panels(index: pa.Table, rejects: list[Row]) -> list[Row]:
    """The ids of the panels that INDEX has, in its order.

    `panel_count` is the highest number of a panel of the graphic, among those of the rejects too: one that is lost
    leaves a gap.
    """
    panels = index["panel_id"].to_pylist()
    counts: dict[str, int] = {}
    for panel in (*panels, *(row["panel_id"] for row in rejects if row["panel_id"])):
        graphic, _, number = panel.rpartition("-p")
        if number.isdecimal():
            counts[graphic] = max(counts.get(graphic, 0), int(number))
    return [_ids(panel, counts) for panel in panels]


def _ids(panel: str, counts: dict[str, int]) -> Row:
    graphic = panel.rpartition("-p")[0]
    figure = _GRAPHIC.sub("", graphic)
    return {
        "article_id": figure.rpartition("-f")[0],
        "figure_id": figure,
        "graphic_id": graphic,
        "panel_id": panel,
        "panel_count": counts.get(graphic, 0),
    }
