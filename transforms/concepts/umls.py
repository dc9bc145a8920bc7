"""The names of a UMLS release, filtered, in the order of their concepts."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import UserError
from schemas.vocabulary import VOCABULARY
from transforms.concepts.rrf import MRCONSO, MRRANK, MRSTY, load, locate

#: What DuckDB may hold in memory, beyond which it sorts on disk; each thread takes some of it for itself.
MEMORY, THREADS = "3GB", 4

#: The sources' ranks in MRRANK fill the lower 13 bits of a name's rank. The upper three say how far the atom is from
#: its concept's own name, which is the preferred string of the preferred form of the preferred term (TS = P, STT = PF,
#: ISPREF = Y).
_UNRANKED = 8191

_POSITIONS = f"""
SELECT SAB, TTY, least(row_number() OVER (ORDER BY RANK::INT DESC, SAB, TTY) - 1, {_UNRANKED}) AS position FROM {{rows}}
"""
_TYPES = "SELECT CUI AS cui, list_sort(list(DISTINCT TUI)) AS semantic_types FROM {rows} GROUP BY CUI"
_ATOMS = f"""
SELECT CUI AS cui, trim(STR) AS name, SAB AS source,
       8192 * (4 * (TS IS DISTINCT FROM 'P')::INT + 2 * (STT IS DISTINCT FROM 'PF')::INT
               + (ISPREF IS DISTINCT FROM 'Y')::INT)
       + coalesce(position, {_UNRANKED}) AS rank
FROM {{rows}} LEFT JOIN positions USING (SAB, TTY) WHERE trim(STR) <> ''
"""
_NAMES = """
WITH preferred AS (
    SELECT cui, substr(min(printf('%05d', rank) || name), 6) AS preferred FROM atoms GROUP BY cui
)
SELECT name, cui, preferred, coalesce(semantic_types, []) AS semantic_types, source, rank
FROM atoms JOIN preferred USING (cui) LEFT JOIN types USING (cui)
ORDER BY cui, rank, name, source
"""


@dataclass(frozen=True)
class Filters:
    """Which names of a release are wanted; an empty list wants all."""

    language: str = "ENG"
    suppressed: bool = False  # suppressed atoms as well: obsolete, or ruled out by the editors
    sources: tuple[str, ...] = ()  # MSH, SNOMEDCT_US
    term_types: tuple[str, ...] = ()  # PT, SY
    semantic_types: tuple[str, ...] = ()  # T047


def umls_names(folder: Path, filters: Filters, scratch: Path) -> Iterator[pa.Table]:
    """The names of the release in `folder`, as tables of `VOCABULARY`, ordered by CUI, rank, name and source.

    They are sorted in the folder `scratch`, which needs about as much room as they take.

    Raises:
        UserError: MRCONSO.RRF or MRSTY.RRF is missing, a file departs from the Rich Release Format, or no name passes.
    """
    mrconso, mrsty, mrrank = release_files(folder)
    names = scratch / "names.parquet"
    config = {"memory_limit": MEMORY, "temp_directory": str(scratch), "preserve_insertion_order": "false"}
    config["threads"] = str(min(THREADS, os.cpu_count() or 1))
    with duckdb.connect(config=config) as database:
        database.execute("SET enable_progress_bar = false")
        if mrrank:
            load(database, mrrank, MRRANK, "positions", _POSITIONS)
        else:
            database.execute("CREATE TEMP TABLE positions (SAB VARCHAR, TTY VARCHAR, position INT)")
        load(database, mrsty, MRSTY, "types", _TYPES)
        load(database, mrconso, MRCONSO, "atoms", _ATOMS + _conditions(filters))
        if not database.execute("SELECT * FROM atoms LIMIT 1").fetchall():
            raise UserError(f"{mrconso}: no name passes the filters")
        try:
            database.execute(f"COPY ({_NAMES}) TO {_literal(str(names))} (FORMAT parquet)")
        except duckdb.Error as error:
            raise UserError(f"{scratch}: the names cannot be sorted there: {str(error).splitlines()[0]}") from error
    for batch in pq.ParquetFile(names).iter_batches():
        yield pa.Table.from_batches([batch]).cast(VOCABULARY)


def release_files(folder: Path) -> tuple[Path, Path, Path | None]:
    """MRCONSO.RRF, MRSTY.RRF and, where it is there, MRRANK.RRF; raises UserError where one is missing."""
    mrconso, mrsty = locate(folder, MRCONSO), locate(folder, MRSTY)
    if mrconso is None or mrsty is None:
        missing = MRCONSO if mrconso is None else MRSTY
        raise UserError(f"{folder / missing.file}: not found")
    return mrconso, mrsty, locate(folder, MRRANK)


def describe(folder: Path, filters: Filters) -> dict[str, Any]:
    """Where the names come from: the release, the filters, the size and SHA-256 of each file."""
    inputs = [
        {"file": file.name, "bytes": file.stat().st_size, "sha256": _sha256(file)}
        for file in release_files(folder)
        if file
    ]
    return {"origin": "umls", "release": _release(folder), "filters": asdict(filters), "inputs": inputs}


def _conditions(filters: Filters) -> str:
    conditions = [f" AND LAT = {_literal(filters.language)}"]
    if not filters.suppressed:
        conditions.append(" AND SUPPRESS = 'N'")
    for column, wanted in (("SAB", filters.sources), ("TTY", filters.term_types)):
        if wanted:
            conditions.append(f" AND {column} IN ({_literals(wanted)})")
    if filters.semantic_types:
        types = _literals(filters.semantic_types)
        conditions.append(f" AND CUI IN (SELECT cui FROM types WHERE list_has_any(semantic_types, [{types}]))")
    return "".join(conditions)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _literals(texts: Iterable[str]) -> str:
    return ", ".join(map(_literal, texts))


def _release(folder: Path) -> str | None:
    """The release's name (2026AA): what release.dat says, here or one folder up, else the newest in MRSAB.RRF."""
    for file in (folder / "release.dat", folder.parent / "release.dat"):
        if file.is_file():
            for line in file.read_text("utf-8", "replace").splitlines():
                if line.startswith("umls.release.name="):
                    return line.partition("=")[2].strip()
    sources = folder / "MRSAB.RRF"
    if not sources.is_file():
        return None
    rows = (line.split("|") for line in sources.read_text("utf-8", "replace").splitlines())
    return max((row[9] for row in rows if len(row) > 9), default="") or None  # IMETA


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
