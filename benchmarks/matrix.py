"""One corpus by every way of building it: the digests are equal, or the script fails.

usage: python -m benchmarks.matrix MIRROR [--limit N] [--only WORD]

Inline, local with one and two workers, Ray with one and two workers and on three nodes, Beam, on a disk and in an S3
store, in units of several sizes, killed and resumed. A line each: the seconds, and the digest.
"""

import argparse
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.commands import MEDCONCEPT, succeed
from benchmarks.drills.seaweed import BUCKET, Seaweed
from benchmarks.faults import cluster

#: How often a build is killed before it may end.
KILLS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror")
    parser.add_argument("--limit")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    limit = ["--limit", arguments.limit] if arguments.limit else []
    digests = set()
    with tempfile.TemporaryDirectory() as folder:
        for way in ways(Path(folder)):
            if arguments.only in way.name:
                seconds, digest = _built(way, Path(folder), [arguments.mirror, *limit])
                print(f"{way.name:<24}{seconds:7.1f} s  {digest}", flush=True)
                digests.add(digest)
    if len(digests) != 1:
        raise SystemExit(f"{len(digests)} digests")


class Way(NamedTuple):
    """A way of building: its options, the nodes of its Ray cluster, whether it is killed, whether it is in a store."""

    name: str
    options: list[str]
    nodes: int = 0
    killed: bool = False
    in_store: bool = False


def ways(folder: Path) -> Iterator[Way]:
    """Every way."""
    for name, size in (("small units", 4), ("large units", 500)):
        (folder / f"{size}.yaml").write_text(f"unit_articles: {size}\n")
        yield Way(name, ["--recipe", str(folder / f"{size}.yaml")])
    yield Way("inline", ["--engine", "inline"])
    for number in (1, 2):
        yield Way(f"local {number}", ["--workers", str(number)])
    for nodes in (1, 2, 3):
        yield Way(f"ray, {nodes} nodes of a core", ["--engine", "ray"], nodes=nodes)
    yield Way("beam", ["--engine", "beam"])
    yield Way("killed and resumed", [], killed=True)
    yield Way("s3", [], in_store=True)


def _built(way: Way, folder: Path, source: list[str]) -> tuple[float, str]:
    """The seconds of a build, and its digest; it verifies, or the script ends."""
    out = str(folder / way.name.replace(" ", "-"))
    environment: dict[str, str] = {}
    with ExitStack() as opened:
        if way.nodes:
            environment["RAY_ADDRESS"] = opened.enter_context(cluster(way.nodes)).address
        if way.in_store:
            out = f"s3://{BUCKET}/out"
            environment |= opened.enter_context(_store(folder / "store"))
        command = ["build", source[0], out, *source[1:], *way.options]
        started = time.monotonic()
        if way.killed:
            _kill(command)
        succeed(*command, **environment)
        seconds = time.monotonic() - started
        succeed("verify", out, **environment)
        return seconds, succeed("digest", out, **environment).output.strip()


@contextmanager
def _store(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of an S3 server, for as long as the block lasts."""
    server = Seaweed(folder)
    server.start()
    try:
        yield {
            "AWS_ENDPOINT_URL": server.endpoint,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
    finally:
        server.stop()


def _kill(command: list[str]) -> None:
    """Start a build and kill it, some times over."""
    moments = random.Random(0)
    for _ in range(KILLS):
        process = subprocess.Popen([*MEDCONCEPT, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(4, 15))
        process.send_signal(signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    main()
