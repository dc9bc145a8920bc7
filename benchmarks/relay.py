"""A relay on loopback that holds each request back for a while, as a distant server's answers would come late.

It hands bytes on and reads none but the first of each request, in processes of its own: connections stay as client and
server keep them. One request at a time goes over a connection, which is what S3's clients do.
"""

import asyncio
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

#: What a request begins with; the rest of its head and its body come in pieces that do not.
METHODS = (b"GET ", b"HEAD ", b"PUT ", b"POST ", b"DELETE ")

#: Bytes handed on at once.
PIECE = 1 << 18

#: Processes that share the connections.
PROCESSES = 2


class Relay:
    """`latency`: seconds by which each request is late; `count`: connections, requests, and bytes of answers."""

    def __init__(self, endpoint: str) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._latency = self._context.Value("d", 0.0)
        self._counts = self._context.Array("q", 3)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.endpoint = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        target, shared = urlsplit(endpoint), (self._latency, self._counts)
        self._processes = [
            self._context.Process(
                target=_serve, args=(self._socket, target.hostname, target.port, *shared), daemon=True
            )
            for _ in range(PROCESSES)
        ]

    @property
    def latency(self) -> float:
        return float(self._latency.value)

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._latency.value = seconds

    def count(self) -> tuple[int, int, int]:
        """What has been counted since this was asked last."""
        with self._counts.get_lock():
            found = tuple(self._counts)
            self._counts[:] = [0] * len(found)
        return found

    def start(self) -> None:
        for process in self._processes:
            process.start()

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.join()
        self._socket.close()


@contextmanager
def relayed(endpoint: str) -> Iterator[Relay]:
    """A relay before `endpoint`, for as long as the block lasts."""
    relay = Relay(endpoint)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()


def _serve(listening: socket.socket, host: str, port: int, latency: Any, counts: Any) -> None:
    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, port, limit=PIECE)
        _add(counts, 1, 0, 0)
        with suppress(ConnectionError):
            await asyncio.gather(_requests(reader, back), _answers(there, writer))
        for each in (back, writer):
            each.close()

    async def _requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(PIECE):
            if data.startswith(METHODS):
                _add(counts, 0, 1, 0)
                if latency.value:
                    await asyncio.sleep(latency.value)
            writer.write(data)
            await writer.drain()
        writer.close()

    async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(PIECE):
            _add(counts, 0, 0, len(data))
            writer.write(data)
            await writer.drain()
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(hand_on, sock=listening, limit=PIECE)
        await server.serve_forever()

    asyncio.run(serve())


def _add(counts: Any, *more: int) -> None:
    with counts.get_lock():
        for place, number in enumerate(more):
            counts[place] += number
