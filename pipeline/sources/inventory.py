"""The daily inventory of a PMC Cloud bucket (S3 Inventory in CSV): which article versions there are, with their ETags.

A snapshot is a folder `inventory-reports/<bucket>/metadata/<date>/` whose manifest names gzipped CSV shards.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
"""

import gzip
import io
import logging
import re
import zlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from pydantic import BaseModel, Field, ValidationError

from pipeline.sources.base import METADATA, Snapshot, SourceReject, is_page, take_snapshot
from pipeline.sources.retry import Client
from schemas.errors import Outage, UserError
from schemas.rejects import Reason

LOG = logging.getLogger("medconcept")

REPORTS = "inventory-reports/"

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\dZ/")
_KEY = r"^metadata/(?P<pmcid>PMC\d+)\.(?P<version>\d+)\.json$"

#: How many days PMC keeps its inventories.
_KEPT_DAYS = 31

#: How much larger than itself a shard may unzip: 4.6 times is usual, for a line of about 110 bytes holds an MD5, which
#: cannot be compressed.
_MAX_RATIO = 100

#: Shards and article versions of an inventory. PMC has 8 million versions, and S3 writes a shard for about a million.
_MAX_SHARDS, _MAX_ARTICLES = 10_000, 50_000_000


_NONE = pa.table({"article_id": pa.array([], pa.string()), "etag": pa.array([], pa.string())})


class _Shard(BaseModel):
    key: str
    md5: str = Field(alias="MD5checksum", pattern="^[0-9a-fA-F]{32}$")


class _Manifest(BaseModel):
    file_schema: str = Field(alias="fileSchema")
    files: list[_Shard] = Field(min_length=1, max_length=_MAX_SHARDS)


class _Incomplete(Exception):
    """The snapshot is still being written, or is damaged."""


class _Bomb(Exception):
    """A shard unzips to far more than an inventory does."""


def newest_snapshot(client: Client) -> Snapshot | None:
    """The newest complete snapshot, None where there is no inventory; raises UserError where none is complete."""
    listed = _folders(client)
    faults = []
    for folder in _recent() if listed is None else listed:
        try:
            found = _read(client, folder)
        except _Incomplete as error:
            faults.append(f"{folder.split('/')[-2]}: {error}")
            continue
        if listed and faults:
            LOG.info(
                "%s: the inventory %s is taken, for newer ones are not complete: %s", client.uri, found.id, faults[0]
            )
        return found
    if listed:
        raise UserError(f"{client.uri} has no complete inventory: {'; '.join(faults)}")
    return None


def snapshot_of(client: Client, day: date) -> Snapshot:
    """The complete snapshot of a day; raises UserError where there is none."""
    listed = _folders(client)
    if listed == []:
        raise no_inventory(client.uri)
    folders = [_folder_of(day)] if listed is None else [each for each in listed if _day(each) == str(day)]
    if not folders:
        days = [_day(folder) for folder in listed or ()]  # newest first
        older, newer = [each for each in days if each < str(day)][:1], [each for each in days if each > str(day)][-1:]
        raise UserError(f"{client.uri} has no inventory of {day}; the nearest: {', '.join(older + newer)}")
    try:
        return _read(client, folders[0])
    except _Incomplete as error:
        raise UserError(f"{client.uri} has no complete inventory of {day}: {error}") from error


def no_inventory(uri: str) -> UserError:
    """What to raise where a day's inventory is asked of a source that keeps none."""
    return UserError(f"{uri} has no inventories, of which --snapshot could name one: leave it out")


def _folders(client: Client) -> list[str] | None:
    """The snapshots, newest first; None where the source does not list its folders."""
    buckets = client.children(REPORTS)
    if buckets is None:
        return None
    parents = [f"{REPORTS}{bucket}metadata/" for bucket in buckets if bucket.endswith("/")]
    found = [(date, parent) for parent in parents for date in client.children(parent) or () if _DATE.fullmatch(date)]
    return [parent + date for date, parent in sorted(found, reverse=True)]


def _recent() -> list[str]:
    """Where PMC's own snapshots of the last days would be."""
    today = datetime.now(timezone.utc)
    days = (today - timedelta(days=n) for n in range(_KEPT_DAYS))
    return [_folder_of(day) for day in days]


