"""The units of work of the curate phase: what is read for one, and how its result is committed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dags.graph import Item, Receipt
from pipeline.config.recipe import digest
from pipeline.phases.plan import Unit
from pipeline.storage.receipts import Committed, write_receipt
from schemas.errors import Outage
from schemas.figures import FIGURES
from schemas.panels import PANELS
from schemas.rejects import OURS, REJECTS, Reason
from schemas.tables import Row, conform, regroup, rejected, without

FIGURES_FILE = without(FIGURES, "reject")
PANELS_FILE = without(PANELS, "reject")

#: A unit in which more than one object, and more than this share of them, could not be fetched met an outage.
TOLERATED_SHARE = 0.1

#: So did one of which most articles are missing, though the inventory lists them: access was denied, or a copy stopped.
MISSING_SHARE, MISSING = 0.5, 10

#: Panels in a row group of a unit's file, triplets in one of a shard's: about 20 MB of images.
ROW_GROUP = 256

#: What the receipt of a unit counts.
COUNTED = frozenset({"articles", "failed", "figures", "graphics", "panels", "pictures", "rejects"})


def folder(unit: str) -> str:
    """Where a unit's files lie."""
    return f"units/{unit}"


class Units(Committed):
    """Reads and commits units in a store."""

    def item(self, unit: Unit, made_by: dict[str, Any]) -> Item:
        """A unit as work for an engine; `made_by` is all that curation depends on beside the articles."""
        return Item(folder(unit.id), digest([unit.id, made_by, sorted(unit.rejects)]), unit, made_by)

    def read(self, item: Item) -> Iterator[pa.Table]:
        """The planned articles of a unit."""
        yield item.payload.table()

    def done(self, item: Item) -> Receipt | None:
        """The receipt of a unit that is complete and current."""
        receipt = super().done(item)
        return receipt if receipt is not None and receipt["counts"].keys() >= COUNTED else None

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Write figures, panels and rejects; raises Outage when too much failed to blame the articles."""
        figures: dict[str, Row] = {}
        rejects: list[Row] = []
        graphics: set[str] = set()
        rows, panels = 0, f"{item.folder}/panels.parquet"
        with self.store.create(panels) as sink, pq.ParquetWriter(sink, PANELS_FILE, compression="zstd") as writer:
            for kept in regroup(_divide(tables, figures, rejects), ROW_GROUP):
                writer.write_table(kept)
                graphics.update(kept["graphic_id"].to_pylist())
                rows += len(kept)
        found = pa.Table.from_pylist(list(figures.values()), schema=FIGURES_FILE)
        refused = pa.Table.from_pylist(sorted(rejects, key=_place), schema=REJECTS)
        counts = _counts(item.payload, found, refused)
        _check_outage(counts)
        counts |= {"panels": rows, "pictures": len(graphics)}
        files = {panels: sink.stamp() | {"rows": rows}}
        for name, table in (("figures", found), ("rejects", refused)):
            with self.store.create(path := f"{item.folder}/{name}.parquet") as sink:
                pq.write_table(table, sink, compression="zstd")
            files[path] = sink.stamp() | {"rows": len(table)}
        return write_receipt(self.store, item, files, counts)


def _divide(tables: Iterable[pa.Table], figures: dict[str, Row], rejects: list[Row]) -> Iterator[pa.Table]:
    """The panels; figures and rejects are gathered on the way."""
    for table in tables:
        dropped = rejected(table)
        named = table.filter(pc.is_valid(table["figure_id"])).select(FIGURES_FILE.names)
        for row in named.to_pylist():
            figures.setdefault(row["graphic_id"] or row["figure_id"], row)
        for row in table.filter(dropped).select([*REJECTS.names[:4], "reject"]).to_pylist():
            rejects.append(row | row.pop("reject"))
        yield conform(table.filter(pc.invert(dropped)), PANELS_FILE)


def _place(row: Row) -> tuple[str, str, str, str]:
    return tuple(row[name] or "" for name in REJECTS.names[:4])  # type: ignore[return-value]


def _counts(unit: Unit, figures: pa.Table, rejects: pa.Table) -> dict[str, Any]:
    """What a receipt counts; `failed` are the articles in which something of ours failed."""
    ours = pc.is_in(rejects["reason"], value_set=pa.array([reason.value for reason in OURS]))
    return {
        "articles": len(unit.articles),
        "failed": pc.count_distinct(rejects.filter(ours)["article_id"]).as_py(),
        "figures": pc.count_distinct(figures["figure_id"]).as_py(),
        "graphics": len(figures) - figures["graphic_id"].null_count,
        "rejects": dict(sorted(Counter(rejects["reason"].to_pylist()).items())),
    }


def _check_outage(counts: dict[str, Any]) -> None:
    failed = counts["rejects"].get(Reason.FETCH_FAILED.value, 0)
    missing = sum(counts["rejects"].get(reason.value, 0) for reason in (Reason.METADATA_MISSING, Reason.XML_MISSING))
    if missing >= MISSING and missing > MISSING_SHARE * counts["articles"]:
        raise Outage(f"{missing} of {counts['articles']} articles are not there, though listed")
    objects = counts["articles"] + counts["graphics"]
    if failed > 1 and failed > TOLERATED_SHARE * objects:
        raise Outage(f"{failed} of {objects} objects cannot be fetched: the source is ill")
