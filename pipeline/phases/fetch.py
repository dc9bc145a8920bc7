"""The stages that read the source: an article's metadata and XML, then the graphics that its figures name."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import pyarrow as pa
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from dags.stage import AHEAD
from pipeline.sources import XML, Away, Metadata, ObjectRef, Policy, Source, SourceReject
from pipeline.sources.base import md5
from schemas.articles import ARTICLES
from schemas.figures import IMAGES
from schemas.rejects import Reason, reject
from schemas.tables import Row
from transforms.rights.licenses import Licenses, admitted
from transforms.rights.wording import known_code

#: A directory was there when the run began: one that is away when a worker opens it is waited for, as any source is.
_REOPENING = Retrying(
    retry=retry_if_exception_type(Away), stop=stop_after_delay(Policy().patience), wait=wait_fixed(0.5), reraise=True
)


class _Fetch(ABC):
    """A stage whose rows are fetched `concurrency` at a time and come back in their order."""

    name: str
    version = "3"
    rowwise = True
    cpus = 0.0  # it waits
    gpus = 0.0
    memory = AHEAD * (100 << 20)
    batch: int
    output: pa.Schema

    def __init__(self, open: Callable[[], Source], concurrency: int) -> None:
        self._open, self._concurrency = open, concurrency

    def setup(self) -> None:
        """Open the source; raises Outage."""
        self._source = _REOPENING(self._open)

    def __call__(self, table: pa.Table) -> pa.Table:
        """The rows with what was fetched for them; raises Outage."""
        with ThreadPoolExecutor(self._concurrency) as pool:
            return pa.Table.from_pylist(list(pool.map(self._tried, table.to_pylist())), schema=self.output)

    def _tried(self, row: Row) -> Row:
        try:
            return self._fetch(row)
        except SourceReject as error:
            return row | {"reject": reject(self.name, error.reason, error.detail)}

    @abstractmethod
    def _fetch(self, row: Row) -> Row:
        """The row with what was fetched for it; raises SourceReject."""


class FetchArticles(_Fetch):
    """PLANNED -> ARTICLES: the metadata, the gates that it decides, and the XML of what passes them.

    A licence that the source does not state is judged when the JATS has been read.
    """

    name = "fetch_articles"
    batch = 64
    output = ARTICLES

    def __init__(self, open: Callable[[], Source], licenses: Licenses, concurrency: int) -> None:
        super().__init__(open, concurrency)
        self._licenses = licenses

    def _fetch(self, row: Row) -> Row:
        article = row["article_id"]
        metadata = self._source.metadata(article, row["etag"])
        known = {
            "article_id": article,
            "pmid": metadata.pmid,
            "doi": metadata.doi,
            "license": known_code(metadata.license) or (metadata.license or "").strip() or None,
        }
        if gate := self._gate(metadata, known["license"]):
            return known | {"reject": gate}
        if metadata.xml is None:
            return known | {"reject": reject(self.name, Reason.XML_MISSING, "the source names no XML")}
        media = [asdict(item) for item in metadata.media]
        return known | {"xml": self._source.read(article, metadata.xml, XML), "media": media}

    def _gate(self, metadata: Metadata, license: str | None) -> dict[str, str] | None:
        if not metadata.open_access:
            return reject(self.name, Reason.NOT_OPEN_ACCESS)
        if metadata.retracted:
            return reject(self.name, Reason.RETRACTED)
        if metadata.historical_ocr:
            return reject(self.name, Reason.HISTORICAL_OCR)
        if license and not admitted(license, self._licenses):
            return reject(self.name, Reason.LICENSE_EXCLUDED, license)
        return None


class FetchImages(_Fetch):
    """FIGURES -> IMAGES: the bytes of each row's graphic."""

    name = "fetch_images"
    batch = 16
    output = IMAGES

    def _fetch(self, row: Row) -> Row:
        graphic = ObjectRef(row["graphic"], row["source_uri"], row["source_md5"] or "")
        image = self._source.read(row["article_id"], graphic)
        return row | {"image": image, "source_md5": graphic.md5 or md5(image)}
