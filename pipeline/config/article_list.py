"""A list of articles that a build is restricted to: those of a lock, or those that published records are of."""

from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sources.base import Snapshot, checksum_of
from schemas.errors import UserError


class ArticleList(Protocol):
    """Articles that a file names. `run.json` keeps the list's `digest`: another list is another corpus."""

    @property
    def name(self) -> str:
        """The file."""

    @property
    def digest(self) -> str:
        """That of its content."""

    def holds(self, articles: pa.Table) -> pa.ChunkedArray:
        """Which of these ARTICLE_VERSIONS are on the list."""


def restrict(snapshot: Snapshot, listed: ArticleList) -> Snapshot:
    """The snapshot with the listed articles alone; raises UserError where it has none of them."""
    mask = listed.holds(snapshot.articles)
    if pc.all(mask).as_py():
        return snapshot
    articles = snapshot.articles.filter(mask)
    if not len(articles):
        raise UserError(f"{listed.name}: the inventory {snapshot.id} of the source lists none of its articles")
    return Snapshot(snapshot.id, checksum_of(articles), articles)
