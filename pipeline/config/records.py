"""Published records of MedConcept-23M, read as what finds their figures again: no text of them is kept.

What is only compared is kept as a digest, about 50 bytes a record: 23 million fit into a few GB.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.config.article_ids import to_numbers
from schemas.errors import UserError
from schemas.tables import Row
from transforms.jats.graphics import split

#: A record: its line in the file, the accession number of its article (-1 where it states none), the id of its figure,
#: digests of its label, of the names that its graphic has, of its caption, and of all of these together.
RECORDS = pa.schema(
    [
        pa.field("line", pa.int64(), nullable=False),
        pa.field("pmc", pa.int64(), nullable=False),
        pa.field("figure", pa.string()),
        pa.field("label", pa.binary(8)),
        pa.field("graphics", pa.list_(pa.binary(8)), nullable=False),
        pa.field("caption", pa.binary(8), nullable=False),
        pa.field("content", pa.uint64(), nullable=False),
    ]
)

#: A line that is no record, and why.
FAULTS = pa.schema([pa.field("line", pa.int64(), nullable=False), pa.field("fault", pa.string(), nullable=False)])

#: Lines that are read at once.
BATCH = 1 << 14

_PMC = re.compile(r"(?:PMC)?(\d{1,18})(?:[.v]\d+)?", re.ASCII | re.IGNORECASE)
_IN_PATH = re.compile(r"(?:^|/)PMC(\d{1,18})(?:[./]|$)", re.ASCII)

#: The fields of a record that are read.
FIELDS = ("pmc", "fig_id", "fig_label", "fig_caption", "caption", "graphic_ref", "href", "image")


@dataclass(frozen=True)
class Records:
    """The records of a file: RECORDS sorted by `pmc`, FAULTS, and a digest of the articles that they are of.

    `numbers` is the column `pmc`; `first` the line of the first record that says the same of the same figure.
    """

    file: Path
    table: pa.Table
    faults: pa.Table
    digest: str
    numbers: NDArray[np.int64]
    first: NDArray[np.int64]

    @property
    def name(self) -> str:
        """The file as it is told."""
        return str(self.file)

    def __len__(self) -> int:
        return len(self.table) + len(self.faults)

    def holds(self, articles: pa.Table) -> pa.ChunkedArray:
        """Which of these ARTICLE_VERSIONS are of an article that a record is of."""
        ids = articles["article_id"].combine_chunks()
        return pa.chunked_array([pc.is_in(to_numbers(ids)[0], value_set=pa.array(np.unique(self.numbers)))])

    def rows(self, places: NDArray[np.int64]) -> Iterator[Row]:
        """The records at these places, each with the line that it repeats as `repeats`."""
        for start in range(0, len(places), BATCH):
            taken = places[start : start + BATCH]
            for row, first in zip(
                self.table.take(pa.array(taken)).to_pylist(), self.first[taken].tolist(), strict=True
            ):
                yield row | {"repeats": first if first != row["line"] else None}


def read_records(file: Path, advance: Callable[[int], None]) -> Records:
    """The records in a JSONL file; `advance` is told how many lines were read.

    Raises:
        UserError: it cannot be read, or no record names an article.
    """
    tables, faults = [RECORDS.empty_table()], [FAULTS.empty_table()]
    try:
        with file.open("rb") as lines:
            rows = _rows(lines)
            while batch := list(islice(rows, BATCH)):
                tables.append(pa.Table.from_pylist([row for row in batch if "fault" not in row], schema=RECORDS))
                faults.append(pa.Table.from_pylist([row for row in batch if "fault" in row], schema=FAULTS))
                advance(len(batch))
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    lost = pa.concat_tables(faults)
    table = pa.concat_tables(tables).sort_by([("pmc", "ascending"), ("line", "ascending")]).combine_chunks()
    numbers = table["pmc"].to_numpy()
    named = np.unique(numbers)
    if not (named >= 0).any():
        why = f"; line {lost['line'][0]} is no record: {lost['fault'][0]}" if len(lost) else ""
        raise UserError(f'{file}: no record names an article by "pmc"{why}')
    digest = hashlib.sha256(named.astype("<i8").tobytes()).hexdigest()[:16]
    return Records(file, table, lost, digest, numbers, _first(table))


def _first(table: pa.Table) -> NDArray[np.int64]:
    """For each record the line of the first that says the same; one that names no article repeats none."""
    lines, contents = table["line"].to_numpy(), table["content"].to_numpy()
    order = np.lexsort((lines, contents))
    starts = np.concatenate([[True], contents[order][1:] != contents[order][:-1]])[: len(order)]
    first: NDArray[np.int64] = np.empty_like(lines)
    first[order] = lines[order][np.flatnonzero(starts)][np.cumsum(starts) - 1]
    unnamed = table["pmc"].to_numpy() < 0
    first[unnamed] = lines[unnamed]
    return first


def _rows(lines: Iterable[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield {"line": number, "fault": f"no JSON: {error}"}
            continue
        if isinstance(record, dict):
            yield _row(number, {name: record[name] for name in FIELDS if isinstance(record.get(name), str | int)})
        else:
            yield {"line": number, "fault": "no JSON object"}


def _row(line: int, record: dict[str, Any]) -> Row:
    # Half a surrogate pair, which JSON can escape, is no text.
    text = {name: str(value).strip().encode(errors="backslashreplace").decode() for name, value in record.items()}
    image = text.get("image", "")
    found = _PMC.fullmatch(text.get("pmc", "")) or _IN_PATH.search(image)
    names = [text.get(name, "") for name in ("graphic_ref", "href")] + ([image] if _IN_PATH.search(image) else [])
    row = {
        "pmc": int(found[1]) if found else -1,
        "figure": text.get("fig_id") or None,
        "label": letters_digest(label) if (label := text.get("fig_label")) else None,
        "graphics": sorted({graphic_digest(name) for name in names if name}),
        "caption": letters_digest(text.get("fig_caption") or text.get("caption") or ""),
    }
    return row | {"line": line, "content": int.from_bytes(_digest(repr(row)), "little")}


def graphic_digest(name: str) -> bytes:
    """A digest of what names a graphic wherever it lies and whatever its format.

    `g1` of oa_package/0a/1b/PMC13901/g1.jpg.
    """
    return _digest(split(name.rpartition("/")[2])[0])


def letters_digest(text: str) -> bytes:
    """A digest of the letters and digits of a text: spaces, marks and forms of characters differ between readers."""
    return _digest("".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold())))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
