"""Articles a second from S3 at a distance: the stages that fetch, beside boto3 and the AWS command line.

    python -m benchmarks.pictured ../shared/data/pmc MIRROR --articles 512
    python -m venv AWS && AWS/bin/pip install awscli
    python -m benchmarks.fetch MIRROR [--aws AWS/bin/aws] [--latency 0.05] [--rounds 3]

MIRROR, a folder in the Cloud layout, is put into SeaweedFS. A relay before it holds each request back for `--latency`
seconds. Ours are the product's stages on its local engine, within its usual bounds: metadata, XML, the JATS read, the
pictures that its figures name, with their MD5. boto3 is told the names, and has no JATS to read: it gets the same
objects one after the other, or an article each in a pool of threads, with one client, and checks the same MD5s.
`aws s3 cp` gets all files of all articles, whose MD5s are checked from the disk. The loop takes each LOOPED-th article.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import boto3
import pyarrow as pa
from botocore.config import Config

from benchmarks.drills.places import Bucket, upload
from benchmarks.drills.seaweed import BUCKET, seaweed
from benchmarks.relay import Relay, relayed
from dags import local
from dags.graph import Failure, Graph, Item, Receipt
from dags.stage import silent
from pipeline.config.recipe import Recipe
from pipeline.engines import PRELOAD
from pipeline.phases.fetch import FetchArticles, FetchImages
from pipeline.sources import Opening, Policy, Source, open_source
from pipeline.sources.base import md5
from pipeline.sources.names import from_uri
from pipeline.sources.quota.desk import Desk
from schemas.articles import PLANNED
from schemas.ids import parse_article_id
from schemas.tables import batches, conform
from transforms.jats.read import ReadFigures

PREFIX, THREADS, LOOPED = "mirror", 16, 8
REQUESTS, CONNECTIONS = 1000, 256
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}

#: The keys of an article's objects that are asked for, with their MD5.
Objects = list[tuple[str, str]]

#: Gets articles; returns how many, and how many objects with the right MD5.
Way = Callable[[], tuple[int, int]]


class Taken(NamedTuple):
    """What a way took: seconds, articles, objects with the right MD5, connections, requests, bytes of answers."""

    seconds: float
    articles: int
    objects: int
    connections: int
    requests: int
    bytes: int


@dataclass(frozen=True)
class Fetched:
    """What the phase reads and commits: the articles of an item, and a count of what came."""

    def graph(self, open: Opening) -> Graph:
        """The stages of curate as far as the pictures."""
        stages = FetchArticles(open, "all", THREADS), ReadFigures("all"), FetchImages(open, THREADS)
        return Graph("fetch", self.read, stages, self.commit, self.done, self.report, self.done)

    def read(self, item: Item) -> Iterator[pa.Table]:
        yield item.payload

    def commit(self, item: Item, tables: Iterable[pa.Table]) -> Receipt:
        """Of the rows that are kept the bytes are those of their MD5: else they were rejected."""
        pictures = sum(len(table) - table["image"].null_count for table in tables)
        assert item.meter is not None
        return {"articles": len(item.payload), "pictures": pictures, "work": item.meter.stated()}

    def done(self, item: Item) -> None:
        """Nothing stays."""

    def report(self, failure: Failure) -> None:
        raise SystemExit(failure.error)


def ours(source: str, planned: pa.Table, workers: int, spent: Counter[str]) -> tuple[int, int]:
    """Fetch by so many workers, a unit an item; `spent` gets the seconds of each stage."""
    units = enumerate(batches(planned, Recipe().unit_articles))
    items = [Item(f"units/{number}", str(number), unit) for number, unit in units]
    articles = pictures = 0
    with Desk(REQUESTS, CONNECTIONS, lambda cut: None) as desk:
        graph = Fetched().graph(Opening(source, THREADS, Policy(), desk.serve("127.0.0.1", workers)))
        for outcome in local.run(graph, items, silent, workers, ["pipeline.worker", *PRELOAD]):
            if isinstance(outcome, Failure):
                raise SystemExit(outcome.error)
            articles, pictures = articles + outcome["articles"], pictures + outcome["pictures"]
            spent.update({name: stage["seconds"] for name, stage in outcome["work"]["stages"].items()})
    return articles, 2 * articles + pictures


def boto(endpoint: str, wanted: list[Objects], threads: int) -> tuple[int, int]:
    """Fetch by one client, so many articles at a time."""
    config = Config(s3={"addressing_style": "path"}, max_pool_connections=threads)
    client = boto3.client("s3", endpoint_url=endpoint, config=config)

    def get(objects: Objects) -> int:
        found = (client.get_object(Bucket=BUCKET, Key=f"{PREFIX}/{key}")["Body"].read() for key, _ in objects)
        return sum(md5(data) == checksum for data, (_, checksum) in zip(found, objects, strict=True))

    with ThreadPoolExecutor(threads) as pool:
        return len(wanted), sum(pool.map(get, wanted))


def copied(aws: str, mirror: Path, articles: int) -> tuple[int, int]:
    """Copy all but the inventory by the AWS command line."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--recursive", "--only-show-errors", "--exclude", "inventory-reports/*"]
        subprocess.run([aws, "s3", "cp", f"s3://{BUCKET}/{PREFIX}", folder, *options], check=True)
        paths = (path for path in Path(folder).rglob("*") if path.is_file())
        return articles, sum(md5(p.read_bytes()) == md5((mirror / p.relative_to(folder)).read_bytes()) for p in paths)


