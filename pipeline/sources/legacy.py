"""The layout of PMC's FTP service until 2026: `oa_package/xx/yy/PMCn.tar.gz`, and `oa_file_list.csv` beside it."""

import csv
import os
import re
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

import pyarrow as pa

from pipeline.sources.archive import Archive, Corrupt, Unsafe, read_archive
from pipeline.sources.base import (
    ARTICLE_VERSIONS,
    IMAGE,
    Metadata,
    ObjectRef,
    Role,
    Snapshot,
    SourceReject,
    md5,
    take_snapshot,
)
from pipeline.sources.names import from_uri, to_bytes, to_text, to_uri
from pipeline.sources.transport import MAX_BYTES, TooLarge
from schemas.errors import UserError
from schemas.ids import article_id as make_article_id
from schemas.rejects import Reason

FILE_LIST = "oa_file_list.csv"

_PACKAGE = re.compile(r"(PMC\d+)\.tar\.gz", re.ASCII)
_ALIASES = {
    "articlefile": "file",
    "path": "file",
    "accession": "accessionid",
    "pmcid": "accessionid",
    "licence": "license",
    "licensetype": "license",
}
_VERSION = 1  # the packages held the newest version only, and did not say which


@dataclass(frozen=True)
class _Listed:
    """A row of the file list."""

    pmid: str | None = None
    license: str | None = None
    retracted: bool = False


class LegacySource:
    """A directory tree of packages. Without a file list nothing is known of licences: the JATS must tell."""

    def __init__(self, root: Path, concurrency: int) -> None:
        self._root = root
        self._packages: dict[str, str] | None = None
        self._listed: dict[str, _Listed] = {}
        self._lock = threading.Lock()
        # An article's files are read one after another: the last packages stay, and one thread unpacks each.
        self._open = lru_cache(maxsize=concurrency)(read_archive)
        self._opening = [threading.Lock() for _ in range(2 * concurrency)]

    def snapshot(self) -> Snapshot:
        """Every package, with the CRC and size in its gzip trailer as ETag: they change with the content."""
        packages = self._index()
        rows = [{"article_id": article, "etag": _etag(self._root / path)} for article, path in packages.items()]
        return take_snapshot("listing", pa.Table.from_pylist(rows, schema=ARTICLE_VERSIONS))

    def metadata(self, article_id: str, etag: str) -> Metadata:
        """What the file list says of the package, and the files in it."""
        path, archive = self._archive(article_id)
        if _etag(archive.path) != etag:
            raise SourceReject(Reason.MD5_MISMATCH, f"{to_uri(path)}: changed since the snapshot")
        listed = self._listed.get(article_id, _Listed())
        names = sorted(archive.sizes)
        xml = next((name for suffix in (".nxml", ".xml") for name in names if name.lower().endswith(suffix)), None)
        return Metadata(
            pmid=listed.pmid,
            doi=None,
            license=listed.license,
            open_access=True,
            retracted=listed.retracted,
            historical_ocr=False,
            xml=_reference(path, xml) if xml else None,
            media=[_reference(path, name) for name in names if name != xml],
        )

    def read(self, article_id: str, item: ObjectRef, role: Role = IMAGE) -> bytes:
        """The member's bytes."""
        archive, member = self._member(article_id, item, role)
        if archive.sizes[member] > MAX_BYTES:
            raise SourceReject(role.too_large, f"{item.uri}: {TooLarge()}")
        data = archive.read(member)
        if item.md5 not in ("", md5(data)):
            raise SourceReject(Reason.MD5_MISMATCH, f"{item.uri}: not the MD5 {item.md5}")
        return data

    def size(self, article_id: str, item: ObjectRef) -> int:
        """The member's size once unpacked."""
        archive, member = self._member(article_id, item, IMAGE)
        return archive.sizes[member]

    def _member(self, article_id: str, item: ObjectRef, role: Role) -> tuple[Archive, str]:
        path, archive = self._archive(article_id)
        member = from_uri(item.uri.removeprefix(f"{to_uri(path)}#"))
        if member not in archive.sizes:
            raise SourceReject(role.missing, f"{item.uri}: not there")
        return archive, member

    def _archive(self, article_id: str) -> tuple[str, Archive]:
        path = self._index().get(article_id)
        if path is None:
            raise SourceReject(Reason.METADATA_MISSING, f"{article_id}: no package")
        if not (self._root / path).is_file():
            raise SourceReject(Reason.METADATA_MISSING, f"{to_uri(path)}: not there")
        try:
            with self._opening[zlib.crc32(to_bytes(path)) % len(self._opening)]:
                return path, self._open(self._root / path)
        except Corrupt as error:
            raise SourceReject(Reason.ARCHIVE_CORRUPT, f"{to_uri(path)}: {error}") from error
        except Unsafe as error:
            raise SourceReject(Reason.ARCHIVE_UNSAFE, f"{to_uri(path)}: {error}") from error

    def _index(self) -> dict[str, str]:
        """The packages by article id, found once in each worker."""
        with self._lock:
            if self._packages is None:
                packages: dict[str, str] = {}
                for article, path in packages_below(self._root):
                    packages.setdefault(article, path)
                self._listed = _read_list(self._root, packages)
                self._packages = packages
            return self._packages


def packages_below(root: Path) -> Iterator[tuple[str, str]]:
    """Each package's article id and its path relative to `root`, in the order of the paths."""
    for folder, subfolders, files in os.walk(root):
        subfolders.sort()
        for name in sorted(files):
            if found := _PACKAGE.fullmatch(name):
                yield make_article_id(found[1], _VERSION), (Path(folder) / name).relative_to(root).as_posix()


def _reference(path: str, member: str) -> ObjectRef:
    return ObjectRef(PurePosixPath(to_text(member)).name, f"{to_uri(path)}#{to_uri(member)}")


def _etag(package: Path) -> str:
    """CRC-32 and size modulo 2^32 of what the last gzip member holds (RFC 1952, section 2.3); empty for no file."""
    if not package.is_file():  # a link that leads nowhere, or a pipe, which would block for ever
        return ""
    with package.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 8))
        crc, size = struct.unpack("<II", file.read().rjust(8, b"\0"))
    return f"{crc:08x}-{size}"


def _read_list(root: Path, packages: dict[str, str]) -> dict[str, _Listed]:
    """The rows of the file list that speak of these packages; none where there is no list."""
    folders = (root, root.parent) if root.name == "oa_package" else (root,)
    path = next((folder / FILE_LIST for folder in folders if (folder / FILE_LIST).is_file()), None)
    if path is None:
        return {}
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


def _listed(row: dict[str, str]) -> _Listed:
    return _Listed(
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
    found = _PACKAGE.fullmatch(PurePosixPath(row.get("file", "")).name)
    return make_article_id(found[1] if found else row.get("accessionid", ""), _VERSION)
