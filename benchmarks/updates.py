"""What an update and a growing sample cost: generated articles, their inventory of each day, and what is done again.

    python -m benchmarks.updates [--articles 3000] [--only withdrawn|mixed|sample] [OUTPUT.md]

The mirror is served over HTTP from loopback, where requests are counted. It checks that
* an update that withdraws one article works on one unit, in dedup too, and writes one shard,
* an update of 40 changes (added, changed, withdrawn, retracted, other licences) fetches the articles that changed and
  no other, describes the panels of their units alone for dedup, and ends with the digest of a fresh build,
* a sample of 1 % that grows to 10 % and to all fetches nothing twice, and ends with the digest of a full build.
It exits 1 where one does not hold.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import pyarrow.parquet as pq

from benchmarks.commands import changed, files, medconcept, succeed
from benchmarks.loopback import Served, served
from benchmarks.mirrors import Corpus, strict_encoder

RECIPE = "licenses: noncommercial\npanels: whole\nunit_articles: 64\nshard_rows: 256\n"


class Bench:
    """A mirror, its server and what was found so far."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.corpus = folder, Corpus(folder / "mirror", count).publish(3)
        self.encoder, self.recipe = strict_encoder(folder / "encoder"), folder / "recipe.yaml"
        self.recipe.write_text(RECIPE)
        self.lines, self.sound = list[str](), True

    def check(self, what: str, holds: bool, found: object) -> None:
        self.sound &= holds
        self.lines.append(f"| {what} | {found} | {'yes' if holds else '**no**'} |")
        print(self.lines[-1], flush=True)

    def build(self, server: Served, name: str, *options: object) -> tuple[Path, float]:
        out, started = self.folder / name, time.monotonic()
        succeed("build", server.uri, out, "--recipe", self.recipe, "--encoder", self.encoder, *options)
        return out, time.monotonic() - started

    def fresh(self, server: Served, name: str, like: Path) -> str:
        """The digest of a build from nothing of what the mirror holds now, with the centroids and cut of `like`."""
        lock = self.folder / "lock"
        options = ("--locked", lock) if medconcept("lock", like, lock).whole else ()
        return digest(self.build(server, name, *options)[0])


def digest(out: Path) -> str:
    return succeed("digest", out).output.strip()


def parts(paths: set[str], folder: str) -> set[str]:
    """The units or shards among changed files."""
    level = folder.count("/") + 1
    return {path.split("/")[level] for path in paths if path.startswith(f"{folder}/")}


def rows_of(out: Path, again: set[str], folder: str) -> int:
    """The panels in changed files of a folder."""
    files = [path for path in again if path.startswith(f"{folder}/") and "/panels-" in path]
    return sum(pq.read_metadata(out / path).num_rows for path in files if (out / path).exists())


def compared(bench: Bench, what: str, out: Path, again: set[str]) -> None:
    """Dedup describes the panels of the units that were worked on; of these it compares those that are new."""
    described, worked = rows_of(out, again, "dedup/described"), rows_of(out, again, "units")
    bench.check(f"{what}: panels described for dedup", described <= worked, f"{described} of {worked} in these units")


def withdrawn(bench: Bench, server: Served, out: Path) -> None:
    """One article goes."""
    before = files(out)
    bench.corpus.withdraw(Random(1).choice(sorted(bench.corpus.articles)))
    bench.corpus.publish(2)
    server.forget()
    started = time.monotonic()
    succeed("update", out)
    seconds, again = time.monotonic() - started, changed(before, files(out))
    units, shards = parts(again, "units"), parts(again, "dataset/data")
    bench.check("1 withdrawn: units worked on", len(units) == 1, f"{len(units)} of {len(parts(set(before), 'units'))}")
    bench.check(
        "1 withdrawn: shards written", len(shards) == 1, f"{len(shards)} of {len(parts(set(before), 'dataset/data'))}"
    )
    compared(bench, "1 withdrawn", out, again)
    asked = server.articles()
    bench.check("1 withdrawn: articles fetched", not asked, f"{len(asked)}, in {seconds:.0f} s")
    bench.check("1 withdrawn: `verify`", medconcept("verify", out).whole, "")


