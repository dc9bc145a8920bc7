"""The Ray cluster of a run: one that is there and answers, else one of our own that ends with this process.

Since 2.60 `ray start` asks for a token wherever it finds one, and Ray shows its own only to a cluster that it has found
by itself: here it is shown to any that asks for it.
"""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import ray
from ray import _raylet, exceptions

from dags.guard import guard_descendants
from schemas.errors import UserError, told

#: Seconds that a cluster is given to answer at all.
ANSWER = 10.0

#: What every head answers to those that it trusts.
ALIVE = "/ray.rpc.NodeInfoGcsService/CheckAlive"

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
    _authenticate(address)
    # Else what takes all memory of its node is tried for ever (Ray's task_oom_retries is -1).
    os.environ.setdefault("RAY_task_oom_retries", str(LOST_WORKERS))
    # Else its workers give way to all else on the machine, as no other engine's do (Ray adds a niceness of 15).
    os.environ.setdefault("RAY_worker_niceness", "0")
    # Ray's own switch, but off where it is not set: what workers print comes to the driver's terminal.
    logs = os.environ.get("RAY_LOG_TO_DRIVER", "0") == "1"
    try:
        with _same_handlers():
            ray.init(address, include_dashboard=False, log_to_driver=logs, logging_level="ERROR")
    except (OSError, RuntimeError, ValueError, exceptions.RayError) as error:
        unasked = address.startswith("ray://") and "RAY_AUTH_MODE" not in os.environ
        hint = "; where the cluster asks for a token, set RAY_AUTH_MODE=token" if unasked else ""
        raise UserError(f"Ray: {told(error)}{hint}") from error
    if address == "local":
        guard_descendants()  # its agents would live half a minute longer


def own_address() -> str:
    """The address under which the nodes of the cluster reach this machine."""
    return str(ray.util.get_node_ip_address())


def cores() -> int:
    """Those of all nodes as they are now."""
    return max(1, int(ray.cluster_resources().get("CPU", 0)))


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
    place = _place(address)
    if not place:
        return
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER).close()
        if not _encrypted():
            with grpc.insecure_channel(place) as channel:
                grpc.channel_ready_future(channel).result(timeout=ANSWER)
    except (OSError, OverflowError) as error:
        raise UserError(f"no Ray cluster at {address}: {error}") from error
    except grpc.FutureTimeoutError:
        raise UserError(f"no Ray cluster at {address}: what listens there does not speak gRPC") from None


def _authenticate(address: str) -> None:
    """Show our token to a cluster that asks for one; Ray itself would fail after 20 seconds and not say why.

    Raises:
        UserError: we have none, or the cluster takes another one.
    """
    place = _place(address)
    if not place or _encrypted() or _trusts(place, {}):
        return
    refused = f"the Ray cluster at {address} asks for a token, and "
    if os.environ.get("RAY_AUTH_MODE", "token").lower() != "token":
        raise UserError(f"{refused}RAY_AUTH_MODE is {os.environ['RAY_AUTH_MODE']}")
    if not (token := _token()):
        raise UserError(f"{refused}RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH and ~/.ray/auth_token hold none")
    if not _trusts(place, token):
        raise UserError(f"{refused}does not take the one that we have")
    os.environ["RAY_AUTH_MODE"] = "token"
    _raylet.Config.initialize("")  # type: ignore[attr-defined]  # Ray has read the environment when it was imported


def _token() -> dict[str, str]:
    """The header that shows our token; empty where we have none."""
    loader = _raylet.AuthenticationTokenLoader.instance()  # type: ignore[attr-defined]
    with suppress(exceptions.AuthenticationError):  # the file that RAY_AUTH_TOKEN_PATH names cannot be read
        return dict(loader.get_token_for_http_header(ignore_auth_mode=True))
    return {}


def _trusts(place: str, header: dict[str, str]) -> bool:
    """False if what answers there asks for another token than the header's."""
    with grpc.insecure_channel(place) as channel:
        try:
            channel.unary_unary(ALIVE)(b"", metadata=tuple(header.items()), timeout=ANSWER)
        except grpc.RpcError as error:
            return bool(error.code() != grpc.StatusCode.UNAUTHENTICATED)
    return True


def _place(address: str) -> str:
    """The host and port of an address; "" where it names none."""
    place = address.rpartition("://")[2]
    return place if place.rpartition(":")[2].isdecimal() else ""


def _encrypted() -> bool:
    return os.environ.get("RAY_USE_TLS", "0") != "0"


@contextmanager
def _same_handlers() -> Iterator[None]:
    """Ray answers SIGTERM by a stack trace of its C++ part: the program keeps the handler that it had."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
