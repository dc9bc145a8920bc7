"""One driver an output: who works on it holds a lease, a file with a beat, which another takes over once it is dead.

A lease is dead after a minute without a beat, by the clock of the store. One of this machine is dead as soon as its
process is. Whoever lost its lease learns so at its next beat, and stops.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.storage.backend import Seen
from pipeline.storage.store import Store, StoreOutage
from schemas.errors import UserError

PATH = "lease.json"

#: Seconds between two beats, and those without one after which a lease is dead.
BEAT, DEAD = 10.0, 60.0

#: Seconds that the store is given at a beat, for the next tries again, and at the end of a run.
BRIEF = 2.0

#: Attempts at a lease that changes while it is read.
ATTEMPTS = 5


class Holder(BaseModel):
    """Who holds a lease. `machine` and `process` tell one process from another of the same number."""

    model_config = ConfigDict(strict=True)

    host: str
    pid: Annotated[int, Field(gt=0, lt=1 << 31)]
    token: str
    machine: str
    process: str
    started: str
    beat: str


@dataclass
class Lease:
    """The lease that this process holds."""

    store: Store
    holder: Holder
    _beaten: float = field(default_factory=time.monotonic)
    _thief: str = ""
    _ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lost(self) -> None:
        """Return while the lease is ours; asked between items.

        Raises:
            UserError: another driver has taken it over.
        """
        if time.monotonic() - self._beaten > DEAD / 2:  # this process was stopped, or the store is away
            self.beat()
        if self._thief:
            raise UserError(f"{self.store.uri} was taken over by {self._thief}: this run ends")

    def beat(self) -> None:
        """Show that we live. A store that is away ends nothing: when it is back, it shows who took over meanwhile."""
        with self._lock:
            if not self._ended.is_set() and not self._thief:
                with suppress(StoreOutage):
                    self._thief = self._renew()
                    self._beaten = time.monotonic()

    def keep(self) -> None:
        """Beat until the lease is released."""
        while not self._ended.wait(BEAT):
            self.beat()

    def release(self) -> None:
        """Give the lease up, if it is still ours. Where the store is away it dies by itself."""
        self._ended.set()
        with self._lock, suppress(StoreOutage):
            store = replace(self.store, patience=BRIEF)
            seen = store.look(PATH)
            if seen and self._is_ours(seen):
                store.seize(PATH, seen, None)

    def _renew(self) -> str:
        """Write a beat; returns who else holds the lease."""
        store = replace(self.store, patience=BRIEF)
        for _ in range(ATTEMPTS):
            data = _beating(self.holder)
            seen = store.look(PATH)
            if seen is None:  # somebody is looking whether it is dead, or deleted it
                if store.claim(PATH, data):
                    return ""
            elif not self._is_ours(seen):
                return _name(_read(seen))
            elif store.refresh(PATH, seen, data):
                return ""
        return ""

    def _is_ours(self, seen: Seen) -> bool:
        holder = _read(seen)
        return holder is not None and holder.token == self.holder.token


@contextmanager
def lease(store: Store) -> Iterator[Lease]:
    """Hold the lease of an output inside the block.

    Raises:
        UserError: another driver holds it.
    """
    held = Lease(store, _this_process())
    with store.backend.rooted():
        try:
            _take(held)
            threading.Thread(target=held.keep, name="lease", daemon=True).start()
            yield held
        finally:
            held.release()


def _take(wanted: Lease) -> None:
    """Claim the lease, or take over a dead one; of several who try at once, one gets it."""
    store, seen = wanted.store, None
    for _ in range(ATTEMPTS):
        if store.claim(PATH, _beating(wanted.holder)):
            return
        seen = store.look(PATH)
        if seen is None:
            continue
        if wanted._is_ours(seen):  # an answer was lost
            return
        if not _is_dead(seen):
            break
        if store.seize(PATH, seen, _beating(wanted.holder)):
            return
    raise _worked_on(store, seen)


def check_free(store: Store) -> None:
    """Raise UserError where a living driver holds the lease of an output: its files may be half made."""
    seen = store.look(PATH)
    if seen is not None and not _is_dead(seen):
        raise _worked_on(store, seen)


@dataclass(frozen=True)
class Held:
    """A lease as a bystander sees it: its holder, None where that cannot be read, and the seconds since its beat."""

    holder: Holder | None
    age: float
    alive: bool


def look_at(store: Store) -> Held | None:
    """The lease of an output, None where nobody holds it; nothing is written."""
    seen = store.peek(PATH)
    return Held(_read(seen), max(seen.age, 0.0), not _is_dead(seen)) if seen else None


def _worked_on(store: Store, seen: Seen | None) -> UserError:
    holder, age = (_read(seen), seen.age) if seen else (None, 0.0)
    since = f" since {holder.started}" if holder else ""
    return UserError(f"{store.uri} is worked on by {_name(holder)}{since} (last sign {max(age, 0):.0f} s ago)")


def _is_dead(seen: Seen) -> bool:
    """Whether the holder shows no sign of life; one whose file is broken had no time to beat."""
    holder = _read(seen)
    if seen.age > DEAD or holder is None:
        return seen.age > DEAD
    is_here = holder.machine == _machine() != ""
    return is_here and _process(holder.pid) not in ("", holder.process)


def _read(seen: Seen) -> Holder | None:
    try:
        return Holder.model_validate_json(seen.data)
    except ValidationError:
        return None


def _beating(holder: Holder) -> bytes:
    return holder.model_copy(update={"beat": _now()}).model_dump_json().encode()


def _name(holder: Holder | None) -> str:
    return f"pid {holder.pid} on {holder.host}" if holder else "another driver"


def _this_process() -> Holder:
    pid, now = os.getpid(), _now()
    return Holder(
        host=socket.gethostname(), pid=pid, token=secrets.token_hex(16), machine=_machine(), process=_process(pid),
        started=now, beat=now,
    )  # fmt: skip


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _machine() -> str:
    """This boot of this machine and, as containers number their processes each for itself, this container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # no Linux
        return ""


def _process(pid: int) -> str:
    """When a process of this machine started, in ticks since boot; a word if it is dead, nothing if that is hidden."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return "gone"
    except PermissionError:
        pass  # another user's
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "zombie" if state in "ZX" else fields[18]
