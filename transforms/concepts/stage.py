"""The stage that links each panel's caption to concepts and names its imaging modality."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from schemas.panels import LINKED
from schemas.tables import Row, map_rows
from transforms.concepts.dictionary import NAME, Dictionary
from transforms.concepts.starter import modalities


class LinkConcepts:
    """CAPTIONED -> LINKED: the concepts of the panel's own caption, and the modality that it names."""

    name = "concepts"
    version = "1"
    cpus = 1.0
    gpus = 0.0
    batch = 256
    output = LINKED

    _dictionary: Dictionary

    def __init__(self, load: Callable[[], pa.Table]) -> None:
        """`load` returns the vocabulary; it is called once in each worker."""
        self._load = load

    def setup(self) -> None:
        """Load the vocabulary and build the dictionary."""
        self._dictionary = Dictionary(self._load())

    def __call__(self, table: pa.Table) -> pa.Table:
        """A row for a row."""
        return map_rows(table, LINKED, self._link)

    def _link(self, row: Row) -> Iterator[Row]:
        concepts = self._dictionary.link(row["caption"] or "")
        yield {
            **row,
            "concepts": concepts,
            "modality": modality(concepts),
            "linker": NAME,
            "vocabulary": self._dictionary.version,
        }


def modality(concepts: list[dict[str, Any]]) -> str | None:
    """The canonical name of the first imaging modality that is not negated; known by its CUI in any vocabulary."""
    names = modalities()
    return next((names[found["cui"]] for found in concepts if found["cui"] in names and not found["negated"]), None)
