"""What a unit takes over from the receipts before it: the rows of articles that are as they were."""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dags.graph import Receipt
from pipeline.phases.pictures import with_pictures
from pipeline.storage.parquet import load_table
from pipeline.storage.receipts import file_path, gave_up
from pipeline.storage.store import Store
from schemas.rejects import DOUBTFUL, FETCHING, OURS, REJECTS
from schemas.tables import Row
from schemas.units import CURATED

#: What names a reject: its article, figure, graphic, panel, and its reason.
Named = tuple[str | None, ...]


@dataclass(frozen=True)
class Part:
    """A receipt, and the articles whose rows are taken over from it."""

    receipt: Receipt
    articles: pa.Array


@dataclass(frozen=True)
class Carried:
    """What is taken over. `doubted`: what was missing or damaged before in articles of the same content."""

    store: Store
    parts: list[Part]
    doubted: Collection[Named]

    @property
    def articles(self) -> pa.Array:
        """The articles whose rows are taken over."""
        return pa.concat_arrays([pa.array([], pa.string()), *(part.articles for part in self.parts)])

    def panels(self, schema: pa.Schema) -> list[Iterator[pa.Table]]:
        """Their panels with their pictures, a stream a receipt, in the unit's order; `schema` is that of the file."""
        return [self._panels(part, schema) for part in self.parts]

    def _panels(self, part: Part, schema: pa.Schema) -> Iterator[pa.Table]:
        for table in with_pictures(self.store, part.receipt, schema):
            yield _of(table, part)

    def rows(self, name: str, schema: pa.Schema) -> list[Row]:
        """Their rows in another table of the unit."""
        found: list[Row] = []
        for part in self.parts:
            found += _of(load_table(self.store, file_path(part.receipt, name), schema), part).to_pylist()
        return found


def _of(table: pa.Table, part: Part) -> pa.Table:
    return table.filter(pc.is_in(table["article_id"], value_set=part.articles))


def carry(store: Store, planned: pa.Table, before: tuple[Receipt, ...]) -> Carried:
    """What of `planned` (PLANNED) can be taken over: articles of the same content that left nothing to try again.

    Of a receipt that gave up its panels that is only what was in doubt.
    """
    wanted = set(_versions(planned.filter(pc.is_null(planned["reject"]))))
    parts: list[Part] = []
    doubted: set[Named] = set()
    for receipt in before:
        known = wanted.intersection(_versions(load_table(store, file_path(receipt, "articles"), CURATED)))
        rejects = load_table(store, file_path(receipt, "rejects"), REJECTS).to_pylist()
        same, again = {article for article, _ in known}, {row["article_id"] for row in rejects if _is_open(row)}
        doubted.update(named(row) for row in rejects if is_doubtful(row) and row["article_id"] in same)
        if gave_up(receipt, "panels"):
            continue
        taken = {pair for pair in known if pair[0] not in again}
        parts.append(Part(receipt, pa.array(sorted(article for article, _ in taken), pa.string())))
        wanted -= taken  # two receipts may hold one article
    return Carried(store, [part for part in parts if len(part.articles)], frozenset(doubted))


def _versions(articles: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(articles["article_id"].to_pylist(), articles["etag"].to_pylist(), strict=True)


def _is_open(row: Row) -> bool:
    """Whether its article is tried again: it is in doubt, a fault of ours, or was left out by whoever built then."""
    return bool(row["unconfirmed"] or row["reason"] in OURS or row["stage"] == "plan")


def is_doubtful(row: Row) -> bool:
    """Whether a source that is ill may say the same."""
    return row["stage"] in FETCHING and row["reason"] in DOUBTFUL


def named(row: Row) -> Named:
    """What names a reject."""
    return tuple(row[name] for name in (*REJECTS.names[:4], "reason"))


def merged(streams: Iterable[Iterable[pa.Table]], rank: Mapping[str, int]) -> Iterator[pa.Table]:
    """Streams of rows, each in the order of its articles, as one; no article is in two of them."""
    runs = [_articles(tables, rank) for tables in streams]
    for _, table in heapq.merge(*runs, key=lambda run: run[0]):
        yield table


def _articles(tables: Iterable[pa.Table], rank: Mapping[str, int]) -> Iterator[tuple[int, pa.Table]]:
    """The rows of each article in a table, with the article's rank."""
    for table in tables:
        ranks = np.array([rank[article] for article in table["article_id"].to_pylist()], np.int64)
        start = 0
        for end in [*(np.flatnonzero(np.diff(ranks)) + 1).tolist(), len(table)] if len(table) else []:
            yield int(ranks[start]), table.slice(start, end - start)
            start = end
