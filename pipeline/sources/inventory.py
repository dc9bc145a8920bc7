"""The daily inventory of a PMC Cloud bucket (S3 Inventory in CSV): which article versions there are, with their ETags.

A snapshot is a folder `inventory-reports/<bucket>/metadata/<date>/` whose manifest names gzipped CSV shards.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
"""

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from pydantic import BaseModel, Field, ValidationError

from pipeline.sources.base import METADATA, Snapshot, SourceReject, take_snapshot
from pipeline.sources.retry import Client
from schemas.errors import Outage, UserError
from schemas.rejects import Reason

REPORTS = "inventory-reports/"

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\dZ/")
_KEY = r"^metadata/(?P<pmcid>PMC\d+)\.(?P<version>\d+)\.json$"

#: How many days PMC keeps its inventories.
_KEPT_DAYS = 31


class _Shard(BaseModel):
    key: str
    md5: str = Field(alias="MD5checksum", pattern="^[0-9a-fA-F]{32}$")


class _Manifest(BaseModel):
    file_schema: str = Field(alias="fileSchema")
    files: list[_Shard] = Field(min_length=1)


class _Incomplete(Exception):
    """The snapshot is still being written, or is damaged."""


def newest_snapshot(client: Client) -> Snapshot | None:
    """The newest complete snapshot, None where there is no inventory; raises UserError where none is complete."""
    listed = _folders(client)
    faults = []
    for folder in _recent() if listed is None else listed:
        try:
            return _read(client, folder)
        except _Incomplete as error:
            faults.append(f"{folder.split('/')[-2]}: {error}")
    if listed:
        raise UserError(f"{client.uri} has no complete inventory: {'; '.join(faults)}")
    return None


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
    return [f"{REPORTS}pmc-oa-opendata/metadata/{day:%Y-%m-%d}T01-00Z/" for day in days]


def _read(client: Client, folder: str) -> Snapshot:
    try:
        manifest = _Manifest.model_validate_json(_load(client, f"{folder}manifest.json"))
    except ValidationError as error:
        raise _Incomplete("manifest.json is no manifest") from error
    columns = [column.strip() for column in manifest.file_schema.split(",")]
    if not {"Key", "ETag"} <= set(columns):
        raise _Incomplete("manifest.json names no columns Key and ETag")
    shards = [_articles(shard.key, _load(client, shard.key, shard.md5.lower()), columns) for shard in manifest.files]
    # S3 lists a key once; were one there twice, the choice must not depend on the order of the shards.
    articles = pa.concat_tables(shards).group_by("article_id").aggregate([("etag", "max")])
    if not len(articles):
        raise _Incomplete("it lists no article")
    return take_snapshot(folder.split("/")[-2], articles.rename_columns({"etag_max": "etag"}))


def _load(client: Client, key: str, md5: str = "") -> bytes:
    try:
        return client.get(key, md5, METADATA)
    except SourceReject as error:
        if error.reason is Reason.FETCH_FAILED:
            raise Outage(f"{client.uri} cannot be reached: {error.detail}") from error
        raise _Incomplete(error.detail) from error


def _articles(key: str, shard: bytes, columns: list[str]) -> pa.Table:
    """The article versions that a shard lists; there may be none, nor a line."""
    try:
        table = _lines(shard, columns)
        parts = pc.extract_regex(table["Key"], _KEY)
        found, parts = table.filter(pc.is_valid(parts)), parts.drop_null()
        # What is no article's may be any bytes.
        pmcid, version, etags = (
            column.cast(pa.string())
            for column in (pc.struct_field(parts, "pmcid"), pc.struct_field(parts, "version"), found["ETag"])
        )
    except (pa.ArrowInvalid, OSError) as error:
        raise _Incomplete(f"{key} is no gzipped CSV of {len(columns)} columns") from error
    ids = pc.binary_join_element_wise(pmcid, version, "v")
    return pa.table({"article_id": ids, "etag": pc.utf8_trim(etags, '"')})


def _lines(shard: bytes, columns: list[str]) -> pa.Table:
    """The columns Key and ETag; raises ArrowInvalid, OSError."""
    types = {"Key": pa.binary(), "ETag": pa.binary()}
    if _is_blank(shard):
        return pa.table({name: pa.nulls(0, type) for name, type in types.items()})
    return csv.read_csv(
        _unzipped(shard),
        read_options=csv.ReadOptions(column_names=columns),
        convert_options=csv.ConvertOptions(include_columns=list(types), column_types=types),
    )


def _is_blank(shard: bytes) -> bool:
    """Whether there is nothing but white space, which the reader of CSV refuses."""
    unzipped = _unzipped(shard)
    return not any(part.strip() for part in iter(lambda: unzipped.read(1 << 16), b""))


def _unzipped(shard: bytes) -> Any:
    return pa.CompressedInputStream(pa.BufferReader(shard), "gzip")
