"""The plan: the article versions of one snapshot, cut into units of work by what they contain.

A unit ends before an article whose hash says so, so an article that comes or goes changes the unit that it is in and
no other (content-defined chunking, Muthitacharoen et al., SOSP 2001). A unit's id digests its articles and their
ETags: a unit is the same work wherever and whenever it is planned.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.config.recipe import digest
from pipeline.sources import Snapshot
from pipeline.sources.base import ARTICLE_VERSIONS
from pipeline.storage.parquet import load_table
from pipeline.storage.store import Store
from schemas.articles import PLANNED
from schemas.errors import UserError
from schemas.ids import order_key, parse_article_id
from schemas.rejects import Reason, reject
from schemas.tables import Row

SNAPSHOT = "plan/snapshot.parquet"
UNITS = "plan/units.parquet"

#: A unit has at most this many times the mean number of articles.
CAP = 4

#: The id of a unit, which is a folder's name as well.
_ID = re.compile(r"[\w-]+", re.ASCII)

_UNITS = pa.schema(
    [pa.field("unit", pa.string(), nullable=False), *list(PLANNED)[:2]],
    metadata={"schema": "medconcept.units", "schema_version": "1"},
)


@dataclass(frozen=True)
class Unit:
    """Consecutive article versions; `articles` are (article_id, etag). Those in `rejects` are not worked on."""

    id: str
    articles: tuple[tuple[str, str], ...]
    rejects: Mapping[str, Row] = field(default_factory=dict)

    def table(self) -> pa.Table:
        """The unit's rows in the schema PLANNED."""
        rows = [{"article_id": a, "etag": e, "reject": self.rejects.get(a)} for a, e in self.articles]
        return pa.Table.from_pylist(rows, schema=PLANNED)

    def rejecting(self, rejects: Mapping[str, Row]) -> "Unit":
        """The unit with these articles rejected, too."""
        return replace(self, rejects={**self.rejects, **rejects})


def exclude(unit: Unit, ids: Collection[str]) -> Unit:
    """The unit without the articles of `ids`, which name one version (PMC13901v1) or all (PMC13901)."""
    named = (article for article, _ in unit.articles if {article, parse_article_id(article)[0]} & set(ids))
    return unit.rejecting({article: reject("plan", Reason.EXCLUDED) for article in named})


def cut(articles: list[tuple[str, str]], mean: int) -> Iterator[Unit]:
    """The articles in order of their number, in units of `mean` articles on average."""
    unit: list[tuple[str, str]] = []
    for article in sorted(articles, key=lambda pair: order_key(pair[0])):
        if unit and (_starts_unit(article[0], mean) or len(unit) >= CAP * mean):
            yield _unit(unit)
            unit = []
        unit.append(article)
    if unit:
        yield _unit(unit)


def _starts_unit(article_id: str, mean: int) -> bool:
    return int.from_bytes(hashlib.sha256(article_id.encode()).digest()[:8], "big") % mean == 0


def _unit(articles: list[tuple[str, str]]) -> Unit:
    return Unit(digest(articles), tuple(articles))


def limited(snapshot: Snapshot, limit: int | None) -> list[tuple[str, str]]:
    """The first `limit` article versions in order, as (article_id, etag)."""
    rows = zip(*(snapshot.articles[name].to_pylist() for name in ("article_id", "etag")), strict=True)
    return sorted(rows, key=lambda pair: order_key(pair[0]))[:limit]


def write_snapshot(store: Store, snapshot: Snapshot) -> None:
    """Keep the snapshot: later runs of the same output work on it until an update."""
    metadata = {"id": snapshot.id, "checksum": snapshot.checksum}
    _write(store, SNAPSHOT, snapshot.articles.replace_schema_metadata(metadata))


def read_snapshot(store: Store) -> Snapshot | None:
    """The snapshot that the output was built from, None for a new output; raises UserError where it is damaged."""
    if store.size(SNAPSHOT) is None:
        return None
    table = load_table(store, SNAPSHOT, ARTICLE_VERSIONS)
    stated = table.schema.metadata or {}
    if not {b"id", b"checksum"} <= stated.keys():
        raise UserError(f"{store.uri}/{SNAPSHOT}: it states no id and checksum")
    _check_articles(store, SNAPSHOT, table)
    named, checksum = (stated[key].decode(errors="replace") for key in (b"id", b"checksum"))
    return Snapshot(named, checksum, table.replace_schema_metadata(None))


def _check_articles(store: Store, path: str, table: pa.Table) -> None:
    if not len(table):
        raise UserError(f"{store.uri}/{path}: it names no article")
    if not pc.all(pc.match_substring_regex(table["article_id"], "^PMC[0-9]+v[0-9]+$")).as_py():
        raise UserError(f"{store.uri}/{path}: not all of its article ids are such as PMC13901v1")


def write_units(store: Store, units: list[Unit]) -> None:
    """Store the plan as a table of unit, article_id, etag."""
    rows: list[dict[str, Any]] = [
        {"unit": unit.id, "article_id": article, "etag": etag} for unit in units for article, etag in unit.articles
    ]
    _write(store, UNITS, pa.Table.from_pylist(rows, schema=_UNITS))


def read_units(store: Store) -> list[Unit]:
    """The planned units; raises UserError where no plan can be read."""
    units: dict[str, list[tuple[str, str]]] = {}
    table = load_table(store, UNITS, _UNITS)
    _check_articles(store, UNITS, table)
    for row in table.to_pylist():
        if not _ID.fullmatch(row["unit"]):
            raise UserError(f"{store.uri}/{UNITS}: {row['unit']!r} is no unit")
        units.setdefault(row["unit"], []).append((row["article_id"], row["etag"]))
    return [Unit(unit, tuple(articles)) for unit, articles in units.items()]


def _write(store: Store, path: str, table: pa.Table) -> None:
    with store.create(path) as sink:
        pq.write_table(table, sink, compression="zstd")
