"""A transport made dependable: patience, a deadline, MD5 checks, and each fault as the reject that it is."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from pipeline.sources.base import IMAGE, Role, SourceReject, is_page, md5
from pipeline.sources.deadline import clock
from pipeline.sources.health import Health, Policy
from pipeline.sources.transport import Damaged, Missing, Refused, TooLarge, Transient, Transport
from schemas.errors import Outage
from schemas.rejects import Reason

T = TypeVar("T")

#: An object of at most so many bytes is asked for again to see whether the source answers; so long is waited at most.
_PROBE_BYTES, _PROBE_SECONDS = 1 << 20, 10.0

#: So many objects are asked for again: one of them may have changed meanwhile.
_PROBES = 3

#: What is asked for while nothing is known of a source: a short page, if it is there at all.
_ANY = "inventory-reports/"


class Client:
    """A transport with patience. It may be shared by threads, which know together whether the source answers.

    A source in trouble may deny what it has, or send a page in its place. So what it says against an object counts only
    while it still gives what it gave before.
    """

    def __init__(self, transport: Transport, policy: Policy) -> None:
        self.uri = transport.uri
        self._transport = transport
        self._health = Health(self.uri, policy, self._answers)
        self._given: tuple[tuple[str, str], ...] = ()  # small objects that came last, with their MD5
        self._probe_seconds = min(_PROBE_SECONDS, policy.patience)

    def get(self, key: str, checksum: str = "", role: Role = IMAGE, of_article: bool = False) -> bytes:
        """The object at `key`; raises SourceReject for this one, Outage for the whole source.

        Bytes whose MD5 is not `checksum` are fetched once more, in case they were damaged on the way. Of an article, no
        page and no empty file is taken that no checksum vouches for.
        """

        def whole(key: str, until: float) -> bytes:
            data = self._transport.get(key, until)
            if checksum and checksum != md5(data):
                data = self._transport.get(key, until)
                if checksum != md5(data):
                    raise Damaged(f"not the MD5 {checksum}")
            if of_article and not checksum and (is_page(data) or not data):
                told = "an HTML page" if data else "empty"
                raise Refused(f"{told}, and no MD5 says that it should be")
            return data

        data = self._object(key, role, whole)
        if (checksum or of_article) and 0 < len(data) <= _PROBE_BYTES:
            others = [each for each in self._given if each[0] != key]
            self._given = (*others[1 - _PROBES :], (key, md5(data)))
        return data

    def size(self, key: str, role: Role = IMAGE) -> int:
        """The bytes of the object at `key`; raises as `get` does."""
        return self._object(key, role, self._transport.size)

    def children(self, folder: str) -> list[str] | None:
        """The sorted names in a folder (`""` or ending in a slash), None where the source does not list; raises Outage.

        A folder among them ends in a slash. A folder that is not there is empty.
        """
        try:
            return self._health.attempt(folder, partial(self._transport.children, folder))
        except (Transient, Refused, TooLarge) as error:
            raise Outage(f"{self.uri} cannot be listed: {error}") from error

    def _object(self, key: str, role: Role, action: Callable[[str, float], T]) -> T:
        if key.startswith("/") or "\0" in key or {".", ".."} & set(key.split("/")):
            raise SourceReject(role.missing, f"{key}: leads out of the source")

        def judged(until: float) -> T:
            try:
                return action(key, until)
            except (Missing, Refused) as error:
                if not self._given:
                    raise
                if not self._answers(False):
                    raise Transient(f"{error}, like all that it gave before") from error
                return action(key, until)  # the source may have come back in between

        try:
            return self._health.attempt(key, judged)
        except Damaged as error:
            raise SourceReject(Reason.MD5_MISMATCH, f"{key}: {error}") from error
        except (Transient, Refused) as error:
            raise SourceReject(Reason.FETCH_FAILED, f"{key}: {error}") from error
        except Missing as error:
            raise SourceReject(role.missing, f"{key}: {error}") from error
        except TooLarge as error:
            raise SourceReject(role.too_large, f"{key}: {error}") from error

    def _answers(self, alone: bool) -> bool:
        """Whether the source gives what it has given before; where that is nothing and one object fails, any answer."""
        for key, checksum in self._given or ([(_ANY, "")] if alone else ()):
            try:
                data = self._transport.get(key, clock() + self._probe_seconds)
            except Transient:
                return False
            except (Missing, TooLarge, Refused):
                data = b""
            if checksum in ("", md5(data)):
                return True
        return False
