"""Objects over HTTP by a pool of keep-alive connections: a static server, or a bucket that speaks S3 unsigned."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError

from pipeline.sources.deadline import answered_until, clock
from pipeline.sources.listing import list_bucket, list_index
from pipeline.sources.names import to_bytes
from pipeline.sources.pools import POOLS, close_idle
from pipeline.sources.quota.guest import Guest
from pipeline.sources.quota.lines import Bounds
from pipeline.sources.transport import MAX_BYTES, Diverted, Missing, Refused, Throttled, TooLarge, Transient
from schemas.errors import UserError

#: Seconds to connect, and seconds without a byte.
TIMEOUT = urllib3.Timeout(connect=10, read=30)

_CHUNK = 1 << 16

#: A server that moved a file says so once, perhaps with another slash; more is a loop.
_MAX_REDIRECTS = 5

#: A 403 with one of these codes speaks of us, not of the object.
_CREDENTIALS = frozenset({"ExpiredToken", "InvalidAccessKeyId", "RequestTimeTooSkewed", "SignatureDoesNotMatch"})

#: What S3 says in a 400 that is over with the next attempt.
_PASSING = frozenset({"RequestTimeout"})

#: What S3 and its kin say, with whatever status, to who asks for too much.
_THROTTLING = frozenset({"RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequests"})

_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate", "compress", "br", "zstd"})


class Web:
    """Keys as paths below a URL. Folders are listed as S3 does, else from the server's index page."""

    def __init__(
        self,
        uri: str,
        concurrency: int,
        timeout: urllib3.Timeout = TIMEOUT,
        headers: dict[str, str] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.uri = uri.rstrip("/")
        self._pool = _pool(self._endpoint(), concurrency, timeout, headers or {})
        self._leave = Guest(bounds.line(), partial(close_idle, self._pool)).request if bounds else nullcontext

    def _endpoint(self) -> str:
        return self.uri

    def _url(self, method: str, key: str) -> str:
        return f"{self.uri}/{quote(to_bytes(key))}"

    def get(self, key: str, until: float) -> bytes:
        """The object's bytes."""
        return self.fetch(self._url("GET", key), until)[0]

    def size(self, key: str, until: float) -> int:
        """The object's size in bytes, without its bytes."""
        with self._answer("HEAD", self._url("HEAD", key), until) as response:
            _judge(response, until)
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
            if (names := list_bucket(self.fetch, partial(_listing_url, root), prefix, until)) is not None:
                return names
        return list_index(self.fetch, f"{self.uri}/{quote(folder)}", until)

    def fetch(self, url: str, until: float, limit: int | None = None) -> tuple[bytes, str]:
        """The body, of at most `limit` bytes, and the content type; raises as all methods of a transport do."""
        limit = limit or MAX_BYTES
        with self._answer("GET", url, until) as response:
            _judge(response, until)
            if (_length(response) or 0) > limit:
                raise TooLarge
            _check_encoding(response, url)
            body = b"".join(_chunks(response, until, limit))
            return body, response.headers.get("Content-Type", "")

    @contextmanager
    def _answer(self, method: str, url: str, until: float) -> Iterator[urllib3.BaseHTTPResponse]:
        """The answer, at the end of redirects that stay on the server."""
        for _ in range(_MAX_REDIRECTS + 1):
            with self._response(method, url, until) as response:
                target = response.get_redirect_location()
                if not target or "x-amz-bucket-region" in response.headers:
                    yield response
                    return
                url = _followed(url, target)
        raise Refused(f"more than {_MAX_REDIRECTS} redirects")

    @contextmanager
    def _response(self, method: str, url: str, until: float) -> Iterator[urllib3.BaseHTTPResponse]:
        try:
            with self._leave():
                with answered_until(until):
                    response = self._pool.request(
                        method,
                        url,
                        preload_content=False,
                        decode_content=False,
                        redirect=False,
                        retries=False,
                        pool_timeout=max(until - clock(), 0),
                    )
                try:
                    yield response
                finally:
                    response.close()  # closes the connection too, unless its body was read to the end
                    response.release_conn()
        except HTTPError as error:
            late = clock() >= until
            raise Transient("too slow: the deadline passed" if late else _told(error)) from error


def _listing_url(root: str, query: dict[str, str]) -> str:
    return f"{root}/?{urlencode(query)}"


def _pool(endpoint: str, concurrency: int, timeout: urllib3.Timeout, headers: dict[str, str]) -> urllib3.PoolManager:
    parts = urlsplit(endpoint)
    options: dict[str, Any] = {
        "maxsize": concurrency,
        "block": True,
        "timeout": timeout,
        "ca_certs": os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE"),
        "headers": {"Accept-Encoding": "identity", "User-Agent": "medconcept"} | headers,
    }
    proxy = getproxies().get(parts.scheme)
    found = proxy and not proxy_bypass(parts.hostname or "")
    pool = urllib3.ProxyManager(proxy, **options) if proxy and found else urllib3.PoolManager(**options)
    pool.pool_classes_by_scheme = POOLS
    return pool


def _followed(url: str, target: str) -> str:
    """Where a redirect leads; raises Diverted unless that is the same scheme, host and port."""
    try:
        joined = urljoin(url, target)
        here, there = (_origin(each) for each in (url, joined))
    except ValueError as error:
        raise Diverted("redirected to what is no address") from error
    if here != there:
        raise Diverted(f"redirected to {there[0]}://{there[1]}"[:200])
    return joined


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _length(response: urllib3.BaseHTTPResponse) -> int | None:
    stated = response.headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() and len(stated) < 20 else None


def _chunks(response: urllib3.BaseHTTPResponse, until: float, limit: int) -> Iterator[bytes]:
    """What arrives before `until`, as it comes: a server that drips never fills a larger buffer."""
    total = 0
    while chunk := response.read1(_CHUNK):
        total += len(chunk)
        if total > limit:
            raise Refused(f"no end within {limit >> 20} MiB, and no length stated")
        if clock() > until:
            raise Transient("too slow: the deadline passed")
        yield chunk


def _check_encoding(response: urllib3.BaseHTTPResponse, url: str) -> None:
    """Raise Refused for a body that was compressed on the way, though we ask for none; it is never unpacked.

    Servers call a file that is itself a .gz encoded.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in _ENCODINGS and not urlsplit(url).path.endswith(".gz"):
        raise Refused(f"comes encoded as {encoding}, though asked for as it is")


def _judge(response: urllib3.BaseHTTPResponse, until: float) -> None:
    """Raise unless the answer is the object."""
    if response.status == 200:
        return
    found = re.search(rb"<Code>(\w+)</Code>", next(_chunks(response, until, MAX_BYTES), b""))
    code = found[1].decode() if found else ""
    region = response.headers.get("x-amz-bucket-region")
    if response.status in (301, 307) and region:
        raise UserError(f"the bucket is in the region {region}: set AWS_REGION")
    told = f"HTTP {response.status} {code}".strip()
    if response.status in (429, 503) or code in _THROTTLING:
        raise Throttled(told, _retry_after(response))
    if response.status in (404, 410) or (response.status == 403 and code not in _CREDENTIALS):
        raise Missing
    refused = 300 <= response.status < 500 and response.status not in (408, 425, 429)
    passing = code in _CREDENTIALS | _PASSING
    raise (Refused if refused and not passing else Transient)(told)


def _retry_after(response: urllib3.BaseHTTPResponse) -> float:
    """The seconds for which the server wants to be left alone; 0 where it states none that can be read."""
    with suppress(HTTPError):
        return urllib3.Retry().get_retry_after(response) or 0.0
    return 0.0


def _told(error: HTTPError) -> str:
    """The fault in words, without the connection's repr in front."""
    reason = getattr(error, "reason", None) or error
    return re.sub(r"^(<.*?>|\w+\(.*?\)): ", "", str(reason)) or type(reason).__name__
