"""Objects over HTTP by a pool of keep-alive connections: a static server, or a bucket that speaks S3 unsigned."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, unquote, unquote_plus, urlencode, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from lxml import etree
from urllib3.exceptions import HTTPError

from pipeline.sources.names import to_bytes
from pipeline.sources.transport import MAX_BYTES, Missing, TooLarge, Transient
from schemas.errors import UserError

#: Seconds to connect, and seconds without a byte.
TIMEOUT = urllib3.Timeout(connect=10, read=30)

_CHUNK = 1 << 16

#: A 403 with one of these codes speaks of us, not of the object.
_CREDENTIALS = frozenset({"ExpiredToken", "InvalidAccessKeyId", "RequestTimeTooSkewed", "SignatureDoesNotMatch"})


class _Refused(Transient):
    """The server does not take such requests, at least not from us."""


class Web:
    """Keys as paths below a URL. Folders are listed as S3 does, else from the server's index page."""

    def __init__(self, uri: str, concurrency: int, timeout: urllib3.Timeout = TIMEOUT) -> None:
        self.uri = uri.rstrip("/")
        self._pool = _pool(self._endpoint(), concurrency, timeout)

    def _endpoint(self) -> str:
        return self.uri

    def _url(self, method: str, key: str) -> str:
        return f"{self.uri}/{quote(to_bytes(key))}"

    def get(self, key: str, until: float) -> bytes:
        """The object's bytes."""
        return self._fetch(self._url("GET", key), until)[0]

    def size(self, key: str, until: float) -> int:
        """The object's size in bytes, without its bytes."""
        with self._answer("HEAD", self._url("HEAD", key)) as response:
            _judge(response, _body(response, until))
            length = _length(response)
        if length is None:
            raise Transient("the server states no size")
        return length

    def children(self, folder: str, until: float) -> list[str] | None:
        """The names in a folder.

        Where a bucket ends and a prefix begins cannot be seen in the URL: each place is tried.
        """
        parts = urlsplit(self.uri)
        steps = [step for step in parts.path.split("/") if step]
        for n in range(len(steps) + 1):
            root = "/".join([f"{parts.scheme}://{parts.netloc}", *steps[:n]])
            prefix = "".join(f"{unquote(step)}/" for step in steps[n:]) + folder
            if (names := self.listed(partial(_listing_url, root), prefix, until)) is not None:
                return names
        return self._indexed(f"{self.uri}/{quote(folder)}", until)

    def listed(self, url: Callable[[dict[str, str]], str], prefix: str, until: float) -> list[str] | None:
        """The names below a prefix by ListObjectsV2, `url` being a query's; None where the answer is no listing."""
        query = {"list-type": "2", "delimiter": "/", "prefix": prefix}
        names: list[str] = []
        while True:
            try:
                body, _ = self._fetch(url(query), until)
            except (Missing, _Refused):
                return None
            page = _xml(body)
            if page is None or etree.QName(page).localname != "ListBucketResult":
                return None
            found = page.iterfind("{*}CommonPrefixes/{*}Prefix"), page.iterfind("{*}Contents/{*}Key")
            decode = unquote_plus if page.findtext("{*}EncodingType") == "url" else str
            names += [decode(node.text or "").removeprefix(prefix) for nodes in found for node in nodes]
            token = page.findtext("{*}NextContinuationToken")
            if page.findtext("{*}IsTruncated") != "true" or not token:
                return sorted(name for name in names if name)
            query["continuation-token"] = token

    def _indexed(self, url: str, until: float) -> list[str] | None:
        """The names that an index page links to; None where the server shows none."""
        try:
            body, kind = self._fetch(url, until)
        except (Missing, _Refused):
            return None
        if not kind.startswith("text/html"):
            return None
        page = _Links()
        page.feed(body.decode(errors="replace"))
        links = (urljoin(url, link).partition("?")[0] for link in page.found)
        names = (unquote(link.removeprefix(url)) for link in links if link.startswith(url))
        return sorted({name for name in names if re.fullmatch(r"[^/]+/?", name)})

    def _fetch(self, url: str, until: float) -> tuple[bytes, str]:
        """The body, whatever its encoding, and the content type."""
        with self._answer("GET", url) as response:
            if (_length(response) or 0) > MAX_BYTES:
                raise TooLarge
            body = _body(response, until)
            _judge(response, body)
            return body, response.headers.get("Content-Type", "")

    @contextmanager
    def _answer(self, method: str, url: str) -> Iterator[urllib3.BaseHTTPResponse]:
        try:
            response = self._pool.request(method, url, preload_content=False, decode_content=False)
            try:
                yield response
            finally:
                response.close()  # closes the connection too, unless its body was read to the end
                response.release_conn()
        except HTTPError as error:
            raise Transient(_told(error)) from error


class _Links(HTMLParser):
    """Where the anchors of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if tag == "a" and name == "href" and value]


def _listing_url(root: str, query: dict[str, str]) -> str:
    return f"{root}/?{urlencode(query)}"


def _pool(endpoint: str, concurrency: int, timeout: urllib3.Timeout) -> urllib3.PoolManager:
    parts = urlsplit(endpoint)
    options: dict[str, Any] = {
        "maxsize": concurrency,
        "block": True,
        "timeout": timeout,
        "retries": urllib3.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=5),
        "ca_certs": os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE"),
        "headers": {"Accept-Encoding": "identity", "User-Agent": "medconcept"},
    }
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, **options)
    return urllib3.PoolManager(**options)


def _length(response: urllib3.BaseHTTPResponse) -> int | None:
    stated = response.headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() else None


def _body(response: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """What arrives before `until`, read as it comes: a server that drips never fills a larger buffer."""
    chunks: list[bytes] = []
    total = 0
    while chunk := response.read1(_CHUNK):
        total += len(chunk)
        if total > MAX_BYTES:
            raise TooLarge
        if time.monotonic() > until:
            raise Transient("too slow: the deadline passed")
        chunks.append(chunk)
    return b"".join(chunks)


def _judge(response: urllib3.BaseHTTPResponse, body: bytes) -> None:
    """Raise unless the answer is the object."""
    if response.status == 200:
        return
    found = re.search(rb"<Code>(\w+)</Code>", body)
    code = found[1].decode() if found else ""
    region = response.headers.get("x-amz-bucket-region")
    if response.status in (301, 307) and region:
        raise UserError(f"the bucket is in the region {region}: set AWS_REGION")
    if response.status in (404, 410) or (response.status == 403 and code not in _CREDENTIALS):
        raise Missing
    refused = 400 <= response.status < 500 and response.status not in (408, 429) and code not in _CREDENTIALS
    raise (_Refused if refused else Transient)(f"HTTP {response.status} {code}".strip())


def _told(error: HTTPError) -> str:
    """The fault in words, without the connection's repr in front."""
    reason = getattr(error, "reason", None) or error
    return re.sub(r"^(<.*?>|\w+\(.*?\)): ", "", str(reason)) or type(reason).__name__


def _xml(body: bytes) -> Any:
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None
