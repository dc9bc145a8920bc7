"""What `medconcept plan` says of a build beside what it took, on this machine with two workers.

    python -m benchmarks.planned MIRROR [--articles 1200] [--sample 300]

MIRROR holds real articles in the Cloud layout. Copies of them make the corpus, each copy with its pictures turned or
mirrored, so that none is another's duplicate. A sample of it is built; then the whole is planned, by our rates and
`--like` the sample, and built. A phase is measured from the driver's own progress: `start` is what lies before curate,
`documents` what lies behind publish.
"""

import argparse
import io
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice, product
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, UnidentifiedImageError

from benchmarks.commands import succeed
from benchmarks.readers import PICTURES
from pipeline.commands.estimate import Wanted, reckon, site_of
from pipeline.commands.machines import any_cores, load_machines
from pipeline.commands.needs import wall
from tests.pipeline.servers import Mirror

WORKERS = 2

#: How the pictures of each copy are turned or mirrored.
TURNS = [None, *Image.Transpose]


def write_copies(root: Path, mirror: Path, count: int) -> None:
    """A mirror of so many articles."""
    made = Mirror(root)
    real = sorted(path for path in mirror.glob("PMC*.*") if path.is_dir())
    for number, (turn, article) in enumerate(islice(product(TURNS, real), count)):
        pictures = (path for path in sorted(article.iterdir()) if path.suffix.lower() in PICTURES)
        media = {path.name: turned(path.read_bytes(), turn) for path in pictures}
        made.add(f"PMC{7_000_000 + number}.1", next(article.glob("*.xml")).read_bytes(), media)
    made.inventory()


def turned(picture: bytes, turn: Image.Transpose | None) -> bytes:
    """The picture, turned; as it is where `turn` is None or it is no picture."""
    if turn is None:
        return picture
    try:
        image = Image.open(io.BytesIO(picture))
        buffer = io.BytesIO()
        image.transpose(turn).save(buffer, image.format, quality=90)
    except (UnidentifiedImageError, OSError):
        return picture
    return buffer.getvalue()


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


def planned(source: Path, like: Path | None) -> dict[str, float]:
    """The seconds that a plan says of each phase of a build."""
    known = load_machines()
    wanted = Wanted(known, any_cores(known, WORKERS, 0, None, None), like=like and str(like))
    reckoned = reckon(str(source), wanted)
    site = site_of(str(source), wanted, reckoned.rates)
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
    parser.add_argument("mirror", type=Path)
    parser.add_argument("--articles", type=int, default=1200)
    parser.add_argument("--sample", type=int, default=300)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        source, sample, whole = (Path(folder, name) for name in ("mirror", "sample", "whole"))
        write_copies(source, options.mirror, options.articles)
        succeed("build", source, sample, "--limit", options.sample, "--workers", WORKERS)
        plans = {"our rates": planned(source, None), "--like": planned(source, sample)}
        succeed("build", source, whole, "--workers", WORKERS)
        for label, out in (("the sample", sample), ("the whole", whole)):
            print(f"{label}: {json.dumps(measured(out))}")
        print("\n".join(rows(measured(whole), plans)))


if __name__ == "__main__":
    main()
