"""One corpus by every way of building it: the digests are equal, or the script fails.

usage: python -m benchmarks.matrix MIRROR [--limit N] [--only WORD]... [--folder FOLDER]

Inline, local with one and two workers, Ray with one and two workers, on three nodes and with a GPU, Beam, on a disk and
in an S3 store, in units of several sizes, killed and resumed. A line each: the seconds, the digest, and the MB that the
driver and the largest worker had at most while it curated, in the first and in the last third of the time.

`--only` names ways by a word of theirs. With FOLDER the outputs stay there: a build that was cut short is taken up, and
what has ended (FOLDER/ended.jsonl) is not built again.
"""

import argparse
import json
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
from benchmarks.engines import options
from benchmarks.faults import cluster
from benchmarks.watched import Watched, watch

#: How often a build is killed before it may end.
KILLS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror")
    parser.add_argument("--limit")
    parser.add_argument("--only", action="append")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    limit = ["--limit", arguments.limit] if arguments.limit else []
    with ExitStack() as opened:
        folder = arguments.folder or Path(opened.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        ended = folder / "ended.jsonl"
        digests = dict(map(json.loads, ended.read_text().splitlines())) if ended.exists() else {}
        for way in ways(folder):
            if way.name not in digests and any(word in way.name for word in arguments.only or [""]):
                built, digests[way.name] = _built(way, folder, [arguments.mirror, *limit])
                print(f"{way.name:<24}{built}  {digests[way.name]}", flush=True)
                with ended.open("a") as file:
                    file.write(json.dumps([way.name, digests[way.name]]) + "\n")
    if len(set(digests.values())) != 1:
        raise SystemExit(f"{len(set(digests.values()))} digests: {digests}")


class Way(NamedTuple):
    """A way of building: its options, the nodes and GPUs of its Ray cluster, whether it is killed or in a store."""

    name: str
    options: list[str]
    nodes: int = 0
    gpus: int = 0
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
    yield Way("ray, a node with a gpu", ["--engine", "ray"], nodes=2, gpus=1)
    yield Way("beam", options("beam", 2))
    yield Way("killed and resumed", [], killed=True)
    yield Way("s3", [], in_store=True)


def _built(way: Way, folder: Path, source: list[str]) -> tuple[Watched, str]:
    """How a build went, and its digest; it verifies, or the script ends."""
    out = str(folder / way.name.replace(" ", "-"))
    environment: dict[str, str] = {}
    with ExitStack() as opened:
        if way.nodes:
            environment["RAY_ADDRESS"] = opened.enter_context(cluster(way.nodes, way.gpus)).address
        if way.in_store:
            out = f"s3://{BUCKET}/out"
            environment |= opened.enter_context(_store(Path(tempfile.mkdtemp(dir=folder))))
        command = ["build", source[0], out, *source[1:], *way.options]
        if way.killed:
            _kill(command)
        built = watch(*command, **environment)
        succeed("verify", out, **environment)
        return built, succeed("digest", out, **environment).output.strip()


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
