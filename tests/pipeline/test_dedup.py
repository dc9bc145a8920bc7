"""The dedup phase on small corpora: what is compared, what is compared again, and what becomes of it."""

import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
from dedup_corpus import FIRST, SECOND, THIRD, A, B, C, Corpus, groups, panel, planted, read_duplicates, read_selection

from pipeline.phases.dedup import compare, index
from pipeline.storage.receipts import content, is_receipt, load_receipt
from pipeline.storage.store import open_store
from schemas.errors import UserError
from tests.encoders import projection, write_encoder
from tests.pictures import half, jpeg30
from tests.running import digest, medconcept


@pytest.fixture
def corpus(tmp_path):
    return Corpus(tmp_path / "out")


@pytest.fixture
def scratch(tmp_path):
    """A second corpus, for what a build from scratch gives."""
    return Corpus(tmp_path / "scratch")


def test_copies_are_found_within_a_unit_and_across(corpus):
    corpus.add("u1", *FIRST)
    corpus.add("u2", *SECOND)
    corpus.dedup()
    assert groups(corpus) == [[1, 3], [2, 5]]


def test_no_two_alike(corpus):
    corpus.add("u1", panel(1, A), panel(2, B))
    corpus.dedup()
    assert groups(corpus) == []


def test_a_unit_without_panels(corpus):
    corpus.add("u1")
    corpus.add("u2", *FIRST)
    corpus.dedup()
    assert groups(corpus) == [[1, 3]]


def test_an_update_compares_what_is_new_and_ends_as_from_scratch(corpus, scratch):
    corpus.add("u1", *FIRST)
    corpus.add("u2", *SECOND)
    corpus.dedup()
    assert corpus.ran_in("edges") == ["00-00000"]
    corpus.add("u3", *THIRD)
    corpus.dedup()
    assert corpus.ran_in("edges") == ["01-00000"]
    assert len(corpus.ran_in("described")) == 1
    for unit, panels in (("u1", FIRST), ("u2", SECOND), ("u3", THIRD)):
        scratch.add(unit, *panels)
    scratch.dedup()
    assert scratch.ran_in("edges") == ["00-00000"]
    assert groups(corpus) == [[2, 5], [4, 6], [7, 1, 3]]
    assert read_duplicates(corpus.store).equals(read_duplicates(scratch.store))


def test_nothing_new_is_nothing_to_do(corpus):
    corpus.add("u1", *FIRST)
    corpus.dedup()
    before = corpus.index()
    corpus.dedup()
    assert (corpus.ran, corpus.index()) == ([], before)


def test_a_removed_unit_leaves_no_rows(corpus):
    corpus.add("u1", *FIRST)
    corpus.add("u2", *SECOND)
    corpus.dedup()
    corpus.remove("u2")
    corpus.dedup()
    assert corpus.compared == []
    assert groups(corpus) == [[1, 3]]


def test_copies_of_a_removed_panel_stay_copies_of_each_other(corpus, scratch):
    """Edges had led from 1 to 2, 3 and 4; 5 comes later, and was compared with 1 for all of them."""
    rest = panel(2, A), panel(3, A), panel(4, half(A))
    corpus.add("u1", panel(1, A))
    corpus.add("u2", *rest)
    corpus.dedup()
    assert groups(corpus) == [[1, 2, 3, 4]]
    corpus.remove("u1")
    corpus.add("u3", panel(5, jpeg30(A)))
    corpus.dedup()
    scratch.add("u2", *rest)
    scratch.add("u3", panel(5, jpeg30(A)))
    scratch.dedup()
    assert groups(corpus) == [[2, 3, 4, 5]]
    assert read_duplicates(corpus.store).equals(read_duplicates(scratch.store))


def test_a_new_version_of_an_article_takes_the_place_of_the_old(corpus, scratch):
    """Its panel shows the same under another id, and so is not compared with panel 2 again."""
    second = panel(1, A) | {"article_id": "PMC1v2", "panel_id": "PMC1v2-f001-p01"}
    corpus.add("u1", panel(1, A))
    corpus.add("u2", panel(2, half(A)))
    corpus.dedup()
    corpus.remove("u1")
    corpus.add("u3", second)
    corpus.dedup()
    scratch.add("u2", panel(2, half(A)))
    scratch.add("u3", second)
    scratch.dedup()
    assert groups(corpus) == [[1, 2]]
    assert read_duplicates(corpus.store).equals(read_duplicates(scratch.store))


