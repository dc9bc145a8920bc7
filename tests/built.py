"""What tests only look at is built once, for all processes of a run of tests."""

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def built_once(out: Path, build: Callable[[Path], object]) -> Path:
    """`out`, after the first process that wants it has built it; what failed half-way is built on."""
    done = out.with_name(f"{out.name}.done")
    with FileLock(out.with_name(f"{out.name}.lock")):
        if not done.exists():
            build(out)
            done.touch()
    return out
