"""The demo corpus from end to end: built, resumed, repeated, limited, updated; the same on every engine."""

import gzip
import hashlib
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.sources.demo import write_mirror
from tests.running import digest, medconcept, verify

RUN = Path("run.json")


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def contents(folder):
    """The files by name, both without what is random of an attempt, and without what is of a clock."""
    return {_TOKEN.sub(b"", bytes(path)): _RANDOM.sub(b"", timeless(data)) if path.suffix == ".json" else data
            for path, data in files(folder).items() if path.parts[0] not in ("ledger", "progress.json")}  # fmt: skip


def timeless(data):
    """A document without the seconds that its item took, but with the rows of each stage."""
    document = json.loads(data)
    for spent in document.get("work", {}).get("stages", {}).values():
        del spent["seconds"]
    document.get("work", {}).pop("seconds", None)
    return json.dumps(document, indent=1, sort_keys=True).encode()


_TOKEN = re.compile(rb"-[0-9a-f]{16}(?=\.(parquet|npy|bin))")
_RANDOM = re.compile(rb"%s|\"digest\": \"[0-9a-f]+\"" % _TOKEN.pattern)


def rows(out, table):
    return [row for file in sorted(out.glob(table)) for row in pq.read_table(file).to_pylist()]


def configuration(run):
    return json.loads(run)["config"] | {"output": "anywhere"}


def test_the_demo_verifies(demo):
    assert medconcept("verify", demo).stdout == "no fault found\n"


def test_every_reason_of_the_demo_is_told(demo):
    reasons = {row["reason"] for row in rows(demo, "units/*/rejects-*.parquet")}
    assert {
        "not_open_access",
        "retracted",
        "historical_ocr",
        "license_excluded",
        "xml_malformed",
        "image_missing",
        "no_figures",
    } <= reasons


def test_the_demo_holds_what_the_corpus_is_for(demo):
    triplets = rows(demo, "dataset/data/*.parquet")
    assert all(row["caption"] for row in triplets)
    assert sum(bool(row["concepts"]) for row in triplets) > len(triplets) / 2
    kinds = {row["kind"] for row in rows(demo, "dedup/groups/*/duplicates-*.parquet")}
    assert kinds == {"canonical", "exact", "perceptual"}


def test_compound_figures_are_cut_and_each_panel_has_its_text(demo):
    provenance = [row["provenance"] for row in rows(demo, "dataset/data/*.parquet")]
    assert all(row["detector"].startswith("panels-5+") for row in provenance)
    second = [row for row in provenance if row["panel_label"] in ("B", "b") and max(row["box"][:2]) > 0]
    assert len(second) > 3
    assert {row["caption_method"] for row in second} == {"label"}


def test_a_second_run_has_nothing_to_do_and_changes_no_byte(demo, small_units, tmp_path):
    copy = shutil.copytree(demo, tmp_path / "out")
    before = files(copy)
    medconcept("build", "demo", copy, "--recipe", small_units)
    after = files(copy)
    assert after.keys() == before.keys()
    assert configuration(before.pop(RUN)) == configuration(after.pop(RUN))
    assert after == before


def test_another_build_gives_the_same_bytes(demo, small_units, tmp_path):
    medconcept("build", "demo", tmp_path, "--recipe", small_units)
    ours, theirs = contents(tmp_path), contents(demo)
    assert [path for path in ours if ours[path] != theirs.get(path)] == [b"run.json"]
    assert ours.keys() == theirs.keys()


def test_a_lost_unit_alone_is_built_again(demo, small_units, tmp_path):
    copy = shutil.copytree(demo, tmp_path / "out")
    first, *others = sorted((copy / "units").iterdir())
    (cut,) = first.glob("panels-*.parquet")
    cut.write_bytes(b"cut off")
    stamps = {path: path.stat().st_mtime_ns for unit in others for path in unit.iterdir()}
    assert (
        f"{cut}: missing or damaged: it is made again"
        in medconcept("build", "demo", copy, "--recipe", small_units).stderr
    )
    assert digest(copy) == digest(demo)
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def planned(out):
    return {row["article_id"] for row in rows(out, "plan/*-0000-*.parquet")}


def test_a_larger_limit_keeps_what_a_smaller_one_took(tmp_path):
    medconcept("build", "demo", tmp_path, "--limit", "3")
    few = planned(tmp_path)
    assert len(few) == 3
    verify(tmp_path)
    medconcept("build", "demo", tmp_path, "--limit", "9")
    assert len(planned(tmp_path)) == 9
    assert planned(tmp_path) > few
    verify(tmp_path)


def test_a_wider_licence_group_admits_more(demo, tmp_path):
    medconcept("build", "demo", tmp_path, "--licenses", "all")
    narrow, wide = (
        {row["provenance"]["license"] for row in rows(out, "dataset/data/*.parquet")} for out in (demo, tmp_path)
    )
    assert narrow < wide
    assert None in wide
    assert not any(license is None or "NC" in license for license in narrow)


