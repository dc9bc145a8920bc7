"""Connections that keep to a deadline: of a whole answer, headers included, however slowly its bytes come.

A time-out of a socket is for one read. A server that sends a byte a second never meets it, and http.client reads
headers until they end. Here each read gets what is left of the answer's time.
"""

import io
import math
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

_UNTIL: ContextVar[float] = ContextVar("until", default=math.inf)
_STOOD: ContextVar[float] = ContextVar("stood", default=0.0)


def clock() -> float:
    """The seconds by which this thread's deadlines are kept; only differences mean something."""
    return time.monotonic() - _STOOD.get()


@contextmanager
def standing() -> Iterator[None]:
    """Stop this thread's clock in the block: it waits for what the source is not to blame for."""
    began = time.monotonic()
    try:
        yield
    finally:
        _STOOD.set(_STOOD.get() + time.monotonic() - began)


@contextmanager
def answered_until(until: float) -> Iterator[None]:
    """Give answers to requests that this thread sends in the block until this time of its clock."""
    token = _UNTIL.set(until)
    try:
        yield
    finally:
        _UNTIL.reset(token)


class _Timed(io.RawIOBase):
    """What a socket receives, up to a deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, until: float) -> None:
        self._raw, self._socket, self._until = raw, sock, until
        self._timeout = sock.gettimeout() or math.inf

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Receive what is there; raises TimeoutError."""
        left = self._until - clock()
        if left <= 0:
            raise TimeoutError("the deadline passed")
        if (timeout := min(left, self._timeout)) < math.inf:
            self._socket.settimeout(timeout)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, _UNTIL.get()))


class Connection(HTTPConnection):
    """A connection that keeps to the deadline of the thread that sends."""

    response_class = _Response


class SecureConnection(HTTPSConnection):
    """The same, encrypted."""

    response_class = _Response
