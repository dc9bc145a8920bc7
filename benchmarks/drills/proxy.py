"""A proxy on loopback before an S3 server: it hands requests on, but for those that a rule lets go wrong."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

#: What may become of a request: `unavailable` (503, nothing done), `refused` (the connection ends, nothing done),
#: `unanswered` (done, but the answer is lost), `cut` (half of the answer), `late`.
FAULTS = ("unavailable", "refused", "unanswered", "cut", "late")

#: The fault of a request, by its method, its path and its number; None where it goes through.
Rule = Callable[[str, str, int], str | None]

SLOW_DOWN = b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>'
HOP = frozenset({"connection", "transfer-encoding", "keep-alive", "expect"})


class Asked(NamedTuple):
    """A request: when it came, in seconds since the epoch, its method, a listing being LIST, and its path."""

    time: float
    kind: str
    path: str


class Proxy(ThreadingHTTPServer):
    """`asked`: all requests; `count`: how many, by kind; `rule`: what goes wrong."""

    daemon_threads, block_on_close, request_queue_size = True, False, 128

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(endpoint).netloc
        self.endpoint = f"http://127.0.0.1:{self.server_port}"
        self.count: Counter[str] = Counter()
        self.asked: list[Asked] = []
        self.rule: Rule = lambda method, path, number: None
        self._lock = threading.Lock()

    def note(self, method: str, path: str) -> int:
        kind = "LIST" if method == "GET" and "list-type=2" in path else method
        with self._lock:
            self.count[kind] += 1
            self.asked.append(Asked(time.time(), kind, path))
            return len(self.asked)

    def forget(self) -> None:
        with self._lock:
            self.count.clear()
            self.asked.clear()

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Proxy

    def _hand_on(self) -> None:
        body = self._body()
        fault = self.server.rule(self.command, self.path, self.server.note(self.command, self.path))
        if fault == "late":
            time.sleep(1.5)
        if fault == "refused":
            return self._end()
        if fault == "unavailable":
            return self._answer(503, [("Content-Type", "application/xml")], SLOW_DOWN)
        try:
            status, headers, answer = self._upstream(body)
        except (OSError, HTTPException):
            return self._end()
        if fault == "unanswered":
            return self._end()
        if fault == "cut" and len(answer) > 1:
            self._answer(status, headers, answer, len(answer) // 2)
            return self._end()
        return self._answer(status, headers, answer)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _hand_on  # noqa: N815  # as the base class calls them

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _upstream(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = HTTPConnection(self.server.upstream, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in HOP | {"content-length"}:
                    connection.putheader(name, value)
            if body or self.command in ("PUT", "POST"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, sent: int | None = None) -> None:
        self.send_response_only(status)
        stated = {name.lower() for name, _ in headers}
        for name, value in headers:
            if name.lower() not in HOP and (name.lower() != "content-length" or self.command == "HEAD"):
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        elif "content-length" not in stated:
            self.send_header("Content-Length", "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:sent])

    def _end(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.close()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def proxied(endpoint: str) -> Iterator[Proxy]:
    """A proxy before `endpoint`, for as long as the block lasts."""
    proxy = Proxy(endpoint)
    threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
