"""The curate phase: a unit of articles becomes figures, panels and rejects.

The rows of articles that are as they were are taken over from the receipts before (phases/carry.py); so a unit in which
one article changed costs one article.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import Recipe, digest
from pipeline.phases.bearing import FEW_ILL
from pipeline.phases.carry import Carried, carry, is_doubtful, merged, named
from pipeline.phases.committed import Committed
from pipeline.phases.pictures import MADE, PROOFS, THUMBNAILS, index_of, write_parents
from pipeline.phases.plan import Unit, read_unit
from pipeline.resources.linkers import linker_version
from pipeline.storage.parquet import WRITING
from pipeline.storage.receipts import Attempt, file_path, is_receipt, load_receipt
from pipeline.storage.store import Store
from schemas.duplicates import INDEX
from schemas.errors import Outage
from schemas.figures import FIGURES, PARENTS
from schemas.panels import PANELS
from schemas.rejects import OURS, REJECTS, Reason
from schemas.tables import Row, conform, regroup, rejected, without
from schemas.units import CURATED

FOLDER = "units"

FIGURES_FILE = without(FIGURES, "reject")
PANELS_FILE = without(PANELS, "reject", "parent", "thumbnail", "proof")

#: Panels in a row group of a unit's file, triplets in one of a shard's: about 20 MB of images.
ROW_GROUP = 256

#: What curation depends on beside its articles and its stages.
SETTINGS = (
    *("licenses", "crop_noderivatives", "third_party", "languages"),
    *("panels", "grain", "min_side", "max_triplets_per_figure"),
    *("linker", "concept_groups", "concept_score", "vocabulary"),
    "modalities",
)

#: A panel's columns that make the row of its graphic in PARENTS.
_PARENT = [*(name for name in PARENTS.names if name in FIGURES.names), "parent"]

#: What names what a reject is of.
IDS = REJECTS.names[:4]


@dataclass(frozen=True, eq=False)
class Work:
    """A unit with the receipts of which rows may be taken over, and the share of its objects that may come ill."""

    unit: Unit
    before: tuple[Receipt, ...] = field(default=())
    bears: float = 0.1


@lru_cache(maxsize=1)  # an item is read in the midst of its commit: what both need is asked for once
def _open(store: Store, work: Work) -> tuple[pa.Table, Carried]:
    """The articles of a unit, and what is taken over of them."""
    planned = read_unit(store, work.unit)
    return planned, carry(store, planned, work.before)


class Units(Committed):
    """Reads and commits units in a store."""

    def item(self, unit: Unit, made_by: dict[str, Any], bears: float = 0.1) -> Item:
        """A unit as work for an engine; `made_by` is all that curation depends on beside the articles."""
        return Item(
            f"{FOLDER}/{unit.id}",
            digest([unit.id, unit.halved, unit.content, made_by]),
            Work(unit, bears=bears),
            made_by,
        )

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The articles of a unit whose rows are not taken over."""
        planned, carried = _open(self.store, item.payload)
        yield planned.filter(pc.invert(pc.is_in(planned["article_id"], value_set=carried.articles)))

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write figures, panels, what duplicates and leaks are found by, and rejects.

        Raises:
            Outage: too much came ill to blame the articles.
        """
        planned, carried = _open(self.store, item.payload)
        rank = {article: place for place, article in enumerate(planned["article_id"].to_pylist())}
        figures: dict[str, Row] = {}
        parents: dict[str, Row] = {}
        rejects: list[Row] = []
        graphics: set[str] = set()
        index, attempt = [INDEX.empty_table()], Attempt(self.store, item)
        with (
            attempt.create("panels.parquet") as sink,
            attempt.create("thumbnails.bin") as thumbnails,
            attempt.create("proofs.bin") as proofs,
            pq.ParquetWriter(sink, PANELS_FILE, **WRITING) as writer,
        ):
            fresh = _divide(tables, figures, parents, rejects)
            for kept in regroup(merged([fresh, *carried.panels(PANELS_FILE)], rank), ROW_GROUP):
                kept = kept.combine_chunks()  # the same rows give the same bytes, wherever they come from
                writer.write_table(conform(kept, PANELS_FILE))
                index.append(index_of(kept, proofs.tell()))
                thumbnails.write(b"".join(kept["thumbnail"].to_pylist()))
                proofs.write(b"".join(kept["proof"].to_pylist()))
                graphics.update(kept["graphic_id"].to_pylist())
        doubted = [_doubted(row, carried) for row in rejects]
        graphic_count = sum(row["graphic_id"] is not None for row in figures.values())
        fetched = {
            "tried": len(planned) - len(carried.articles) + graphic_count,
            "ill": sum(row["unconfirmed"] and named(row) not in carried.doubted for row in doubted),
        }
        _check_outage(item, **fetched)
        written = {
            "figures": _in_order([*figures.values(), *carried.rows("figures", FIGURES_FILE)], rank, FIGURES_FILE),
            "rejects": _in_order([*doubted, *carried.rows("rejects", REJECTS)], rank, REJECTS),
            "articles": conform(planned, CURATED),
            "index": pa.concat_tables(index).combine_chunks(),
        }
        rows = dict.fromkeys(("panels", THUMBNAILS, PROOFS), len(written["index"]))
        with attempt.create("parents.parquet") as sink:
            rows["parents"] = write_parents(sink, [*parents.values(), *carried.rows("parents", PARENTS)])
        for name, table in written.items():
            with attempt.create(f"{name}.parquet") as sink:
                pq.write_table(table, sink, **WRITING)
            rows[name] = len(table)
        counts = {"articles": len(planned), "panels": rows["panels"], "pictures": len(graphics)}
        counts |= {"halved": item.payload.unit.halved} | fetched | _counts(written["figures"], written["rejects"])
        return attempt.settle(rows, counts)


def panels_path(receipt: Receipt) -> str:
    """Where the panels of a unit lie, or lay until they were given up."""
    return file_path(receipt, "panels")


def _divide(
    tables: Iterable[pa.Table], figures: dict[str, Row], parents: dict[str, Row], rejects: list[Row]
) -> Iterator[pa.Table]:
    """The panels; figures, pictures of which they are crops, and rejects are gathered on the way."""
    for table in tables:
        dropped = rejected(table)
        named = table.filter(pc.is_valid(table["figure_id"])).select(FIGURES_FILE.names)
        for row in named.to_pylist():
            figures.setdefault(row["graphic_id"] or row["figure_id"], row)
        for row in table.filter(dropped).select([*IDS, "reject"]).to_pylist():
            rejects.append(row | row.pop("reject"))
        kept = table.filter(pc.invert(dropped))
        for row in kept.filter(pc.is_valid(kept["parent"])).select(_PARENT).to_pylist():
            parents.setdefault(row["graphic_id"], row | row.pop("parent"))
        yield conform(kept, MADE)


def _doubted(row: Row, carried: Carried) -> Row:
    """The reject with its mark: what a source that is ill may say is unconfirmed when it is said for the first time."""
    again = named(row) in carried.doubted
    return row | {"unconfirmed": is_doubtful(row) and (row["reason"] == Reason.FETCH_FAILED or not again)}


def _in_order(rows: list[Row], rank: dict[str, int], schema: pa.Schema) -> pa.Table:
    """The rows in the order of their articles, and of their ids inside one."""
    ids = [name for name in IDS if name in schema.names]
    rows = sorted(rows, key=lambda row: (rank[row["article_id"]], *(row[name] or "" for name in ids)))
    return pa.Table.from_pylist(rows, schema=schema)


def _counts(figures: pa.Table, rejects: pa.Table) -> dict[str, Any]:
    """What a receipt counts.

    `failed` are the articles in which something of ours failed, `refused` those that were rejected as a whole,
    `figureless` those of them that have no figures, `lost` the graphics that became no panel. What is counted by stage
    has the keys `stage/reason`.
    """
    ours = pc.is_in(rejects["reason"], value_set=pa.array([reason.value for reason in OURS]))
    refused = rejects.filter(pc.is_null(rejects["figure_id"]))
    lost = pc.and_(pc.is_valid(rejects["graphic_id"]), pc.is_null(rejects["panel_id"]))
    named = [f"{row['stage']}/{row['reason']}" for row in rejects.select(["stage", "reason"]).to_pylist()]
    articles = {*zip(named, rejects["article_id"].to_pylist(), strict=True)}
    return {
        "failed": pc.count_distinct(rejects.filter(ours)["article_id"]).as_py(),
        "figures": pc.count_distinct(figures["figure_id"]).as_py(),
        "graphics": len(figures) - figures["graphic_id"].null_count,
        "refused": len(refused),
        "figureless": refused["reason"].to_pylist().count(Reason.NO_FIGURES),
        "lost": pc.sum(lost).as_py() or 0,
        "rejects": dict(sorted(Counter(rejects["reason"].to_pylist()).items())),
        "rejects_by_stage": dict(sorted(Counter(named).items())),
        "articles_by_stage": dict(sorted(Counter(name for name, _ in articles).items())),
        "unconfirmed": pc.sum(rejects["unconfirmed"]).as_py() or 0,
    }


def _check_outage(item: Item, tried: int, ill: int) -> None:
    """Judge the source by the objects that were tried now; what was ill before says nothing new."""
    if ill > max(FEW_ILL, item.payload.bears * tried):
        raise Outage(f"{ill} of {tried} objects are missing or damaged, though listed: the source is ill")


def settings(recipe: Recipe, vocabulary: str) -> dict[str, Any]:
    """The SETTINGS as a receipt states them."""
    known = recipe.model_dump(mode="json") | {"linker": linker_version(recipe.linker), "vocabulary": vocabulary}
    return {name: known[name] for name in SETTINGS}


def standing_settings(store: Store) -> dict[str, Any] | None:
    """The settings by which the units were made that an output holds; None where it holds none."""
    for path in store.listing(FOLDER):
        if is_receipt(path):
            made_by: dict[str, Any] = load_receipt(store, path)["made_by"]
            return {name: value for name, value in made_by.items() if name in SETTINGS}
    return None


def holds_excluded(store: Store) -> bool:
    """Whether a unit leaves out an article that whoever built the output had excluded."""
    receipts = (load_receipt(store, path) for path in store.listing(FOLDER) if is_receipt(path))
    return any(Reason.EXCLUDED.value in receipt["counts"]["rejects"] for receipt in receipts)
