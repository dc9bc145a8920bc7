"""The Rich Release Format of the UMLS as tables of DuckDB, and where a file departs from it.

Fields and their order are those of the UMLS Reference Manual (NLM, chapter 3, "Metathesaurus - Rich Release Format"):
each field ends with "|", nothing is quoted, the encoding is UTF-8. A file may be compressed with gzip.
"""

import gzip
import re
import zlib
from pathlib import Path
from typing import NamedTuple

import duckdb

from schemas.errors import UserError


class Layout(NamedTuple):
    """The fields of a file, and what some of them must look like."""

    file: str
    fields: str
    patterns: dict[str, str]


_CUI = "C[0-9]{7,8}"
MRCONSO = Layout(
    "MRCONSO.RRF",
    "CUI LAT TS LUI STT SUI ISPREF AUI SAUI SCUI SDUI SAB TTY CODE STR SRL SUPPRESS CVF",
    {"CUI": _CUI, "LAT": "[A-Z]{3}", "SAB": ".+", "SUPPRESS": "[NOEY]"},
)
MRSTY = Layout("MRSTY.RRF", "CUI TUI STN STY ATUI CVF", {"CUI": _CUI, "TUI": "T[0-9]{3}"})
MRRANK = Layout("MRRANK.RRF", "RANK SAB TTY SUPPRESS", {"RANK": "[0-9]{1,9}", "SAB": ".+"})


def locate(folder: Path, layout: Layout) -> Path | None:
    """The file in `folder`, plain or compressed; None where there is none."""
    paths = (folder / layout.file, folder / f"{layout.file}.gz")
    return next((path for path in paths if path.is_file()), None)


def load(database: duckdb.DuckDBPyConnection, file: Path, layout: Layout, table: str, query: str) -> None:
    """Create `table` as `query`, in which `{rows}` stands for the rows of the file.

    Raises:
        UserError: the file departs from its layout; names the first line that does.
    """
    fields = ", ".join(f"'{field}': 'VARCHAR'" for field in (*layout.fields.split(), "_end"))
    name = str(file).replace("'", "''")
    scan = (
        f"read_csv('{name}', columns = {{{fields}}}, delim = '|', quote = '', escape = '', header = false,"
        " auto_detect = false)"
    )
    valid = " AND ".join(f"regexp_full_match({field}, '{pattern}')" for field, pattern in layout.patterns.items())
    checked = f"(SELECT * FROM {scan} WHERE CASE WHEN {valid} THEN true ELSE error('{layout.file}') END)"
    try:
        database.execute(f"CREATE TEMP TABLE {table} AS {query.format(rows=checked)}")
    except duckdb.Error as error:
        raise UserError(_fault(file, layout) or f"{file}: {str(error).splitlines()[0]}") from error


def _fault(file: Path, layout: Layout) -> str | None:
    """What is wrong with the first line that is."""
    number = 0
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if wrong := _wrong(line, layout):
                    return f"{file}:{number}: not in the Rich Release Format: {wrong}"
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        return f"{file}:{number + 1}: the compressed file is cut or corrupt: {error}"
    return None


def _wrong(line: bytes, layout: Layout) -> str | None:
    try:
        fields = line.decode().rstrip("\r\n").split("|")
    except UnicodeDecodeError as error:
        return f"no UTF-8 at byte {error.start}"
    names = layout.fields.split()
    if len(fields) != len(names) + 1 or fields[-1]:
        return f'{len(fields) - 1} fields that end with "|" where {len(names)} are needed'
    for name, pattern in layout.patterns.items():
        value = fields[names.index(name)]
        if not re.fullmatch(pattern, value):
            return f"{name} is {value!r}"
    return None
