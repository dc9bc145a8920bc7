"""What a build asks of an S3 store, by method: a full build, and a resume with nothing to do.

    python -m benchmarks.requests [--units 31250] [--shards 16384] [OUTPUT.md]

Builds of several sizes go to moto's server, through a proxy that counts. Least squares over them tell what a run, a
unit and a shard ask for; from that follows what a build of `--units` and `--shards` asks for.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.commands import succeed
from benchmarks.drills.places import Bucket, client
from benchmarks.drills.proxy import Proxy, proxied
from benchmarks.mirrors import Corpus, strict_encoder
from tests.pipeline.servers import free_ports

BUCKET = "counted"
METHODS = ("GET", "PUT", "LIST", "HEAD", "POST", "DELETE")
PAGE = 1000  # keys that a LIST gives at most

#: Articles of a mirror, and rows of a shard: units and shards of several ratios.
SIZES = ((64, 8), (64, 64), (256, 8), (256, 64))


class Counts(NamedTuple):
    """What a build of so many units and shards asked for."""

    units: int
    shards: int
    files: int
    build: Counter[str]
    resume: Counter[str]


@contextmanager
def moto() -> Iterator[str]:
    """The endpoint of moto's S3 server, which is a process of its own."""
    port = free_ports(1)[0]
    command = [sys.executable, "-c", f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            client(endpoint).create_bucket(Bucket=BUCKET)
            break
        except (BotoCoreError, ClientError):
            time.sleep(0.2)
    try:
        yield endpoint
    finally:
        process.kill()
        process.wait()


def counted(folder: Path, articles: int, rows: int, proxy: Proxy, endpoint: str) -> Counts:
    """Build, and build again."""
    name = f"{articles}-{rows}"
    corpus = Corpus(folder / name / "mirror", articles).publish(1)
    recipe = folder / name / "recipe.yaml"
    recipe.write_text(f"licenses: all\npanels: whole\nunit_articles: 4\nshard_rows: {rows}\n")
    place = Bucket(BUCKET, name, endpoint)
    known = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    found = []
    for _ in range(2):
        proxy.forget()
        options = ("--recipe", recipe, "--encoder", strict_encoder(folder / "encoder"), "--engine", "inline")
        succeed("build", corpus.root, place.uri, *options, **known, AWS_ENDPOINT_URL=proxy.endpoint)
        found.append(Counter(proxy.count))
    paths = place.paths()
    units = {path.split("/")[1] for path in paths if path.startswith("units/")}
    shards = {path for path in paths if path.startswith("dataset/data/")}
    counts = Counts(len(units), len(shards), len(paths), *found)
    print(f"{articles} articles, {counts.units} units, {counts.shards} shards, {counts.files} files: "
          f"{dict(counts.build)}; again {dict(counts.resume)}", file=sys.stderr, flush=True)  # fmt: skip
    return counts


def table(found: list[Counts], units: int, shards: int) -> Iterator[str]:
    """What a run, a unit and a shard ask for, and all of a large one."""
    known = np.array([(1, each.units, each.shards) for each in found], float)
    yield f"| | a run | a unit | a shard | {units:,} units, {shards:,} shards |"
    yield "|---|---|---|---|---|"
    for name in ("build", "resume"):
        for method in METHODS:
            asked = np.array([getattr(each, name)[method] for each in found], float)
            (run, unit, shard), *_ = np.linalg.lstsq(known, asked, rcond=None)
            total = max(0, run + unit * units + shard * shards)
            yield f"| {name}, {method} | {run:.0f} | {unit:.2f} | {shard:.2f} | {total:,.0f} |"
    each_asks, *_ = np.linalg.lstsq(known, np.array([each.files for each in found], float), rcond=None)
    files = each_asks @ (1, units, shards)
    yield ""
    yield f"A LIST gives {PAGE:,} keys: a listing of {files:,.0f} files takes {files / PAGE:,.0f}, here it took one."
    yield f"Measured: {json.dumps([(each.units, each.shards, each.files) for each in found])} (units, shards, files)."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("--units", type=int, default=31_250)
    parser.add_argument("--shards", type=int, default=16_384)
    given = parser.parse_args()
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    with tempfile.TemporaryDirectory() as scratch, moto() as endpoint, proxied(endpoint) as proxy:
        found = [counted(Path(scratch), articles, rows, proxy, endpoint) for articles, rows in SIZES]
    lines = list(table(found, given.units, given.shards))
    print(*lines, sep="\n")
    if given.output:
        given.output.write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