def test_flagged_duplicates_stay_and_whole_figures_are_not_cut(demo, tmp_path):
    medconcept("build", "demo", tmp_path, "--recipe", "whole-figures")
    verify(tmp_path)
    kept = rows(tmp_path, "dataset/data/*.parquet")
    assert all(row["provenance"]["box"][:2] == [0, 0] for row in kept)
    groups = Counter(row["duplicate_group"] for row in kept if row["duplicate_group"])
    assert max(groups.values()) > 1


def test_an_output_keeps_to_its_source(demo, tmp_path):
    copy = shutil.copytree(demo, tmp_path / "out")
    write_mirror(tmp_path / "mirror")
    done = medconcept("build", tmp_path / "mirror", copy, check=False)
    assert done.returncode == 1
    assert "was built with other settings (source: demo -> " in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["ray", pytest.param("beam", marks=pytest.mark.full)])
def test_every_engine_gives_the_same_digest(demo, small_units, tmp_path, engine):
    medconcept("build", "demo", tmp_path, "--recipe", small_units, "--engine", engine)
    assert digest(tmp_path) == digest(demo)
    verify(tmp_path)


class Mirror:
    """A mirror whose articles change; each change is a new inventory snapshot."""

    def __init__(self, folder):
        self.folder = folder
        write_mirror(folder)
        self.day = 3

    def documents(self):
        return sorted((self.folder / "metadata").glob("PMC*.json"))

    def edit(self, name, **changes):
        for path in (self.folder / "metadata" / f"{name}.json", self.folder / name / f"{name}.json"):
            path.write_text(json.dumps(json.loads(path.read_text()) | changes, indent=1))

    def remove(self, name):
        (self.folder / "metadata" / f"{name}.json").unlink()
        shutil.rmtree(self.folder / name)

    def take_inventory(self):
        lines = [
            f'"pmc-oa-opendata","metadata/{path.name}","2026-10-03T00:00:00.000Z","{md5(path.read_bytes())}"\n'
            for path in self.documents()
        ]
        shard = gzip.compress("".join(lines).encode(), mtime=0)
        root = self.folder / "inventory-reports" / "pmc-oa-opendata" / "metadata"
        snapshot = root / f"2026-10-{self.day:02d}T01-00Z"
        snapshot.mkdir()
        key = f"inventory-reports/pmc-oa-opendata/metadata/data/day{self.day}.csv.gz"
        (self.folder / key).write_bytes(shard)
        listed = {"key": key, "size": len(shard), "MD5checksum": md5(shard)}
        manifest = {"fileFormat": "CSV", "fileSchema": "Bucket, Key, LastModifiedDate, ETag", "files": [listed]}
        (snapshot / "manifest.json").write_text(json.dumps(manifest))
        self.day += 1


def md5(data):
    return hashlib.md5(data).hexdigest()


def test_an_update_brings_what_was_added_changed_withdrawn_and_retracted(small_units, tmp_path):
    mirror = Mirror(tmp_path / "mirror")
    late, gone, retracted = "PMC9000015.1", "PMC9000002.1", "PMC9000001.1"
    kept = tmp_path / "kept"
    shutil.move(mirror.folder / late, kept)
    (mirror.folder / "metadata" / f"{late}.json").unlink()
    mirror.take_inventory()
    out = tmp_path / "out"
    medconcept("build", mirror.folder, out, "--recipe", small_units)
    before = {row["provenance"]["pmcid"] for row in rows(out, "dataset/data/*.parquet")}

    shutil.move(kept, mirror.folder / late)
    shutil.copy(mirror.folder / late / f"{late}.json", mirror.folder / "metadata")
    mirror.remove(gone)
    mirror.edit(retracted, is_retracted=True)
    mirror.take_inventory()
    medconcept("build", mirror.folder, out, "--recipe", small_units)
    assert {row["provenance"]["pmcid"] for row in rows(out, "dataset/data/*.parquet")} == before

    told = medconcept("update", out).stderr
    assert "1 added, 1 changed, 1 withdrawn" in told
    after = {row["provenance"]["pmcid"] for row in rows(out, "dataset/data/*.parquet")}
    assert after - before >= {"PMC9000015"}
    assert {"PMC9000001", "PMC9000002"} <= before - after
    rejects = {row["article_id"]: row["reason"] for row in rows(out, "units/*/rejects-*.parquet")}
    assert rejects["PMC9000001v1"] == "retracted"
    verify(out)
    medconcept("build", mirror.folder, tmp_path / "fresh", "--recipe", small_units)
    assert digest(out) == digest(tmp_path / "fresh")
