"""How the program ends when it is told to: by Ctrl-C, by a scheduler's SIGTERM, by the SIGHUP of a closed terminal.

The first signal unwinds the main thread, so that every `with` puts right what it left half done. Python answers a
signal only between two steps of its own, and a call into ONNX Runtime or FAISS may last for minutes. So the signal's
number also goes through a pipe to a thread: it ends the process when the unwinding takes longer than `GRACE`, or when a
second signal comes. Where a library puts a handler of its own in place of ours, the pipe is written to all the same.

Only the standard library is imported here: the handlers stand before anything that takes long to import.
"""

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

#: Seconds that the first signal gives the main thread, its worker threads and Ray's processes to end.
GRACE = 5.0

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

#: Commands that take up where they stopped.
RESUMED = ("build", "update")


class Interrupted(KeyboardInterrupt):
    """A signal arrived. Libraries know that a KeyboardInterrupt is not theirs to handle."""


class _Ending:
    """The signals that arrived, and the one line that is told of them."""

    def __init__(self, line: str) -> None:
        self.received: list[int] = []
        self._line, self._told, self._raised = line, False, False
        self._lock = threading.Lock()
        self._reader, self._writer = os.pipe()

    def install(self) -> None:
        """Answer signals from now on. One that is ignored, as `nohup` ignores SIGHUP, stays ignored."""
        os.set_blocking(self._writer, False)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, name="signals", daemon=True).start()
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._raise)

    def drain(self) -> None:
        """Read what the pipe holds into `received`."""
        with self._lock:
            while select.select([self._reader], [], [], 0)[0]:
                self.received += [number for number in os.read(self._reader, 64) if number in SIGNALS]
        if self.received:
            # What threads and destructors say of a process that ends under them helps nobody.
            threading.excepthook = lambda _: None
            sys.unraisablehook = lambda _: None

    def tell(self) -> None:
        """Say why the process ends, once; not through sys.stderr, whose lock the main thread may hold.

        It is the last word: what Ray's C++ part writes of the tasks that end with it helps nobody either.
        """
        if not self._told:
            self._told = True
            with suppress(OSError):
                begin = "\r" if os.isatty(2) else ""  # a terminal has echoed ^C
                os.write(2, (begin + self._line.format(signal.Signals(self.received[0]).name)).encode())
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        if not self._raised:  # the watching thread answers the second
            self._raised = True
            raise Interrupted("a signal arrived")  # Beam makes a RuntimeError of one without a message

    def _watch(self) -> None:
        """Wait for signals, in a thread of its own: the main thread may be in a call that takes long."""
        while not self.received:
            select.select([self._reader], [], [])
            self.drain()
        until = time.monotonic() + GRACE
        while len(self.received) == 1 and (left := until - time.monotonic()) > 0:
            select.select([self._reader], [], [], left)
            self.drain()
        for undo in list(_undo.values()):
            with suppress(OSError):
                undo()
        self.tell()
        os._exit(128 + self.received[0])  # no `finally` and no `atexit` runs any more


_undo: dict[object, Callable[[], object]] = {}


@contextmanager
def undone(undo: Callable[[], object]) -> Iterator[None]:
    """Call `undo` if the process ends at once inside the block, where no other clean-up can run."""
    key = object()
    _undo[key] = undo
    try:
        yield
    finally:
        del _undo[key]


@contextmanager
def answered(arguments: list[str]) -> Iterator[None]:
    """Answer signals inside the block: the process ends with 128 + the signal's number, and says so in one line."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    hint = "; the same command resumes it" if command in RESUMED else ""
    ending = _Ending(f"medconcept: interrupted by {{}}{hint}\n")
    ending.install()
    os.register_at_fork(after_in_child=leave_to_parent)
    try:
        yield
    finally:
        # Whatever the signal was turned into on the way: typer and Ray exit, C extensions raise what they like.
        ending.drain()
        if ending.received:
            ending.tell()
            sys.exit(128 + ending.received[0])


def leave_to_parent() -> None:
    """Let signals end this process without a word, as a worker of another one does that tells of them itself."""
    signal.set_wakeup_fd(-1)
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
