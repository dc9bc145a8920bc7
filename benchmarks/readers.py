"""What reads strangers' bytes, each as a function of them that gives the outcome in a word; for benchmarks/mutated.py.

A declared error is an outcome. Whatever else is raised is a fault, and comes through.
"""

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from pipeline.sources import Source, SourceReject, open_source
from pipeline.sources.base import md5
from schemas.articles import ARTICLES
from schemas.errors import UserError
from transforms.images.decode import ImageError, decode
from transforms.jats.read import ReadFigures

DATE = "2026-11-21T01-00Z"
REPORTS = "inventory-reports/pmc-oa-opendata/metadata"
EMPTY = gzip.compress(bytes(10_240), mtime=0)
PICTURES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".gif", ".webp", ".bmp"}


class Sample(NamedTuple):
    """A real file, and the folder of its article."""

    kind: str
    path: Path


def samples(mirror: Path) -> dict[str, list[Sample]]:
    """The files of a mirror by kind; packages and lists of them are made of its articles."""
    articles = sorted(path for path in mirror.glob("PMC*.*") if path.is_dir())
    pictured = [path for path in articles if any(_pictures(path))]
    found = {
        "jats": [next(article.glob("*.xml")) for article in articles],
        "metadata": sorted((mirror / "metadata").glob("*.json")),
        "manifest": sorted((mirror / REPORTS).glob("*/manifest.json")),
        "inventory": sorted((mirror / REPORTS).rglob("*.csv.gz")),
        "picture": [picture for article in articles for picture in _pictures(article)],
        "package": pictured,
        "file list": [mirror],
    }
    return {kind: [Sample(kind, path) for path in paths] for kind, paths in found.items()}


def _pictures(article: Path) -> Iterator[Path]:
    return (path for path in sorted(article.iterdir()) if path.suffix.lower() in PICTURES)


def content(sample: Sample) -> bytes:
    """The real bytes."""
    if sample.kind == "package":
        return package(sample.path)
    if sample.kind == "file list":
        names = sorted(path.stem for path in sample.path.glob("PMC*.*"))[:40]
        lines = (
            f"oa_package/00/00/{name}.tar.gz,A Journal. 2026,{name},2026-01-02 03:04:05,31,CC BY" for name in names
        )
        return "\n".join(
            ["File,Article Citation,Accession ID,Last Updated (YYYY-MM-DD HH:MM:SS),PMID,License", *lines]
        ).encode()
    return sample.path.read_bytes()


def package(article: Path) -> bytes:
    """An article's folder as PMC's FTP service packed it, with at most two pictures."""
    name = article.name.split(".")[0]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in (*article.glob("*.xml"), *list(_pictures(article))[:2]):
            tar.add(path, f"{name}/{path.name}".replace(".xml", ".nxml"))
    return gzip.compress(buffer.getvalue(), 1, mtime=0)


class Readers:
    """The readers over a folder of their own, into which the bytes are put where a source looks for them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._figures = ReadFigures("all")
        self._figures.setup()
        self.by_kind: dict[str, Callable[[Sample, bytes], str]] = {
            "jats": self._jats,
            "metadata": self._metadata,
            "manifest": self._manifest,
            "inventory": self._inventory,
            "picture": self._picture,
            "package": self._package,
            "file list": self._file_list,
        }

    def _jats(self, sample: Sample, data: bytes) -> str:
        media = [{"name": p.name, "uri": f"s3://b/{p.name}", "md5": ""} for p in _pictures(sample.path.parent)]
        row = {"article_id": "PMC7v1", "xml": data, "media": media}
        made = self._figures(pa.Table.from_pylist([row], schema=ARTICLES)).to_pylist()
        return next((row["reject"]["reason"] for row in made if row["reject"] and not row["figure_id"]), "figures")

    def _metadata(self, sample: Sample, data: bytes) -> str:
        mirror = self._fresh()
        self._put(f"metadata/{sample.path.name}", data)
        article = sample.path.stem.replace(".", "v")
        return _outcome(lambda: len(open_source(str(mirror)).metadata(article, "").media))

    def _manifest(self, sample: Sample, data: bytes) -> str:
        mirror = self._fresh()
        for shard in sample.path.parents[1].rglob("*.csv.gz"):
            self._put(f"{REPORTS}/data/{shard.name}", shard.read_bytes())
        self._put(f"{REPORTS}/{DATE}/manifest.json", data)
        return _outcome(lambda: open_source(str(mirror)).snapshot())

    def _inventory(self, sample: Sample, data: bytes) -> str:
        mirror, key = self._fresh(), f"{REPORTS}/data/{sample.path.name}"
        self._put(key, data)
        manifest = {
            "fileSchema": "Bucket, Key, LastModifiedDate, ETag",
            "files": [{"key": key, "MD5checksum": md5(data)}],
        }
        self._put(f"{REPORTS}/{DATE}/manifest.json", json.dumps(manifest).encode())
        return _outcome(lambda: open_source(str(mirror)).snapshot())

    def _picture(self, sample: Sample, data: bytes) -> str:
        try:
            decode(data)
        except ImageError as error:
            return error.reason.value
        return "a picture"

    def _package(self, sample: Sample, data: bytes) -> str:
        root = self._fresh()
        name = sample.path.name.split(".")[0]
        self._put(f"oa_package/00/00/{name}.tar.gz", data)

        return _outcome(lambda: _first(open_source(str(root))))

    def _file_list(self, sample: Sample, data: bytes) -> str:
        root = self._fresh()
        self._put("oa_package/00/00/PMC7.tar.gz", EMPTY)
        self._put("oa_file_list.csv", data)
        return _outcome(lambda: _first(open_source(str(root))))

    def _fresh(self) -> Path:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        return self._folder

    def _put(self, key: str, data: bytes) -> None:
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _first(source: Source) -> None:
    """Read all of a source's first article."""
    row = source.snapshot().articles.to_pylist()[0]
    stated = source.metadata(row["article_id"], row["etag"])
    for item in (*([stated.xml] if stated.xml else ()), *stated.media):
        source.read(row["article_id"], item)


def _outcome(read: Callable[[], object]) -> str:
    try:
        read()
    except SourceReject as error:
        return error.reason.value
    except UserError:
        return "a clear line"
    return "read"