def mixed(bench: Bench, server: Served, out: Path) -> None:
    """Forty changes of all kinds."""
    chance, articles = Random(40), bench.corpus.articles
    chosen = chance.sample(sorted(articles), 32)
    for number in chosen[:12]:
        bench.corpus.revise(number)
    for number in chosen[12:18]:
        bench.corpus.withdraw(number)
    for number in chosen[18:24]:
        bench.corpus.change(number, retracted=True)
    for number in chosen[24:32]:
        bench.corpus.change(number, licence="CC BY-NC" if articles[number].licence != "CC BY-NC" else "CC BY")
    new = range(max(articles) + 1, max(articles) + 9)
    bench.corpus.add(new)
    touched = {f"PMC{number}.1" for number in {*chosen[:12], *chosen[18:], *new}}
    before = files(out)
    bench.corpus.publish(1)
    server.forget()
    started = time.monotonic()
    succeed("update", out)
    seconds = time.monotonic() - started
    stated = {
        path.rpartition("/")[2].removesuffix(".json") for path in server.count if path.startswith("/metadata/PMC")
    }
    fetched = {path.split("/")[1] for path in server.count if path.startswith("/PMC")}
    wasted = (stated | fetched) - touched
    bench.check("40 mixed: fetched articles that did not change", not wasted, f"{len(wasted)} of {len(articles)}")
    bench.check(
        "40 mixed: changed articles fetched", stated == touched, f"{len(stated)} of {len(touched)}, in {seconds:.0f} s"
    )
    compared(bench, "40 mixed", out, changed(before, files(out)))
    bench.check("40 mixed: `verify`", medconcept("verify", out).whole, "")
    found, fresh = digest(out), bench.fresh(server, "fresh", out)
    bench.check("40 mixed: digest of a fresh build", found == fresh, f"{found[:12]}, {fresh[:12]}")


def sample(bench: Bench, server: Served) -> None:
    """A sample grows."""
    server.forget()
    for share in (0.01, 0.1, 1):
        before = len(server.articles())
        out, seconds = bench.build(server, "sample", "--sample", share)
        asked = server.articles()
        twice = sum(count > 1 for count in asked.values())
        bench.check(
            f"sample of {share:.0%}: articles fetched twice",
            not twice,
            f"{twice}; {len(asked) - before} new in {seconds:.0f} s",
        )
    admitted = sum(not article.retracted for article in bench.corpus.articles.values())
    bench.check("sample: all articles fetched", len(asked) == admitted, f"{len(asked)} of {admitted}")
    pictures = [path for path, count in server.count.items() if path.endswith(".jpg") and count > 1]
    bench.check("sample: pictures fetched twice", not pictures, len(pictures))
    bench.check("sample: `verify`", medconcept("verify", out).whole, "")
    found, fresh = digest(out), bench.fresh(server, "whole", out)
    bench.check("sample: digest of a full build", found == fresh, f"{found[:12]}, {fresh[:12]}")


def run(folder: Path, count: int, only: str | None) -> Bench:
    bench = Bench(folder, count)
    with served(bench.corpus.root) as server:
        if only in (None, "withdrawn", "mixed"):
            out, seconds = bench.build(server, "out")
            bench.check(f"build of {count} articles", True, f"{seconds:.0f} s")
            if only != "mixed":
                withdrawn(bench, server, out)
            if only != "withdrawn":
                mixed(bench, server, out)
        if only in (None, "sample"):
            sample(bench, server)
    return bench


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("--articles", type=int, default=3000)
    parser.add_argument("--only", choices=("withdrawn", "mixed", "sample"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = run(Path(scratch), given.articles, given.only)
    lines = ["| what | found | as it should be |", "|---|---|---|", *bench.lines, ""]
    if given.output:
        given.output.write_text("\n".join(lines))
    sys.exit(0 if bench.sound else 1)


if __name__ == "__main__":
    main()
