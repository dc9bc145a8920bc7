"""What a build asks of S3, by phase and kind: source and output lie in SeaweedFS, behind a proxy that counts.

    python -m benchmarks.requests MIRROR [--articles 3000] [OUTPUT.md]

So many articles, copies of those of MIRROR (a folder of real ones in the Cloud layout) under ids of their own, are
built, built again, updated and verified by the command line. A request counts for the phase in which it comes, as the
run's log tells it; what the driver does between two phases counts for the second. Lease and progress are told by the
clock, whatever there is to do, and stand apart. Last comes what `medconcept plan` reckons for as much. Figures stay
whole, for cutting them takes long and asks for nothing; copies are kept.
"""

import argparse
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.commands import succeed
from benchmarks.drills.places import Bucket, client, upload
from benchmarks.drills.proxy import Asked, Proxy, proxied
from benchmarks.drills.seaweed import BUCKET, seaweed
from benchmarks.readers import PICTURES, samples
from benchmarks.scale import KEYS, counted
from pipeline.commands.estimate import every, take_sample
from pipeline.commands.rates import Amounts, load_rates
from pipeline.sources import open_source
from pipeline.storage.store import open_store
from tests.pipeline.servers import Mirror

#: The source has a bucket of its own.
SOURCE = "mirror"

RECIPE = "licenses: all\npanels: whole\nduplicates: keep\n"
FIRST = 7_000_000

COLUMNS = [("source", "GET"), ("source", "LIST"), *(("output", kind) for kind in
           ("GET", "HEAD", "LIST", "PUT", "POST", "DELETE")), ("clock", "GET"), ("clock", "PUT")]  # fmt: skip

#: Files that are written by the clock.
CLOCK = ("lease.json", "progress.json")

#: The phases that `plan` names; it calls all others dedup.
NAMED = ("curate", "publish", "documents")

#: How often each kind of request was made to each place, by phase.
Phases = dict[str, Counter[tuple[str, str]]]


def copies(root: Path, mirror: Path, count: int) -> Path:
    """Write a mirror of so many articles."""
    made, real = Mirror(root), samples(mirror)["jats"]
    for number in range(count):
        xml = real[number % len(real)].path
        media = {path.name: path.read_bytes() for path in xml.parent.iterdir() if path.suffix.lower() in PICTURES}
        made.add(f"PMC{FIRST + number}.1", xml.read_bytes(), media)
    return made.inventory().root


def run(proxy: Proxy, *command: object) -> tuple[Phases, list[Asked]]:
    """Run a command; its requests by phase (of a build; of others together), and all of them."""
    with tempfile.TemporaryDirectory() as folder:
        proxy.forget()
        succeed(*command, "--log", Path(folder, "log"))
        lines = [json.loads(line) for line in Path(folder, "log").read_text().splitlines()]
    ends = [(datetime.fromisoformat(line["time"]).timestamp(), line["phase"]) for line in lines if _ends(line)]
    found: Phases = {}
    for asked in proxy.asked:
        phase = next((phase for end, phase in ends if asked.time <= end), "documents")
        name = (phase if phase in NAMED else "dedup") if command[0] == "build" else str(command[0])
        found.setdefault(name, Counter())[_place(asked.path), asked.kind] += 1
    return found, list(proxy.asked)


def _ends(line: dict[str, Any]) -> bool:
    return bool(line["event"] == "phase_ended")


def _place(path: str) -> str:
    return "source" if path.startswith(f"/{SOURCE}") else "clock" if path.endswith(CLOCK) else "output"


def table(build: Phases, others: dict[str, Phases], out: dict[str, Any]) -> Iterator[str]:
    """The phases of the build, and the other commands as a whole."""
    yield f"| | {' | '.join(f'{place} {kind}' for place, kind in COLUMNS)} |"
    yield f"|---|{'---:|' * len(COLUMNS)}"
    whole = sum(build.values(), Counter[tuple[str, str]]())
    for name, counts in {**build, "build": whole}.items():
        yield f"| {name} | {' | '.join(f'{counts[column]:,}' for column in COLUMNS)} |"
    for name in ("articles", "units", "panels"):
        yield f"| of {out[name]:,} {name}, each | {' | '.join(f'{whole[each] / out[name]:.2f}' for each in COLUMNS)} |"
    for name, phases in others.items():
        counts = sum(phases.values(), Counter[tuple[str, str]]())
        yield f"| {name} | {' | '.join(f'{counts[column]:,}' for column in COLUMNS)} |"


def reckoned(phases: Phases, amounts: Amounts) -> Iterator[str]:
    """What was counted beside what `plan` reckons: to the source, read from the output, written to it."""
    yield "| phase | source GETs | reckoned | GETs, HEADs, LISTs | reckoned | PUTs, POSTs | reckoned |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, phase in load_rates().phases.items():
        counts = phases.get(name, Counter())
        ours = [sum(counts["output", kind] for kind in kinds) for kinds in (("GET", "HEAD", "LIST"), ("PUT", "POST"))]
        rates = (phase.source_gets, phase.gets, phase.puts)
        pairs = zip((counts["source", "GET"], *ours), rates, strict=True)
        yield f"| {name} | {' | '.join(f'{count:,} | {rate.of(amounts):,.0f}' for count, rate in pairs)} |"


def amounts_of(mirror: Path, out: dict[str, Any]) -> Amounts:
    """How much there was of all that rates are of."""
    source = open_source(str(mirror))
    articles = source.snapshot().articles
    found = take_sample(source, every(articles, len(articles)), "all")
    return {
        "run": 1,
        "article": len(articles),
        "admitted": found.admitted * len(articles),
        "figure": out["pictures"],
        "panel": out["panels"],
        "megabyte": found.picture_bytes * len(articles) / 1e6,
        "text": found.text_bytes * len(articles) / 1e6,
    }


def repeated(asked: list[Asked]) -> str:
    """How many of the source's objects were asked for more than once."""
    counts = Counter(each.path for each in asked if _place(each.path) == "source" and each.kind == "GET")
    twice = sum(count > 1 for count in counts.values())
    return f"{twice} of {len(counts):,} objects of the source were asked for more than once"


def measured(folder: Path, mirror: Path, articles: int) -> Iterator[str]:
    """The lines of the tables."""
    mirror = copies(folder / "mirror", mirror, articles)
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE)
    with seaweed(folder) as endpoint, proxied(endpoint) as proxy:
        client(endpoint).create_bucket(Bucket=SOURCE)
        upload(mirror, Bucket(SOURCE, "pmc", endpoint))
        os.environ.update(KEYS | {"AWS_ENDPOINT_URL": proxy.endpoint, "AWS_EC2_METADATA_DISABLED": "true"})
        source, output = f"s3://{SOURCE}/pmc", f"s3://{BUCKET}/out"
        build, asked = run(proxy, "build", source, output, "--recipe", recipe)
        again, _ = run(proxy, "build", source, output, "--recipe", recipe)
        update, _ = run(proxy, "update", output)
        verify, _ = run(proxy, "verify", output, "--engine", "local")
        out = counted(open_store(output))
    yield f"{out['articles']:,} articles in {out['units']} units, {out['pictures']:,} pictures, {out['shards']} shards"
    yield ""
    yield from table(build, {"build, again": again, "update, nothing new": update, "verify": verify}, out)
    yield ""
    yield repeated(asked)
    yield ""
    yield from reckoned(build | verify, amounts_of(mirror, out))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("--articles", type=int, default=3000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        lines = list(measured(Path(scratch), given.mirror, given.articles))
    print(*lines, sep="\n")
    if given.output:
        given.output.write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
