"""Units: what their receipts state, and what their tables say."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.config.run_record import PATH, RunRecord
from pipeline.phases.curate import FIGURES_FILE, FOLDER, PANELS_FILE, Units
from pipeline.phases.pictures import PROOFS, THUMBNAILS
from pipeline.phases.plan import Unit
from pipeline.phases.verify.conservation import conservation_faults, name_faults, reason_faults, reject_faults
from pipeline.phases.verify.files import Vouched, told, vouched, wrong_key
from pipeline.phases.verify.given_up import named_panels
from pipeline.phases.verify.known import Known, receipt_path
from pipeline.phases.verify.parents import parent_faults
from pipeline.phases.verify.pictures import image_faults, index_faults, picture_faults
from pipeline.phases.verify.plan import articles_digest
from pipeline.phases.verify.run import settings_faults
from pipeline.storage.parquet import Fault, read_table
from pipeline.storage.receipts import gave_up
from pipeline.storage.store import Store
from schemas.articles import PLAN
from schemas.duplicates import INDEX
from schemas.figures import PARENTS
from schemas.ids import panel_order
from schemas.rejects import OURS, REJECTS, Reason
from schemas.tables import Row, conform
from schemas.units import CURATED
from transforms.rights.licenses import admitted
from transforms.rights.licenses import told as told_of

_IDS = ["article_id", "figure_id", "graphic_id"]

#: A unit's tables: their schema, and the columns that are read at once; images are read apart, some at a time.
_TABLES = {
    "articles": (CURATED, CURATED.names),
    "figures": (FIGURES_FILE, FIGURES_FILE.names),
    "panels": (PANELS_FILE, [name for name in PANELS_FILE.names if name != "image"]),
    "parents": (PARENTS, PARENTS.names),
    "rejects": (REJECTS, REJECTS.names),
    "index": (INDEX, INDEX.names),
}

#: A unit's files: its tables, and the pictures of its panels.
_FILES = (*_TABLES, THUMBNAILS, PROOFS)

#: The files that a unit may have given up.
DISPENSABLE = ("panels",)


@dataclass(frozen=True)
class UnitCheck:
    """A unit on its own. `unit` is what the plan says of it, None where that cannot be read.

    It names the file of the plan that lists its articles as the snapshot is cut; where none does, `listed` is the
    digest of the articles that it should have, if that is known.
    """

    place: str
    unit: Unit | None
    listed: str

    def faults(self, store: Store, known: Known) -> Iterator[str]:
        """Faults of the unit's files and of what they hold; adds its receipt to what is known."""
        name = self.place.removeprefix(f"{FOLDER}/")
        item = vouched(store, known, self.place, _FILES, dispensable=DISPENSABLE)
        known.units[name] = item.receipt if _is_complete(item) else None
        yield from item.faults
        yield from _key_faults(store, self.unit, item, known)
        planned = _planned(store, self.unit)
        tables: dict[str, pa.Table] = {}
        for table, (schema, columns) in _TABLES.items():
            found = item.read(store, table, schema, columns)
            yield from told(found)
            if not isinstance(found, Fault):
                tables[table] = found
                yield from item.miscounted(table, len(found))
        for table, rows in tables.items():
            yield from (f"{item.paths[table]}: {line}" for line in _faults(table, rows, planned, item, known.run))
        if self.listed and "articles" in tables and articles_digest(tables["articles"]) != self.listed:
            yield f"{item.paths['articles']}: not the articles of the plan"
        given_up = _given_up(item)
        if "panels" not in tables and not ("panels" in given_up and "index" in tables):
            known.unread.add(name)
        yield from _picture_faults(store, item, tables)
        if tables.keys() | given_up == _TABLES.keys():
            yield from _table_faults(self.place, planned, tables, item)
        elif "rejects" in tables:
            yield from (f"{item.paths['rejects']}: {line}" for line in reason_faults(tables["rejects"].to_pylist()))


def unit_checks(known: Known) -> list[UnitCheck]:
    """A check for each unit that is planned; for those that are there, where the plan cannot be read."""
    planned: Mapping[str, Unit | None] = known.planned or {}
    if known.planned is None:
        planned = dict.fromkeys(place.rpartition("/")[2] for place in known.places(FOLDER))
    return [UnitCheck(f"{FOLDER}/{name}", unit, known.listed.get(name, "")) for name, unit in planned.items()]


def mixed_settings(known: Known, receipt: Receipt) -> Iterator[str]:
    """Whether a unit was made by something else than the first of those that are known."""
    if known.planned is None:
        return
    first = next((each for each in known.units.values() if each is not None), receipt)
    if differing := [name for name, value in first["made_by"].items() if receipt["made_by"].get(name) != value]:
        yield f"{receipt_path(receipt)}: made by other {', '.join(differing)} than {first['folder']}"


def _planned(store: Store, unit: Unit | None) -> pa.Table | None:
    """The unit's rows of the plan; None where they cannot be read, which is told of the plan."""
    if unit is None or not unit.plan:
        return None
    rows = read_table(store, unit.plan, PLAN, filters=pc.field("unit") == unit.id)
    return None if isinstance(rows, Fault) else rows


