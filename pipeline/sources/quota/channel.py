"""Messages of worker and driver: JSON, over connections on which both have shown that they know the key of the run.

`multiprocessing.connection` has the frames and the challenges (HMAC). Its Listener and Client are not used: one waits
for ever for a stranger who says nothing, the other for a host that does not answer.
"""

import json
import os
import socket
import struct
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from typing import Any

#: What ends a connection: the other side is gone, or does not know the key.
LOST = (OSError, EOFError, AuthenticationError, AssertionError, ValueError, TypeError)

#: Seconds within which a stranger shows that it knows the key, and within which the driver answers.
INTRODUCTION, PATIENCE = 5.0, 30.0

#: Bytes of a message at most.
_LARGEST = 1 << 10

#: A host that is gone is known after 10 + 3 * 5 seconds, whatever was held there.
_ALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}


def connect(host: str, port: int, key: bytes) -> Connection:
    """A connection to the driver; raises LOST."""
    with socket.create_connection((host, port), timeout=INTRODUCTION) as found:
        connection = _connection(found)
    answer_challenge(connection, key)
    deliver_challenge(connection, key)
    _answer_within(connection, PATIENCE)
    return connection


def accept(found: socket.socket, key: bytes) -> Connection:
    """The connection of a worker that has called, which ends with the socket as well; raises LOST."""
    connection = _connection(found)
    deliver_challenge(connection, key)
    answer_challenge(connection, key)
    _answer_within(connection, 0.0)
    return connection


def send(connection: Connection, message: Any) -> None:
    """Send a message; raises LOST."""
    connection.send_bytes(json.dumps(message).encode())


def receive(connection: Connection) -> Any:
    """The next message; raises LOST."""
    return json.loads(connection.recv_bytes(_LARGEST))


def _connection(found: socket.socket) -> Connection:
    """The same as a connection, on which silence ends an introduction."""
    found.setblocking(True)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _ALIVE.items():
        if hasattr(socket, name):
            found.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    connection = Connection(os.dup(found.fileno()))
    _answer_within(connection, INTRODUCTION)
    return connection


def _answer_within(connection: Connection, seconds: float) -> None:
    """Raise an OSError in each read that waits longer; 0 for no bound."""
    with _socket_of(connection) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(seconds), 0))


def _socket_of(connection: Connection) -> socket.socket:
    """The socket of a connection, by a handle that is to be closed."""
    return socket.socket(fileno=os.dup(connection.fileno()))