def test_a_unit_whose_content_changed(corpus, scratch):
    """Panel 4 shows another picture than before: the edge of the old one does not count."""
    for each in (corpus, scratch):
        each.add("u1", *FIRST)
    corpus.add("u2", panel(4, A), panel(5, B))
    corpus.dedup()
    assert groups(corpus) == [[1, 3, 4], [2, 5]]
    for each in (corpus, scratch):
        each.add("u2", panel(4, half(B)), panel(5, B))
        each.dedup()
    assert corpus.ran_in("edges") == ["01-00000"]
    assert groups(corpus) == [[1, 3], [2, 4, 5]]
    assert read_duplicates(corpus.store).equals(read_duplicates(scratch.store))


def test_a_unit_that_comes_back_as_it_was(corpus):
    for unit in ("u1", "u2"):
        corpus.add(unit, panel(1 if unit == "u1" else 2, A))
    corpus.dedup()
    corpus.remove("u2")
    corpus.dedup()
    assert groups(corpus) == []
    corpus.add("u2", panel(2, A))
    corpus.dedup()
    assert corpus.compared == []
    assert groups(corpus) == [[1, 2]]


def test_it_resumes_with_what_is_missing(corpus):
    corpus.add("u1", *FIRST)
    corpus.dedup()
    corpus.add("u2", *SECOND)
    corpus.dedup()
    before = read_duplicates(corpus.store)
    corpus.store.delete(receipts(corpus, "dedup/edges/00-00000")[0])
    corpus.dedup()
    assert corpus.ran == ["dedup/edges/00-00000"]
    first = receipts(corpus, "dedup/described")[0]
    corpus.store.delete(first)
    corpus.dedup()
    assert corpus.ran == [first.rpartition("/")[0]]
    corpus.store.delete(receipts(corpus, "dedup/groups")[0])
    corpus.dedup()
    assert corpus.ran == ["dedup/groups/00000"]
    assert read_duplicates(corpus.store).equals(before)


def receipts(corpus, folder):
    return [path for path in corpus.store.listing(folder) if is_receipt(path)]


@pytest.mark.parametrize("lost", [".json", "panels-", "cells-"])
def test_a_lost_part_whose_units_are_gone_is_no_loss(corpus, lost):
    corpus.add("u1", *FIRST)
    corpus.add("u2", *SECOND)
    corpus.dedup()
    (path,) = (path for path in corpus.store.files("dedup/described") if lost in path)
    corpus.store.delete(path)
    corpus.remove("u2")
    corpus.dedup()
    assert groups(corpus) == [[1, 3]]
    assert [list(part["units"]) for part in corpus.index()["parts"]] == [["u1"]]


def test_another_encoder_is_another_index(corpus):
    corpus.add("u1", *FIRST)
    corpus.dedup()
    corpus.add("u2", *SECOND)
    corpus.dedup()
    assert {part["generation"] for part in corpus.index()["parts"]} == {0, 1}
    corpus.dedup(encoder="another")
    assert [(part["generation"], list(part["units"])) for part in corpus.index()["parts"]] == [(0, ["u1", "u2"])]
    assert corpus.ran_in("edges") == ["00-00000"]
    assert {path.split("/")[2] for path in corpus.store.files("dedup/edges")} == {"00-00000"}


def test_another_threshold_asks_for_the_edges_alone(corpus):
    """1 and 3 are 60 degrees apart, and have no hash."""
    corpus.add("u1", panel(1, A), panel(3, half(A), vector=(0.5, 0.75**0.5)))
    corpus.dedup()
    assert groups(corpus) == []
    corpus.dedup(threshold=0.4)
    assert corpus.compared == ["dedup/edges/00-00000"]
    assert groups(corpus) == [[1, 3]]


