"""`--keep-units no`: units give up their panels when all is published, and those that are needed again are fetched."""

import json
import shutil
import signal
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_update import Source, built, digest, files, unconfirmed, updated
from test_verify import first, found, receipt_of, replace, rewrite, signed

from dags.graph import Item
from pipeline.phases.verify.given_up import named_panels
from pipeline.storage.receipts import Attempt, content, fault, gave_up, give_up, load_receipt, parse_receipt
from pipeline.storage.store import open_store
from schemas.errors import Damaged
from tests.running import medconcept


@pytest.fixture
def source(tmp_path):
    return Source(tmp_path / "mirror", range(1, 41))


@pytest.fixture(scope="module")
def demo_without_panels(demo, small_units, tmp_path_factory):
    out = shutil.copytree(demo, tmp_path_factory.mktemp("demo") / "out")
    medconcept("build", "demo", out, "--recipe", small_units, "--keep-units", "no", "--engine", "inline")
    return out


@pytest.fixture
def out(demo_without_panels, tmp_path):
    return shutil.copytree(demo_without_panels, tmp_path / "out")


def panels(out):
    """The units that have their panels."""
    return sorted(path.parent.name for path in out.glob("units/*/panels-*.parquet"))


def articles(out, units):
    """The articles of some units."""
    tables = [pq.read_table(path) for unit in units for path in (out / "units" / unit).glob("articles-*.parquet")]
    return sorted(name for table in tables for name in table["article_id"].to_pylist())


def units_of(out, shard):
    """The units that a shard is made of."""
    doubled = json.loads((out / "run.json").read_text())["cut"]["shards"]
    split, _, number = shard.rpartition("-")
    units = (path.name for path in out.glob(f"units/{split}-*"))
    return sorted(unit for unit in units if int(unit.rpartition("-")[2]) >> doubled[split] == int(number))


def shards(out):
    """Each shard, and when its Parquet file was written."""
    return {path.stem: path.stat().st_mtime_ns for path in out.glob("dataset/data/*.parquet")}


def test_what_is_left_is_verified_and_a_resume_does_nothing(source, fetched, tmp_path):
    built(source, tmp_path / "kept")
    assert panels(tmp_path / "kept") != []
    out = tmp_path / "out"
    built(source, out, keep_units=False)
    assert panels(out) == []
    assert digest(out) == digest(tmp_path / "kept")
    fetched.clear()
    for keep_units in (False, True):
        before = files(out)
        built(source, out, keep_units=keep_units)
        assert fetched == []
        assert files(out).keys() == before.keys()
        assert {path.name for path, stamp in files(out).items() if stamp != before[path]} <= {"run.json", "lease.json"}


def test_an_update_fetches_the_units_of_its_shards_and_ends_as_a_fresh_build(source, fetched, tmp_path):
    out = tmp_path / "out"
    built(source, out, keep_units=False)
    before = shards(out)
    source.remove(7)
    source.write(12, picture=112)
    source.write(50)
    fetched.clear()
    updated(source, out)
    changed = [shard for shard, stamp in shards(out).items() if before.get(shard) != stamp]
    assert 0 < len(changed) < len(before)
    assert {*fetched} == {*articles(out, [unit for shard in changed for unit in units_of(out, shard)])}
    assert panels(out) == []
    built(source, tmp_path / "fresh")
    assert digest(out) == digest(tmp_path / "fresh")


def test_a_damaged_shard_is_made_again(source, fetched, tmp_path):
    out = tmp_path / "out"
    built(source, out, keep_units=False)
    stood, before = digest(out), shards(out)
    path = first(out, "dataset/data/train-*.parquet")
    path.write_bytes(path.read_bytes()[:-9])
    fetched.clear()
    built(source, out)
    assert sorted(fetched) == articles(out, units_of(out, path.stem))
    assert panels(out) == units_of(out, path.stem)  # they are kept now
    assert digest(out) == stood
    assert [shard for shard, stamp in shards(out).items() if before[shard] != stamp] == [path.stem]