def _is_complete(item: Vouched) -> bool:
    """Whether a receipt says what later checks ask of it; what it lacks is told."""
    lacking = {*_FILES} - item.paths.keys() - _given_up(item)
    return item.receipt is not None and not lacking and "panels" in item.receipt["counts"]


def _given_up(item: Vouched) -> set[str]:
    """The files that a unit gave up of those that it may."""
    return {name for name in DISPENSABLE if item.receipt is not None and gave_up(item.receipt, name)}


def _key_faults(store: Store, unit: Unit | None, item: Vouched, known: Known) -> Iterator[str]:
    """A receipt of other articles or settings than it states; rounds of one unit have the keys key, key-1, key-2 …"""
    if item.receipt is None or unit is None:
        return
    key, dash, number = item.receipt["key"].partition("-")
    if key != Units(store).item(unit, item.receipt["made_by"]).key or (dash and not number.isdigit()):
        yield wrong_key(item.marker)
    if known.run is not None:
        yield from (f"{item.marker}: {line}" for line in settings_faults(item.receipt, known.run))


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
    if name == "index" and "panels" in _given_up(item):
        yield from _setting_faults(table, run)


def _panel_faults(panels: pa.Table, run: RunRecord | None) -> Iterator[str]:
    """Panels whose ids are not those of their article, and what is wrong with their settings."""
    article = panels.select(["article_id", "article"]).flatten()
    for row in article.select(["article_id", "article.pmcid", "article.version"]).to_pylist():
        if f"{row['article.pmcid']}v{row['article.version']}" != row["article_id"]:
            yield f"{row['article_id']} is called {row['article.pmcid']}, version {row['article.version']}"
    yield from _setting_faults(panels, run)


def _setting_faults(panels: pa.Table, run: RunRecord | None) -> Iterator[str]:
    """Panels, or rows of INDEX, that were made by something else than run.json says."""
    if run is not None:
        made_by = {"encoder": run.encoder, "vocabulary": run.vocabulary}
        for name, stated in made_by.items():
            if name not in panels.column_names:
                continue
            for other in sorted({*panels[name].to_pylist()} - {stated}):
                yield f"{name} {other}, not {stated} as {PATH} says"
        sizes = {*pc.list_value_length(panels["embedding"]).to_pylist()}
        for size in sorted(sizes - {run.dimension}):
            yield f"embeddings of {size} components, not {run.dimension} as {PATH} says"
        for license in {*panels["license"].to_pylist()}:
            if not admitted(license, run.config.recipe.licenses):
                yield f"panels under {license}: {PATH} admits licences for {told_of(run.config.recipe.licenses)}"


def _picture_faults(store: Store, item: Vouched, tables: dict[str, pa.Table]) -> Iterator[str]:
    """Faults of a unit's images, of its INDEX, and of its thumbnails and proofs."""
    if "panels" in tables:
        yield from image_faults(store, item)
    if {"panels", "index"} <= tables.keys():
        yield from index_faults(item, tables["panels"], tables["index"])
    if "index" in tables:
        yield from picture_faults(store, item, tables["index"])


def _table_faults(place: str, planned: pa.Table | None, tables: dict[str, pa.Table], item: Vouched) -> Iterator[str]:
    """Faults that a unit's tables show side by side."""
    figures = tables["figures"].select([*_IDS, "graphic_count"]).to_pylist()
    rejects = tables["rejects"].to_pylist()
    if "panels" in tables:
        panels = tables["panels"].select([*_IDS, "panel_id", "panel_count"]).to_pylist()
    else:
        panels = named_panels(tables["index"], rejects)
    articles = (tables["articles"] if planned is None else planned)["article_id"].to_pylist()
    misnamed = list(dict.fromkeys(name_faults([*figures, *panels])))
    lines = misnamed or [
        *conservation_faults(articles, figures, panels, rejects),
        *_order_faults(articles, panels),
        *parent_faults(tables["parents"], tables["figures"], panels, tables.get("panels")),
    ]
    if "panels" in tables:
        lines += _figure_faults(tables["figures"], tables["panels"])
    yield from (f"{place}: {line}" for line in lines)
    receipt = item.receipt or {"counts": {}}
    refused = [row["reason"] for row in rejects if row["figure_id"] is None]
    stages = {(row["article_id"], f"{row['stage']}/{row['reason']}") for row in rejects}
    counts = {
        "articles": len(articles),
        "failed": len({row["article_id"] for row in rejects if row["reason"] in OURS}),
        "figures": len({row["figure_id"] for row in figures}),
        "graphics": sum(row["graphic_id"] is not None for row in figures),
        "panels": len(panels),
        "pictures": len({row["graphic_id"] for row in panels}),
        "refused": len(refused),
        "figureless": refused.count(Reason.NO_FIGURES),
        "lost": sum(row["graphic_id"] is not None and row["panel_id"] is None for row in rejects),
        "rejects": dict(Counter(row["reason"] for row in rejects)),
        "rejects_by_stage": dict(Counter(f"{row['stage']}/{row['reason']}" for row in rejects)),
        "articles_by_stage": dict(Counter(stage for _, stage in stages)),
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