def test_the_index_is_made_anew_after_so_many_generations(corpus, monkeypatch):
    monkeypatch.setattr(index, "GENERATIONS", 3)
    generations = []
    for n in range(1, 6):
        corpus.add(f"u{n}", panel(n, A))
        corpus.dedup()
        generations.append(max(part["generation"] for part in corpus.index()["parts"]))
        assert groups(corpus) == ([list(range(1, n + 1))] if n > 1 else [])
    assert generations == [0, 1, 2, 0, 1]


def test_the_index_is_made_anew_where_the_corpus_has_outgrown_it(corpus, monkeypatch):
    monkeypatch.setattr(index, "CELL", 1)
    corpus.add("u1", panel(1, A))
    corpus.dedup()
    corpus.add("u2", panel(2, B))
    corpus.dedup()
    assert corpus.index()["cells"] == 1
    corpus.add("u3", *(panel(n, C, vector=(n, 1)) for n in range(3, 6)))
    corpus.dedup()
    assert corpus.index()["cells"] == 5
    assert groups(corpus) == [[3, 4, 5]]


def test_many_cells_find_what_one_does(corpus, scratch, monkeypatch):
    panels = planted(np.random.default_rng(0))
    for each in (corpus, scratch):
        for n in range(6):
            each.add(f"u{n}", *panels[n::6])
    scratch.dedup(threshold=0.9)
    assert scratch.index()["cells"] == 1
    monkeypatch.setattr(index, "CELL", 40)
    monkeypatch.setattr(compare, "BYTES", 1)
    corpus.dedup(threshold=0.9)
    assert corpus.index()["cells"] == 8
    assert corpus.ran_in("edges") == [f"00-{n:05d}" for n in range(8)]
    assert groups(scratch) == [[n, 1000 + n] for n in range(1, 61)]
    assert read_duplicates(corpus.store).equals(read_duplicates(scratch.store))


def test_descriptions_of_another_index_are_not_taken_for_this_one(corpus, scratch, monkeypatch):
    """The first part holds the same units as before, but the cells have moved since."""
    monkeypatch.setattr(index, "CELL", 20)
    monkeypatch.setattr(index, "PART", 60 * (index.ROW + 2 * 16))
    monkeypatch.setattr(index, "GENERATIONS", 1)
    panels = planted(np.random.default_rng(1), 100, 40)
    corpus.add("u1", *panels[:60])
    corpus.add("u2", *panels[60:100])
    corpus.dedup(threshold=0.9)
    corpus.remove("u2")
    for each in (corpus, scratch):
        each.add("u1", *panels[:60])
        each.add("u3", *panels[100:])
        each.dedup(threshold=0.9)
    assert corpus.index() == scratch.index()
    assert len(corpus.ran_in("described")) == 2
    for folder in ("dedup/described", "dedup/edges"):
        ours, theirs = (
            [load_receipt(each.store, path) for path in receipts(each, folder)] for each in (corpus, scratch)
        )
        assert [content(receipt) for receipt in ours] == [content(receipt) for receipt in theirs]


def test_policies(corpus):
    corpus.add("u1", *FIRST)
    shown = {
        policy: [
            (row["panel_id"], row["left_out"], row["duplicate_group"])
            for row in corpus.dedup(policy=policy).to_pylist()
        ]
        for policy in ("drop", "flag", "keep")
    }
    one, copy = "PMC1v1-f001-p01", "PMC3v1-f001-p01"
    assert shown == {
        "drop": [(one, None, one), (copy, "duplicate", one)],
        "flag": [(one, None, one), (copy, None, one)],
        "keep": [],
    }


def triplets(out):
    return [row for file in sorted(out.glob("dataset/data/*.parquet")) for row in pq.read_table(file).to_pylist()]


