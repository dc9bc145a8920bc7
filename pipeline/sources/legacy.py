"""The layout of PMC's FTP service until 2026: `oa_package/xx/yy/PMCn.tar.gz`, and `oa_file_list.csv` beside it."""

import errno
import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from pipeline.sources.archive import Archive, Corrupt, Unsafe, read_archive
from pipeline.sources.base import (
    ARTICLE_VERSIONS,
    IMAGE,
    METADATA,
    Metadata,
    ObjectRef,
    Role,
    Snapshot,
    SourceReject,
    md5,
    take_snapshot,
)
from pipeline.sources.file_list import PACKAGE, VERSION, Listed, find_list, read_list
from pipeline.sources.health import Health, Policy
from pipeline.sources.inventory import no_inventory
from pipeline.sources.local import holds_anything, judge, open_inside
from pipeline.sources.names import from_uri, name_beside, to_bytes, to_uri
from pipeline.sources.package import find_article, members
from pipeline.sources.transport import MAX_BYTES, Missing, TooLarge, Transient
from schemas.errors import Outage
from schemas.ids import article_id as make_article_id
from schemas.ids import parse_article_id
from schemas.rejects import Reason

T = TypeVar("T")


class LegacySource:
    """A directory tree of packages. Without a file list nothing is known of licences: the JATS must tell."""

    def __init__(self, root: Path, concurrency: int, policy: Policy) -> None:
        self._root, self._list = root, find_list(root)
        self._health = Health(str(root), policy, self._is_there)
        self._packages: dict[str, str] | None = None
        self._listed: dict[str, Listed] = {}
        self._lock = threading.Lock()
        # An article's files are read one after another: the last packages stay, and one thread unpacks each.
        self._open = lru_cache(maxsize=concurrency)(read_archive)
        self._opening = [threading.Lock() for _ in range(2 * concurrency)]

    def snapshot(self, day: date | None = None) -> Snapshot:
        """Every package, with the CRC and size in its gzip trailer as ETag: they change with the content."""
        if day is not None:
            raise no_inventory(str(self._root))
        packages = self._index()
        rows = [{"article_id": article, "etag": self._etag(path)} for article, path in packages.items()]
        return take_snapshot("listing", pa.Table.from_pylist(rows, schema=ARTICLE_VERSIONS))

    def metadata(self, article_id: str, etag: str) -> Metadata:
        """What the file list says of the package, and the files in it."""
        path, archive = self._archive(article_id)
        if self._etag(path) != etag:
            raise SourceReject(Reason.MD5_MISMATCH, f"{to_uri(path)}: changed since the snapshot")
        listed = self._listed.get(article_id, Listed())
        pmcid, _ = parse_article_id(article_id)
        xml = self._had(path, lambda: find_article(archive, pmcid))
        return Metadata(
            pmid=listed.pmid,
            doi=None,
            license=listed.license,
            open_access=True,
            retracted=listed.retracted,
            historical_ocr=False,
            xml=_reference(path, xml, xml) if xml else None,
            media=[_reference(path, name, xml) for name in members(archive.sizes) if name != xml],
        )

    def read(self, article_id: str, item: ObjectRef, role: Role = IMAGE) -> bytes:
        """The member's bytes."""
        archive, member = self._member(article_id, item, role)
        if archive.sizes[member] > MAX_BYTES:
            raise SourceReject(role.too_large, f"{item.uri}: {TooLarge()}")
        data = self._had(self._index()[article_id], lambda: archive.read(member))
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

        def opened() -> Archive:
            with open_inside(self._root, path):  # it is a file of the tree
                return self._open(self._root / path)

        with self._opening[zlib.crc32(to_bytes(path)) % len(self._opening)]:
            return path, self._had(path, opened)

    def _etag(self, path: str) -> str:
        """CRC-32 and size modulo 2^32 of what the last gzip member holds (RFC 1952, section 2.3); empty for no file."""

        def trailer() -> bytes:
            with open_inside(self._root, path) as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - 8))
                return file.read(8)

        try:
            crc, size = struct.unpack("<II", self._had(path, trailer).rjust(8, b"\0"))
        except SourceReject as error:
            if error.reason is Reason.FETCH_FAILED:
                raise Outage(f"{self._root} cannot be listed: {error.detail}") from error
            return ""
        return f"{crc:08x}-{size}"

    def _index(self) -> dict[str, str]:
        """The packages by article id, found once in each worker."""

        def found() -> tuple[dict[str, str], dict[str, Listed]]:
            packages: dict[str, str] = {}
            for article, path in packages_below(self._root):
                packages.setdefault(article, path)
            listed = read_list(self._list, packages) if self._list else {}
            if not packages and not holds_anything(self._root):
                raise FileNotFoundError(errno.ENOENT, "no package", str(self._root))
            return packages, listed

        with self._lock:
            if self._packages is None:
                try:
                    self._packages, self._listed = self._patiently(self._root, found)
                except (Transient, Missing) as error:
                    raise Outage(f"{self._root} cannot be listed: {error}") from error
            return self._packages

    def _had(self, path: str, action: Callable[[], T]) -> T:
        """What `action` reads from the package at `path`; raises SourceReject for it, Outage for the whole tree."""
        try:
            return self._patiently(self._root / path, action)
        except Transient as error:
            raise SourceReject(Reason.FETCH_FAILED, f"{to_uri(path)}: {error}") from error
        except Missing as error:
            raise SourceReject(METADATA.missing, f"{to_uri(path)}: {error}") from error
        except Corrupt as error:
            raise SourceReject(Reason.ARCHIVE_CORRUPT, f"{to_uri(path)}: {error}") from error
        except Unsafe as error:
            raise SourceReject(Reason.ARCHIVE_UNSAFE, f"{to_uri(path)}: {error}") from error

    def _patiently(self, path: Path, action: Callable[[], T]) -> T:
        """What `action` reads from `path`; raises Missing, Transient, Refused, Outage."""

        def attempt(until: float) -> T:
            try:
                return action()
            except OSError as error:
                raise judge(error, path, [self._root]) from error

        return self._health.attempt(str(path), attempt)

    def _is_there(self, alone: bool) -> bool:
        try:
            return holds_anything(self._root)
        except OSError:
            return False


def packages_below(root: Path) -> Iterator[tuple[str, str]]:
    """Each package's article id and its path relative to `root`, in the order of the paths; raises OSError.

    A folder that we may not read is passed over, as the `lost+found` of a disk.
    """

    def judged(error: OSError) -> None:
        if error.errno != errno.EACCES:
            raise error

    for folder, subfolders, files in os.walk(root, onerror=judged):
        subfolders.sort()
        for name in sorted(files):
            if found := PACKAGE.fullmatch(name):
                yield make_article_id(found[1], VERSION), (Path(folder) / name).relative_to(root).as_posix()


def _reference(path: str, member: str, article: str | None) -> ObjectRef:
    return ObjectRef(name_beside(member, article), f"{to_uri(path)}#{to_uri(member)}")