def test_a_unit_with_something_to_try_again_keeps_its_panels_until_it_is_settled(source, fetched, tmp_path):
    out = tmp_path / "out"
    source.picture(5).unlink()
    built(source, out, keep_units=False)
    assert len(panels(out)) == 1
    fetched.clear()
    built(source, out, keep_units=False)
    assert fetched == ["PMC5v1"]
    assert panels(out) == []
    first(out, "dataset/data/train-*.parquet").unlink()
    built(source, out, keep_units=False)
    assert unconfirmed(out) == {"PMC5v1": False}  # what was confirmed stays so, though its unit is fetched again


#: A build whose process is killed at a moment of giving up: after so many receipts, or before so many removals.
KILLED = """
import os, signal, sys
from pipeline import run
from pipeline.phases import rounds
from pipeline.storage.store import Store

moment, out, recipe = sys.argv[1:]
name, _, count = moment.partition(" ")
calls = []

def counted(does, *arguments, **options):
    calls.append(name)
    if len(calls) > int(count):
        os.kill(os.getpid(), signal.SIGKILL)
    return does(*arguments, **options)

def give_up(store, receipt, does=run.give_up_panels):
    return counted(does, store, receipt) if name == "receipts" else does(store, receipt)

def begin(*arguments, does=run._give_up_panels):
    if name == "removals":
        delete = Store.delete_all
        Store.delete_all = lambda store, paths: counted(delete, store, paths)
    does(*arguments)

run.give_up_panels, run._give_up_panels = give_up, begin
sys.argv = ["medconcept", "build", "demo", out, "--recipe", recipe, "--keep-units", "no", "--engine", "inline"]
from pipeline.cli import main
main()
"""


