"""The layout of PMC's Cloud Service since 2026: a folder for each article version, and `metadata/<PMCn.v>.json`."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from urllib.parse import parse_qs

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.sources.base import (
    ARTICLE_VERSIONS,
    IMAGE,
    METADATA,
    Metadata,
    ObjectRef,
    Role,
    Snapshot,
    SourceReject,
    is_page,
    md5,
    take_snapshot,
)
from pipeline.sources.inventory import newest_snapshot, snapshot_of
from pipeline.sources.names import from_uri, name_beside
from pipeline.sources.retry import Client
from schemas.errors import Outage, UserError
from schemas.explain import explain
from schemas.ids import article_id as make_article_id
from schemas.ids import parse_article_id
from schemas.rejects import Reason

#: The id of a snapshot that was listed because there is no inventory.
LISTING = "listing"

_NAME = re.compile(r"(PMC\d+)\.(\d+)\.json", re.ASCII)
_URL = re.compile(r"(s3://[^/?]+/([^?]+))(?:\?(.*))?")
_MD5 = re.compile(r"[0-9a-f]{32}")

#: An escape in JSON: half of a surrogate pair by itself, which JSON can say and no text can hold, is group 1.
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)


class _Document(BaseModel):
    """The fields of an article's JSON; others that PMC may add are ignored."""

    model_config = ConfigDict(strict=True)

    pmcid: str
    version: int
    pmid: int | str | None = None
    doi: str | None = None
    mid: str | None = None
    title: str | None = None
    citation: str | None = None
    is_pmc_openaccess: bool
    is_manuscript: bool = False
    is_historical_ocr: bool
    is_retracted: bool
    license_code: str | None
    xml_url: str | None
    text_url: str | None = None
    pdf_url: str | None = None
    media_urls: list[str] | None = None


class CloudSource:
    """A mirror in the Cloud layout, or PMC's own bucket."""

    def __init__(self, client: Client, concurrency: int) -> None:
        self._client, self._concurrency = client, concurrency

    def snapshot(self, day: date | None = None) -> Snapshot:
        """The newest complete inventory, or that of a day; of a partial copy without one, what `metadata/` holds."""
        if day is not None:
            return snapshot_of(self._client, day)
        found = newest_snapshot(self._client) or self._listing()
        if found is None:
            raise UserError(
                f"{self._client.uri} has neither inventory-reports/ nor metadata/ with an article: no PMC Cloud mirror"
            )
        return found

    def _listing(self) -> Snapshot | None:
        """The JSON files with their MD5, which is what an inventory would state."""
        names = self._client.children("metadata/") or ()
        found = [match for name in names if (match := _NAME.fullmatch(name))]
        if not found:
            return None
        with ThreadPoolExecutor(self._concurrency) as pool:
            etags = list(pool.map(self._etag, (match[0] for match in found)))
        ids = [make_article_id(match[1], int(match[2])) for match in found]
        return take_snapshot(LISTING, pa.table([ids, etags], schema=ARTICLE_VERSIONS))

    def _etag(self, name: str) -> str:
        """The file's MD5; empty for one that cannot be had, which will be its article's reject."""
        try:
            data = self._client.get(f"metadata/{name}", role=METADATA)
            return "" if is_page(data) or not data else md5(data)
        except SourceReject as error:
            if error.reason is Reason.FETCH_FAILED:
                raise Outage(f"{self._client.uri} cannot be listed: {error}") from error
            return ""

    def metadata(self, article_id: str, etag: str) -> Metadata:
        """The article's JSON; an ETag that is an MD5 must be its MD5 (that of a multipart upload is none)."""
        pmcid, version = parse_article_id(article_id)
        key = f"metadata/{pmcid}.{version}.json"
        checksum = etag if _MD5.fullmatch(etag) else ""
        data = self._client.get(key, checksum, METADATA, of_article=True)
        try:
            document = _Document.model_validate_json(_mended(data))
            xml = _reference(document.xml_url) if document.xml_url else None
            media = [_reference(url, document.xml_url) for url in document.media_urls or ()]
        except ValidationError as error:
            # Without an MD5 nobody knows whether what is no JSON is the article's, or was cut on the way.
            cut = not checksum and any(each["type"] == "json_invalid" for each in error.errors())
            reason = Reason.FETCH_FAILED if cut else Reason.METADATA_INVALID
            raise SourceReject(reason, f"{key}: {explain(error, _Document)}") from error
        except ValueError as error:
            raise SourceReject(Reason.METADATA_INVALID, f"{key}: {error}") from error
        if (document.pmcid, document.version) != (pmcid, version):
            raise SourceReject(Reason.METADATA_INVALID, f"{key}: is of {document.pmcid}.{document.version}")
        return Metadata(
            pmid=str(document.pmid) if document.pmid else None,
            doi=document.doi,
            license=document.license_code,
            open_access=document.is_pmc_openaccess,
            retracted=document.is_retracted,
            historical_ocr=document.is_historical_ocr,
            xml=xml,
            media=media,
        )

    def read(self, article_id: str, item: ObjectRef, role: Role = IMAGE) -> bytes:
        """The object's bytes, checked against its MD5."""
        return self._client.get(_key(item.uri), item.md5, role, of_article=True)

    def size(self, article_id: str, item: ObjectRef) -> int:
        """The object's size, without its bytes."""
        return self._client.size(_key(item.uri))


def _mended(data: bytes) -> bytes:
    """JSON whose strings are text: half surrogate pairs and bytes that are no UTF-8 become U+FFFD."""
    whole = _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], data)
    return whole.decode("utf-8", "replace").encode()


def _reference(url: str, article: str | None = None) -> ObjectRef:
    """`s3://bucket/PMC1.1/a%20b.jpg?md5=…`: the URI stays encoded as PMC writes it; raises ValueError."""
    found = _URL.fullmatch(url)
    checksum = parse_qs(found[3] or "").get("md5", [""])[-1].lower() if found else ""
    if not found or (checksum and not _MD5.fullmatch(checksum)):
        raise ValueError(f"{url} is no s3://bucket/key?md5=… URL")
    beside = _URL.fullmatch(article) if article else None
    name = name_beside(from_uri(found[2]), from_uri(beside[2]) if beside else None)
    return ObjectRef(name, found[1], checksum)


def _key(uri: str) -> str:
    """The key of a canonical URI."""
    return from_uri(uri.removeprefix("s3://").partition("/")[2])
