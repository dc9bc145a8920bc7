"""The rates that `medconcept plan` estimates by: measured here, kept in pipeline/commands/rates.yaml.

    python -m benchmarks.scale --sizes 60000 200000 --s3 4000 12000 --measured scale.jsonl
    python -m benchmarks.rates MIRROR scale.jsonl [--measured mirror.jsonl] [RATES.yaml]

MIRROR is a source of real articles in the Cloud layout. It is built and verified under the meters of scale.py by one
worker: that tells what articles, figures and bytes of real pictures take. What a panel takes after curate is told by
the largest size in scale.jsonl, requests by those of its sizes that were built in a bucket. Dedup of real panels takes
longer than that of generated ones, for more of them look alike: the greater rate of the two counts. What the driver
holds grows with the plan: a plan of PLANNED articles is made, as planning.py does.
"""

import argparse
import datetime
import json
import os
import platform
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml

from benchmarks.planning import planned, write_inventory
from benchmarks.scale import Bench, Measured, counted, use_cell
from benchmarks.scale_report import ALONE
from pipeline.commands.estimate import every, take_sample
from pipeline.commands.rates import FILE
from pipeline.config.recipe import Config, Recipe
from pipeline.phases.plan import newest
from pipeline.sources import open_source
from pipeline.storage.store import open_store

#: Panels of a cell: few, for a corpus of one cell is compared in the driver.
CELL = 200
#: What the stages of curate work on.
STAGES = {
    "article": ("fetch_articles", "jats"),
    "figure": ("fetch_images", "panels"),
    "panel": ("concepts", "embed", "modality"),
}
#: What a row of the mirror counts of each.
COUNTS = {"article": "articles", "figure": "pictures", "panel": "panels"}
#: What a rate of a phase is measured as.
KINDS = {
    "worker_s": "item cpu", "serial_s": "serial", "read_mb": "read", "written_mb": "written",
}  # fmt: skip
#: Bytes of a part of an upload, and what a generated picture takes.
PART, PICTURE = 16 << 20, 1e-3
#: Articles of the plan that tells what the driver holds.
PLANNED = 2_000_000
#: Phases that every row passes as its pictures' bytes do.
CARRYING = ("publish", "verify")

#: What nobody could measure here.
ASSUMED = {
    "figures_per_picture": 1.0,  # a picture of an article may be a supplement's, or a formula's
    "gpu_speedup": 20.0,  # a GPU does to networks what so many cores do
}

HEAD = """\
# What a build takes, as `medconcept plan` reckons. Written by benchmarks/rates.py, which says how each was measured.
# A rate is of a run, an article, one that passes the gates, a figure, a panel, a megabyte of the source's pictures, or
# one of its texts. `network_s` is the part of `worker_s` that a GPU would do, `serial_s` what one worker does alone.
# What is under `assumed` nobody could measure where this was written: that every picture of an article is a figure,
# that a GPU does to networks what `gpu_speedup` cores do. Prices are in machines.yaml."""

Row = dict[str, Any]


def built(mirror: str) -> Row:
    """The mirror built and verified: what each phase took, and what of the source it took it for; `planned`: MiB."""
    source = open_source(mirror)
    articles = newest(source.snapshot().articles)
    found = take_sample(source, every(articles, len(articles)), Recipe().licenses)
    with TemporaryDirectory() as folder:
        config = Config(source=mirror, output=f"{folder}/out", workers=1)
        measured = Bench(config, f"{folder}/meters", partial(use_cell, CELL)).run()
        told = counted(open_store(config.output))
        write_inventory(Path(folder, "many"), PLANNED)
        _, peak = planned(f"{folder}/many", Path(folder, "planned"))
    source_mb = {"megabyte": found.picture_bytes / 1e6, "text": found.text_bytes / 1e6}
    told |= {"articles": len(articles), "planned": peak * 1e9 / 2**20}
    return {**measured, **told, **{k: v * len(articles) for k, v in source_mb.items()}}


def grouped(row: Row) -> dict[str, dict[str, float]]:
    """The phases as a plan names them: all between curate and publish is dedup."""
    found: dict[str, dict[str, float]] = {}
    for name, values in row["phases"].items():
        if name.startswith("stage "):
            continue
        known = found.setdefault(name if name in ("curate", "publish", "documents", "verify") else "dedup", {})
        if name in ALONE:
            known["serial"] = known.get("serial", 0.0) + values["item cpu"]
        for key, value in values.items():
            known[key] = max(known.get(key, 0), value) if "peak" in key else known.get(key, 0) + value
    return found


