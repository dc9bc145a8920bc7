"""A corpus in one compact file: a Parquet file of article versions, with all else that rebuilds it in its metadata.

The file holds no picture, no text and no path. Beside what the source publishes of each article version (its number and
the MD5 of its metadata) stand the recipe, the cut, the centroids, the versions of all that shapes a row, how many
triplets each concept and licence has, and the digest that a rebuild ends with. Whoever made the file may be anyone:
what is read of it is checked.
"""

import base64
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import ValidationError

from pipeline.config.article_ids import to_ids
from pipeline.config.lock_document import MOST_ARTICLES, LockDocument
from pipeline.config.recipe import Recipe
from pipeline.storage.parquet import BROKEN, WRITING
from schemas.errors import UserError
from schemas.explain import explain
from schemas.locks import LOCK, LOCKED_COVERAGE

#: Where the parts of a lock stand in the metadata of its file. The checksum is that of the others.
DOCUMENT, CENTROIDS, COVERAGE, CHECKSUM = "lock", "centroids", "coverage", "sha256"
_PARTS = (DOCUMENT, CENTROIDS, COVERAGE)

#: How the columns are written: what ascends as differences; an MD5 is not compressible.
_WRITING: dict[str, Any] = WRITING | {
    "compression": {"pmc": "zstd", "version": "zstd", "md5": "none", "etag": "zstd", "triplets": "zstd"},
    "use_dictionary": ["version", "triplets"],
    "column_encoding": {"pmc": "DELTA_BINARY_PACKED"},
    "write_statistics": ["pmc"],
}

#: Articles in a row group, and bytes read at once.
ROW_GROUP, _BLOCK = 1 << 20, 1 << 20


@dataclass(frozen=True)
class Lock:
    """A lock that was read: its file, the digest of that, and its parts; the articles stay in the file."""

    file: Path
    digest: str
    document: LockDocument
    centroids: NDArray[np.float32]
    coverage: pa.Table

    @property
    def name(self) -> str:
        """The file as it is told."""
        return str(self.file)

    def articles(self) -> pa.Table:
        """The table LOCK; raises UserError."""
        try:
            table = pq.read_table(self.file, page_checksum_verification=True, use_threads=False).cast(LOCK)
        except BROKEN as error:
            raise UserError(f"{self.file} is damaged: {_told(error)}") from None
        if not (np.diff(table["pmc"].to_numpy()) > 0).all():
            raise UserError(f"{self.file} is damaged: its articles do not ascend")
        if fault := self.document.contradicts(table, self.coverage):
            raise UserError(f"{self.file} is damaged: {fault}")
        return table

    def holds(self, articles: pa.Table) -> pa.ChunkedArray:
        """Which of these ARTICLE_VERSIONS it names, whatever their ETags."""
        return pc.is_in(articles["article_id"], value_set=to_ids(self.articles()))

    def recipe(self, withheld: Path | None) -> Recipe:
        """The recipe; `withheld` is where the images lie that it withholds."""
        return Recipe.model_validate(self.document.recipe.model_dump() | {"withheld": withheld and str(withheld)})

    def check(self, versions: Mapping[str, Any], withheld: str | None) -> None:
        """Raise UserError where a rebuild with these versions and withheld images would be another corpus."""
        if lack := self.document.lacks(versions, withheld):
            raise UserError(f"{self.file}: {lack}")


def write_lock(
    file: BinaryIO, document: LockDocument, centroids: NDArray[np.float32], coverage: pa.Table, articles: pa.Table
) -> None:
    """Write a lock; `articles` is the table LOCK, sorted by `pmc`, `coverage` the table LOCKED_COVERAGE."""
    buffer = io.BytesIO()
    pq.write_table(coverage, buffer, compression="zstd")
    parts = {
        DOCUMENT: document.model_dump_json(),
        CENTROIDS: base64.b64encode(centroids.astype("<f4").tobytes()).decode(),
        COVERAGE: base64.b64encode(buffer.getvalue()).decode(),
    }
    with pq.ParquetWriter(file, LOCK, **_WRITING) as writer:
        writer.write_table(articles, row_group_size=ROW_GROUP)
        writer.add_key_value_metadata(parts | {CHECKSUM: _checksum(parts)})


