"""What an item costs, as the process measures it that works on it: seconds and rows of each stage.

It is about one attempt. Nothing that a result depends on may depend on it: no two runs take the same time.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

#: What a chain does beside its stages: opening an item, and storing what became of it.
READ, COMMIT = "read", "commit"


@dataclass
class Spent:
    """What one stage took: seconds, rows that it was given and rows that it gave, and rows that it rejected."""

    seconds: float = 0.0
    rows_in: int = 0
    rows_out: int = 0
    rejects: int = 0

    def add(self, seconds: float, rows_in: int, rows_out: int, rejects: int) -> None:
        """Count a batch."""
        self.seconds += seconds
        self.rows_in += rows_in
        self.rows_out += rows_out
        self.rejects += rejects


@dataclass
class Meter:
    """Measures an item: `begin` starts an attempt, and forgets what the one before took."""

    attempts: int = 0
    stages: dict[str, Spent] = field(default_factory=dict)
    _started: float = field(default_factory=time.perf_counter)

    def begin(self) -> None:
        """An attempt starts."""
        self.attempts += 1
        self.stages = {}
        self._started = time.perf_counter()

    def stage(self, name: str) -> Spent:
        """What a stage took so far."""
        return self.stages.setdefault(name, Spent())

    def reading(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """The tables of an item as they are read; the time that each takes to come is counted."""
        spent, began = self.stage(READ), time.perf_counter()
        for table in tables:
            spent.add(time.perf_counter() - began, 0, len(table), 0)
            yield table
            began = time.perf_counter()
        spent.seconds += time.perf_counter() - began

    @property
    def seconds(self) -> float:
        """The seconds of this attempt until now."""
        return time.perf_counter() - self._started

    def stated(self) -> dict[str, Any]:
        """What a receipt says of it. The time that no stage took and that is not reading is the commit's."""
        total = self.seconds
        commit = Spent(max(0.0, total - sum(spent.seconds for spent in self.stages.values())))
        stages = {name: _rounded(spent) for name, spent in (*self.stages.items(), (COMMIT, commit))}
        return {"seconds": round(total, 4), "attempts": max(1, self.attempts), "stages": stages}


def _rounded(spent: Spent) -> dict[str, Any]:
    return asdict(spent) | {"seconds": round(spent.seconds, 4)}
