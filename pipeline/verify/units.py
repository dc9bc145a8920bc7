"""Conservation within a unit: every article, figure and graphic is accounted for, once."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pyarrow.parquet as pq

from pipeline.plan import Unit
from pipeline.store import Store
from pipeline.units import FIGURES_FILE, PANELS_FILE, folder
from pipeline.verify.files import receipt_faults
from schemas.rejects import REJECTS, Reason
from schemas.tables import Row, is_in

_IDS = ["article_id", "figure_id", "graphic_id"]

#: A unit's tables: their schema, and the columns that conservation looks at.
_TABLES = {
    "figures": (FIGURES_FILE, [*_IDS, "graphic_count"]),
    "panels": (PANELS_FILE, [*_IDS, "panel_id", "panel_count"]),
    "rejects": (REJECTS, REJECTS.names),
}


def unit_faults(store: Store, unit: Unit, panels: dict[str, str]) -> Iterator[str]:
    """Faults of a unit's files and of what they hold; its panels are added to `panels`, by id with their unit."""
    place = folder(unit.id)
    broken = list(receipt_faults(store, place))
    yield from broken
    if broken:
        return
    rows: dict[str, list[Row]] = {}
    for name, (schema, columns) in _TABLES.items():
        with store.open(f"{place}/{name}.parquet") as file:
            if not is_in(pq.read_schema(file), schema):
                yield f"{place}/{name}.parquet: not in its schema"
                return
            rows[name] = pq.read_table(file, columns=columns).to_pylist()
    for line in conservation_faults(unit, rows["figures"], rows["panels"], rows["rejects"]):
        yield f"{place}: {line}"
    for row in rows["panels"]:
        if row["panel_id"] in panels:
            yield f"{place}: panel {row['panel_id']} stands in {folder(panels[row['panel_id']])} too"
        panels[row["panel_id"]] = unit.id


def conservation_faults(unit: Unit, figures: list[Row], panels: list[Row], rejects: list[Row]) -> Iterator[str]:
    """Articles, figures or graphics of a unit that are lost, doubled or invented."""
    planned = {article for article, _ in unit.articles}
    with_figures = {row["article_id"] for row in figures}
    refused = Counter(row["article_id"] for row in rejects if row["figure_id"] is None)
    yield from _differences("article", planned, with_figures | refused.keys())
    yield from (f"article {a} is rejected {n} times" for a, n in refused.items() if n > 1)
    yield from (f"article {a} is rejected and has figures" for a in sorted(with_figures & refused.keys()))
    graphics = Counter(_graphic(row) for row in figures)
    yield from (f"graphic {g} is listed {n} times" for g, n in graphics.items() if n > 1)
    yield from _numbering_faults(figures)
    split = Counter(row["graphic_id"] for row in panels)
    dropped = Counter(_graphic(row) for row in rejects if row["figure_id"] is not None and row["panel_id"] is None)
    yield from _differences("graphic", graphics.keys(), split.keys() | dropped.keys())
    yield from (f"graphic {g} is rejected {n} times" for g, n in dropped.items() if n > 1)
    yield from (f"graphic {g} is rejected and has panels" for g in sorted(split.keys() & dropped.keys()))
    refused_panels = Counter(row["graphic_id"] for row in rejects if row["panel_id"] is not None)
    for graphic, count in {row["graphic_id"]: row["panel_count"] for row in panels}.items():
        if split[graphic] + refused_panels[graphic] != count:
            yield f"graphic {graphic}: {split[graphic]} of {count} panels"
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


def _differences(what: str, expected: Iterable[str], found: Iterable[str]) -> Iterator[str]:
    yield from (f"{what} {name} is lost" for name in sorted(set(expected) - set(found)))
    yield from (f"{what} {name} is not in the plan" for name in sorted(set(found) - set(expected)))
