"""`progress.json`: what the driver knows of its run, for whoever looks at the output from elsewhere.

It says nothing of the corpus, and nothing depends on it: it may be missing, or half a minute old. What counts are the
receipts. Times are those of the driver's clock; who reads them has another, and uses differences alone.
"""

from datetime import datetime, timezone
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from pipeline.storage.backend import Seen

PATH = "progress.json"

#: Kept of each phase: items that took longest, causes of failures, reasons for rejects.
SLOWEST, CAUSES, REASONS = 5, 5, 40


class StageSum(BaseModel):
    """What a stage took in all items that this run did."""

    seconds: float = 0.0
    rows_in: int = 0
    rows_out: int = 0
    rejects: int = 0


class Slow(BaseModel):
    """An item and the seconds that it took."""

    item: str
    seconds: float


class Cause(BaseModel):
    """Why items fail: how many, and the last of them."""

    error: str
    items: int
    last: str


class PhaseRecord(BaseModel):
    """A phase: `resumed` of its items stood when it began, `done` stand now.

    `worked` are the seconds, `rejects` the rejects of all of which the receipts are known; `finished` are those that
    this run did: `bytes`, `retries`, `stages` and `slowest` are theirs.
    """

    name: str
    folder: str
    items: int = Field(ge=0)
    resumed: int = Field(ge=0)
    done: int = Field(ge=0)
    finished: int = 0
    failed: int = 0
    started: datetime
    last: datetime | None = None
    ended: datetime | None = None
    worked: float = 0.0
    bytes: int = 0
    retries: int = 0
    rejects: dict[str, int] = {}
    stages: dict[str, StageSum] = {}
    slowest: list[Slow] = []
    causes: list[Cause] = []


class Progress(BaseModel):
    """The document. `told` is when it was written; `outcome` is empty while the run goes on."""

    version: Literal[1] = 1
    run: str
    command: str
    engine: str
    started: datetime
    told: datetime
    outcome: Literal["", "done", "failed", "interrupted"] = ""
    error: str = ""
    phases: list[PhaseRecord] = []


def now() -> datetime:
    """The time, to a millisecond."""
    time = datetime.now(timezone.utc)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def parse(seen: Seen | None) -> Progress | None:
    """The document; None where there is none, or none that can be read: it may be that of another version."""
    try:
        return Progress.model_validate_json(seen.data) if seen else None
    except ValidationError:
        return None
