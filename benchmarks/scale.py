"""What the phases after curate take as a corpus grows: CPU seconds, memory, bytes and files, up to 60 million panels.

    python -m benchmarks.scale [--sizes 20000 60000 200000 600000] [--cell 2500] [--workers 2] [--folder FOLDER]
                               [--s3 20000 60000] [--measured FILE.jsonl] [OUTPUT.md]

For each size a build and a verify, each in processes of its own. The build is that of the product, from an inventory of
as many articles as it takes; in place of fetching and looking at pictures, units are generated (generated_units.py) and
committed as curate does. What follows - dedup, publish, the documents - is the product's own code on the local engine,
measured by meters.py. Seconds are CPU seconds, of the workers and of the driver.

`--cell` is how many panels a cell of the index is for, less than the product's so that even a small corpus has several.
Sizes of `--s3` are built in a bucket of SeaweedFS, and tell requests instead. `--measured` keeps each size in a
file, and takes from there what it holds already. The last table extrapolates: scale_report.py.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from benchmarks.drills.proxy import Proxy, proxied
from benchmarks.drills.seaweed import BUCKET, seaweed
from benchmarks.generated_units import PER_ARTICLE, Generated
from benchmarks.meters import Meter, count_requests, summed
from benchmarks.planning import write_inventory
from benchmarks.scale_report import LEAST, extrapolated, told
from dags.graph import Engine, Graph
from pipeline import prepare, run
from pipeline.config.recipe import Config
from pipeline.engines import open_engine
from pipeline.phases.dedup import index
from pipeline.phases.verify import faults
from pipeline.storage.ledger import receipts_below
from pipeline.storage.store import Store, open_store
from transforms.duplicates import cells

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


def use_cell(size: int) -> None:
    """Let cells be for so many panels, in this process."""
    cells.CELL = index.CELL = size


def nothing() -> None:
    """What runs before items where nothing needs to."""


def same(graph: Graph) -> Graph:
    """The graph as it is."""
    return graph


def generating(graph: Graph, panels: int) -> Graph:
    """Curate without its stages: its units are generated."""
    return replace(graph, read=Generated(graph.read, panels), stages=()) if graph.name == "curate" else graph


@dataclass(frozen=True)
class Bench:
    """A build that is measured, and its verification. `endpoint` is that of an S3 server, whose requests are counted.

    `before` runs in each process, `change` says which graph takes the place of one.
    """

    config: Config
    file: str
    before: Callable[[], None] = nothing
    change: Callable[[Graph], Graph] = same
    endpoint: str = ""

    def build(self) -> None:
        """Build, and note what each phase took."""
        with self._counting() as requests:
            meters: list[Meter] = []

            def metered(config: Config) -> Engine:
                meters.append(Meter(open_engine(config), self.file, self.before, self.change, requests))
                return meters[0]

            prepare.open_engine = metered
            run.build(self.config, Console(stderr=True))
            meters[0].close("documents")

    def verify(self) -> list[str]:
        """Verify, and note what it took; the faults."""
        with self._counting() as requests:
            meter = Meter(open_engine(self.config), self.file, self.before, self.change, requests)
            found = list(faults(open_store(self.config.output), meter))
            meter.close("verify")
            return found

    @contextmanager
    def _counting(self) -> Iterator[Callable[[], Mapping[str, int]]]:
        """Gives what counts requests, each time those since the last."""
        count_requests()
        self.before()
        if not self.endpoint:
            yield dict
            return
        with proxied(self.endpoint) as proxy:
            os.environ.update(KEYS | {"AWS_ENDPOINT_URL": proxy.endpoint})
            yield partial(_asked, proxy)

    def run(self) -> dict[str, Any]:
        """Both, each in processes of its own: seconds by the clock, how many faults, and the phases."""
        seconds = []
        for action in (self.build, self.verify):
            started = time.monotonic()
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
                found = alone.submit(action).result()
            seconds.append(time.monotonic() - started)
        for line in (found or ())[:5]:
            print(f"verify: {line}", file=sys.stderr)
        return {"seconds": seconds, "faults": len(found or ()), "phases": summed(self.file)}


def _asked(proxy: Proxy) -> Mapping[str, int]:
    asked = dict(proxy.count)
    proxy.forget()
    return asked


def measure(panels: int, options: argparse.Namespace, endpoint: str = "") -> dict[str, Any]:
    """A size: how many panels there were, and what its build and verification took."""
    with TemporaryDirectory(dir=options.folder) as place:
        folder = Path(place)
        write_inventory(folder / "mirror", round(panels / PER_ARTICLE))
        output = f"s3://{BUCKET}/{panels}" if endpoint else str(folder / "out")
        config = Config(source=str(folder / "mirror"), output=output, workers=options.workers)
        change = partial(generating, panels=panels)
        bench = Bench(config, str(folder / "meters"), partial(use_cell, options.cell), change, endpoint)
        found = bench.run()
        os.environ.update(KEYS | {"AWS_ENDPOINT_URL": endpoint} if endpoint else {})
        return {"cell": options.cell, **found, **counted(open_store(output))}


def counted(store: Store) -> dict[str, Any]:
    """Articles, panels, triplets, units and shards of an output, and the bytes of its folders."""
    units, shards = (list(receipts_below(store, folder).values()) for folder in ("units", "publish"))
    sizes: dict[str, int] = {}
    for path, size in store.listing("").items():
        sizes[path.partition("/")[0]] = sizes.get(path.partition("/")[0], 0) + size
    return {
        "articles": sum(receipt["counts"]["articles"] for receipt in units),
        "panels": sum(receipt["counts"]["panels"] for receipt in units),
        "pictures": sum(receipt["counts"]["pictures"] for receipt in units),
        "triplets": sum(receipt["counts"]["triplets"] for receipt in shards),
        "units": len(units),
        "shards": len(shards),
        "bytes": sizes,
    }


class Measured:
    """What was measured, by what was asked for; kept in a file, if one is named."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        lines = file.read_text().splitlines() if file and file.exists() else []
        self._known = {(row["asked"], row["s3"]): row for row in map(json.loads, lines)}

    def get(self, panels: int, s3: bool, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A size, measured unless it is known."""
        if (panels, s3) not in self._known:
            row = self._known[panels, s3] = {"asked": panels, "s3": s3, **measure()}
            if self._file:
                with self._file.open("a") as sink:
                    sink.write(json.dumps(row) + "\n")
        return self._known[panels, s3]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=[20_000, 60_000, 200_000, 600_000])
    parser.add_argument("--s3", type=int, nargs="*", default=[])
    parser.add_argument("--cell", type=int, default=2500)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder")
    parser.add_argument("--measured", type=Path)
    options = parser.parse_args()
    measured, lines, sizes = Measured(options.measured), list[str](), list[dict[str, Any]]()

    def tell(new: Iterator[str]) -> None:
        for line in new:
            lines.append(line)
            print(line, flush=True)

    for panels in sorted(options.sizes):
        sizes.append(measured.get(panels, False, partial(measure, panels, options)))
        tell(told(sizes[-1]))
    if sizes:
        tell(extrapolated([size for size in sizes if size["panels"] >= 0.9 * LEAST] or sizes[-1:]))
    if options.s3:
        os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
        with TemporaryDirectory(dir=options.folder) as place, seaweed(Path(place)) as endpoint:
            for panels in sorted(options.s3):
                tell(told(measured.get(panels, True, partial(measure, panels, options, endpoint))))
    if options.output:
        options.output.write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
