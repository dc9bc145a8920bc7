"""Objects of an S3 bucket. An object exists when its upload is complete, and the one before it stays until then."""

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import pyarrow.fs as pafs

from pipeline.storage.backend import Listed, Retry, Seen, Span
from pipeline.storage.s3_client import BeyondEnd, Unmet, filesystem, os_error, request

#: Bytes of a part of an upload; S3 wants at least 5 MiB, and takes 10,000 parts.
PART = 16 << 20

#: Keys that one request lists or removes.
PAGE = 1000

#: Parts of an object that are asked for at once.
READERS = 8


@dataclass(frozen=True)
class Bucket:
    """Keys below a prefix of a bucket. Clients are opened in each process where they are first used."""

    name: str
    prefix: str
    endpoint: str
    region: str

    @property
    def filesystem(self) -> pafs.FileSystem:
        """The bucket as pyarrow reads it."""
        return filesystem(os.getpid(), self.endpoint, self.region)

    @property
    def root(self) -> str:
        """Bucket and prefix."""
        return f"{self.name}/{self.prefix}".rstrip("/")

    @contextmanager
    def create(self, path: str, retry: Retry[Any]) -> Iterator[Callable[[Any], object]]:
        """One request for a small object, parts of 16 MiB for a larger one; after an error nothing of it is left."""
        upload = _Upload(self, self._key(path), retry)
        try:
            yield upload.write
            upload.finish()
        except BaseException:
            upload.abort()
            raise

    def claim(self, path: str, data: bytes) -> bool:
        """Put an object where there is none."""
        try:
            self.call("put_object", Key=self._key(path), Body=data, IfNoneMatch="*")
        except Unmet:
            return False
        return True

    def read(self, path: str) -> bytes:
        """A whole object."""
        data: bytes = self.call("get_object", Key=self._key(path))["Body"]
        return data

    def read_spans(self, path: str, spans: list[Span]) -> list[bytes]:
        """Parts of an object, READERS requests at once."""
        if len(spans) == 1:
            return [self._read_span(path, *spans[0])]
        with ThreadPoolExecutor(READERS) as pool:
            return list(pool.map(lambda span: self._read_span(path, *span), spans))

    def _read_span(self, path: str, start: int, length: int) -> bytes:
        try:
            found = self.call("get_object", Key=self._key(path), Range=f"bytes={start}-{start + length - 1}")
        except BeyondEnd:
            return b""
        data: bytes = found["Body"]
        return data

    def size(self, path: str) -> int | None:
        """The bytes of an object, None where there is none."""
        try:
            size: int = self.call("head_object", Key=self._key(path))["ContentLength"]
        except FileNotFoundError:
            return None
        return size

    def walk(self, folder: str, retry: Retry[Any]) -> Iterator[Listed]:
        """The objects below a folder, a thousand a request; a key that ends in a slash is a folder's mark."""
        query: dict[str, Any] = {"Prefix": self._key(f"{folder}/" if folder else ""), "MaxKeys": PAGE}
        while True:
            found = retry(partial(self.call, "list_objects_v2", **query))
            now = _date(found)
            for each in found.get("Contents", []):
                if not each["Key"].endswith("/"):
                    age = (now - each["LastModified"]).total_seconds()
                    yield Listed(each["Key"].removeprefix(self._key("")), each["Size"], age)
            if not found.get("IsTruncated"):
                return
            query["ContinuationToken"] = found["NextContinuationToken"]

    def delete(self, path: str) -> None:
        """Remove an object, and those below it as a folder."""
        self.delete_all([path, *(each.path for each in self.walk(path, lambda action: action()))])

    def delete_all(self, paths: list[str]) -> None:
        """Remove objects, a thousand a request."""
        keys = [{"Key": self._key(path)} for path in paths]
        for start in range(0, len(keys), PAGE):
            some = {"Objects": keys[start : start + PAGE], "Quiet": True}
            for error in self.call("delete_objects", Delete=some).get("Errors", []):
                raise os_error(error.get("Code", ""), error.get("Message", ""), 0, self.name)

    def discard_drafts(self) -> int:
        """Abort uploads below the prefix."""
        page: dict[str, str] = {}
        count = 0
        while True:
            found = self.call("list_multipart_uploads", Prefix=self._key(""), **page)
            for each in found.get("Uploads", []):
                with suppress(FileNotFoundError):
                    self.call("abort_multipart_upload", Key=each["Key"], UploadId=each["UploadId"])
                count += 1
            if not found.get("IsTruncated"):
                return count
            page = {"KeyMarker": found["NextKeyMarker"], "UploadIdMarker": found["NextUploadIdMarker"]}

    @contextmanager
    def rooted(self) -> Iterator[None]:
        """Nothing to remove: a prefix is there while it holds objects."""
        yield

    def look(self, path: str) -> Seen | None:
        """A small object and its age."""
        try:
            found = self.call("get_object", Key=self._key(path))
        except FileNotFoundError:
            return None
        return Seen(found["Body"], (_date(found) - found["LastModified"]).total_seconds(), found["ETag"])

    peek = look

    def refresh(self, path: str, seen: Seen, data: bytes) -> bool:
        """Put over the version that was seen; where the server knows no such condition, it is looked at before."""
        try:
            self.call("put_object", Key=self._key(path), Body=data, IfMatch=seen.version)
        except (Unmet, FileNotFoundError):
            return False
        except OSError as error:
            if error.errno != errno.ENOSYS:
                raise
            found = self.look(path)
            if found is None or found.data != seen.data:
                return False
            self.call("put_object", Key=self._key(path), Body=data)
        return True

    def seize(self, path: str, seen: Seen, data: bytes | None) -> bool:
        """Put over the version that was seen, or delete it; read back, for a server may not heed the condition."""
        if data is not None:
            return self.refresh(path, seen, data) and self.read(path) == data
        found = self.look(path)
        if found is None or found.data != seen.data:
            return False
        self.delete_all([path])
        return True

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """One request, with a body read whole; raises OSError."""
        return request(self.name, self.endpoint, self.region, operation, **parameters)

    def _key(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path


class _Upload:
    """An object being written. Not more than one part of it is held."""

    def __init__(self, bucket: Bucket, key: str, retry: Retry[Any]) -> None:
        self._bucket, self._key, self._retry = bucket, key, retry
        self._held, self._id, self._token = bytearray(), "", secrets.token_hex(8)
        self._parts: list[dict[str, Any]] = []

    def write(self, data: Any) -> None:
        """Hold `data`, and send what is held once it is a part."""
        with memoryview(data) as view, view.cast("B") as octets:
            for start in range(0, len(octets), PART):
                self._held += octets[start : start + PART]
                if len(self._held) >= PART:
                    self._send()

    def finish(self) -> None:
        """Send the rest; from now on the object is there."""
        if not self._id:
            self._call("put_object", Body=bytes(self._held))
            return
        if self._held:
            self._send()
        self._retry(self._complete)

    def abort(self) -> None:
        """Give the upload up. Where the store does not answer, `discard_drafts` will."""
        if self._id:
            with suppress(OSError):
                self._bucket.call("abort_multipart_upload", Key=self._key, UploadId=self._id)

    def _send(self) -> None:
        if not self._id:
            self._id = self._call("create_multipart_upload", Metadata={"upload": self._token})["UploadId"]
        number = len(self._parts) + 1
        sent = self._call("upload_part", UploadId=self._id, PartNumber=number, Body=bytes(self._held))
        self._parts.append({"ETag": sent["ETag"], "PartNumber": number})
        self._held.clear()

    def _complete(self) -> None:
        """Complete the upload; one that is not known any more was completed before, and the answer lost."""
        try:
            parts = {"Parts": self._parts}
            self._bucket.call("complete_multipart_upload", Key=self._key, UploadId=self._id, MultipartUpload=parts)
        except FileNotFoundError:
            found = self._bucket.call("head_object", Key=self._key)
            if found.get("Metadata", {}).get("upload") != self._token:
                raise

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        result: dict[str, Any] = self._retry(lambda: self._bucket.call(operation, Key=self._key, **parameters))
        return result


def _date(answer: dict[str, Any]) -> datetime:
    """The store's clock, by the head of an answer."""
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).astimezone(timezone.utc)
