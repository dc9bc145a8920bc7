"""Units that gave up their panels: which panels there were, as far as what is left of the unit says it."""

import re

import pyarrow as pa

from schemas.tables import Row

#: A panel, or a cell of it.
_PANEL = re.compile(r"(.+)-p(\d+)(?:c(\d+))?", re.ASCII)

#: What follows the figure in the name of a graphic that is not its first.
_GRAPHIC = re.compile(r"(?<=\d)g\d+$", re.ASCII)


def named_panels(index: pa.Table, rejects: list[Row]) -> list[Row]:
    """The ids of the panels that INDEX has, in its order.

    `panel_count` follows from the highest number of a panel of the graphic, among those of the rejects too, and the
    highest of a cell of each: one that is lost leaves a gap.
    """
    panels = index["panel_id"].to_pylist()
    cells: dict[str, dict[int, int]] = {}
    for panel in (*panels, *(row["panel_id"] for row in rejects if row["panel_id"])):
        if found := _PANEL.fullmatch(panel):
            graphic, number, cell = found.groups(default="1")
            of_graphic = cells.setdefault(graphic, {})
            of_graphic[int(number)] = max(of_graphic.get(int(number), 1), int(cell))
    counts = {name: sum(each.get(number, 1) for number in range(1, max(each) + 1)) for name, each in cells.items()}
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
