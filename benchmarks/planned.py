"""What `medconcept plan` says of a build beside what it took, on this machine with two workers.

    python -m benchmarks.planned MIRROR [--articles 1200] [--sample 300]

MIRROR is a source, as pictured.py makes one of thousands of articles. Some of it are built as a sample; then all that
count are planned, by our rates and `--like` the sample, and built. A phase is measured from the driver's own progress:
`start` is what lies before curate, `documents` what lies behind publish.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.commands import succeed
from pipeline.commands.estimate import Wanted, reckon, site_of
from pipeline.commands.machines import any_cores, load_machines
from pipeline.commands.needs import wall

WORKERS = 2


def measured(out: Path) -> dict[str, float]:
    """The seconds of each phase by the clock."""
    told = json.loads((out / "progress.json").read_text())
    spans = {phase["name"]: (_time(phase["started"]), _time(phase["ended"])) for phase in told["phases"]}
    began, ended = _time(told["started"]), _time(told["told"])
    (curate, curated), (publish, published) = spans["curate"], spans["publish"]
    return {
        "start": curate - began,
        "curate": curated - curate,
        "dedup": publish - curated,
        "publish": published - publish,
        "documents": ended - published,
        "all": ended - began,
    }


def _time(stamp: str) -> float:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def planned(source: str, articles: int, like: Path | None) -> dict[str, float]:
    """The seconds that a plan says of each phase of a build."""
    known = load_machines()
    wanted = Wanted(known, any_cores(known, WORKERS, 0, None, None), limit=articles, like=like and str(like))
    reckoned = reckon(source, wanted)
    site = site_of(source, wanted, reckoned.rates)
    phases = {name: 3600 * float(wall(work, wanted.layout, site)) for name, work in reckoned.works.items()}
    del phases["verify"]  # a command of its own
    return phases | {"all": sum(phases.values())}


def rows(took: dict[str, float], plans: dict[str, dict[str, float]]) -> Iterator[str]:
    """The table."""
    yield f"{'phase':11}{'measured s':>11}" + "".join(f"{name:>11}{'ratio':>7}" for name in plans)
    for phase, seconds in took.items():
        said = (plan.get(phase, 0.0) for plan in plans.values())
        yield f"{phase:11}{seconds:11.1f}" + "".join(f"{each:11.1f}{each / seconds:7.2f}" for each in said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirror")
    parser.add_argument("--articles", type=int, default=1200)
    parser.add_argument("--sample", type=int, default=300)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        sample, whole = Path(folder, "sample"), Path(folder, "whole")
        succeed("build", options.mirror, sample, "--limit", options.sample, "--workers", WORKERS)
        plans = {
            label: planned(options.mirror, options.articles, like)
            for label, like in (("our rates", None), ("--like", sample))
        }
        succeed("build", options.mirror, whole, "--limit", options.articles, "--workers", WORKERS)
        for label, out in (("the sample", sample), ("the whole", whole)):
            print(f"{label}: {json.dumps(measured(out))}")
        print("\n".join(rows(measured(whole), plans)))


if __name__ == "__main__":
    main()
