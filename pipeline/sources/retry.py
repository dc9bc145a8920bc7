"""The one policy for what can go wrong on the way to an object: retries, a deadline, MD5 checks, a circuit breaker."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
    wait_random,
)

from pipeline.sources.base import IMAGE, Role, SourceReject, md5
from pipeline.sources.transport import Missing, TooLarge, Transient, Transport
from schemas.errors import Outage
from schemas.rejects import Reason

T = TypeVar("T")


@dataclass(frozen=True)
class Policy:
    """How long the source is given; times in seconds.

    Before the n-th retry lies `wait` * 2^(n-1), at most `max_wait`, and a random part of `wait`. `deadline` holds for
    all attempts at an object together. `breaker` objects that fail in a row mean that the source is down.
    """

    attempts: int = 5
    wait: float = 0.5
    max_wait: float = 30.0
    deadline: float = 300.0
    breaker: int = 10


class Client:
    """A transport made dependable. It may be shared by threads, and counts failures over all of them."""

    def __init__(self, transport: Transport, policy: Policy) -> None:
        self.uri = transport.uri
        self._transport, self._policy = transport, policy
        self._failures, self._lock = 0, threading.Lock()
        self._retrying = Retrying(
            stop=stop_after_attempt(policy.attempts) | stop_after_delay(policy.deadline),
            wait=wait_exponential(policy.wait, policy.max_wait) + wait_random(0, policy.wait),
            retry=retry_if_exception_type(Transient),
            reraise=True,
        )

    def get(self, key: str, checksum: str = "", role: Role = IMAGE) -> bytes:
        """The object at `key`; raises SourceReject for this one, Outage for the whole source.

        Bytes whose MD5 is not `checksum` are fetched once more, in case they were damaged on the way.
        """
        for _ in range(2):
            data = self._object(key, role, self._transport.get)
            if checksum in ("", md5(data)):
                return data
        raise SourceReject(Reason.MD5_MISMATCH, f"{key}: not the MD5 {checksum}")

    def size(self, key: str, role: Role = IMAGE) -> int:
        """The bytes of the object at `key`; raises as `get` does."""
        return self._object(key, role, self._transport.size)

    def children(self, folder: str) -> list[str] | None:
        """The sorted names in a folder (`""` or ending in a slash), None where the source does not list; raises Outage.

        A folder among them ends in a slash. A folder that is not there is empty.
        """
        try:
            return self._retrying(self._transport.children, folder, self._until())
        except Transient as error:
            raise Outage(f"{self.uri} cannot be reached: {error}") from error

    def _object(self, key: str, role: Role, action: Callable[[str, float], T]) -> T:
        if key.startswith("/") or "\0" in key or {".", ".."} & set(key.split("/")):
            raise SourceReject(role.missing, f"{key}: leads out of the source")
        try:
            result = self._retrying(action, key, self._until())
        except Transient as error:
            self._count_failure(error)
            raise SourceReject(Reason.FETCH_FAILED, f"{key}: {error}") from error
        except Missing as error:
            self._answered()
            raise SourceReject(role.missing, f"{key}: not there") from error
        except TooLarge as error:
            self._answered()
            raise SourceReject(role.too_large, f"{key}: {error}") from error
        self._answered()
        return result

    def _until(self) -> float:
        return time.monotonic() + self._policy.deadline

    def _answered(self) -> None:
        with self._lock:
            self._failures = 0

    def _count_failure(self, error: Transient) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._policy.breaker:
                count = self._failures
                raise Outage(f"{self.uri} is down: {count} objects in a row failed, the last with {error}") from error
