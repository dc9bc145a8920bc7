"""A corpus in one file: rebuilt elsewhere with the same digest, or with a table of what is no longer as it was."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from corpora import Source, jats
from rich.console import Console

from pipeline.commands.lock import lock as write
from pipeline.config.exclusion import read_exclusion
from pipeline.config.lock import read_lock, write_lock
from pipeline.config.recipe import Config, Recipe
from pipeline.phases.dedup import index
from pipeline.phases.fetch import FetchImages
from pipeline.phases.verify import faults
from pipeline.reports.digest import dataset_digest
from pipeline.reports.since_lock import describe_rebuild
from pipeline.run import build, update
from pipeline.sources import SourceReject
from pipeline.storage.store import open_store
from schemas.errors import UserError
from schemas.rejects import Reason
from tests.pictures import drawing, encoded
from tests.running import MEDCONCEPT, digest, medconcept, verify

RECIPE = Recipe(unit_articles=4, shard_rows=8, panels="whole", duplicates="flag", licenses="all")
LATER = "2026-11-22T01-00Z"


@pytest.fixture
def source(tmp_path):
    """Sixteen articles with a figure each, of which some show the same picture."""
    made = Source(tmp_path / "mirror", range(1, 17))
    for number in (4, 8, 15):
        made.write(number, picture=100)
    made.mirror.inventory()
    return made


def built(source, out, lock=None, **settings):
    """Build `out`; a lock says what the recipe is."""
    settings = {"engine": "inline"} | settings
    if lock:
        settings = {"articles": lock.digest} | settings | {"recipe": settings.get("recipe") or lock.document.recipe}
    config = Config(source=str(source.mirror.root), output=str(out), **{"recipe": RECIPE} | settings)
    build(config, Console(quiet=True), listed=lock)


def locked(out):
    """The lock of a corpus, written beside it and read."""
    file = out.with_suffix(".lock")
    assert f"rebuild ends with the digest {digest_of(out)}" in "\n".join(write(open_store(str(out)), str(file)))
    return read_lock(file)


def rebuilt(source, out, lock, **settings):
    """What a rebuild in `out`, which is then whole, tells of the lock."""
    built(source, out, lock, **settings)
    assert list(faults(open_store(str(out)))) == []
    return list(describe_rebuild(open_store(str(out)), lock))


def digest_of(out):
    return dataset_digest(open_store(str(out)))


def published(out):
    """How many triplets a corpus has of each article, by its number."""
    files = out.glob("dataset/data/*.parquet")
    panels = [panel for file in files for panel in pq.read_table(file)["panel_id"].to_pylist()]
    return Counter(int(panel[3:].partition("v")[0]) for panel in panels)


def since(out):
    """What of the articles is not as it was, by their ids: what became of it, its triplets then and now."""
    return {each["article_id"]: tuple(each.values())[1:] for each in pq.read_table(out / "since.parquet").to_pylist()}


@pytest.mark.parametrize(
    "settings", [{}, {"limit": 6}, {"sample": 0.4}, {"exclude": ("PMC3", "PMC4v1")}], ids=lambda each: "".join(each)
)
def test_a_corpus_is_rebuilt_from_a_source_that_went_on(source, tmp_path, settings):
    out = tmp_path / "out"
    built(source, out, **settings)
    kept = locked(out)
    for number in range(40, 60):
        source.write(number)
    source.mirror.add("PMC5.2", jats(1), {"g1.png": encoded(drawing(500, (64, 48)), "PNG")}).inventory(LATER)
    lines = rebuilt(source, tmp_path / "again", kept)
    assert lines == [f"the digest is {digest_of(out)}, that of {kept.name}"]
    assert digest_of(tmp_path / "again") == digest_of(out)
    assert not (tmp_path / "again" / "since.parquet").exists()


def test_what_is_published_of_a_rebuild_says_that_a_list_was_taken_and_names_no_local_path(source, tmp_path):
    built(source, tmp_path / "out")
    out = tmp_path / "again"
    rebuilt(source, out, locked(tmp_path / "out"))
    for name in ("README.md", "CITATION.cff", "croissant.json"):
        told = " ".join((out / "dataset" / name).read_text("utf-8").split())
        assert "a local mirror, only articles that a list names" in told
    files = [path for folder in ("dataset", "audit") for path in (out / folder).rglob("*") if path.is_file()]
    assert [path for path in files if str(tmp_path).encode() in path.read_bytes()] == []


def test_a_lock_names_versions_and_holds_no_text_and_no_picture(source, tmp_path):
    built(source, tmp_path / "out", exclude=("PMC3",))
    kept = locked(tmp_path / "out")
    rows = kept.articles().to_pylist()
    assert [row["pmc"] for row in rows] == [number for number in range(1, 17) if number != 3]
    assert {row["md5"].hex() for row in rows} == {
        etag for name, etag in source.mirror.etags.items() if name != "PMC3.1"
    }
    assert {row["version"] for row in rows} == {1}
    assert {row["pmc"]: row["triplets"] for row in rows if row["triplets"]} == published(tmp_path / "out")
    assert b"Chest CT" not in kept.file.read_bytes()


def test_a_lock_carries_the_centroids_of_a_corpus_that_grew(source, tmp_path, monkeypatch):
    """Centroids are learnt by the first build: a fresh one of what the corpus became would learn others."""
    monkeypatch.setattr(index, "CELL", 4)
    out = tmp_path / "out"
    built(source, out)
    for number in range(40, 48):
        source.write(number)
    source.remove(9)
    source.write(8, picture=200)
    source.mirror.inventory(LATER)
    update(str(out), {"engine": "inline"}, Console(quiet=True))
    kept = locked(out)
    assert kept.centroids.shape == (4, 256)
    assert len(rebuilt(source, tmp_path / "again", kept)) == 1
    built(source, tmp_path / "fresh")
    learnt = [np.load(next((tmp_path / name / "dedup/centroids").glob("*.npy"))) for name in ("out", "again", "fresh")]
    assert np.array_equal(learnt[0], learnt[1])
    assert learnt[2].shape != learnt[0].shape


def test_ten_changes_are_told_with_what_they_change_in_the_counts(source, tmp_path):
    built(source, tmp_path / "out", recipe=RECIPE.model_copy(update={"licenses": "commercial"}))
    kept = locked(tmp_path / "out")
    for number in (1, 2):
        source.remove(number)
    media = {number: {"g1.png": encoded(drawing(number, (64, 48)), "PNG")} for number in range(1, 17)}
    source.mirror.add("PMC3.1", jats(1), media[3], is_retracted=True)
    source.mirror.add("PMC5.1", jats(1), media[5], is_pmc_openaccess=False)
    source.mirror.add("PMC6.1", jats(1), media[6], license_code="CC BY-NC")
    source.mirror.add("PMC7.1", jats(1), media[7], title="Another title")
    source.mirror.add("PMC9.1", jats(1), {})
    source.mirror.add("PMC10.1", jats(2), media[10] | {"g2.png": encoded(drawing(300, (64, 48)), "PNG")})
    source.mirror.add("PMC11.1", jats(1, "<caption><p>MRI of the knee.</p></caption>"), media[11])
    source.mirror.add("PMC12.1", b"<article", media[12])
    source.mirror.inventory(LATER)
    lines = rebuilt(source, tmp_path / "again", kept)
    assert since(tmp_path / "again") == {
        "PMC1v1": ("gone", 1, 0),
        "PMC2v1": ("gone", 1, 0),
        "PMC3v1": ("retracted", 1, 0),
        "PMC5v1": ("not_open_access", 1, 0),
        "PMC6v1": ("license_excluded", 1, 0),
        "PMC7v1": ("changed", 1, 1),
        "PMC9v1": ("changed", 1, 0),
        "PMC10v1": ("changed", 1, 2),
        "PMC11v1": ("changed", 1, 1),
        "PMC12v1": ("changed", 1, 0),
    }
    assert lines[0] == f"the digest is {digest_of(tmp_path / 'again')}, not {kept.document.digest} of {kept.name}"
    assert [line.split("  ")[-1] for line in lines[2:7]] == [
        "as they were",
        "changed, and taken as they are now: PMC7v1, PMC9v1, PMC10v1, PMC11v1, PMC12v1",
        "no longer listed by the source: PMC1v1, PMC2v1",
        "under another licence, which the recipe does not admit: PMC6v1",
        "no longer open access: PMC5v1",
    ]
    before, now = published(tmp_path / "out"), published(tmp_path / "again")
    same = sum(before[number] for number in (4, 8, 13, 14, 15, 16))
    assert lines[2].split()[:3] == ["6", str(same), str(same)]
    assert f"{before.total():>12} {now.total():>12}  triplets" in lines
    assert f"{before.total():>12} {now.total():>12}  triplets under CC BY" in lines
    lost, new = ({*covered(tmp_path / one)} - {*covered(tmp_path / other)} for one, other in PAIRS)
    (told,) = (line for line in lines if "  concepts; " in line)
    assert not lost
    assert f"{len(new)} new: " in told
    assert "C0022742 knee" in told
    assert (
        lines[-1] == f"all of them stand in {tmp_path}/again/since.parquet and {tmp_path}/again/since_coverage.parquet"
    )


PAIRS = (("out", "again"), ("again", "out"))


def covered(out):
    """How many triplets of a corpus have each concept, counted from its rows."""
    tables = [pq.read_table(file, columns=["concepts"])["concepts"] for file in out.glob("dataset/data/*.parquet")]
    return Counter(cui for table in tables for row in table.to_pylist() for cui in {each["cui"] for each in row})


def test_what_the_coverage_loses_is_told_and_kept(source, tmp_path):
    """The only article with a knee goes; the figure of another claims the licence of somebody else."""
    source.mirror.add("PMC1.1", jats(1, "<caption><p>MRI of the knee.</p></caption>"), picture_of(1)).inventory()
    built(source, tmp_path / "out")
    kept = locked(tmp_path / "out")
    concepts = kept.coverage.filter(pc.equal(kept.coverage["table"], "concepts"))
    assert dict(zip(*concepts.drop_columns("table").to_pydict().values(), strict=True)) == covered(tmp_path / "out")
    source.remove(1)
    source.mirror.add("PMC2.1", jats(1), picture_of(2), license_code="CC BY-NC").inventory(LATER)
    lines = rebuilt(source, tmp_path / "again", kept)
    before, now = covered(tmp_path / "out"), covered(tmp_path / "again")
    (told,) = (line for line in lines if "  concepts; " in line)
    assert told.split()[:2] == [str(len(before)), str(len(now))]
    assert f"{len(before.keys() - now.keys())} lost: " in told
    assert f"{'0':>12} {'1':>12}  triplets under CC BY-NC" in lines
    rows = pq.read_table(tmp_path / "again" / "since_coverage.parquet").to_pylist()
    assert {row["key"]: (row["locked"], row["rebuilt"]) for row in rows if row["table"] == "concepts"} == {
        cui: (before[cui], now[cui]) for cui in before | now if before[cui] != now[cui]
    }


def picture_of(number):
    return {"g1.png": encoded(drawing(number, (64, 48)), "PNG")}


def test_a_picture_that_is_missing_though_listed_is_told(source, tmp_path):
    built(source, tmp_path / "out")
    kept = locked(tmp_path / "out")
    source.picture(7).unlink()
    lines = rebuilt(source, tmp_path / "again", kept, max_missing=0.5)
    assert since(tmp_path / "again") == {"PMC7v1": ("incomplete", 1, 0)}
    assert lines[3].endswith("  as they were, but files that they list are missing or damaged: PMC7v1")
    source.write(7)
    assert rebuilt(source, tmp_path / "again", kept) == [f"the digest is {kept.document.digest}, that of {kept.name}"]
    assert not list((tmp_path / "again").glob("since*"))


def test_a_lock_that_states_another_digest_is_told(source, tmp_path):
    built(source, tmp_path / "out", limit=6)
    kept = locked(tmp_path / "out")
    other = read_lock(changed(kept, tmp_path / "other.lock", digest="0" * 64))
    lines = rebuilt(source, tmp_path / "again", other)
    assert lines[0] == f"the digest is {kept.document.digest}, not {'0' * 64} of {other.name}"
    assert lines[1].startswith("every article version is as it was: ")


def test_where_withheld_images_lie_is_said_anew(source, tmp_path):
    """The lock digests them, and does not say where they lay."""
    for name in ("here", "elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "picture.png").write_bytes(source.picture(5).read_bytes())
    built(source, tmp_path / "out", recipe=RECIPE.model_copy(update={"withheld": str(tmp_path / "here")}))
    kept = locked(tmp_path / "out")
    assert str(tmp_path).encode() not in kept.file.read_bytes()
    shutil.rmtree(tmp_path / "here")
    with pytest.raises(UserError, match=r"withheld: \w+ -> none.*name the images that it withholds by --withheld"):
        built(source, tmp_path / "again", kept)
    lines = rebuilt(source, tmp_path / "again", kept, recipe=kept.recipe(tmp_path / "elsewhere"))
    assert lines == [f"the digest is {kept.document.digest}, that of {kept.name}"]
    assert 5 not in published(tmp_path / "again")


def test_metadata_that_changed_without_the_rows_leave_the_digest(source, tmp_path):
    built(source, tmp_path / "out")
    kept = locked(tmp_path / "out")
    source.mirror.add("PMC7.1", jats(1), {"g1.png": encoded(drawing(7, (64, 48)), "PNG")}, citation="Corrected")
    source.mirror.inventory(LATER)
    lines = rebuilt(source, tmp_path / "again", kept)
    assert lines[0].endswith(f"that of {kept.name}")
    assert lines[-2].endswith("changed, and taken as they are now: PMC7v1")
    assert since(tmp_path / "again") == {"PMC7v1": ("changed", 1, 1)}


def test_a_graphic_that_the_metadata_never_listed_is_not_missing(source, tmp_path):
    """Articles 4, 8 and 15 show one picture; the other that the JATS of each names was not there before, either."""
    for number in (4, 8, 15):
        media = {"g1.png": encoded(drawing(100, (64, 48)), "PNG")}
        source.mirror.add(f"PMC{number}.1", jats(2), media)
    source.mirror.inventory()
    recipe = RECIPE.model_copy(update={"duplicates": "drop"})
    built(source, tmp_path / "out", recipe=recipe)
    kept = locked(tmp_path / "out")
    first = next(number for number in (4, 8, 15) if published(tmp_path / "out")[number])
    source.remove(first)
    source.mirror.inventory(LATER)
    rebuilt(source, tmp_path / "again", kept)
    found = since(tmp_path / "again")
    assert found.pop(f"PMC{first}v1") == ("gone", 1, 0)
    assert list(found.values()) == [("other_triplets", 0, 1)]


def test_the_exit_status_says_whether_the_digest_is_that_of_the_lock(run, source, tmp_path):
    built(source, tmp_path / "out", limit=6)
    kept = locked(tmp_path / "out")
    build_ = ("build", source.mirror.root, tmp_path / "again", "--engine", "inline", "--locked")
    assert run(*build_, kept.file)[0] == 0
    status, told, error = run(*build_, changed(kept, tmp_path / "other.lock", digest="0" * 64), "--replace")
    assert (status, "Traceback" in error) == (3, False)
    assert f"not {'0' * 64} of" in told


@pytest.mark.parametrize("name", ["run.json", "dataset/README.md", "dataset/data/train-00000.parquet", "new.lock"])
def test_a_lock_is_not_written_into_an_output(run, demo, name):
    file = demo / name
    before = file.read_bytes() if file.exists() else None
    status, _, error = run("lock", demo, file)
    assert (status, error.count("\n")) == (1, 1)
    assert "name another" in error
    assert (file.read_bytes() if file.exists() else None) == before


def test_a_takedown_is_left_out_of_a_rebuild_and_told(source, tmp_path):
    built(source, tmp_path / "out")
    kept = locked(tmp_path / "out")
    (tmp_path / "takedowns").write_text("PMC7\n")
    rebuilt(source, tmp_path / "again", kept, exclude=read_exclusion(tmp_path / "takedowns"))
    assert since(tmp_path / "again") == {"PMC7v1": ("excluded", 1, 0)}


UMLS = {"origin": "umls", "release": "2026AA", "filters": {"language": "ENG", "sources": ["MSH"]}, "imaging_terms": {}}


def changed(kept, file, **fields):
    """The lock with other versions, or other fields."""
    versions = kept.document.versions.model_copy(update=fields.pop("versions", {}))
    document = kept.document.model_copy(update={"versions": versions} | fields)
    with file.open("wb") as sink:
        write_lock(sink, document, kept.centroids, kept.coverage, kept.articles())
    return file


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"versions": {"vocabulary": "umls-0123"}}, "vocabulary: umls-0123 -> starter-"),
        (
            {"versions": {"vocabulary": "umls-0123"}, "vocabulary": UMLS},
            "its vocabulary is UMLS 2026AA (language ENG",
        ),
        ({"versions": {"encoder": "theirs-1+abc"}}, "encoder: theirs-1+abc -> copies-"),
        ({"versions": {"medconcept": "9.9.9"}}, "medconcept: 9.9.9 -> 0.1.0"),
        ({"versions": {"libraries": {"pillow": "1.0", "torch": "2.0"}}}, "libraries.pillow: 1.0 -> "),
        ({"versions": {"libraries": {"torch": "2.0"}}}, "libraries.torch: 2.0 -> none"),
        ({"versions": {"stages": {"panels": "1+abc"}}}, "stages.panels: 1+abc -> "),
        ({"versions": {"linker": {"method": "dictionary-1"}}}, "linker.method: dictionary-1 -> dictionary-"),
        ({"versions": {"steps": {"group": "0"}}}, "steps.group: 0 -> "),
        ({"withheld": "0123"}, "withheld: 0123 -> none"),
    ],
)
def test_what_would_be_another_corpus_is_refused_in_one_line(run, lock_of_demo, tmp_path, fields, told):
    file = changed(lock_of_demo, tmp_path / "other.lock", **fields)
    status, _, error = run("build", "demo", tmp_path / "out", "--locked", file, "--engine", "inline")
    assert (status, len(error.splitlines())) == (1, 1)
    assert told in error
    assert not any(path.is_file() for path in tmp_path.rglob("out/*"))


@pytest.fixture(scope="module")
def lock_of_demo(demo, tmp_path_factory):
    file = tmp_path_factory.mktemp("locks") / "demo.lock"
    list(write(open_store(str(demo)), str(file)))
    return read_lock(file)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--recipe", "default"], "--recipe"),
        (["--licenses", "all"], "--licenses"),
        (["--sample", "0.5"], "--sample"),
        (["--limit", "3"], "--limit"),
        (["--recipe", "default", "--limit", "3"], "--recipe and --limit"),
    ],
)
def test_what_a_lock_says_is_not_said_again(run, lock_of_demo, tmp_path, options, told):
    status, _, error = run("build", "demo", tmp_path / "out", "--locked", lock_of_demo.file, *options)
    assert status == 2
    assert f"--locked FILE says what {told} would" in error


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda data: None, "is no lock of medconcept"),
        (lambda data: b"", "is no lock of medconcept"),
        (lambda data: data[: len(data) // 2], "is no lock of medconcept"),
        (lambda data: data.replace(b'"limit', b'"limit').replace(b"starter-", b"stcrter-", 1), "is damaged"),
        (lambda data: b"PAR1" + os.urandom(200) + b"PAR1", "is no lock of medconcept"),
    ],
)
def test_a_file_that_is_no_lock_is_refused_in_one_line(run, lock_of_demo, tmp_path, damage, told):
    file, data = tmp_path / "broken.lock", damage(lock_of_demo.file.read_bytes())
    if data is not None:
        file.write_bytes(data)
    status, _, error = run("build", "demo", tmp_path / "out", "--locked", file)
    assert (status, len(error.splitlines())) == (1, 1)
    assert told in error


def test_a_table_is_no_lock(run, tmp_path):
    pq.write_table(pa.table({"pmc": [1]}), tmp_path / "table.parquet")
    status, _, error = run("build", "demo", tmp_path / "out", "--locked", tmp_path / "table.parquet")
    assert (status, "is no lock of medconcept, but another Parquet file" in error) == (1, True)


def test_a_source_that_has_none_of_the_articles_is_refused(run, lock_of_demo, mirror, tmp_path):
    mirror.add("PMC1.1", jats(1)).inventory()
    status, _, error = run("build", mirror.root, tmp_path / "out", "--locked", lock_of_demo.file)
    assert (status, len(error.splitlines())) == (1, 1)
    assert "lists none of its articles" in error


def test_an_output_stays_with_its_lock(source, tmp_path):
    out, other = tmp_path / "out", tmp_path / "other"
    built(source, out, limit=6)
    built(source, other, limit=3)
    first, second = locked(out), locked(other)
    again = tmp_path / "again"
    built(source, again, first)
    with pytest.raises(UserError, match="the list of articles"):
        built(source, again, second)
    with pytest.raises(UserError, match="the list of articles"):
        built(source, again)
    with pytest.raises(UserError, match="is not updated"):
        update(str(again), {"engine": "inline"}, Console(quiet=True))
    config = Config(
        source=str(source.mirror.root), output=str(again), recipe=RECIPE, articles=second.digest, engine="inline"
    )
    build(config, Console(quiet=True), replaced=True, listed=second)
    assert digest_of(again) == digest_of(other)


def test_a_corpus_with_something_to_try_again_is_not_locked(source, tmp_path, monkeypatch):
    real = FetchImages._fetch

    def failing(self, row):
        if row["article_id"] == "PMC7v1":
            raise SourceReject(Reason.IMAGE_MISSING, "away")
        return real(self, row)

    monkeypatch.setattr(FetchImages, "_fetch", failing)
    out = tmp_path / "out"
    built(source, out)
    with pytest.raises(UserError, match="1 objects or articles are to be tried again"):
        list(write(open_store(str(out)), str(tmp_path / "out.lock")))
    monkeypatch.undo()
    built(source, out)
    assert rebuilt(source, tmp_path / "again", locked(out))[0].endswith("out.lock")


def test_a_lock_that_cannot_be_written_leaves_the_one_before(run, demo, tmp_path, monkeypatch):
    file = tmp_path / "kept.lock"
    file.write_bytes(b"before")
    monkeypatch.setattr("pipeline.commands.lock.write_lock", lambda *_: _no_room())
    status, _, error = run("lock", demo, file)
    assert (status, error) == (1, f"medconcept: {file}: No space left on device\n")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.lock"]
    assert file.read_bytes() == b"before"


def _no_room():
    raise OSError(28, "No space left on device")


def test_what_is_no_corpus_is_not_locked(run, tmp_path):
    status, _, error = run("lock", tmp_path / "none", tmp_path / "file")
    assert (status, "holds no run" in error) == (1, True)


@pytest.mark.full
def test_killed_and_resumed(demo, lock_of_demo, tmp_path):
    moments, out, kills = random.Random(22), tmp_path / "out", 0
    arguments = ("build", "demo", out, "--locked", lock_of_demo.file, "--engine", "inline")
    command = [*MEDCONCEPT, *map(str, arguments)]
    for n in range(6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and len(list(out.glob("units/*/*.json"))) < n:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.5))
        kills += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert kills > 2
    assert medconcept(*arguments).stdout.splitlines()[-1].endswith(f"that of {lock_of_demo.name}")
    assert digest(out) == digest(demo)
    assert json.loads((out / "run.json").read_text())["config"]["articles"] == lock_of_demo.digest
    verify(out)
