"""Objects by key, one attempt at a time: the interface of all transports, and what an attempt may end in."""

from typing import Protocol

#: An object is held in memory, so one above this size is refused.
MAX_BYTES = 256 << 20


class Missing(Exception):
    """The object is not there (or not for us: S3 answers 403 where listing is not allowed)."""

    def __init__(self, detail: str = "not there") -> None:
        super().__init__(detail)


class TooLarge(Exception):
    """The object has more than MAX_BYTES."""

    def __str__(self) -> str:
        return f"larger than {MAX_BYTES >> 20} MiB"


class Refused(Exception):
    """The source answers with something that is not the object; to ask again would not help."""


class Diverted(Refused):
    """The source sends us elsewhere: to another host, or from https to http."""


class Damaged(Refused):
    """The bytes are not those that the checksum is of."""


class Transient(Exception):
    """It did not work this time."""


class Throttled(Transient):
    """We ask for too much; the source wants to be left alone for `after` seconds."""

    def __init__(self, detail: str, after: float) -> None:
        super().__init__(detail)
        self.after = after


class Transport(Protocol):
    """One attempt at an object, given up at the time `until` of the clock of deadlines (deadline.py).

    All methods raise Missing, TooLarge, Refused, Transient.
    """

    uri: str

    def get(self, key: str, until: float) -> bytes:
        """The object's bytes."""

    def size(self, key: str, until: float) -> int:
        """The object's size in bytes."""

    def children(self, folder: str, until: float) -> list[str] | None:
        """The sorted names in a folder, folders with a slash behind; None where the transport cannot list."""
