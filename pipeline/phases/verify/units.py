"""Units: what their receipts state, and what their tables say."""

import hashlib
from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.run_record import PATH, RunRecord
from pipeline.phases.curate import FIGURES_FILE, FOLDER, PANELS_FILE, Units
from pipeline.phases.verify.conservation import conservation_faults, name_faults, reason_faults, reject_faults
from pipeline.phases.verify.files import Known, Vouched, told, vouched
from pipeline.phases.verify.run import settings_faults
from pipeline.storage.parquet import Fault, read_batches
from pipeline.storage.store import Store
from schemas.ids import panel_order
from schemas.rejects import OURS, REJECTS
from schemas.tables import Row, conform
from schemas.units import CURATED
from transforms.licenses import admitted

_IDS = ["article_id", "figure_id", "graphic_id"]

#: A unit's tables: their schema, and the columns that are read at once; images are read apart, some at a time.
_TABLES = {
    "articles": (CURATED, CURATED.names),
    "figures": (FIGURES_FILE, FIGURES_FILE.names),
    "panels": (PANELS_FILE, [name for name in PANELS_FILE.names if name not in ("image", "thumbnail")]),
    "rejects": (REJECTS, REJECTS.names),
}


def unit_faults(store: Store, unit: str, planned: pa.Table | None, known: Known) -> Iterator[str]:
    """Faults of a unit's files and of what they hold; adds the unit to what is known.

    `planned` are its rows of the table PLAN, None where that cannot be read.
    """
    place = f"{FOLDER}/{unit}"
    item = vouched(store, known, place, _TABLES)
    known.units[unit] = item.receipt if _is_complete(item) else None
    yield from item.faults
    yield from _key_faults(store, unit, item, known)
    tables: dict[str, pa.Table] = {}
    for name, (schema, columns) in _TABLES.items():
        found = item.read(store, name, schema, columns)
        yield from told(found)
        if not isinstance(found, Fault):
            tables[name] = found
            yield from item.miscounted(name, len(found))
    for name, table in tables.items():
        yield from (f"{item.paths[name]}: {line}" for line in _faults(name, table, planned, item, known.run))
    if "panels" in tables:
        yield from _image_faults(store, item.paths["panels"])
    else:
        known.unread.add(unit)
    if len(tables) == len(_TABLES):
        yield from _table_faults(place, planned, tables, item)
    elif "rejects" in tables:
        yield from (f"{item.paths['rejects']}: {line}" for line in reason_faults(tables["rejects"].to_pylist()))


def _is_complete(item: Vouched) -> bool:
    """Whether a receipt says what later checks ask of it; what it lacks is told."""
    return item.receipt is not None and _TABLES.keys() <= item.paths.keys() and "panels" in item.receipt["counts"]


def _key_faults(store: Store, unit: str, item: Vouched, known: Known) -> Iterator[str]:
    """A receipt of other articles or settings than it states; rounds of one unit have the keys key, key-1, key-2 …"""
    if item.receipt is None or known.planned is None:
        return
    key, dash, number = item.receipt["key"].partition("-")
    if key != Units(store).item(known.planned[unit], item.receipt["made_by"]).key or (dash and not number.isdigit()):
        yield f"{item.marker}: its key is not that of what it was made of"
    if known.run is not None:
        yield from (f"{item.marker}: {line}" for line in settings_faults(item.receipt, known.run))
    first = next((receipt for receipt in known.units.values() if receipt is not None), item.receipt)
    if differing := [name for name, value in first["made_by"].items() if item.receipt["made_by"].get(name) != value]:
        yield f"{item.marker}: made by other {', '.join(differing)} than {first['folder']}"


def _faults(
    name: str, table: pa.Table, planned: pa.Table | None, item: Vouched, run: RunRecord | None
) -> Iterator[str]:
    """Faults that one table of a unit shows by itself."""
    if name == "articles" and planned is not None and not table.equals(conform(planned, CURATED)):
        yield "not the articles of the plan"
    if name == "rejects":
        yield from reject_faults(table, item.receipt)
    if name == "panels":
        yield from _panel_faults(table, run)


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
        for license in {*article["article.license"].to_pylist()}:
            if not admitted(license, run.config.recipe.licenses):
                yield f"panels under {license}: {PATH} admits licences for {run.config.recipe.licenses}"


def _image_faults(store: Store, path: str) -> Iterator[str]:
    for table in read_batches(store, path, PANELS_FILE, ["panel_id", "image", "sha256"]):
        if isinstance(table, Fault):
            yield table.line
            return
        for row in zip(*table.columns, strict=True):
            panel, image, sha256 = row
            if hashlib.sha256(image.as_buffer()).hexdigest() != sha256.as_py():
                yield f"{path}: {panel}: the image has another SHA-256"


def _table_faults(place: str, planned: pa.Table | None, tables: dict[str, pa.Table], item: Vouched) -> Iterator[str]:
    """Faults that a unit's tables show side by side."""
    figures, panels, rejects = (
        tables[name].select(columns).to_pylist()
        for name, columns in (
            ("figures", [*_IDS, "graphic_count"]),
            ("panels", [*_IDS, "panel_id", "panel_count"]),
            ("rejects", REJECTS.names),
        )
    )
    articles = (tables["articles"] if planned is None else planned)["article_id"].to_pylist()
    misnamed = list(dict.fromkeys(name_faults([*figures, *panels])))
    lines = misnamed or [
        *conservation_faults(articles, figures, panels, rejects),
        *_order_faults(articles, panels),
    ]
    yield from (f"{place}: {line}" for line in (*lines, *_figure_faults(tables["figures"], tables["panels"])))
    receipt = item.receipt or {"counts": {}}
    counts = {
        "articles": len(articles),
        "failed": len({row["article_id"] for row in rejects if row["reason"] in OURS}),
        "figures": len({row["figure_id"] for row in figures}),
        "graphics": sum(row["graphic_id"] is not None for row in figures),
        "panels": len(panels),
        "pictures": len({row["graphic_id"] for row in panels}),
        "rejects": dict(Counter(row["reason"] for row in rejects)),
        "unconfirmed": sum(row["unconfirmed"] for row in rejects),
    }
    attempted = {name: receipt["counts"].get(name) for name in ("halved", "tried", "ill")}  # what its attempt knew
    yield from item.counted(counts | attempted)


def _order_faults(articles: list[str], panels: list[Row]) -> Iterator[str]:
    """The first panel that does not stand where the hash of its article and its number put it."""
    rank = {article: place for place, article in enumerate(articles)}
    known = [(rank[row["article_id"]], panel_order(row["panel_id"])) for row in panels if row["article_id"] in rank]
    for row, mine, before in zip(panels[1:], known[1:], known, strict=False):
        if mine < before:
            yield f"panel {row['panel_id']} is not in its place"
            return


def _figure_faults(figures: pa.Table, panels: pa.Table) -> Iterator[str]:
    """Panels that say something else of their figure than the table of figures."""
    place = pc.index_in(panels["graphic_id"], value_set=figures["graphic_id"].combine_chunks())
    listed = panels.filter(pc.is_valid(place)).select(FIGURES_FILE.names)
    said = figures.take(place.drop_null())
    if not listed.equals(said):
        for panel, figure in zip(listed.to_pylist(), said.to_pylist(), strict=True):
            if wrong := [name for name, value in panel.items() if value != figure[name]]:
                yield f"panels and figures differ in {', '.join(wrong)} of {panel['graphic_id']}"