def objects(source: Source, planned: pa.Table) -> list[Objects]:
    """What ours asks for, by article, as a local copy tells it."""
    open: Callable[[], Source] = lambda: source  # noqa: E731
    articles, figures = FetchArticles(open, "all", THREADS), ReadFigures("all")
    articles.setup()
    figures.setup()
    found: dict[str, Objects] = {}
    for row in planned.to_pylist():
        pmcid, version = parse_article_id(row["article_id"])
        xml = source.metadata(row["article_id"], row["etag"]).xml
        assert xml is not None
        found[row["article_id"]] = [(f"metadata/{pmcid}.{version}.json", row["etag"]), (_key(xml.uri), xml.md5)]
    for batch in batches(planned, figures.batch):
        for row in figures(articles(batch)).to_pylist():
            if row["source_uri"] and not row["reject"]:
                found[row["article_id"]].append((_key(row["source_uri"]), row["source_md5"]))
    return list(found.values())


def _key(uri: str) -> str:
    return from_uri(uri.removeprefix("s3://").partition("/")[2])


def timed(way: Way, relay: Relay, latency: float) -> Taken:
    """Run it once."""
    relay.latency = latency
    relay.count()
    started = time.perf_counter()
    found = way()
    return Taken(time.perf_counter() - started, *found, *relay.count())


def table(taken: dict[str, list[Taken]], base: str) -> Iterator[str]:
    """Medians of the rounds, and how many times as many articles a second as `base`."""
    slow = median(each.articles / each.seconds for each in taken[base])
    yield "| | articles/s | times the loop | requests an article | MB | right MD5s | connections |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, rounds in taken.items():
        rate, last = median(each.articles / each.seconds for each in rounds), rounds[-1]
        shares = (each / last.articles for each in (last.requests, last.bytes / 1e6, last.objects))
        told = " | ".join(f"{share:.2f}" for share in shares)
        yield f"| {name} | {rate:.1f} | {rate / slow:.1f} | {told} | {last.connections} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("--aws", default="aws")
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if not (aws := shutil.which(given.aws)):
        parser.error(f"no program {given.aws}: pip install awscli, or say where it is by --aws")
    source = open_source(str(given.mirror))
    planned = conform(source.snapshot().articles, PLANNED)
    wanted = objects(source, planned)
    one, two, loop = Counter[str](), Counter[str](), "boto3, a loop"
    taken: dict[str, list[Taken]] = {}
    with (
        tempfile.TemporaryDirectory() as scratch,
        seaweed(Path(scratch)) as endpoint,
        relayed(endpoint) as relay,
    ):
        upload(given.mirror, Bucket(BUCKET, PREFIX, endpoint))
        os.environ.update(KEYS | {"AWS_ENDPOINT_URL": relay.endpoint, "AWS_EC2_METADATA_DISABLED": "true"})
        uri = f"s3://{BUCKET}/{PREFIX}"
        nearby: dict[str, Way] = {"ours, two workers, no latency": partial(ours, uri, planned, 2, Counter())}
        ways: dict[str, Way] = {
            loop: partial(boto, relay.endpoint, wanted[::LOOPED], 1),
            f"boto3, {THREADS} threads": partial(boto, relay.endpoint, wanted, THREADS),
            "aws s3 cp --recursive": partial(copied, aws, given.mirror, len(planned)),
            "ours, one worker": partial(ours, uri, planned, 1, one),
            "ours, two workers": partial(ours, uri, planned, 2, two),
        }
        for _ in range(given.rounds):
            for latency, some in ((0.0, nearby), (given.latency, ways)):
                for name, way in some.items():
                    taken.setdefault(name, []).append(timed(way, relay, latency))
    print(*table(taken, loop), sep="\n")
    for name, spent in {"One worker": one, "Two workers": two}.items():
        shares = (f"{stage} {seconds / spent.total():.0%}" for stage, seconds in spent.items())
        print(f"{name}: {', '.join(shares)}")


if __name__ == "__main__":
    main()
