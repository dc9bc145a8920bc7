"""Conservation: every article, figure and graphic of a unit is accounted for, once, under ids that say whose it is."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

import pyarrow as pa

from dags.graph import Receipt
from schemas.ids import PANEL_SUFFIX
from schemas.rejects import DOUBTFUL, FETCHING, Reason
from schemas.tables import Row

_FIGURE = re.compile(r"(.+)-f(\d+)", re.ASCII)
_PANEL = re.compile(r"(.+)-p(\d+)(?:c\d+)?", re.ASCII)

#: Who rejects an article before a stage sees it: whoever builds, and what narrows poison down.
_BEFORE = {"plan", "worker"}


def name_faults(rows: Iterable[Row]) -> Iterator[str]:
    """Ids that do not name the article, figure or graphic that they belong to."""
    for row in rows:
        figure, graphic, panel = row["figure_id"], row["graphic_id"], row.get("panel_id")
        article = _FIGURE.fullmatch(figure)
        if article is None or article[1] != row["article_id"]:
            yield f"{figure} is no figure of {row['article_id']}"
        if graphic is not None and re.fullmatch(r"(g\d+)?", graphic.removeprefix(figure), re.ASCII) is None:
            yield f"{graphic} is no graphic of {figure}"
        if panel is not None and re.fullmatch(PANEL_SUFFIX, panel.removeprefix(graphic), re.ASCII) is None:
            yield f"{panel} is no panel of {graphic}"


def conservation_faults(
    planned: Collection[str], figures: list[Row], panels: list[Row], rejects: list[Row]
) -> Iterator[str]:
    """What of a unit is lost, doubled or invented: articles (`planned` they are), figures, graphics and panels."""
    with_figures = {row["article_id"] for row in figures}
    refused = Counter(row["article_id"] for row in rejects if row["figure_id"] is None)
    yield from _differences("article", planned, with_figures | refused.keys())
    yield from (f"article {a} is rejected {n} times" for a, n in refused.items() if n > 1)
    yield from (f"article {a} is rejected and has figures" for a in sorted(with_figures & refused.keys()))
    graphics = Counter(_graphic(row) for row in figures)
    yield from (f"graphic {g} is listed {n} times" for g, n in graphics.items() if n > 1)
    yield from _numbering_faults(figures)
    yield from (f"panel {p} is listed {n} times" for p, n in Counter(r["panel_id"] for r in panels).items() if n > 1)
    split = Counter(row["graphic_id"] for row in panels)
    dropped = Counter(_graphic(row) for row in rejects if row["figure_id"] is not None and row["panel_id"] is None)
    refused_panels = Counter(row["graphic_id"] for row in rejects if row["panel_id"] is not None)
    yield from _differences("graphic", graphics.keys(), split.keys() | dropped.keys() | refused_panels.keys())
    yield from (f"graphic {g} is rejected {n} times" for g, n in dropped.items() if n > 1)
    yield from (f"graphic {g} is rejected and has panels" for g in sorted(split.keys() & dropped.keys()))
    without = refused_panels.keys() - split.keys()
    yield from _gaps(row["panel_id"] for row in rejects if row["panel_id"] and row["graphic_id"] in without)
    for graphic, count in {row["graphic_id"]: row["panel_count"] for row in panels}.items():
        if split[graphic] + refused_panels[graphic] != count:
            yield f"graphic {graphic}: {split[graphic]} of {count} panels"
    yield from reason_faults(rejects)


def reason_faults(rejects: list[Row]) -> Iterator[str]:
    """Rejects for a reason that there is not."""
    reasons = {reason.value for reason in Reason}
    yield from (f"reject for unknown reason {r['reason']!r}" for r in rejects if r["reason"] not in reasons)


def _graphic(row: Row) -> str:
    """What ends as panels or as a reject: a graphic, or a figure that has none."""
    graphic: str = row["graphic_id"] or row["figure_id"]
    return graphic


def _numbering_faults(figures: list[Row]) -> Iterator[str]:
    """Figures of an article are numbered from 1, graphics of a figure counted: a gap is a figure lost on the way."""
    numbers: dict[str, set[int]] = {}
    graphics: dict[str, set[str]] = {}
    counts = {row["figure_id"]: row["graphic_count"] for row in figures}
    for row in figures:
        numbers.setdefault(row["article_id"], set()).add(int(row["figure_id"].rsplit("-f", 1)[1]))
        graphics.setdefault(row["figure_id"], set()).add(_graphic(row))
    for article, found in numbers.items():
        if found != set(range(1, len(found) + 1)):
            yield f"article {article}: figures are missing between {min(found)} and {max(found)}"
    for figure, found_graphics in graphics.items():
        if len(found_graphics) != max(counts[figure], 1):
            yield f"figure {figure}: {len(found_graphics)} of {counts[figure]} graphics"


def _gaps(panels: Iterable[str]) -> Iterator[str]:
    """Panels of graphics that are all rejects are numbered from 1: a gap is a panel lost on the way."""
    numbers: dict[str, set[int]] = {}
    for panel in panels:
        if found := _PANEL.fullmatch(panel):
            numbers.setdefault(found[1], set()).add(int(found[2]))
    for graphic, known in sorted(numbers.items()):
        if known != set(range(1, len(known) + 1)):
            yield f"graphic {graphic}: panels are missing between 1 and {max(known)}"


def _differences(what: str, expected: Iterable[str], found: Iterable[str]) -> Iterator[str]:
    yield from (f"{what} {name} is lost" for name in sorted(set(expected) - set(found)))
    yield from (f"{what} {name} is not in the plan" for name in sorted(set(found) - set(expected)))


def reject_faults(rejects: pa.Table, receipt: Receipt | None) -> Iterator[str]:
    """Rejects by a stage that the unit did not go through, and marks that are not the source's to bear."""
    stages = receipt and receipt["made_by"].get("stages")
    if isinstance(stages, dict):
        for stage in sorted({*rejects["stage"].to_pylist()} - stages.keys() - _BEFORE):
            yield f"reject by {stage!r}, which is no stage of this unit"
    for row in rejects.to_pylist():
        fetching, named = row["stage"] in FETCHING, row["graphic_id"] or row["figure_id"] or row["article_id"]
        if row["unconfirmed"] and not (fetching and row["reason"] in DOUBTFUL):
            yield f"{named}: a reject by {row['stage']} for {row['reason']} is unconfirmed"
        if fetching and row["reason"] == Reason.FETCH_FAILED and not row["unconfirmed"]:
            yield f"{named}: a reject for {row['reason']} is not marked as unconfirmed"
