"""What the phases of a run take, item by item and in the driver: CPU seconds, peak memory, bytes, files. For scale.py.

An engine is wrapped, and so are the functions that read and commit an item: whoever works on one writes a line of what
it took to a file. The store is counted where it is asked; reads are those of the system, one for each range of a file.
Against an S3 server requests are counted by a proxy in the driver.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from dags.graph import Engine, Failure, Graph, Item, Receipt
from dags.stage import Beat
from pipeline.storage.store import Store
from transforms.network import Network

#: Of a store, what opens a file, makes one, and lists a folder.
ASKED = {"opened": ("open", "read"), "made": ("create", "write", "claim"), "listed": ("_walk",)}

#: What an item or the driver took, by name.
Taken = dict[str, float]

#: Runs in each process before its first item.
Before = Callable[[], None]

_counts: Counter[str] = Counter()
_last: dict[str, Taken] = {}


def count_requests() -> None:
    """Count from now on what this process asks of stores, and the seconds in networks."""
    if _counts["counting"]:
        return
    _counts["counting"] = 1
    for kind, names in ASKED.items():
        for name in names:
            setattr(Store, name, _counted(kind, getattr(Store, name)))
    Network.run = _timed(Network.run)  # type: ignore[method-assign]


def _counted(kind: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*arguments: Any, **options: Any) -> Any:
        _counts[kind] += 1
        return method(*arguments, **options)

    return counted


def _timed(method: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:
        started = time.process_time()
        try:
            return method(*arguments, **options)
        finally:
            _last.setdefault("networks", {"cpu": 0.0})["cpu"] += time.process_time() - started

    return timed


def taken() -> Taken:
    """What this process has taken so far; its peak since `forget_peak`."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    io = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return {
        "cpu": time.process_time(),
        "networks": _last.get("networks", {"cpu": 0.0})["cpu"],
        "peak": int(status["VmHWM"].split()[0]) / 1024,
        "read": int(io["rchar"]) / 1e6,
        "written": int(io["wchar"]) / 1e6,
        "reads": int(io["syscr"]),
        **{kind: _counts[kind] for kind in ASKED},
    }


def forget_peak() -> None:
    """Let the peak be what this process holds now."""
    Path("/proc/self/clear_refs").write_text("5")


def since(before: Taken) -> Taken:
    """What was taken since; of the peak there is no difference."""
    return {name: value if name == "peak" else value - before[name] for name, value in taken().items()}


@dataclass(frozen=True)
class Read:
    """The function of a graph that reads an item; from here on the item is measured."""

    read: Callable[[Item], Iterable[pa.Table]]
    before: Before

    def __call__(self, item: Item) -> Iterable[pa.Table]:
        if "item" not in _last:
            count_requests()
            self.before()
            forget_peak()
        _last["item"] = taken()
        return self.read(item)


@dataclass(frozen=True)
class Commit:
    """The function that commits it; then what it took is written down."""

    commit: Callable[[Item, Iterable[pa.Table]], Receipt]
    phase: str
    file: str

    def __call__(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        receipt = self.commit(item, tables)
        note(self.file, self.phase, "item", since(_last["item"]))
        return receipt


@dataclass(frozen=True)
class Timed:
    """A stage whose seconds are written down by its name."""

    stage: Any
    file: str

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # what pickle looks for before there is a stage
        return getattr(self.stage, name)

    def __call__(self, table: pa.Table) -> pa.Table:
        before = taken()
        made = self.stage(table)
        found = since(before)
        note(self.file, f"stage {self.stage.name}", "item", {name: found[name] for name in ("cpu", "networks")})
        return made


def note(file: str, phase: str, who: str, values: Mapping[str, float]) -> None:
    """A line of the file; several processes write it."""
    with Path(file).open("a") as sink:
        sink.write(json.dumps({"phase": phase, "who": who, **values}) + "\n")


@dataclass
class Meter:
    """Wraps an engine. What the driver does between two phases belongs to the second.

    `change`: another graph in place of one, for the benchmark; `requests`: what a proxy has counted since it was asked.
    """

    engine: Engine
    file: str
    before: Before
    change: Callable[[Graph], Graph]
    requests: Callable[[], Mapping[str, int]] = dict
    _mark: Taken = field(default_factory=taken)

    def __call__(self, graph: Graph, items: list[Item], beat: Beat) -> Iterator[Receipt | Failure]:
        made = self.change(graph)
        timed = tuple(Timed(stage, self.file) for stage in made.stages)
        read, commit = Read(made.read, self.before), Commit(made.commit, graph.name, self.file)
        yield from self.engine(replace(made, read=read, stages=timed, commit=commit), items, beat)
        self.close(graph.name)

    def close(self, phase: str) -> None:
        """Note what the driver took until now as that of a phase."""
        note(self.file, phase, "driver", since(self._mark) | self.requests())
        forget_peak()
        self._mark = taken()


def summed(file: str) -> dict[str, Taken]:
    """By phase: items, the sums of what they and the driver took, and the most that a process of either held."""
    found: dict[str, Taken] = {}
    for line in Path(file).read_text().splitlines():
        row = json.loads(line)
        phase, who = found.setdefault(row.pop("phase"), {"items": 0}), row.pop("who")
        phase["items"] += who == "item"
        for name, value in row.items():
            key = f"{who} {name}" if name in ("cpu", "peak") else name
            phase[key] = max(phase.get(key, 0), value) if name == "peak" else phase.get(key, 0) + value
    return found