def read_lock(file: Path) -> Lock:
    """The lock in a file.

    Raises:
        UserError: there is none, it is of another format, or it is damaged.
    """
    try:
        with file.open("rb") as opened:
            sha256 = hashlib.sha256()
            while block := opened.read(_BLOCK):
                sha256.update(block)
            opened.seek(0)
            metadata = pq.read_metadata(opened)
            schema = metadata.schema.to_arrow_schema()
    except BROKEN as error:
        raise UserError(f"{file} is no lock of medconcept: {_told(error)}") from None
    stated = {_decoded(key): _decoded(value) for key, value in (metadata.metadata or {}).items()}
    _check_format(file, stated)
    parts = {name: stated[name] for name in _PARTS}
    if _checksum(parts) != stated[CHECKSUM]:
        raise UserError(f"{file} is damaged: its metadata have another checksum than they state")
    try:
        document = LockDocument.model_validate_json(parts[DOCUMENT])
    except ValidationError as error:
        raise UserError(f"{file} is damaged: {explain(error, LockDocument)}") from None
    if not schema.equals(LOCK) or document.articles != metadata.num_rows:
        raise UserError(f"{file} is damaged: it does not have the {document.articles:,} articles that it states")
    try:
        centroids = _read_centroids(parts[CENTROIDS], document.dimension)
        coverage = _read_coverage(parts[COVERAGE])
    except (ValueError, *BROKEN) as error:
        raise UserError(f"{file} is damaged: its centroids or its coverage are none: {_told(error)}") from None
    return Lock(file, sha256.hexdigest()[:16], document, centroids, coverage)


def _check_format(file: Path, stated: Mapping[str, str]) -> None:
    """Raise UserError where the metadata of a Parquet file are not those of a lock of this format."""
    ours = {key.decode(): value.decode() for key, value in LOCK.metadata.items()}
    if stated.get("schema") != ours["schema"] or "schema_version" not in stated:
        raise UserError(f"{file} is no lock of medconcept, but another Parquet file")
    if stated["schema_version"] != ours["schema_version"]:
        raise UserError(
            f"{file} is a lock of format {stated['schema_version']}, and this version of medconcept reads format"
            f" {ours['schema_version']}: install the one that wrote it"
        )
    if lost := {*_PARTS, CHECKSUM} - stated.keys():
        raise UserError(f"{file} is damaged: it lacks {', '.join(sorted(lost))}")


def _read_centroids(text: str, dimension: int) -> NDArray[np.float32]:
    """The centroids; raises ValueError."""
    centroids = np.frombuffer(base64.b64decode(text, validate=True), "<f4").reshape(-1, dimension)
    if not np.isfinite(centroids).all():
        raise ValueError("a centroid is not finite")
    return centroids


def _read_coverage(text: str) -> pa.Table:
    """The table LOCKED_COVERAGE; raises ValueError, OSError or ArrowException."""
    opened = pq.ParquetFile(io.BytesIO(base64.b64decode(text, validate=True)))
    if opened.metadata.num_rows > MOST_ARTICLES or not opened.schema_arrow.equals(LOCKED_COVERAGE):
        raise ValueError("it is another table")
    table = opened.read().cast(LOCKED_COVERAGE)
    if not pc.all(pc.utf8_is_printable(table["key"]), min_count=0).as_py():
        raise ValueError("a key is not printable")
    if table.filter(pc.equal(table["table"], "concepts"))["key"].null_count:
        raise ValueError("a concept has no CUI")
    return table


def _checksum(parts: Mapping[str, str]) -> str:
    return hashlib.sha256("\n".join(parts[name] for name in _PARTS).encode()).hexdigest()


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
