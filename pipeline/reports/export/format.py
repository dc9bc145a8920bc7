"""What a format of an export is."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from pipeline.reports.export.shards import PublishedShard


class Format(Protocol):
    """Writes shards as documents, and counts what it writes and leaves out.

    `suffix` ends the name of a document; every one that is not empty begins with `begins`.
    """

    suffix: str
    begins: bytes
    counts: Counter[str]

    def document(self, shards: Iterable[PublishedShard]) -> Iterator[bytes]:
        """A file of these shards in parts; raises UserError."""

    def summary(self) -> str:
        """What was written, in a line."""

    def left_out(self) -> Iterator[str]:
        """What of the corpus was not, in lines."""


def line(row: dict[str, Any]) -> bytes:
    """A row as a line of JSON. Half a surrogate pair, which a file's name may hold, is escaped."""
    return (json.dumps(row, ensure_ascii=False) + "\n").encode(errors="backslashreplace")