def _folder_of(day: date) -> str:
    return f"{REPORTS}pmc-oa-opendata/metadata/{day:%Y-%m-%d}T01-00Z/"


def _day(folder: str) -> str:
    return folder.split("/")[-2][:10]


def _read(client: Client, folder: str) -> Snapshot:
    try:
        manifest = _Manifest.model_validate_json(_load(client, f"{folder}manifest.json"))
    except ValidationError as error:
        raise _Incomplete("manifest.json is no manifest") from error
    columns = [column.strip() for column in manifest.file_schema.split(",")]
    if not {"Key", "ETag"} <= set(columns):
        raise _Incomplete("manifest.json names no columns Key and ETag")
    found, count = [_NONE], 0
    for shard in manifest.files:
        for part in _articles(shard.key, _load(client, shard.key, shard.md5.lower()), columns):
            found.append(part)
            count += len(part)
            if count > _MAX_ARTICLES:
                raise _Incomplete(f"it lists more than {_MAX_ARTICLES:,} articles")
    if not count:
        raise _Incomplete("it lists no article")
    return take_snapshot(folder.split("/")[-2], pa.concat_tables(found))


def _load(client: Client, key: str, md5: str = "") -> bytes:
    try:
        data = client.get(key, md5, METADATA)
    except SourceReject as error:
        if error.reason is Reason.FETCH_FAILED:
            raise Outage(f"{client.uri} cannot be reached: {error.detail}") from error
        raise _Incomplete(error.detail) from error
    if not md5 and is_page(data):
        raise Outage(f"{client.uri} is ill: {key} comes as an HTML page")
    return data


def _articles(key: str, shard: bytes, columns: list[str]) -> Iterator[pa.Table]:
    """The article versions that a shard lists, some at a time; there may be none, nor a line."""
    try:
        yield from map(_found, _lines(shard, columns))
    except _Bomb as error:
        raise _Incomplete(f"{key} unzips to more than {_MAX_RATIO} times its size") from error
    except (pa.ArrowInvalid, OSError, EOFError, zlib.error) as error:
        raise _Incomplete(f"{key} is no gzipped CSV of {len(columns)} columns") from error


def _found(lines: pa.RecordBatch) -> pa.Table:
    """The article versions among some lines; raises ArrowInvalid."""
    table = pa.Table.from_batches([lines])
    parts = pc.extract_regex(table["Key"], _KEY)
    found, parts = table.filter(pc.is_valid(parts)), parts.drop_null()
    # What is no article's may be any bytes.
    pmcid, version, etags = (
        column.cast(pa.string())
        for column in (pc.struct_field(parts, "pmcid"), pc.struct_field(parts, "version"), found["ETag"])
    )
    ids = pc.binary_join_element_wise(pmcid, version, "v")
    return pa.table({"article_id": ids, "etag": pc.utf8_trim(etags, '"')})


def _lines(shard: bytes, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The columns Key and ETag, some lines at a time; raises ArrowInvalid, OSError, _Bomb."""
    if _is_blank(shard):
        return
    types = {"Key": pa.binary(), "ETag": pa.binary()}
    with _Unzipped(shard) as unzipped:
        yield from csv.open_csv(
            unzipped,
            read_options=csv.ReadOptions(column_names=columns),
            convert_options=csv.ConvertOptions(include_columns=list(types), column_types=types),
        )


def _is_blank(shard: bytes) -> bool:
    """Whether there is nothing but white space, which the reader of CSV refuses."""
    with _Unzipped(shard) as unzipped:
        return not any(part.strip() for part in iter(lambda: unzipped.read(1 << 16), b""))


class _Unzipped(gzip.GzipFile):
    """A shard, unzipped as it is read, up to _MAX_RATIO times its size."""

    def __init__(self, shard: bytes) -> None:
        super().__init__(fileobj=io.BytesIO(shard))
        self._room = _MAX_RATIO * len(shard)

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes; raises _Bomb."""
        data = super().read(size)
        self._room -= len(data)
        if self._room < 0:
            raise _Bomb
        return data
