"""Requests to S3, by one client a process, whose errors speak as those of a disk do."""

import errno
import os
from functools import lru_cache
from typing import Any

import boto3
import pyarrow.fs as pafs
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, IncompleteReadError

from pipeline.storage.backend import Unanswered

#: Attempts of pyarrow at a request; with its back-off they bear a minute.
ATTEMPTS = 9

#: Answers below 500 that mean: later.
_LATER = {
    "InternalError", "SlowDown", "RequestTimeout", "ConditionalRequestConflict", "OperationAborted", "TooManyRequests",
}  # fmt: skip


class Unmet(OSError):
    """The condition of a request does not hold."""


class BeyondEnd(OSError):
    """An object ends before the part of it that is asked for."""


def request(bucket: str, endpoint: str, region: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """One request, with a body read whole; raises OSError."""
    try:
        client = _client(os.getpid(), endpoint, region)
        found: dict[str, Any] = getattr(client, operation)(Bucket=bucket, **parameters)
        if operation == "get_object":
            found["Body"] = found["Body"].read()
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        told = error.response.get("Error", {})
        raise os_error(told.get("Code", ""), told.get("Message", ""), status, bucket) from error
    except (ConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise Unanswered(" ".join(str(error).split())) from error
    except BotoCoreError as error:
        raise OSError(" ".join(str(error).split())) from error
    return found


@lru_cache
def _client(process: int, endpoint: str, region: str) -> Any:
    """The client of a process; how often it tries is the store's affair."""
    addressing = "path" if endpoint else "auto"
    config = Config(
        retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=60, max_pool_connections=32,
        tcp_keepalive=True, s3={"addressing_style": addressing},
    )  # fmt: skip
    return boto3.Session().client("s3", endpoint_url=endpoint or None, region_name=region, config=config)


@lru_cache
def filesystem(process: int, endpoint: str, region: str) -> pafs.FileSystem:
    """The file system of a process, to read with pyarrow."""
    scheme, _, address = endpoint.partition("://")
    return pafs.S3FileSystem(
        endpoint_override=address.rstrip("/") or None,
        scheme=scheme or "https",
        region=region,
        connect_timeout=10,
        request_timeout=60,
        retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
    )


def os_error(code: str, message: str, status: int, bucket: str) -> OSError:
    """What an answer means, in the terms of a disk."""
    told = " ".join(f"{message} ({code})".split())
    if code == "NoSuchBucket":
        return OSError(f"there is no bucket {bucket}")
    if code in _LATER or status == 429 or status == 500 or status > 501:
        return Unanswered(told)
    if status == 501:
        return OSError(errno.ENOSYS, told)
    if status == 416:
        return BeyondEnd(told)
    if status == 412 or code == "PreconditionFailed":
        return Unmet(told)
    if status == 404 or code in ("NoSuchKey", "NoSuchUpload"):
        return FileNotFoundError(told)
    return PermissionError(told) if status == 403 else OSError(told)
