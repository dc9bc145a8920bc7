"""`medconcept lock` and `build --locked`: on a mirror, on a later snapshot of it, and on eight million articles.

    python -m benchmarks.locking [--mirror MIRROR [--built OUT]] [--articles 8000000] [OUTPUT.md]

MIRROR is a mirror of real articles, OUT a default corpus of it that was built before. The later snapshot has ten
changes. Of the eight million articles there is only a generated inventory: a build is ended once its plan stands, and
its plan is locked with as many triplets as its articles might have.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.commands import medconcept, succeed
from benchmarks.planning import planned, write_inventory
from pipeline.cli import OTHER_DIGEST
from pipeline.commands.lock import planned_articles
from pipeline.config.lock import read_lock, write_lock
from pipeline.config.lock_document import LockDocument, Versions
from pipeline.config.recipe import Recipe
from pipeline.config.run_record import read_run
from pipeline.curation import versions
from pipeline.storage.store import open_store
from schemas.locks import LOCK, LOCKED_COVERAGE
from tests.pipeline.servers import Mirror, md5

LATER = "2026-11-22T01-00Z"

#: Centroids and concepts of a corpus of 60 million panels.
CELLS, CONCEPTS = 6_000, 100_000


def with_pictures(mirror: Path, count: int) -> list[str]:
    """So many articles of a mirror that have pictures, in the order of their names."""
    folders = sorted(mirror.glob("PMC*"), key=lambda folder: (len(folder.name), folder.name))
    return [folder.name for folder in folders if any(folder.glob("*.jpg"))][:count]


def write_later(mirror: Path, root: Path) -> dict[str, str]:
    """A later snapshot of a mirror, in which ten articles with pictures changed; gives what became of each."""
    shutil.copytree(mirror, root)
    made = Mirror(root)
    for path in (root / "metadata").glob("*.json"):
        made.etags[path.stem] = md5(path.read_bytes())
    names = with_pictures(mirror, 10)
    gone, flags, edits = names[:2], names[2:5], names[5:]
    for name in gone:
        del made.etags[name]
        (root / "metadata" / f"{name}.json").unlink()
    fields = ({"is_retracted": True}, {"is_pmc_openaccess": False}, {"license_code": "CC BY-NC"})
    for name, new in zip(flags, fields, strict=True):
        _restate(made, name, **new)
    _restate(made, edits[0], title="A title that was corrected")
    min((root / edits[1]).glob("*.jpg")).unlink()  # though its metadata list it
    _replace(made, edits[2], next((root / names[0]).glob("*.jpg")).read_bytes())
    _replace(made, edits[3], None)
    xml = (root / edits[4] / f"{edits[4]}.xml").read_bytes()
    _write(made, edits[4], f"{edits[4]}.xml", xml.replace(b"<caption>", b"<caption><p>Corrected.</p>", 1))
    made.add(f"{names[9].partition('.')[0]}.2")  # a newer version, which the lock does not name
    made.inventory(LATER)
    said = ("gone", "gone", "retracted", "not_open_access", "license_excluded")
    said = (*said, "changed", "incomplete", "changed", "changed", "changed")
    return dict(zip((name.replace(".", "v") for name in names), said, strict=True))


def _restate(made: Mirror, name: str, **fields: object) -> None:
    document = json.loads((made.root / "metadata" / f"{name}.json").read_bytes())
    made.add_json(name, json.dumps(document | fields).encode())


def _replace(made: Mirror, name: str, picture: bytes | None) -> None:
    """The first picture of an article is another, or is there no more."""
    file = min((made.root / name).glob("*.jpg")).name
    _write(made, name, file, picture)


def _write(made: Mirror, name: str, file: str, data: bytes | None) -> None:
    """A file of an article is another, and its metadata say so."""
    document = json.loads((made.root / "metadata" / f"{name}.json").read_bytes())
    key = f"s3://pmc-oa-opendata/{name}/{file}"
    old = document["media_urls"]
    if data is None:
        (made.root / name / file).unlink()
        document["media_urls"] = [url for url in old if not url.startswith(f"{key}?")]
    else:
        (made.root / name / file).write_bytes(data)
        new = f"{key}?md5={md5(data)}"
        document["media_urls"] = [new if url.startswith(f"{key}?") else url for url in old]
        if document["xml_url"].startswith(f"{key}?"):
            document["xml_url"] = new
    made.add_json(name, json.dumps(document).encode())


def on_mirror(mirror: Path, built: Path | None, folder: Path) -> list[str]:
    """The lines about a real mirror: locked, rebuilt as it is, and from the later snapshot."""
    out, file = built or folder / "out", folder / "corpus.lock"
    if built is None:
        succeed("build", mirror, out)
    lines = succeed("lock", out, file).output.splitlines()
    again = succeed("build", mirror, folder / "again", "--locked", file).output.splitlines()
    lines += ["", "Rebuilt from the same mirror:", "", *_from_digest(again)]
    changes = write_later(mirror, folder / "later")
    later = medconcept("build", folder / "later", folder / "rebuilt", "--locked", file)
    if later.status != OTHER_DIGEST:
        raise SystemExit(f"a rebuild from a later snapshot ended with {later.status}: {later.error}")
    lines += ["", "Rebuilt from the later snapshot:", "", *_from_digest(later.output.splitlines())]
    since = pq.read_table(folder / "rebuilt" / "since.parquet").to_pydict()
    told = dict(zip(since["article_id"], since["became"], strict=True))
    lines.append(f"{sum(told.get(name) == kind for name, kind in changes.items())} of the ten changes are told as such")
    return lines


def _from_digest(lines: list[str]) -> list[str]:
    start = next(n for n, line in enumerate(lines) if line.startswith("the digest is"))
    return lines[start:]


def lock_plan(out: Path, file: Path) -> list[str]:
    """Lock the plan of an output that holds no corpus yet, as if it did, and read the lock again."""
    store = open_store(str(out))
    run, clock, random = read_run(store), _clock(), np.random.default_rng(1)
    articles = planned_articles(store)
    counts = pa.array(random.poisson(7, len(articles)).astype(np.int32))
    articles = articles.append_column(LOCK.field("triplets"), counts)
    cuis = np.sort(random.choice(5_000_000, CONCEPTS, replace=False)).tolist()
    triplets = random.zipf(1.5, CONCEPTS).clip(max=10**9)
    coverage = {"table": ["concepts"] * CONCEPTS, "key": [f"C{cui:07d}" for cui in cuis], "triplets": triplets}
    document = LockDocument(
        recipe=Recipe(), withheld=None, cut=run.cut.model_copy(update={"shards": dict.fromkeys(run.cut.units, 1)}),
        versions=Versions(**versions(run.config, store, run.vocabulary, run.encoder)), vocabulary={"origin": "starter"},
        dimension=run.dimension, snapshot=run.snapshot, articles=len(articles), counts={}, digest="0" * 64,
    )  # fmt: skip
    centroids = random.normal(size=(CELLS, run.dimension)).astype(np.float32)
    with file.open("wb") as sink:
        write_lock(sink, document, centroids, pa.table(coverage, schema=LOCKED_COVERAGE), articles)
    written = f"| written | {_since(clock)} | {_peak():.2f} |"
    size, count = file.stat().st_size, len(articles)
    head = f"| {count:,} article versions, {CELLS:,} centroids, {CONCEPTS:,} concepts: {size / 1e6:.1f} MB,"
    return [f"{head} {size / count:.1f} B each | s | of a core | GB |", "|---|---|---|---|", written]


def read_plan(file: Path) -> list[str]:
    """Read a lock with all its articles."""
    clock = _clock()
    read_lock(file).articles()
    return [f"| read | {_since(clock)} | {_peak():.2f} |"]


def _clock() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def _since(clock: tuple[float, float]) -> str:
    """Seconds, and seconds of a core: on a machine that others use, the latter say more."""
    return " | ".join(f"{now - then:.1f}" for now, then in zip(_clock(), clock, strict=True))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def on_generated(articles: int, folder: Path) -> list[str]:
    """The lines about a generated inventory: locked, the lock read, and a build until its plan stands, by it or not."""
    mirror, out, file = str(folder / "mirror"), folder / "out", folder / "large.lock"
    write_inventory(folder / "mirror", articles)
    started = planned(mirror, out)
    lines = [*_apart("lock_plan", out, file), *_apart("read_plan", file)]
    shutil.rmtree(out)
    locked = planned(mirror, out, "--locked", str(file))
    for name, (seconds, peak) in (("build", started), ("build --locked", locked)):
        lines.append(f"| `{name}` until its plan is committed | {seconds:.0f} | | {peak:.2f} |")
    return lines


def _apart(function: str, *paths: Path) -> list[str]:
    """What a function of this module gives in a process of its own, whose memory it states."""
    code = "import sys; from pathlib import Path; from benchmarks import locking; "
    code += f"print(*locking.{function}(*map(Path, sys.argv[1:])), sep='\\n')"
    command = [sys.executable, "-c", code, *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("--mirror", type=Path)
    parser.add_argument("--built", type=Path)
    parser.add_argument("--articles", type=int, default=8_000_000)
    given = parser.parse_args()
    lines: list[str] = []
    if given.mirror:
        with tempfile.TemporaryDirectory() as scratch:
            lines += [*on_mirror(given.mirror, given.built, Path(scratch)), ""]
    if given.articles:
        with tempfile.TemporaryDirectory() as scratch:
            lines += on_generated(given.articles, Path(scratch))
    print(*lines, sep="\n")
    if given.output:
        given.output.write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
