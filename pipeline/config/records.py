"""Published records of MedConcept-23M, read as what finds their figures again: no text of them is kept."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.articles import to_numbers
from schemas.errors import UserError
from schemas.tables import Row
from transforms.jats.graphics import split

#: A record: its line in the file, the accession number of its article (-1 where it states none), the id and the label
#: of its figure, the stems of the names that its graphic has, and a digest of its caption's letters.
RECORDS = pa.schema(
    [
        pa.field("line", pa.int64(), nullable=False),
        pa.field("pmc", pa.int64(), nullable=False),
        pa.field("figure", pa.string()),
        pa.field("label", pa.string()),
        pa.field("stems", pa.list_(pa.string()), nullable=False),
        pa.field("caption", pa.binary(8), nullable=False),
    ]
)

#: Lines that are read at once.
BATCH = 1 << 14

_IN_PATH = re.compile(r"(?:^|/)PMC(\d+)(?:[./]|$)", re.ASCII)


@dataclass(frozen=True)
class Records:
    """The records of a file: the table RECORDS sorted by `pmc`, and a digest of the articles that they are of."""

    file: Path
    table: pa.Table
    digest: str

    @property
    def name(self) -> str:
        """The file as it is told."""
        return str(self.file)

    def lists(self, articles: pa.Table) -> pa.ChunkedArray:
        """Which of these ARTICLE_VERSIONS are of an article that a record is of."""
        ids = articles["article_id"].combine_chunks()
        return pa.chunked_array([pc.is_in(to_numbers(ids)[0], value_set=pc.unique(self.table["pmc"]))])

    def of(self, pmc: int) -> list[Row]:
        """The records of an article."""
        numbers = self.table["pmc"].to_numpy()
        start, end = (int(np.searchsorted(numbers, pmc, side)) for side in ("left", "right"))
        return self.table.slice(start, end - start).to_pylist()  # type: ignore[no-any-return]


def read_records(file: Path) -> Records:
    """The records in a JSONL file.

    Raises:
        UserError: it cannot be read, a line is no record, or none names an article.
    """
    tables = [RECORDS.empty_table()]
    try:
        with file.open("rb") as lines:
            rows = _rows(file, lines)
            while batch := list(islice(rows, BATCH)):
                tables.append(pa.Table.from_pylist(batch, schema=RECORDS))
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    table = pa.concat_tables(tables).sort_by([("pmc", "ascending"), ("line", "ascending")]).combine_chunks()
    numbers = np.unique(table["pmc"].to_numpy())
    if not (numbers >= 0).any():
        raise UserError(f'{file}: no record names an article by "pmc"')
    return Records(file, table, hashlib.sha256(numbers.astype("<i8").tobytes()).hexdigest()[:16])


def _rows(file: Path, lines: Iterable[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{file}:{number}: no JSON: {error}") from None
        if not isinstance(record, dict):
            raise UserError(f"{file}:{number}: no record: a JSON object is wanted")
        yield _row(number, {name: value for name, value in record.items() if isinstance(value, str | int)})


def _row(line: int, record: dict[str, Any]) -> Row:
    text = {name: str(value).strip() for name, value in record.items()}
    image = text.get("image", "")
    found = re.fullmatch(r"(?:PMC)?(\d{1,18})", text.get("pmc", ""), re.ASCII | re.IGNORECASE) or _IN_PATH.search(image)
    names = [text.get(name, "") for name in ("graphic_ref", "href")] + ([image] if _IN_PATH.search(image) else [])
    return {
        "line": line,
        "pmc": int(found[1]) if found else -1,
        "figure": text.get("fig_id") or None,
        "label": text.get("fig_label") or None,
        "stems": sorted({stem(name) for name in names if name}),
        "caption": letters_digest(text.get("fig_caption") or text.get("caption") or ""),
    }


def stem(name: str) -> str:
    """What names a graphic wherever it lies and whatever its format: `g1` of oa_package/0a/1b/PMC13901/g1.jpg."""
    return split(name.rpartition("/")[2])[0]


def letters_digest(text: str) -> bytes:
    """A digest of the letters and digits of a text: spaces, marks and forms of characters differ between readers."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
    return hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=8).digest()
