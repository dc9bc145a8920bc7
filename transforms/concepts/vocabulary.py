"""Vocabularies as tables (schemas/vocabulary.py): from a UMLS release, to and from Parquet, and their version.

The columns of MRCONSO.RRF and MRSTY.RRF are those of the UMLS Reference Manual (NLM, chapter 3, "Metathesaurus - Rich
Release Format"): fields end with "|", nothing is quoted.
"""

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas.errors import UserError
from schemas.vocabulary import VOCABULARY

_MRCONSO = "CUI|LAT|TS|LUI|STT|SUI|ISPREF|AUI|SAUI|SCUI|SDUI|SAB|TTY|CODE|STR|SRL|SUPPRESS|CVF|"
_MRSTY = "CUI|TUI|STN|STY|ATUI|CVF|"

#: English atoms that are not suppressed. A concept's own name is its preferred string of the preferred form of the
#: preferred term: TS = P, STT = PF, ISPREF = Y; the fewer of the three hold, the larger the rank (0 to 7).
_FROM_UMLS = """
WITH atoms AS (
    SELECT CUI, trim(STR) AS name, SAB AS source,
           4 * (TS <> 'P')::INT + 2 * (STT <> 'PF')::INT + (ISPREF <> 'Y')::INT AS rank
    FROM {mrconso} WHERE LAT = 'ENG' AND SUPPRESS = 'N' AND trim(STR) <> ''
), names AS (
    SELECT DISTINCT ON (CUI, name) * FROM atoms ORDER BY CUI, name, rank, source
), preferred AS (
    SELECT DISTINCT ON (CUI) CUI, name AS preferred FROM names ORDER BY CUI, rank, name
), types AS (
    SELECT CUI, list(DISTINCT TUI ORDER BY TUI) AS semantic_types FROM {mrsty} GROUP BY CUI
)
SELECT name, CUI AS cui, preferred, coalesce(semantic_types, []) AS semantic_types, source, rank
FROM names JOIN preferred USING (CUI) LEFT JOIN types USING (CUI)
ORDER BY cui, rank, name
"""


def from_umls(folder: Path) -> pa.Table:
    """The English names of a UMLS release in `folder`, ordered by CUI, rank and name.

    Raises:
        UserError: MRCONSO.RRF or MRSTY.RRF is not there or is not in the Rich Release Format.
    """
    mrconso, mrsty = folder / "MRCONSO.RRF", folder / "MRSTY.RRF"
    with duckdb.connect() as database:
        _check(database, mrconso, _MRCONSO)
        _check(database, mrsty, _MRSTY)
        query = _FROM_UMLS.format(mrconso=_scan(mrconso, _MRCONSO), mrsty=_scan(mrsty, _MRSTY))
        table = database.sql(query).to_arrow_table()
    if not len(table):
        raise UserError(f"{mrconso}: holds no English name")
    return finish(table, "umls")


def _scan(file: Path, fields: str) -> str:
    # The "|" that ends a line opens one more field, which is empty.
    columns = ", ".join(f"'{field or 'end'}': 'VARCHAR'" for field in fields.split("|"))
    name = str(file).replace("'", "''")
    options = "delim = '|', quote = '', escape = '', header = false, auto_detect = false, max_line_size = 16777216"
    return f"read_csv('{name}', columns = {{{columns}}}, {options})"


def _check(database: duckdb.DuckDBPyConnection, file: Path, fields: str) -> None:
    if not file.is_file():
        raise UserError(f"{file}: not found")
    try:
        [(strangers,)] = database.sql(
            f"SELECT count(*) FROM {_scan(file, fields)} WHERE NOT regexp_full_match(CUI, 'C[0-9]{{7,8}}')"
        ).fetchall()
    except duckdb.Error as error:
        raise UserError(f"{file}: not in the Rich Release Format: {str(error).splitlines()[0]}") from error
    if strangers:
        raise UserError(f"{file}: not in the Rich Release Format: {strangers} lines do not start with a CUI")


def finish(table: pa.Table, origin: str) -> pa.Table:
    """`table` in the vocabulary's schema, its origin in the metadata."""
    return table.cast(VOCABULARY).replace_schema_metadata({**VOCABULARY.metadata, b"origin": origin.encode()})


def version(vocabulary: pa.Table) -> str:
    """What provenance calls the vocabulary: its origin and the first 12 digits of the SHA-256 of its rows, in order."""
    digest = hashlib.sha256()
    for batch in vocabulary.select(VOCABULARY.names).to_batches():
        columns = [
            pc.binary_join(column, ",") if pa.types.is_list(column.type) else column.cast(pa.string())
            for column in batch.columns
        ]
        for line in pc.binary_join_element_wise(*columns, "\x1f").to_pylist():
            digest.update(f"{line}\n".encode())
    return f"{_metadata(vocabulary.schema)['origin']}-{digest.hexdigest()[:12]}"


def write(vocabulary: pa.Table, file: Path) -> None:
    """The vocabulary as Parquet; schema, its version and the origin stand in the file's metadata."""
    pq.write_table(vocabulary, file, compression="zstd")


def read(file: Path) -> pa.Table:
    """A vocabulary that `write` wrote.

    Raises:
        UserError: the file is not there, is no vocabulary, or is one of another schema version.
    """
    try:
        table = pq.read_table(file)
    except (FileNotFoundError, pa.ArrowInvalid) as error:
        raise UserError(f"{file}: no vocabulary can be read: {str(error).splitlines()[0]}") from error
    found, expected = _metadata(table.schema), _metadata(VOCABULARY)
    if any(found.get(key) != value for key, value in expected.items()) or "origin" not in found:
        name = f"{found.get('schema', 'no schema')} {found.get('schema_version', '')}".strip()
        raise UserError(f"{file}: {name} where {expected['schema']} {expected['schema_version']} is needed")
    return table


def _metadata(schema: pa.Schema) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
