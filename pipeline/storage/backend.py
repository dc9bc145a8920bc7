"""What a place for files can do, on a disk or in a bucket, and how long a call waits for one that does not answer."""

import errno
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import pyarrow.fs as pafs
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_exponential, wait_random

T = TypeVar("T")

#: How the name of a file ends that is being written.
DRAFT = ".part"

#: Seconds before the first retry, and at most between two.
WAIT, MAX_WAIT = 0.2, 10.0

#: What network file systems say of a server that is away for a moment.
_PASSING = {
    errno.ESTALE, errno.EAGAIN, errno.EINTR, errno.ETIMEDOUT, errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED,
    errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ENOTCONN,
}  # fmt: skip


#: Bytes that are read in vain rather than asked for what lies before and behind them apart.
GAP = 1 << 18

#: A part of a file: the byte at which it starts, and how many there are.
Span = tuple[int, int]


class Unanswered(OSError):
    """The store gave no answer, or asked to be asked later."""


@dataclass(frozen=True)
class Seen:
    """A small file as it was read: its bytes, the seconds since it was written by the store's clock, its version."""

    data: bytes
    age: float
    version: str


class Listed(NamedTuple):
    """A file as a listing has it: its path, its bytes, the seconds since it was written."""

    path: str
    bytes: int
    age: float


class Backend(Protocol):
    """Files below one root. Paths are relative to it; each call is one attempt and raises OSError."""

    @property
    def filesystem(self) -> pafs.FileSystem:
        """The file system that pyarrow reads from."""

    @property
    def root(self) -> str:
        """The root's path in `filesystem`."""

    def create(self, path: str, retry: "Retry[Any]") -> AbstractContextManager[Callable[[Any], object]]:
        """A context that gives the function to write with; the file replaces what was there when the block ends."""

    def claim(self, path: str, data: bytes) -> bool:
        """Create a file where there is none; False where one stands."""

    def read(self, path: str) -> bytes:
        """A whole file."""

    def read_spans(self, path: str, spans: list[Span]) -> list[bytes]:
        """Parts of a file, each cut short where the file ends."""

    def size(self, path: str) -> int | None:
        """The bytes of a file, None where there is none."""

    def walk(self, folder: str, retry: "Retry[Any]") -> Iterator[Listed]:
        """Each file below a folder, drafts among them."""

    def delete(self, path: str) -> None:
        """Remove a file, or a folder and all below it."""

    def delete_all(self, paths: list[str]) -> None:
        """Remove files; one that is gone already is no error."""

    def discard_drafts(self) -> int:
        """Remove the drafts and uploads that were never finished; how many there were."""

    def rooted(self) -> AbstractContextManager[None]:
        """A context after which no empty root is left that was not there before."""

    def look(self, path: str) -> Seen | None:
        """A small file with its age, None where there is none."""

    def peek(self, path: str) -> Seen | None:
        """The same for who writes nothing: the age of a file on a disk is that by this machine's clock."""

    def refresh(self, path: str, seen: Seen, data: bytes) -> bool:
        """Write `data` over a file, which is always there meanwhile; False where it is not what was seen."""

    def seize(self, path: str, seen: Seen, data: bytes | None) -> bool:
        """Put `data` (nothing if None) in the place of what was seen; False for all but one who try so at once."""


def coalesce(spans: list[Span]) -> list[Span]:
    """The least reads, in order, that cover `spans` (sorted), none of which has more than GAP bytes in vain at once."""
    covering: list[Span] = []
    for start, length in spans:
        if covering and start <= sum(covering[-1]) + GAP:
            first, so_far = covering[-1]
            covering[-1] = (first, max(so_far, start + length - first))
        else:
            covering.append((start, length))
    return covering


#: Calls a function again while the store does not answer.
Retry = Callable[[Callable[[], T]], T]


def patient(seconds: float) -> Retry[Any]:
    """Call again for so many seconds what raises a passing error, then raise it."""
    return Retrying(
        stop=_GivingUp(seconds),
        wait=wait_exponential(WAIT, MAX_WAIT) + wait_random(0, WAIT),
        retry=retry_if_exception(_is_passing),
        reraise=True,
    )


class _GivingUp(stop_after_delay):
    """A disk that says EIO twice is broken, and no wait mends it."""

    def __call__(self, retry_state: RetryCallState) -> bool:
        error = retry_state.outcome and retry_state.outcome.exception()
        broken = isinstance(error, OSError) and error.errno == errno.EIO and retry_state.attempt_number > 1
        return broken or super().__call__(retry_state)


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, Unanswered) or (isinstance(error, OSError) and error.errno in _PASSING | {errno.EIO})
