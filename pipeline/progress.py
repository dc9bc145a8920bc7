"""What a run tells on the terminal: a bar where there is one, else a plain line now and then."""

import time
from collections import Counter
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from dags.graph import Receipt

#: Seconds between two plain lines.
INTERVAL = 10.0


class LineProgress:
    """How many lines of a file are done, and how many a second; silent where there is no terminal."""

    def __init__(self, console: Console, name: str) -> None:
        columns = (
            TextColumn("{task.description}: {task.completed} lines"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[rate]}"),
        )
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task(name, total=None, rate="")
        self._lines, self._started = 0, time.monotonic()

    def __enter__(self) -> "LineProgress":
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def advance(self, lines: int) -> None:
        """Count lines that are written."""
        self._lines += lines
        rate = self._lines / max(time.monotonic() - self._started, 1e-9)
        self._bar.update(self._task, completed=self._lines, rate=f"{rate:,.0f}/s")


class PhaseProgress:
    """The progress of one phase: items done, figures a second, rejects by reason, time left."""

    def __init__(self, console: Console, phase: str, total: int, done: int) -> None:
        self._console, self._phase, self._total = console, phase, total
        self._done, self._resumed = done, done
        self._started = self._told = time.monotonic()
        self._figures, self._rejects = 0, Counter[str]()
        self._bar = Progress(
            TextColumn("{task.description:>8}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[told]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(phase, total=total, completed=done, told="")

    def __enter__(self) -> "PhaseProgress":
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()
        if not self._console.is_terminal and error is None:
            self._line()

    def beat(self, stage: str, rows: int) -> None:
        """Count rows that a stage has done."""

    def advance(self, receipt: Receipt) -> None:
        """Count an item that was committed."""
        self._done += 1
        self._figures += receipt["counts"].get("figures", 0)
        self._rejects.update(receipt["counts"].get("rejects", {}))
        self._bar.update(self._task, completed=self._done, told=self._told_counts())
        if not self._console.is_terminal and time.monotonic() - self._told > INTERVAL:
            self._line()

    def _line(self) -> None:
        self._told = time.monotonic()
        elapsed = self._told - self._started
        new = self._done - self._resumed
        left = f", {(self._total - self._done) * elapsed / new:.0f} s left" if new and self._done < self._total else ""
        counts = self._told_counts()
        line = f"{self._phase}: {self._done}/{self._total} in {elapsed:.1f} s{left}"
        self._console.print(f"{line}; {counts}" if counts else line, soft_wrap=True, highlight=False)

    def _told_counts(self) -> str:
        rate = self._figures / max(time.monotonic() - self._started, 1e-9)
        figures = [f"{rate:.1f} figures/s"] if self._figures else []
        rejects = [f"{count} {reason}" for reason, count in self._rejects.most_common(4)]
        return ", ".join(figures + rejects)
