"""The log of a run on request: a line of JSON for each event and each warning, as log collectors read them.

Workers on other machines write none: what one has to say, its attempts, seconds, rows and its own fault with the
traceback, comes home with its item, and the driver logs it.
"""

import json
import logging
import sys
from contextlib import suppress
from datetime import datetime, timezone
from typing import IO, Any

from dags.graph import Failure, Receipt
from pipeline.verbosity import LOG
from pipeline.watch.events import (
    EVENTS,
    Event,
    ItemDone,
    ItemFailed,
    ItemsCounted,
    PhaseEnded,
    PhaseStarted,
    RunEnded,
    RunStarted,
    SourceThrottled,
)
from schemas.secrets import redact


class JsonLog(logging.Handler):
    """Writes the lines. Where that fails it says so once, and the run goes on."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__()
        self._file, self._run = file, ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of an event, or of what is told to a person."""
        event: Event | None = getattr(record, "event", None)
        if isinstance(event, RunStarted):
            self._run = event.run
        time = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        facts = _facts(event) if event else {"event": "message", "message": redact(record.getMessage())}
        line = {"time": time, "level": _level(event, record), "run": self._run} | facts
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        except (OSError, ValueError) as error:  # a full disk, a pipe that nobody reads
            self.close()
            LOG.warning("the log ends here: it cannot be written: %s", error)

    def close(self) -> None:
        """Write no more."""
        EVENTS.removeHandler(self)
        LOG.removeHandler(self)
        if self._file is not sys.stdout:
            with suppress(OSError):
                self._file.close()
        super().close()


def _level(event: Event | None, record: logging.LogRecord) -> str:
    failed = isinstance(event, ItemFailed) or (isinstance(event, RunEnded) and event.outcome == "failed")
    return "error" if failed else record.levelname.lower()


def _facts(event: Event) -> dict[str, Any]:
    """What a line says of an event."""
    match event:
        case RunStarted():
            return {"event": "run_started", "command": event.command, "output": event.output, "engine": event.engine}
        case PhaseStarted():
            return {"event": "phase_started", "phase": event.phase, "items": event.items, "done": event.done}
        case ItemDone():
            return {"event": "item_done", "phase": event.phase} | _done(event.receipt)
        case ItemFailed():
            return {"event": "item_failed", "phase": event.phase} | _failed(event.failure)
        case ItemsCounted():
            return {"event": "items_counted", "phase": event.phase, "done": event.done}
        case SourceThrottled():
            return {"event": "source_throttled", "pause": event.pause, "rate": round(event.rate, 3)}
        case PhaseEnded():
            return {"event": "phase_ended", "phase": event.phase}
        case RunEnded():
            return {"event": "run_ended", "outcome": event.outcome} | ({"error": event.error} if event.error else {})


def _done(receipt: Receipt) -> dict[str, Any]:
    work, files = receipt.get("work", {}), receipt.get("files", {})
    return {
        "item": receipt["folder"],
        "attempt": work.get("attempts"),
        "seconds": work.get("seconds"),
        "rows": {name: stamp["rows"] for name, stamp in files.items()},
        "bytes": sum(stamp["bytes"] for stamp in files.values()),
        "rejects": receipt.get("counts", {}).get("rejects", {}),
        "stages": work.get("stages", {}),
    }


def _failed(failure: Failure) -> dict[str, Any]:
    """A worker that died said nothing of attempts and seconds."""
    return {
        "item": failure.item.folder,
        "attempt": failure.attempts or None,
        "seconds": failure.seconds or None,
        "error": failure.error,
        "outage": failure.outage,
        "trace": failure.trace or None,
    }