def test_policies_in_the_dataset(run, demo, tmp_path):
    """Another policy runs no unit again: the demo's are taken as they are."""
    store = open_store(str(demo))
    group = {row["panel_id"]: row["group_id"] for row in read_duplicates(store).to_pylist()}
    left_out = {row["panel_id"]: row["left_out"] for row in read_selection(store).to_pylist() if row["left_out"]}
    copies = {panel for panel, reason in left_out.items() if reason == "duplicate"}
    across = left_out.keys() - copies
    out = shutil.copytree(demo, tmp_path / "out")
    found = {}
    for policy in ("drop", "flag", "keep"):
        recipe = tmp_path / f"{policy}.yaml"
        recipe.write_text(f"unit_articles: 3\nshard_rows: 8\nduplicates: {policy}\n")
        assert run("build", "demo", out, "--recipe", recipe, "--replace")[0] == 0
        found[policy] = {row["panel_id"]: row["duplicate_group"] for row in triplets(out)}
        assert run("verify", out)[1] == "no fault found\n"
    everything = found["keep"].keys()
    assert copies
    assert not everything & across
    assert found["drop"] == {name: group.get(name) for name in everything - copies}
    assert found["flag"] == {name: group.get(name) for name in everything}
    assert set(found["keep"].values()) == {None}


def test_an_encoder_of_ones_own(run, tmp_path):
    file = write_encoder(tmp_path / "mine.onnx", projection(24), name="mine", threshold=0.9)
    out = tmp_path / "out"
    assert run("build", "demo", out, "--limit", "4", "--encoder", file)[0] == 0
    record = json.loads((out / "run.json").read_text())
    assert record["encoder"].startswith("mine+")
    assert record["dimension"] == 24
    kept = out / "encoder" / record["encoder"]
    assert sorted(path.name for path in kept.iterdir()) == ["encoder.json", "encoder.onnx"]
    assert (kept / "encoder.onnx").read_bytes() == file.read_bytes()
    rows = triplets(out)
    assert rows
    assert {(len(row["embedding"]), row["provenance"]["encoder"]) for row in rows} == {(24, record["encoder"])}
    assert run("verify", out)[1] == "no fault found\n"


def test_an_encoder_that_does_not_fit_stops_a_build_before_it_begins(run, tmp_path):
    file = write_encoder(tmp_path / "mine.onnx", projection(24))
    file.with_suffix(".json").unlink()
    status, _, told = run("build", "demo", tmp_path / "out", "--encoder", file)
    assert status == 1
    assert told.count("\n") == 1
    assert "mine.json is missing" in told
    assert not (tmp_path / "out" / "run.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("engine", [pytest.param("ray", marks=pytest.mark.full), "beam"])
def test_every_engine_finds_the_same_bytes(demo, small_units, tmp_path, engine):
    out = shutil.copytree(demo, tmp_path / "out")
    shutil.rmtree(out / "dedup")
    medconcept("build", "demo", out, "--recipe", small_units, "--engine", engine)
    ours, theirs = (
        sorted(
            (receipt["folder"], receipt["key"], content(receipt))
            for path in store.listing("dedup")
            if is_receipt(path) and path.count("/") > 1
            for receipt in [load_receipt(store, path)]
        )
        for store in (open_store(str(out)), open_store(str(demo)))
    )
    assert ours == theirs
    assert digest(out) == digest(demo)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("std::bad_alloc"), ValueError("a bug")])
@pytest.mark.parametrize("stage", ["pipeline.phases.dedup.steps.AssignCells", "dags.graphs.FindEdges"])
def test_what_breaks_a_comparison_fails_the_run_and_no_edge_is_lost(corpus, monkeypatch, stage, error):
    def broken(*_):
        raise error

    corpus.add("u1", *FIRST)
    corpus.add("u2", *SECOND)
    monkeypatch.setattr("dags.graph.PATIENCE", 0)
    with monkeypatch.context() as patch:
        patch.setattr(f"{stage}.__call__", broken)
        with pytest.raises(UserError, match=type(error).__name__):
            corpus.dedup()
    corpus.dedup()
    assert groups(corpus) == [[1, 3], [2, 5]]


def test_cells_of_another_dimension_are_learnt_anew(corpus):
    corpus.add("u1", *FIRST)
    corpus.dedup()
    corpus.units.clear()
    corpus.add("u1", panel(1, A, (1, 0, 0)), panel(3, half(A), (1, 0, 0)))
    corpus.dedup()
    assert groups(corpus) == [[1, 3]]
