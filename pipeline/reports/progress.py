"""What a run tells on the terminal: lines that are drawn anew, or where that cannot be a plain line now and then."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pipeline.repeated import repeated
from pipeline.signals import undone
from pipeline.verbosity import LOG

if TYPE_CHECKING:  # it imports Arrow, which takes longer than a command on a small file
    from dags.graph import Receipt

#: Seconds between two plain lines.
INTERVAL = 10.0

#: What the rows are that a stage is given. Those of other stages are called rows.
ROWS = {
    "fetch_articles": "articles",
    "jats": "articles",
    "fetch_images": "figures",
    "panels": "figures",
    "concepts": "panels",
    "embed": "panels",
    "modality": "panels",
}

#: Shows the cursor again, and leaves the line.
CURSOR = b"\x1b[?25h\n"

#: Columns on the right that stay free: a terminal writes ^C there, which would else begin a line of its own.
FREE = 2

#: A bar of fewer columns than this says nothing.
SMALLEST_BAR = 4


class LineProgress:
    """How many lines of a file are done, and how many a second; silent where nothing can be drawn."""

    def __init__(self, console: Console, name: str) -> None:
        self._console, self._name = console, name
        self._lines, self._started = 0, time.monotonic()
        self._shown = ExitStack()

    def __enter__(self) -> "LineProgress":
        if _can_draw(self._console):
            self._shown.enter_context(_drawn(self._console, self))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._shown.close()

    def advance(self, lines: int) -> None:
        """Count lines that are written."""
        self._lines += lines

    def __rich__(self) -> Text:
        elapsed = time.monotonic() - self._started
        told = f": {self._lines:,} lines, {self._lines / max(elapsed, 1e-9):,.0f}/s, {duration(elapsed)}"
        width = self._console.width - FREE
        return _line(_line(self._name, max(width - len(told), 1)).plain + told, width)


def tell(console: Console, line: str) -> None:
    """Tell a plain line as it is: no width, no markup and no colours of the terminal's."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


class PhaseProgress:
    """The progress of one phase: items done, time left, figures a second, rejects by reason."""

    def __init__(self, console: Console, phase: str, total: int, done: int) -> None:
        self._console, self._phase, self._total = console, phase, total
        self._advanced, self._resumed, self._counted = done, done, done
        self._started = time.monotonic()
        self._pictures, self._rejects = 0, Counter[str]()
        self._stage, self._rows = "", Counter[str]()
        self._lock = threading.Lock()
        self._told: int | None = None
        self._shown = ExitStack()

    def __enter__(self) -> "PhaseProgress":
        drawn = _can_draw(self._console)
        self._shown.enter_context(
            _drawn(self._console, self) if drawn else repeated(self._tell, lambda: INTERVAL, "progress")
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._stage = ""
        self._shown.close()
        if not _can_draw(self._console) and error is None:
            self._tell(again=False)

    def advance(self, receipt: "Receipt") -> None:
        """Count an item that was committed."""
        counts = receipt["counts"]
        with self._lock:
            self._advanced += 1
            self._pictures += counts.get("pictures", 0)
            self._rejects.update(counts.get("rejects", {}))
            self._stage, self._rows = "", Counter()
        stated = ", ".join(f"{count:,} {name}" for name, count in counts.items() if isinstance(count, int))
        LOG.info("%s %d/%d: %s: %s", self._phase, self._done, self._total, receipt["folder"], stated)

    def count(self, done: int) -> None:
        """Take note of how many items stand by their receipts, before their outcomes are told; from any thread."""
        with self._lock:
            self._counted = done

    def beat(self, stage: str, rows: int) -> None:
        """Count rows that a stage was given of items that are not committed yet; from any thread."""
        with self._lock:
            self._stage = stage
            self._rows[stage] += rows

    def _tell(self, again: bool = True) -> None:
        """Print a plain line; without `again` only if items were done since the last one."""
        with self._lock:
            if not again and self._told == self._done:
                return
            self._told = self._done
            facts = [f"{self._phase}: {self._done}/{self._total} in {self._times()}", *self._now()]
            rejected = self._most_rejected(4)
        line = "; ".join([*facts, f"rejected: {', '.join(rejected)}"] if rejected else facts)
        if self._console.is_terminal:  # one that cannot draw: rich takes it for 80 columns wide
            columns = os.get_terminal_size(self._console.file.fileno()).columns or self._console.width
            line = _line(line, columns).plain
        tell(self._console, line)

    def __rich__(self) -> Group:
        width = self._console.width - FREE
        with self._lock:
            lines: list[Table | Text] = [self._bar(width)]
            if now := self._now():
                lines.append(_line("  " + "; ".join(now), width))
            if self._rejects:
                most = _fitted(self._most_rejected(None), width - len("  rejected: "))
                lines.append(_line(f"  rejected: {most}", width))
        return Group(*lines)

    def _bar(self, width: int) -> Table | Text:
        """The name of the phase, a bar as wide as there is room, items and times."""
        left, right = f"{self._phase:<7} ", f" {self._done}/{self._total} {self._times()}"
        room = width - len(left) - len(right)
        if room < SMALLEST_BAR:
            return _line(f"{self._phase}{right}", width)
        row = Table.grid()
        for columns in (len(left), room, len(right)):
            row.add_column(width=columns, no_wrap=True)
        row.add_row(Text(left), ProgressBar(max(self._total, 1), self._done, width=room), Text(right))
        return row

    @property
    def _done(self) -> int:
        return max(self._advanced, self._counted)

    def _times(self) -> str:
        elapsed = time.monotonic() - self._started
        new, left = self._done - self._resumed, self._total - self._done
        return duration(elapsed) + (f", {duration(left * elapsed / new)} left" if new and left else "")

    def _now(self) -> list[str]:
        """The rate, and what is worked on at this moment."""
        pictures = self._pictures + self._rows["panels"]  # that stage is given those figures that have a picture
        rate = pictures / max(time.monotonic() - self._started, 1e-9)
        told = [f"{rate:.1f} figures/s"] if pictures else []
        if self._stage:
            told.append(f"now {self._stage}, {self._rows[self._stage]:,} {ROWS.get(self._stage, 'rows')}")
        return told

    def _most_rejected(self, most: int | None) -> list[str]:
        return [f"{count:,} {reason}" for reason, count in self._rejects.most_common(most)]


@contextmanager
def _drawn(console: Console, shown: RenderableType) -> Iterator[None]:
    """Draw it a few times a second, as it is then; what else is printed meanwhile appears above."""
    # The cursor is hidden meanwhile.
    with (
        undone(partial(os.write, 2, CURSOR)),
        Live(get_renderable=lambda: shown, console=console, vertical_overflow="crop"),
    ):
        yield


def duration(seconds: float) -> str:
    """3.4 s, 12:07 or 3:04:12."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _can_draw(console: Console) -> bool:
    """Whether lines on the console can be drawn anew: a dumb terminal cannot, a file need not."""
    return console.is_terminal and not console.is_dumb_terminal


def _fitted(parts: list[str], width: int) -> str:
    """As many of the parts as fit into the width, the first in any case, and "…" for the others."""
    for count in range(len(parts), 1, -1):
        text = ", ".join([*parts[:count], "…"] if count < len(parts) else parts)
        if len(text) <= width:
            return text
    return parts[0]


def _line(text: str, width: int) -> Text:
    """Text that takes one line of this width."""
    line = Text(text)
    line.truncate(width, overflow="ellipsis")
    return line
