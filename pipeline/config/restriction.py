"""A build of some articles of a source alone: those that a lock names, or that published records are of."""

from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.sources.base import Snapshot, checksum_of
from schemas.errors import UserError


class Restriction(Protocol):
    """Names articles: `name` is the file that does, `digest` that of what it says, which `run.json` keeps."""

    @property
    def name(self) -> str:
        """The file."""

    @property
    def digest(self) -> str:
        """That of its content."""

    def lists(self, articles: pa.Table) -> pa.ChunkedArray:
        """Which of these ARTICLE_VERSIONS it names."""


def restricted(snapshot: Snapshot, only: Restriction) -> Snapshot:
    """The snapshot with the articles alone that `only` names; raises UserError where it has none of them."""
    mask = only.lists(snapshot.articles)
    if pc.all(mask).as_py():
        return snapshot
    articles = snapshot.articles.filter(mask)
    if not len(articles):
        raise UserError(f"{only.name}: the inventory {snapshot.id} of the source lists none of its articles")
    return Snapshot(snapshot.id, checksum_of(articles), articles)
