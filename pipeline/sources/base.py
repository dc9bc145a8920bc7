"""What a source of articles is, whatever its layout."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import Outage
from schemas.rejects import Reason
from schemas.tables import batches

#: The articles of a snapshot; `etag` changes with an article's content.
ARTICLE_VERSIONS = pa.schema(
    [pa.field("article_id", pa.string(), nullable=False), pa.field("etag", pa.string(), nullable=False)]
)

_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)


class SourceReject(Exception):
    """One object cannot be had, and that says nothing about the others."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Role:
    """What an object is to its article: the reasons when it is missing, and when it is too large to be one."""

    missing: Reason
    too_large: Reason


METADATA = Role(Reason.METADATA_MISSING, Reason.METADATA_INVALID)
XML = Role(Reason.XML_MISSING, Reason.XML_MALFORMED)
IMAGE = Role(Reason.IMAGE_MISSING, Reason.IMAGE_TOO_LARGE)


@dataclass(frozen=True)
class ObjectRef:
    """A file of an article: its name, its canonical URI, its MD5 (empty where the source states none).

    A name has folders before it where the file is not in the XML's.
    """

    name: str
    uri: str
    md5: str = ""


@dataclass(frozen=True)
class Metadata:
    """What the source says of an article version; None where it says nothing."""

    pmid: str | None
    doi: str | None
    license: str | None
    open_access: bool
    retracted: bool
    historical_ocr: bool
    xml: ObjectRef | None
    media: list[ObjectRef]


@dataclass(frozen=True)
class Snapshot:
    """The article versions of a source at one moment, in the schema ARTICLE_VERSIONS, sorted by id."""

    id: str
    checksum: str
    articles: pa.Table


def take_snapshot(name: str, articles: pa.Table) -> Snapshot:
    """The snapshot of these article versions.

    S3 lists a key once; were one there twice, the greatest ETag would count, whatever the order.
    """
    articles = articles.sort_by([(column, "ascending") for column in ARTICLE_VERSIONS.names])
    ids = articles["article_id"].combine_chunks()
    again = pc.equal(ids[:-1], ids[1:])
    if pc.any(again).as_py():
        articles = articles.filter(pa.concat_arrays([pc.invert(again), pa.array([True])]))
    return Snapshot(name, checksum_of(articles), articles.cast(ARTICLE_VERSIONS))


def checksum_of(articles: pa.Table) -> str:
    """The checksum of a snapshot: SHA-256 of its sorted lines "article_id etag"."""
    checksum = hashlib.sha256()
    for batch in batches(articles, 1 << 16):
        pairs = zip(*(batch[column].to_pylist() for column in ARTICLE_VERSIONS.names), strict=True)
        checksum.update("".join(f"{article} {etag}\n" for article, etag in pairs).encode())
    return checksum.hexdigest()


def md5(data: bytes) -> str:
    """The MD5 in hexadecimal, as PMC and S3 state it: a checksum against damage, not against forgery."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def is_page(data: bytes) -> bool:
    """Whether the bytes are an HTML page: what a server in trouble, or one that wants a login, sends as anything."""
    return _PAGE.match(data) is not None


class Away(Outage):
    """A directory is no source of articles now: a wrong name, or a mount that is away."""


class Source(Protocol):
    """Articles to read. All methods but `snapshot` raise SourceReject for an article or object that cannot be had,
    Outage when the source as a whole is down; they are safe to call from several threads.
    """

    def snapshot(self, day: date | None = None) -> Snapshot:
        """What is there now, or in the inventory of a day.

        Raises:
            UserError: nothing looks like a source, or there is no whole inventory of that day.
        """

    def metadata(self, article_id: str, etag: str) -> Metadata:
        """What the source states of an article, which must still be the version with this ETag."""

    def read(self, article_id: str, item: ObjectRef, role: Role = IMAGE) -> bytes:
        """The bytes of one of the article's files, checked against its MD5."""

    def size(self, article_id: str, item: ObjectRef) -> int:
        """The bytes that the file takes."""
