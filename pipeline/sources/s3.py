"""Objects of an S3 bucket: boto3 finds endpoint, region and credentials, and signs URLs that are fetched like any.

So every transport has the same connections, timeouts and retries, and none of botocore's own.
"""

from typing import Any, Literal
from urllib.parse import urlsplit

import urllib3
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from pipeline.sources.http import TIMEOUT, Web
from pipeline.sources.listing import list_bucket
from pipeline.sources.names import is_text
from pipeline.sources.quota.lines import Bounds
from pipeline.sources.transport import Missing, Transient
from schemas.errors import UserError

#: Seconds for which a bucket's region is asked for, once: it is a remark, which nothing waits for long.
REGION_TIMEOUT = 5.0


class Bucket(Web):
    """Keys below `s3://bucket/prefix`: signed with the credentials that boto3 finds, anonymous where there are none."""

    def __init__(
        self, uri: str, concurrency: int, timeout: urllib3.Timeout = TIMEOUT, bounds: Bounds | None = None
    ) -> None:
        parts = urlsplit(uri)
        self._bucket, prefix = parts.netloc, parts.path.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._client = _s3_client(uri)
        super().__init__(uri, concurrency, timeout, bounds=bounds)

    def _endpoint(self) -> str:
        return str(self._client.meta.endpoint_url)

    def _url(self, method: str, key: str) -> str:
        if not is_text(key):  # S3's keys are UTF-8
            raise Missing
        return self._signed("get_object" if method == "GET" else "head_object", Key=self._prefix + key)

    def children(self, folder: str, until: float) -> list[str] | None:
        """The names in a folder; None where listing is not allowed."""

        def url(query: dict[str, str]) -> str:
            token = query.get("continuation-token")
            page = {"ContinuationToken": token} if token else {}
            return self._signed("list_objects_v2", Prefix=query["prefix"], Delimiter="/", **page)

        return list_bucket(self.fetch, url, self._prefix + folder, until)

    def _signed(self, operation: str, **parameters: str) -> str:
        try:
            return str(self._client.generate_presigned_url(operation, {"Bucket": self._bucket, **parameters}))
        except ParamValidationError as error:
            raise UserError(f"{self.uri}: {' '.join(str(error).split())}") from error
        except BotoCoreError as error:
            raise Transient(" ".join(str(error).split())) from error


def _s3_client(uri: str) -> Any:
    """A client for its endpoint and signature; another endpoint than Amazon's has the bucket in the path.

    It asks a server itself for a bucket's region alone.
    """
    import boto3  # slow to import, and most sources need none of it
    from botocore import UNSIGNED
    from botocore.config import Config

    def client(addressing: Literal["virtual", "path"]) -> Any:
        config = Config(
            signature_version=signature,
            s3={"addressing_style": addressing},
            connect_timeout=REGION_TIMEOUT,
            read_timeout=REGION_TIMEOUT,
            retries={"total_max_attempts": 1},
        )
        return session.client("s3", region_name=session.region_name or "us-east-1", config=config)

    try:
        session = boto3.Session()
        signature = "s3v4" if session.get_credentials() else UNSIGNED
        found = client("virtual")
        return found if "amazonaws.com" in found.meta.endpoint_url else client("path")
    except (BotoCoreError, ValueError) as error:
        raise UserError(f"{uri}: {error}") from error


def bucket_region(uri: str) -> str | None:
    """The region that the server of `s3://bucket…` states of it; None where it states none in time."""
    try:
        answer = _s3_client(uri).head_bucket(Bucket=urlsplit(uri).netloc)
    except ClientError as error:  # a bucket that may not be asked for says where it is all the same
        answer = error.response
    except BotoCoreError:
        return None
    region: str | None = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
    return region
