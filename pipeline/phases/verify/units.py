"""Conservation within a unit: every article, figure and graphic is accounted for, once."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.config.run_record import PATH, RunRecord
from pipeline.phases.curate import FIGURES_FILE, PANELS_FILE, Units, folder
from pipeline.phases.plan import Unit, exclude
from pipeline.phases.verify.files import Keys, Known, Vouched, told, vouched
from pipeline.storage.parquet import Fault, read_batches
from pipeline.storage.store import Store
from schemas.rejects import OURS, REJECTS, Reason
from schemas.tables import Row

_IDS = ["article_id", "figure_id", "graphic_id"]

#: A unit's tables: their schema, and the columns that are read at once; images are read apart, some at a time.
_TABLES = {
    "figures": (FIGURES_FILE, FIGURES_FILE.names),
    "panels": (PANELS_FILE, [name for name in PANELS_FILE.names if name not in ("image", "thumbnail")]),
    "rejects": (REJECTS, REJECTS.names),
}

#: Who rejects an article before a stage sees it: whoever builds, and what narrows poison down.
_BEFORE = {"plan", "worker"}

_FIGURE = re.compile(r"(.+)-f(\d+)", re.ASCII)


def unit_faults(store: Store, unit: Unit, known: Known) -> Iterator[str]:
    """Faults of a unit's files and of what they hold; adds the unit to what is known.

    A unit without `articles` is one whose plan cannot be read.
    """
    place = folder(unit.id)
    paths = {name: f"{place}/{name}.parquet" for name in _TABLES}
    keys = None
    if known.run is not None and unit.articles:
        planned = exclude(unit, known.run.config.exclude)
        keys = Keys(lambda made_by: [Units(store).item(planned, made_by)])
    item = vouched(store, place, paths.values(), keys)
    known.units[unit.id] = item.receipt
    yield from item.faults
    tables: dict[str, pa.Table] = {}
    for name, (schema, columns) in _TABLES.items():
        found = item.read(store, paths[name], schema, columns)
        yield from told(found)
        if not isinstance(found, Fault):
            tables[name] = found
    if "rejects" in tables:
        yield from (f"{paths['rejects']}: {line}" for line in _reject_faults(tables["rejects"], item.receipt))
    if "panels" in tables:
        yield from (f"{paths['panels']}: {line}" for line in _panel_faults(tables["panels"], known.run))
        yield from _image_faults(store, paths["panels"])
        yield from _add_panels(tables["panels"], unit.id, known)
    else:
        known.unread.add(unit.id)
    if len(tables) < len(_TABLES) and "rejects" in tables:
        yield from (f"{paths['rejects']}: {line}" for line in _reason_faults(tables["rejects"].to_pylist()))
    if len(tables) == len(_TABLES):
        yield from _table_faults(unit, tables, item)
    for name, table in tables.items():
        yield from item.miscounted(paths[name], len(table))
    if item.receipt is not None and known.run is not None:
        yield from (f"{place}: {line}" for line in _recipe_faults(item.receipt, known.run))


def _add_panels(table: pa.Table, unit: str, known: Known) -> Iterator[str]:
    for panel in table["panel_id"].to_pylist():
        if panel in known.panels:
            yield f"{folder(unit)}: panel {panel} stands in {folder(known.panels[panel])} too"
        known.panels[panel] = unit


def _table_faults(unit: Unit, tables: dict[str, pa.Table], item: Vouched) -> Iterator[str]:
    """Faults that a unit's tables show side by side."""
    figures, panels, rejects = (
        tables[name].select(columns).to_pylist()
        for name, columns in (
            ("figures", [*_IDS, "graphic_count"]),
            ("panels", [*_IDS, "panel_id", "panel_count"]),
            ("rejects", REJECTS.names),
        )
    )
    found = {row["article_id"]: "" for row in (*figures, *rejects)}
    unit = unit if unit.articles else Unit(unit.id, tuple(found.items()))
    misnamed = list(dict.fromkeys(_name_faults([*figures, *panels])))
    lines = misnamed or conservation_faults(unit, figures, panels, rejects)
    yield from (f"{folder(unit.id)}: {line}" for line in (*lines, *_figure_faults(tables["figures"], tables["panels"])))
    counts = {
        "articles": len(unit.articles),
        "failed": len({row["article_id"] for row in rejects if row["reason"] in OURS}),
        "figures": len({row["figure_id"] for row in figures}),
        "graphics": sum(row["graphic_id"] is not None for row in figures),
        "panels": len(panels),
        "pictures": len({row["graphic_id"] for row in panels}),
        "rejects": dict(Counter(row["reason"] for row in rejects)),
    }
    yield from item.counted(counts)