def rates(mirror: Row, sizes: list[Row], buckets: list[Row]) -> dict[str, Any]:
    """The document, without what says where it was measured."""
    last, real = sizes[-1], grouped(mirror)
    phases: dict[str, dict[str, dict[str, float]]] = {}
    for name, values in grouped(last).items():
        phase = {kind: {"panel": values.get(key, 0.0) / last["panels"]} for kind, key in KINDS.items()}
        if name == "dedup":  # pictures that look alike without being copies are laid over each other, too
            phase["worker_s"]["panel"] = max(phase["worker_s"]["panel"], real[name]["item cpu"] / mirror["panels"])
        if name in CARRYING:
            for kind, key in KINDS.items():
                rest = real[name].get(key, 0.0) - phase[kind]["panel"] * mirror["panels"]
                phase[kind]["megabyte"] = max(0.0, rest) / mirror["megabyte"]
        phase["driver_s"] = _driver(name, sizes)
        phase |= requests(name, buckets)
        phases[name] = phase
    phases["curate"] |= curate(mirror, last)
    peaks = [values.get("item peak", 0.0) for row in (mirror, last) for values in row["phases"].values()]
    held = max(values.get("driver peak", 0.0) for values in last["phases"].values())
    slope, run = _line([last["articles"], PLANNED], [held, mirror["planned"]])
    return {
        "shape": {
            "panels_per_figure": mirror["panels"] / mirror["pictures"],
            "published": mirror["triplets"] / mirror["panels"],
        },
        "phases": phases,
        "memory_mib": {"worker": max(peaks), "driver": {"run": run, "article": slope}},
        "assumed": ASSUMED,
    }


def curate(mirror: Row, last: Row) -> dict[str, dict[str, float]]:
    """Curate by articles, figures and panels: seconds by stage, the rest (commit) by panels."""

    def spent(kind: str) -> dict[str, float]:
        return {
            thing: sum(mirror["phases"][f"stage {name}"][kind] for name in names) / mirror[COUNTS[thing]]
            for thing, names in STAGES.items()
        }

    worker, networks = spent("item cpu"), spent("networks")
    rest = mirror["phases"]["curate"]["item cpu"] - sum(rate * mirror[COUNTS[thing]] for thing, rate in worker.items())
    worker["panel"] += max(0.0, rest) / mirror["panels"]
    text = last["bytes"]["units"] / last["panels"] / 1e6 - PICTURE
    written = max(0.0, mirror["bytes"]["units"] / 1e6 - text * mirror["panels"]) / mirror["megabyte"]
    return {
        "worker_s": worker,
        "network_s": {one: rate for one, rate in networks.items() if rate > 0},
        "read_mb": {"text": 1.0, "megabyte": 1.0},
        "written_mb": {"panel": text, "megabyte": written},
        "source_gets": {"article": 1.0, "admitted": 1.0, "figure": 1.0},
    }


def _driver(phase: str, sizes: list[Row]) -> dict[str, float]:
    """The driver's seconds: of a run, however small, and of a panel; of an article in curate, for most is the plan."""
    counted = "articles" if phase == "curate" else "panels"
    spent = [grouped(row)[phase]["driver cpu"] for row in sizes]
    slope, run = _line([row[counted] for row in sizes], spent)
    return {"run": run, counted.removesuffix("s"): slope}


def requests(phase: str, buckets: list[Row]) -> dict[str, dict[str, float]]:
    """GETs and PUTs of a phase: of a run, of a panel, and of a megabyte that it writes."""
    found = {}
    for name, methods in {"gets": ("GET", "HEAD", "LIST"), "puts": ("PUT", "POST")}.items():
        asked = [sum(grouped(row)[phase].get(method, 0) for method in methods) for row in buckets]
        panel, run = _line([row["panels"] for row in buckets], asked)
        found[name] = {"run": run, "panel": panel}
    if phase in ("curate", "publish"):
        found["puts"]["megabyte"] = 1e6 / PART
    return found


def _line(counts: list[int], values: list[float]) -> tuple[float, float]:
    """The slope and the start of a straight line, none of them below 0; that through one point starts at 0."""
    if len(counts) == 1:
        return values[0] / counts[0], 0.0
    slope, start = np.polyfit(counts, values, 1)
    return max(0.0, float(slope)), max(0.0, float(start))


def _rounded(value: Any) -> Any:
    """Numbers to three digits."""
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items() if each != 0.0}
    return float(f"{value:.3g}") if isinstance(value, float) else value


def document(mirror: Row, rows: list[Row]) -> Iterator[str]:
    """The lines of the file."""
    sizes = sorted((row for row in rows if not row["s3"]), key=lambda row: row["panels"])
    buckets = sorted((row for row in rows if row["s3"]), key=lambda row: row["panels"])
    where = {
        "date": datetime.datetime.now(datetime.timezone.utc).date(),
        "machine": f"{len(os.sched_getaffinity(0))} cores ({_processor()}), no GPU, Python {platform.python_version()}",
        "corpora": f"{mirror['articles']} real articles with {mirror['pictures']} figures; generated stores of "
        f"{' and '.join(format(row['panels'], ',') for row in sizes)} panels; in a bucket of "
        f"{' and '.join(format(row['panels'], ',') for row in buckets)}",
        "commands": ["python -m benchmarks.scale", "python -m benchmarks.rates"],
    }
    yield HEAD
    yield yaml.safe_dump({"measured": where} | _rounded(rates(mirror, sizes, buckets)), sort_keys=False, width=118)


def _processor() -> str:
    named = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return named[0].partition(": ")[2] if named else platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror")
    parser.add_argument("scale", type=Path)
    parser.add_argument("output", nargs="?", type=Path, default=FILE)
    parser.add_argument("--measured", type=Path)
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.scale.read_text().splitlines()]
    mirror = Measured(options.measured).get(0, False, lambda: built(options.mirror))
    options.output.write_text("\n".join(document(mirror, rows)))


if __name__ == "__main__":
    main()
