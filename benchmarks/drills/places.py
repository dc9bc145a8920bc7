"""Where a drill's output lies, as whoever damages it sees it: a folder, or a prefix of a bucket."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import boto3
import pyarrow.fs as pafs
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


class Place(Protocol):
    """An output. `paths` are relative to it."""

    uri: str

    def paths(self) -> list[str]:
        """All files, sorted."""

    def read(self, path: str) -> bytes: ...

    def write(self, path: str, data: bytes) -> None: ...

    def delete(self, path: str) -> None: ...

    def as_folder(self, path: str) -> None:
        """A folder stands in the file's place."""

    def copy(self, name: str) -> "Place":
        """A copy beside it."""

    def filesystem(self) -> tuple[pafs.FileSystem, str]:
        """For readers of Parquet: the file system, and the root in it."""


class Disk:
    """An output in a folder."""

    def __init__(self, root: Path) -> None:
        self.uri, self.root = str(root), root

    def paths(self) -> list[str]:
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        (self.root / path).write_bytes(data)

    def delete(self, path: str) -> None:
        (self.root / path).unlink()

    def as_folder(self, path: str) -> None:
        self.delete(path)
        (self.root / path).mkdir()

    def copy(self, name: str) -> "Disk":
        return Disk(shutil.copytree(self.root, (self.root.parent / name).resolve()))

    def filesystem(self) -> tuple[pafs.FileSystem, str]:
        return pafs.LocalFileSystem(), str(self.root)


class Bucket:
    """An output below a prefix; `endpoint` is that of the server itself, whatever the command line goes through."""

    def __init__(self, bucket: str, prefix: str, endpoint: str) -> None:
        self.uri, self._bucket, self._prefix, self._endpoint = f"s3://{bucket}/{prefix}", bucket, prefix, endpoint
        self._client: Any = client(endpoint)

    def paths(self) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{self._prefix}/")
        try:
            keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        except (BotoCoreError, ClientError):  # it is being restarted
            return []
        return sorted(key.removeprefix(f"{self._prefix}/") for key in keys if not key.endswith("/"))

    def read(self, path: str) -> bytes:
        return bytes(self._client.get_object(Bucket=self._bucket, Key=self._key(path))["Body"].read())

    def write(self, path: str, data: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=self._key(path), Body=data)

    def delete(self, path: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._key(path))

    def as_folder(self, path: str) -> None:
        self.delete(path)
        self._client.put_object(Bucket=self._bucket, Key=f"{self._key(path)}/file", Body=b"x")

    def copy(self, name: str) -> "Bucket":
        other = Bucket(self._bucket, name, self._endpoint)
        for path in self.paths():
            other.write(path, self.read(path))
        return other

    def filesystem(self) -> tuple[pafs.FileSystem, str]:
        found = pafs.S3FileSystem(
            access_key="key",
            secret_key="secret",
            scheme="http",
            region="us-east-1",
            endpoint_override=self._endpoint.removeprefix("http://"),
        )
        return found, f"{self._bucket}/{self._prefix}"

    def _key(self, path: str) -> str:
        return f"{self._prefix}/{path}"


def upload(folder: Path, place: Place) -> None:
    """Put the files of a folder there."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda path: place.write(path.relative_to(folder).as_posix(), path.read_bytes()), paths))


def client(endpoint: str) -> Any:
    """A client of the server at `endpoint`, with the credentials of every drill."""
    config = Config(s3={"addressing_style": "path"}, connect_timeout=5, read_timeout=20)
    known = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=endpoint, config=config, **known)