def _name_faults(rows: Iterable[Row]) -> Iterator[str]:
    """Ids that do not name the article, figure or graphic that they belong to."""
    for row in rows:
        figure, graphic, panel = row["figure_id"], row["graphic_id"], row.get("panel_id")
        article = _FIGURE.fullmatch(figure)
        if article is None or article[1] != row["article_id"]:
            yield f"{figure} is no figure of {row['article_id']}"
        if graphic is not None and re.fullmatch(r"(g\d+)?", graphic.removeprefix(figure), re.ASCII) is None:
            yield f"{graphic} is no graphic of {figure}"
        if panel is not None and re.fullmatch(r"-p\d+", panel.removeprefix(graphic), re.ASCII) is None:
            yield f"{panel} is no panel of {graphic}"


def _figure_faults(figures: pa.Table, panels: pa.Table) -> Iterator[str]:
    """Panels that say something else of their figure than the table of figures."""
    place = pc.index_in(panels["graphic_id"], value_set=figures["graphic_id"].combine_chunks())
    listed = panels.filter(pc.is_valid(place)).select(FIGURES_FILE.names)
    said = figures.take(place.drop_null())
    if not listed.equals(said):
        for panel, figure in zip(listed.to_pylist(), said.to_pylist(), strict=True):
            if wrong := [name for name, value in panel.items() if value != figure[name]]:
                yield f"panels and figures differ in {', '.join(wrong)} of {panel['graphic_id']}"


def _panel_faults(panels: pa.Table, run: RunRecord | None) -> Iterator[str]:
    """Panels whose ids are not those of their article, or that were made by something else than run.json says."""
    article = panels.select(["article_id", "article"]).flatten()
    for row in article.select(["article_id", "article.pmcid", "article.version"]).to_pylist():
        if f"{row['article.pmcid']}v{row['article.version']}" != row["article_id"]:
            yield f"{row['article_id']} is called {row['article.pmcid']}, version {row['article.version']}"
    if run is not None:
        made_by = {"encoder": run.encoder, "vocabulary": run.vocabulary}
        for name, stated in made_by.items():
            for other in sorted({*panels[name].to_pylist()} - {stated}):
                yield f"{name} {other}, not {stated} as {PATH} says"
        sizes = {*pc.list_value_length(panels["embedding"]).to_pylist()}
        for size in sorted(sizes - {run.dimension}):
            yield f"embeddings of {size} components, not {run.dimension} as {PATH} says"


def _image_faults(store: Store, path: str) -> Iterator[str]:
    for table in read_batches(store, path, PANELS_FILE, ["panel_id", "image", "sha256"]):
        if isinstance(table, Fault):
            yield table.line
            return
        for row in zip(*table.columns, strict=True):
            panel, image, sha256 = row
            if hashlib.sha256(image.as_buffer()).hexdigest() != sha256.as_py():
                yield f"{path}: {panel}: the image has another SHA-256"


def _reject_faults(rejects: pa.Table, receipt: Receipt | None) -> Iterator[str]:
    """Rejects by a stage that the unit did not go through."""
    stages = receipt and receipt["made_by"].get("stages")
    if isinstance(stages, dict):
        for stage in sorted({*rejects["stage"].to_pylist()} - stages.keys() - _BEFORE):
            yield f"reject by {stage!r}, which is no stage of this unit"


def _recipe_faults(receipt: Receipt, run: RunRecord) -> Iterator[str]:
    """Settings of run.json with which the unit was not made."""
    recipe, made_by = run.config.recipe, receipt["made_by"]
    # The run.json of a version before these settings names none.
    linked = recipe.model_dump(mode="json", include={"concept_groups", "concept_score"}, exclude_unset=True)
    stated = {"licenses": recipe.licenses, "panels": recipe.panels, "vocabulary": run.vocabulary} | linked
    for name, value in stated.items():
        if (found := made_by.get(name)) != value:
            yield f"made with {name} {found!r}, not {value!r} as {PATH} says"
    linker, kind = made_by.get("linker"), recipe.linker.partition(":")[0]
    if not isinstance(linker, dict) or str(linker.get("method")).rpartition("-")[0] != kind:
        yield f"made with the linker {linker!r}, not {kind} as {PATH} says"


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
    yield from _reason_faults(rejects)


def _reason_faults(rejects: list[Row]) -> Iterator[str]:
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
