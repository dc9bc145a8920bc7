"""The Ray cluster of a run: one that is there and answers, else one of our own that ends with this process."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import ray

from dags.guard import guard_descendants
from schemas.errors import UserError, told

#: Seconds that a cluster is given to answer at all.
ANSWER = 10.0

#: How often Ray runs a step again whose worker or node died; what ends so many is likely to end the next.
LOST_WORKERS = 3


def connect() -> None:
    """Join the cluster, or start one.

    Raises:
        UserError: the cluster that `RAY_ADDRESS` names does not answer, or does not take us.
    """
    if ray.is_initialized():
        return
    address = _address()
    # Else what takes all memory of its node is tried for ever (Ray's task_oom_retries is -1).
    os.environ.setdefault("RAY_task_oom_retries", str(LOST_WORKERS))
    # Else its workers give way to all else on the machine, as no other engine's do (Ray adds a niceness of 15).
    os.environ.setdefault("RAY_worker_niceness", "0")
    try:
        with _same_handlers():
            ray.init(address, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UserError(f"Ray: {told(error)}") from error
    if address == "local":
        guard_descendants()  # its agents would live half a minute longer


def _address() -> str:
    """What to connect to: "local" means a cluster of our own. One that is remembered may be long dead."""
    named = os.environ.get("RAY_ADDRESS", "")
    if named not in ("", "auto"):
        _knock(named)
        return named
    # Where Ray keeps it; its own search ends in a wait of many minutes.
    memory = Path(os.environ.get("RAY_TMPDIR", "/tmp"), "ray", "ray_current_cluster")
    remembered = ""
    with suppress(OSError):
        remembered = memory.read_text().strip()
    try:
        if remembered:
            _knock(remembered)
            return remembered
        if named:
            raise UserError(f"RAY_ADDRESS is auto, and {memory} names no Ray cluster")
    except UserError:
        if named:
            raise
    return "local"


def _knock(address: str) -> None:
    """Raise UserError where nothing that speaks gRPC answers: Ray itself would wait for minutes."""
    place = address.rpartition("://")[2]
    host, _, port = place.rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER).close()
        if os.environ.get("RAY_USE_TLS", "0") == "0":
            with grpc.insecure_channel(place) as channel:
                grpc.channel_ready_future(channel).result(timeout=ANSWER)
    except (OSError, OverflowError) as error:
        raise UserError(f"no Ray cluster at {address}: {error}") from error
    except grpc.FutureTimeoutError:
        raise UserError(f"no Ray cluster at {address}: what listens there does not speak gRPC") from None


@contextmanager
def _same_handlers() -> Iterator[None]:
    """Ray answers SIGTERM by a stack trace of its C++ part: the program keeps the handler that it had."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
