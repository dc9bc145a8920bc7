"""The list of a tree of legacy packages, `oa_file_list.csv`: what it says of each package. Header spellings vary."""

import csv
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.sources.local import OUTSIDE, leads_out
from schemas.errors import UserError
from schemas.ids import article_id as make_article_id

FILE_LIST = "oa_file_list.csv"

#: The packages held the newest version only, and did not say which.
VERSION = 1

PACKAGE = re.compile(r"(PMC\d+)\.tar\.gz", re.ASCII)

_ALIASES = {
    "articlefile": "file",
    "path": "file",
    "accession": "accessionid",
    "pmcid": "accessionid",
    "licence": "license",
    "licensetype": "license",
}


@dataclass(frozen=True)
class Listed:
    """A row of the file list."""

    pmid: str | None = None
    license: str | None = None
    retracted: bool = False


def find_list(root: Path) -> Path | None:
    """Where the list of this tree is; None where there is none; raises UserError for a link that leads out of it."""
    for folder in (root, root.parent) if root.name == "oa_package" else (root,):
        if (path := folder / FILE_LIST).is_file():  # and no pipe
            if leads_out(folder, path):
                raise UserError(f"{path} is {OUTSIDE}")
            return path
    return None


def read_list(path: Path, packages: Collection[str]) -> dict[str, Listed]:
    """The rows of the file list that speak of these packages; raises UserError, OSError."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        rows = csv.reader(line.replace("\0", "") for line in lines)  # before Python 3.11 a NUL was an error
        try:
            columns = {_column(title): n for n, title in enumerate(next(rows, []))}
            if not {"file", "accessionid"} & set(columns):
                raise UserError(f"{path} has no column File or Accession ID")
            cells = ({title: row[n].strip() for title, n in columns.items() if n < len(row)} for row in rows)
            return {article: _listed(row) for row in cells if (article := _article(row)) in packages}
        except csv.Error as error:
            raise UserError(f"{path}: line {rows.line_num}: {error}") from error


def _listed(row: dict[str, str]) -> Listed:
    return Listed(
        pmid=row.get("pmid", "").removeprefix("PMID:") or None,
        license=row.get("license") or None,
        retracted=row.get("retracted", "").lower() in ("yes", "y", "true", "1"),
    )


def _column(title: str) -> str:
    """`Last Updated (YYYY-MM-DD HH:MM:SS)` -> `lastupdated`; what PMC and its mirrors call one column is one name."""
    name = re.sub(r"[^a-z]", "", title.partition("(")[0].lower())
    return _ALIASES.get(name, name)


def _article(row: dict[str, str]) -> str:
    """The article that a row speaks of: by its package, else by its accession id."""
    found = PACKAGE.fullmatch(PurePosixPath(row.get("file", "")).name)
    return make_article_id(found[1] if found else row.get("accessionid", ""), VERSION)
