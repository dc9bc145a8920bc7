"""The command line as a process of its own, and what it left in an output folder: a black box."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

MEDCONCEPT = [sys.executable, "-m", "pipeline"]


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    output: str
    error: str

    @property
    def whole(self) -> bool:
        return self.status == 0 and "Traceback" not in self.error

    @property
    def clear(self) -> bool:
        """It did what it should, or said in one line why not."""
        return self.whole or (
            self.status == 1 and "Traceback" not in self.error and "\nmedconcept: " in f"\n{self.error}"
        )

    @property
    def last(self) -> str:
        """Its last word."""
        lines = [line for line in (*self.output.splitlines(), *self.error.splitlines()) if line.strip()]
        return lines[-1].strip() if lines else f"nothing said, exit status {self.status}"


def medconcept(*arguments: object, timeout: float = 3600, **environment: str) -> Ended:
    """Run the command line to its end; one that hangs ends with the status 124."""
    command = [*MEDCONCEPT, *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        return Ended(124, "", f"hung for {timeout:.0f} s: {error.stderr or ''}")
    return Ended(done.returncode, done.stdout, done.stderr)


def succeed(*arguments: object, **environment: str) -> Ended:
    """Run a command that must succeed; raises SystemExit with what it said."""
    ended = medconcept(*arguments, **environment)
    if not ended.whole:
        raise SystemExit(
            f"medconcept {' '.join(map(str, arguments))} ended with {ended.status}: {ended.error}{ended.output}"
        )
    return ended


def files(out: Path) -> dict[str, str]:
    """The SHA-256 of each file of an output, with the moment that it was written: what is equal was left alone."""
    return {
        path.relative_to(out).as_posix(): f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mtime_ns}"
        for path in out.rglob("*")
        if path.is_file()
    }


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The files that came, went or were written again."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def articles_of(out: Path) -> Iterator[str]:
    """The article ids in the tables of all units."""
    for path in out.glob("units/**/*.parquet"):
        schema = pq.read_schema(path)
        if "article_id" in schema.names:
            yield from pq.read_table(path, columns=["article_id"])["article_id"].to_pylist()
