"""The names in a folder of a server: by ListObjectsV2, as S3 lists, or from the index page that a server shows."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any, Protocol
from urllib.parse import unquote, unquote_plus, urljoin

from lxml import etree

from pipeline.sources.deadline import clock
from pipeline.sources.transport import Diverted, Missing, Refused, Transient

#: Bytes of a page of a listing: S3 sends 1,000 names of at most 1,024 bytes, each up to thrice as long when encoded.
_MAX_PAGE = 16 << 20

#: Bytes of an index page, which holds a whole folder: a million articles take about 100 MB.
_MAX_INDEX = 128 << 20

#: Names in a folder: PMC has 8 million article versions.
_MAX_NAMES = 20_000_000

#: Bytes of an index page between two looks at the clock.
_PART = 1 << 20


class Fetch(Protocol):
    """Gets a URL's body, of at most `limit` bytes, and its content type."""

    def __call__(self, url: str, until: float, limit: int) -> tuple[bytes, str]:
        """Raises Missing, TooLarge, Refused, Transient."""


def list_bucket(fetch: Fetch, url: Callable[[dict[str, str]], str], prefix: str, until: float) -> list[str] | None:
    """The names below a prefix, `url` being a query's; None where the answer is no listing.

    Raises:
        Refused: the listing has no end: it comes back to a page that it began with, or names too much.
        Transient: as `fetch` does.
    """
    query = {"list-type": "2", "delimiter": "/", "prefix": prefix}
    names: list[str] = []
    tokens: set[str] = set()
    while True:
        try:
            body, _ = fetch(url(query), until, _MAX_PAGE)
        except (Missing, Refused):
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
        if token in tokens:
            raise Refused("its listing has no end: it names a page twice")
        if len(names) > _MAX_NAMES:
            raise Refused(f"its listing has no end: more than {_MAX_NAMES:,} names in {prefix}")
        if clock() > until:
            raise Transient("its listing has no end within the deadline")
        tokens.add(token)
        query["continuation-token"] = token


def list_index(fetch: Fetch, url: str, until: float) -> list[str] | None:
    """The names that an index page links to; None where the server shows none; raises Diverted, TooLarge, Transient."""
    try:
        body, kind = fetch(url, until, _MAX_INDEX)
    except Diverted:
        raise
    except (Missing, Refused):
        return None
    if not kind.startswith("text/html"):
        return None
    page, text = _Links(), body.decode(errors="replace")
    for start in range(0, len(text), _PART):
        page.feed(text[start : start + _PART])
        if clock() > until:
            raise Transient("its index page has no end within the deadline")
    names = {_name(url, link) for link in page.found}
    return sorted(name for name in names if re.fullmatch(r"[^/]+/?", name))


def _name(url: str, link: str) -> str:
    """What a link on the page of a folder names in it; empty if nothing."""
    try:
        target = urljoin(url, link).partition("?")[0]
    except ValueError:  # no address: a bracket that is not closed
        return ""
    return unquote(target.removeprefix(url)) if target.startswith(url) else ""


class _Links(HTMLParser):
    """Where the anchors of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if tag == "a" and name == "href" and value]


def _xml(body: bytes) -> Any:
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None
