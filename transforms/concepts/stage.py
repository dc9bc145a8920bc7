"""The stage that links each panel's caption to concepts."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from schemas.panels import LINKED
from schemas.tables import Row, map_rows
from transforms.concepts.linker import Linker


class LinkConcepts:
    """CAPTIONED -> LINKED: the concepts of the panel's own caption.

    The linker has a version of its own.
    """

    name = "concepts"
    version = "5"
    rowwise = True
    cpus = 1.0
    gpus = 0.0
    memory = 250 << 20
    batch = 2048
    output = LINKED

    _linker: Linker

    def __init__(self, open: Callable[[], Linker]) -> None:
        """`open` returns the linker; it is called once in each worker."""
        self._open = open

    def setup(self) -> None:
        """Open the linker."""
        self._linker = self._open()

    def __call__(self, table: pa.Table) -> pa.Table:
        """A row for a row; all captions are linked at once."""
        captions = [caption or "" for caption in table["caption"].to_pylist()]
        known = [{each["short"]: each["long"] for each in row or ()} for row in table["abbreviations"].to_pylist()]
        linked = iter(self._linker.link(captions, known))

        def link(row: Row) -> Iterator[Row]:
            yield {
                **row,
                "concepts": next(linked),
                "linker": self._linker.name,
                "vocabulary": self._linker.vocabulary,
            }

        return map_rows(table, LINKED, link)
