"""The driver's side: a desk that workers ask before they send. A connection is a lease: both end together."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any

from pipeline.sources.quota import channel
from pipeline.sources.quota.limiter import Ask, Limiter
from pipeline.sources.quota.lines import Invitation, OwnLine
from pipeline.sources.quota.rate import Cut


class Desk:
    """Bounds that all workers keep to together; `on_cut` is told when throttling cuts the rate, from any thread."""

    def __init__(self, requests: int, connections: int, on_cut: Callable[[Cut], None]) -> None:
        self._requests, self._connections, self._on_cut = requests, connections, on_cut
        self._limiter, self._key = Limiter(requests, connections), os.urandom(32)
        self._server: _Server | None = None

    def line(self) -> OwnLine:
        """The driver's own."""
        return OwnLine(self._limiter, self._on_cut)

    def serve(self, host: str, workers: int) -> Invitation:
        """Answer from now on at an address of this machine; what about so many workers are to be given.

        Where it is no address to listen at, they learn that nobody answers there.
        """
        if self._server is None:
            with suppress(OSError):
                self._server = _Server(host, self._key, self._limiter, self._on_cut)
        port = self._server.server_address[1] if self._server else 0
        return Invitation(host, port, self._key, self._requests, self._connections, workers)

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._server:
            self._server.end()


class _Server(ThreadingTCPServer):
    """A thread a connection."""

    daemon_threads, block_on_close, request_queue_size = True, False, 128

    def __init__(self, host: str, key: bytes, limiter: Limiter, on_cut: Callable[[Cut], None]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), _Worker)
        self.key, self.limiter, self.on_cut = key, limiter, on_cut
        self.open = set[socket.socket]()
        threading.Thread(target=self.serve_forever, args=(0.1,), name="desk", daemon=True).start()

    def end(self) -> None:
        """Hang up, also on who has not introduced itself."""
        self.shutdown()
        self.server_close()
        for each in list(self.open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def get_request(self) -> tuple[socket.socket, Any]:
        """A caller, which is open from now on."""
        found, address = super().get_request()
        self.open.add(found)
        return found, address

    def shutdown_request(self, request: Any) -> None:
        """End what a caller had."""
        self.open.discard(request)
        super().shutdown_request(request)


class _Worker(BaseRequestHandler):
    """Answers one worker, until it is gone."""

    server: _Server

    def handle(self) -> None:
        line = OwnLine(self.server.limiter, self.server.on_cut)
        with suppress(*channel.LOST), channel.accept(self.request, self.server.key) as connection:
            while True:
                channel.send(connection, _answer(line, channel.receive(connection)))
        line.close()


def _answer(line: OwnLine, message: dict[str, float]) -> list[float]:
    if "throttled" in message:
        line.throttled(message["throttled"])
        return []
    return list(line.ask(Ask(**message)))  # type: ignore[arg-type]
