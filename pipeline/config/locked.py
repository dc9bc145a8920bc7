"""A corpus in one compact file: a Parquet file of article versions, with all else that rebuilds it in its metadata.

The file holds no picture and no text. Beside what the source publishes of each article version (its number and the MD5
of its metadata) stand the recipe, the cut, the centroids, the versions of all that shapes a row, and the digest that a
rebuild ends with.
"""

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.config.articles import to_ids
from pipeline.config.recipe import Recipe
from pipeline.config.run_record import Cut, SnapshotRecord
from pipeline.storage.parquet import WRITING
from schemas.errors import UserError
from schemas.explain import explain
from schemas.locks import LOCK

#: Where the parts of a lock stand in the metadata of its file. The checksum is that of the other two.
DOCUMENT, CENTROIDS, CHECKSUM = "lock", "centroids", "sha256"

#: How the columns are written: what ascends as differences; an MD5 is not compressible.
_WRITING: dict[str, Any] = WRITING | {
    "compression": {"pmc": "zstd", "version": "zstd", "md5": "none", "etag": "zstd", "triplets": "zstd"},
    "use_dictionary": ["version", "triplets"],
    "column_encoding": {"pmc": "DELTA_BINARY_PACKED"},
    "write_statistics": ["pmc"],
}

#: Articles in a row group, and bytes read at once.
ROW_GROUP, _BLOCK = 1 << 20, 1 << 20


class Lock(BaseModel):
    """The document. `versions` is what curation.py states; `withheld` digests the images that the recipe withholds.

    `snapshot` is the inventory that was built from, `counts` are the steps of the funnel, `digest` is the dataset's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: Recipe
    withheld: str | None
    cut: Cut
    versions: dict[str, Any]
    snapshot: SnapshotRecord
    articles: int = Field(ge=1)
    counts: dict[str, int]
    digest: str = Field(pattern="^[0-9a-f]{64}$")


@dataclass(frozen=True)
class Locked:
    """A lock that was read: its file, the digest of that, the document and the centroids; articles stay in the file."""

    file: Path
    digest: str
    document: Lock
    centroids: NDArray[np.float32]

    @property
    def name(self) -> str:
        """The file as it is told."""
        return str(self.file)

    def articles(self) -> pa.Table:
        """The table LOCK; raises UserError."""
        try:
            return pq.read_table(self.file, page_checksum_verification=True, use_threads=False).cast(LOCK)
        except (OSError, pa.ArrowException) as error:
            raise UserError(f"{self.file} cannot be read: {_told(error)}") from None

    def lists(self, articles: pa.Table) -> pa.ChunkedArray:
        """Which of these ARTICLE_VERSIONS it names, whatever their ETags."""
        return pc.is_in(articles["article_id"], value_set=to_ids(self.articles()))

    def check(self, versions: Mapping[str, Any], withheld: str | None) -> None:
        """Raise UserError where a rebuild with these versions and withheld images would be another corpus."""
        found = list(_differences("", self.document.versions, versions))
        found += _differences("withheld", self.document.withheld, withheld)
        if found:
            raise UserError(
                f"{self.file} was written where other versions were in use, so this would be another corpus"
                f" ({'; '.join(found)}): install and name those of the lock"
            )


def _differences(name: str, locked: Any, ours: Any) -> Iterator[str]:
    """What of `locked` is otherwise here, each as "name: locked -> ours"."""
    if isinstance(locked, Mapping) and isinstance(ours, Mapping):
        for key in locked:
            yield from _differences(f"{name}.{key}" if name else key, locked[key], ours.get(key))
    elif locked != ours:
        yield f"{name}: {'none' if locked is None else locked} -> {'none' if ours is None else ours}"


def write_lock(file: BinaryIO, document: Lock, centroids: NDArray[np.float32], articles: pa.Table) -> None:
    """Write a lock; `articles` is the table LOCK, sorted by `pmc`."""
    buffer = io.BytesIO()
    np.save(buffer, centroids)
    parts = {DOCUMENT: document.model_dump_json(), CENTROIDS: base64.b64encode(buffer.getvalue()).decode()}
    with pq.ParquetWriter(file, LOCK, **_WRITING) as writer:
        writer.write_table(articles, row_group_size=ROW_GROUP)
        writer.add_key_value_metadata(parts | {CHECKSUM: _checksum(parts)})


def read_lock(file: Path) -> Locked:
    """The lock in a file.

    Raises:
        UserError: there is none, or it is damaged.
    """
    try:
        with file.open("rb") as opened:
            sha256 = hashlib.sha256()
            while block := opened.read(_BLOCK):
                sha256.update(block)
            opened.seek(0)
            metadata = pq.read_metadata(opened)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{file} is no lock of medconcept: {_told(error)}") from None
    stated = {key.decode(): value.decode("utf-8", "replace") for key, value in (metadata.metadata or {}).items()}
    ours = {key.decode(): value.decode() for key, value in LOCK.metadata.items()}
    if not ours.items() <= stated.items() or not {DOCUMENT, CENTROIDS, CHECKSUM} <= stated.keys():
        raise UserError(f"{file} is no lock of this version of medconcept")
    parts = {name: stated[name] for name in (DOCUMENT, CENTROIDS)}
    if _checksum(parts) != stated[CHECKSUM]:
        raise UserError(f"{file} is damaged: its metadata have another checksum than they state")
    try:
        document = Lock.model_validate_json(parts[DOCUMENT])
    except ValidationError as error:
        raise UserError(f"{file}: {explain(error, Lock)}") from None
    if document.articles != metadata.num_rows:
        raise UserError(f"{file} is damaged: it has {metadata.num_rows:,} articles, not {document.articles:,}")
    centroids = np.load(io.BytesIO(base64.b64decode(parts[CENTROIDS])), allow_pickle=False)
    return Locked(file, sha256.hexdigest()[:16], document, centroids)


def _checksum(parts: Mapping[str, str]) -> str:
    return hashlib.sha256("\n".join(parts[name] for name in (DOCUMENT, CENTROIDS)).encode()).hexdigest()


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