@pytest.mark.parametrize("moment", ["receipts 0", "receipts 3", "removals 0", "removals 1"])
def test_killed_in_the_midst_the_next_run_goes_on(demo, small_units, tmp_path, moment):
    out = shutil.copytree(demo, tmp_path / "out")
    standing = len(panels(out))
    killed = subprocess.run([sys.executable, "-c", KILLED, moment, out, small_units], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(panels(out)) == standing
    medconcept("build", "demo", out, "--recipe", small_units, "--keep-units", "no", "--engine", "inline")
    assert panels(out) == []
    assert found(out) == []
    before = files(out)
    medconcept("build", "demo", out, "--recipe", small_units, "--engine", "inline")
    assert {path.name for path, stamp in files(out).items() if stamp != before.get(path)} <= {"run.json", "lease.json"}


def test_an_update_may_say_otherwise_than_the_build_and_else_goes_on_as_it(demo, tmp_path, run):
    out = shutil.copytree(demo, tmp_path / "out")
    for said, keeps in (([], True), (["--keep-units", "no"], False), ([], False), (["--keep-units", "yes"], True)):
        run("update", out, "--engine", "inline", *said)
        assert json.loads((out / "run.json").read_text())["config"]["keep_units"] is keeps
    assert panels(out) == []


def test_verify_finds_what_is_lost_of_a_unit_without_panels(out):
    path = max(out.glob("units/*/index-*.parquet"), key=lambda p: pq.read_metadata(p).num_rows)
    rewrite(out, path, lambda table: table.slice(1))
    lines = "\n".join(found(out))
    assert f"units/{path.parent.name}: graphic " in lines  # it is lost, or one of its panels is
    assert "counts" in lines
    assert "it ends before" in lines or "should stand" in lines


def test_verify_compares_triplets_with_the_index(out):
    path = first(out, "dataset/data/train-*.parquet")
    captions = ["Another caption.", *pq.read_table(path)["caption"].to_pylist()[1:]]
    rewrite(out, path, lambda table: replace(table, "caption", captions))
    panel = pq.read_table(path)["panel_id"][0].as_py()
    assert any(f"{panel}: caption differ from units/" in line for line in found(out))


def test_verify_reads_thumbnails_and_settings_of_a_unit_without_panels(out):
    path = first(out, "units/*/index-*.parquet")
    rewrite(out, path, lambda table: replace(table, "license", ["CC BY-NC", *table["license"].to_pylist()[1:]]))
    thumbnails = next(path.parent.glob("thumbnails-*.bin"))
    thumbnails.write_bytes(thumbnails.read_bytes()[:-1])
    lines = found(out)
    assert any("panels under CC BY-NC: run.json admits licences for commercial" in line for line in lines)
    assert any(line.startswith(str(thumbnails.relative_to(out))) for line in lines)


def test_only_panels_may_be_given_up(out):
    path = first(out, "units/*/figures-*.parquet")
    marker = receipt_of(out, path)
    receipt = json.loads(marker.read_text())
    receipt["given_up"]["figures"] = receipt["files"].pop("figures")
    marker.write_text(json.dumps(signed(receipt)))
    path.unlink()
    name = str(marker.relative_to(out))
    lines = found(out)
    assert f"{name}: gave up its file figures" in lines


@pytest.mark.parametrize("format", ["medconcept23m", "jsonl", "coco"])
def test_an_export_needs_no_panels_of_units(demo, out, run, tmp_path, format):
    assert not panels(out)
    for name, each in (("kept", demo), ("given up", out)):
        assert run("export", format, each, "-o", tmp_path / name)[0] == 0
    assert (tmp_path / "kept").read_bytes() == (tmp_path / "given up").read_bytes()


@pytest.fixture
def receipt(tmp_path):
    """The receipt of an item with two files, and its store."""
    store = open_store(str(tmp_path))
    attempt = Attempt(store, Item("units/train-00000", "key", None, {}))
    for name in ("panels", "figures"):
        with attempt.create(f"{name}.parquet") as sink:
            sink.write(name.encode())
    return store, attempt.settle({"panels": 1, "figures": 1}, {"panels": 1})


def test_what_was_made_of_a_file_is_known_when_it_is_given_up(receipt):
    store, before = receipt
    after = give_up(store, before, "panels", "key-1")
    assert after == give_up(store, before, "panels", "key-1") == load_receipt(store, "units/train-00000/key-1.json")
    assert gave_up(after, "panels")
    assert not gave_up(before, "panels")
    assert content(after) == content(before)
    assert content(after, "panels") == content(before, "panels")
    store.delete(before["files"]["panels"]["path"])
    sizes = store.listing("units")
    assert fault(before, sizes) == before["files"]["panels"]["path"]
    assert fault(after, sizes) is None


def test_a_receipt_that_names_a_file_which_it_gave_up_is_none(receipt):
    store, before = receipt
    after = give_up(store, before, "panels", "key-1")
    wrong = json.dumps(signed(after | {"files": before["files"]}))
    with pytest.raises(Damaged, match="no receipt can be read"):
        parse_receipt("units/train-00000/key-1.json", wrong)


def test_a_lost_panel_leaves_a_gap_in_the_numbers_of_its_graphic():
    index = pa.table({"panel_id": ["PMC1v1-f001-p01", "PMC1v1-f001-p03", "PMC1v1-f002g2-p01"]})
    found = named_panels(index, [{"panel_id": None}, {"panel_id": "PMC1v1-f002g2-p02"}])
    assert [(row["graphic_id"], row["panel_count"]) for row in found] == [
        ("PMC1v1-f001", 3),
        ("PMC1v1-f001", 3),
        ("PMC1v1-f002g2", 2),
    ]
    assert {row["figure_id"] for row in found} == {"PMC1v1-f001", "PMC1v1-f002"}
    assert {row["article_id"] for row in found} == {"PMC1v1"}


def test_a_lost_cell_leaves_a_gap_in_the_numbers_of_its_panel():
    index = pa.table({"panel_id": ["PMC1v1-f001-p01c01", "PMC1v1-f001-p01c03", "PMC1v1-f001-p02"]})
    assert {row["panel_count"] for row in named_panels(index, [])} == {4}
    assert {row["graphic_id"] for row in named_panels(index, [])} == {"PMC1v1-f001"}
