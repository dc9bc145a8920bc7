"""Eight million articles planned for real: seconds and memory of `medconcept plan`, and of the start of a build.

    python -m benchmarks.planning [--articles 8000000] [OUTPUT.md]

The inventory is generated, in shards of a million lines as S3 writes them; there are no articles behind it. A build is
ended once its plan stands, and once more when it has read the plan again.
"""

import argparse
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import default_rng

from benchmarks.commands import MEDCONCEPT
from benchmarks.mirrors import date
from tests.pipeline.servers import md5

LINES = 1_000_000  # of a shard
BUCKET = "pmc-oa-opendata"
CHANGED = "2026-11-20T03:04:05.000Z"
COMMAND_S = 3600


def write_inventory(root: Path, articles: int) -> int:
    """An inventory of so many articles, of which one in fifty has two versions; gives the bytes of its shards."""
    reports, files, size = f"inventory-reports/{BUCKET}/metadata", [], 0
    for number, start in enumerate(range(0, articles, LINES)):
        count = min(LINES, articles - start)
        shard = gzip.compress(_lines(start, count), 1, mtime=0)
        key = f"{reports}/data/part-{number}.csv.gz"
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(shard)
        files.append({"key": key, "size": len(shard), "MD5checksum": md5(shard)})
        size += len(shard)
    manifest = {"fileFormat": "CSV", "fileSchema": "Bucket, Key, LastModifiedDate, ETag", "files": files}
    path = root / reports / date(1) / "manifest.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(manifest))
    return size


def _lines(start: int, count: int) -> bytes:
    """The lines of a shard; each fiftieth article is a second version of the one before."""
    etags = default_rng(start).bytes(16 * count).hex()
    numbers = 10_000 + start + np.arange(count)
    second = (np.arange(count) % 50 == 49).tolist()
    return "".join(
        f'"{BUCKET}","metadata/PMC{number - again}.{1 + again}.json","{CHANGED}","{etags[32 * n : 32 * n + 32]}"\n'
        for n, (number, again) in enumerate(zip(numbers.tolist(), second, strict=True))
    ).encode()


def measured(command: list[str], over: Callable[[], bool]) -> tuple[float, float, str]:
    """Seconds until a command ends or `over` says so, the most GB that it held, and what it said."""
    started, peak = time.monotonic(), 0
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, text=True, start_new_session=True)
        while process.poll() is None and not over() and time.monotonic() - started < COMMAND_S:
            peak = max(peak, _peak(process.pid))
            time.sleep(0.05)
        seconds = time.monotonic() - started
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        said.seek(0)
        return seconds, peak / 1e9, said.read()


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return 1024 * int(status.partition("VmHWM:")[2].split()[0]) if "VmHWM:" in status else 0


def building(mirror: str, out: Path) -> list[str]:
    """The command that is measured."""
    return [*MEDCONCEPT, "build", mirror, str(out), "--engine", "inline"]


def planned(mirror: str, out: Path, *options: str) -> tuple[float, float]:
    """Seconds until the plan of a build is committed, and the most GB that the driver held."""
    seconds, peak, said = measured([*building(mirror, out), *options], (out / "run.json").exists)
    if not (out / "run.json").exists():
        raise SystemExit(f"the build did not begin: {said[-2000:]}")
    return seconds, peak


def measure(folder: Path, articles: int) -> list[str]:
    """The lines of the report."""
    started = time.monotonic()
    size = write_inventory(folder / "mirror", articles)
    print(f"an inventory of {size / 1e6:.0f} MB in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    mirror, out = str(folder / "mirror"), folder / "out"
    lines = [f"| {articles:,} articles, {size / 1e6:.0f} MB of inventory | s | GB |", "|---|---|---|"]
    seconds, peak, said = measured([*MEDCONCEPT, "plan", mirror], lambda: False)
    print(said, file=sys.stderr, flush=True)
    lines.append(f"| `plan` | {seconds:.0f} | {peak:.2f} |")
    seconds, peak = planned(mirror, out)
    lines.append(f"| `build` until its plan is committed | {seconds:.0f} | {peak:.2f} |")
    written = (out / "run.json").stat().st_mtime_ns
    seconds, peak, _ = measured(
        building(mirror, out), lambda: (out / "run.json").stat().st_mtime_ns != written or any(out.glob("units/*"))
    )
    lines.append(f"| the same build again, until it goes on | {seconds:.0f} | {peak:.2f} |")
    plan = sum(path.stat().st_size for path in (out / "plan").glob("*"))
    lines.append(f"| the plan in the output, MB | {plan / 1e6:.0f} | |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("--articles", type=int, default=8_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        lines = measure(Path(scratch), given.articles)
    print(*lines, sep="\n")
    if given.output:
        given.output.write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
