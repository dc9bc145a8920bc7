"""A corpus with a cap on concepts: what it leaves out is accounted for, and an update ends as a fresh build."""

import json
import shutil
from collections import Counter

import pyarrow.parquet as pq
import pytest
from rich.console import Console
from servers import Mirror

from pipeline.config.recipe import Config, Recipe
from pipeline.phases.verify import faults
from pipeline.reports.digest import dataset_digest
from pipeline.run import build, update
from pipeline.storage.store import open_store
from tests.pictures import drawing, encoded
from tests.running import medconcept
from transforms.concepts.cap import count_concepts, find_capped, find_frequent

ARTICLE = """<article xmlns:xlink="http://www.w3.org/1999/xlink"><body><fig id="f1"><label>Figure 1</label>
<caption><p>{}</p></caption><graphic xlink:href="g1"/></fig></body></article>"""
FREQUENT, RARE, NOTHING = "Chest CT of pneumonia.", "Chest CT with a pneumothorax.", "As in the text."
CAP = 4
RECIPE = {"unit_articles": 8, "shard_rows": 16, "panels": "whole", "duplicates": "keep", "concept_cap": CAP}


def write(mirror, number, caption, picture=None):
    media = {"g1.png": encoded(drawing(picture or number, (64, 48)), "PNG")}
    mirror.add(f"PMC{number}.1", ARTICLE.format(caption).encode(), media, license_code="CC BY")


def mirror(folder):
    """24 articles of frequent concepts, 3 that name a rare one, 8 without any."""
    made = Mirror(folder)
    for number in range(1, 36):
        write(made, number, FREQUENT if number <= 24 else RARE if number <= 27 else NOTHING)
    made.inventory()
    return made


@pytest.fixture
def source(tmp_path):
    return mirror(tmp_path / "mirror")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The corpus of such a mirror, built once; tests do not write into it."""
    folder = tmp_path_factory.mktemp("capped")
    return mirror(folder / "mirror"), folder / "out", built(mirror(folder / "mirror"), folder / "out")


def configured(source, out, **changes):
    recipe = Recipe(**RECIPE | {name: changes.pop(name) for name in changes.keys() & Recipe.model_fields.keys()})
    return Config(source=str(source.root), output=str(out), recipe=recipe, engine="inline", **changes)


def built(source, out, replaced=False, **changes):
    lines = build(configured(source, out, **changes), Console(quiet=True), replaced)
    assert list(faults(open_store(str(out)))) == []
    return lines


def rows(out, pattern):
    return [row for path in sorted(out.glob(pattern)) for row in pq.read_table(path).to_pylist()]


def published(out):
    """The triplets, less the run that made them."""
    found = rows(out, "dataset/data/*.parquet")
    return {row["panel_id"]: row | {"provenance": row["provenance"] | {"config": ""}} for row in found}


def captions(out):
    return Counter(row["caption"] for row in published(out).values())


def digest(out):
    return dataset_digest(open_store(str(out)))


def left_out(out):
    found = rows(out, "dedup/selection/selection-*.parquet")
    return {row["panel_id"]: row["left_out"] for row in found if row["left_out"]}


def test_frequent_concepts_are_thinned_out_and_all_that_is_left_out_is_counted(corpus):
    _, out, lines = corpus
    steps = {line[14:]: int(line[:12].replace(",", "")) for line in lines if line[:12].strip().isdigit()}
    kept = captions(out)
    assert kept[RARE] == 3
    assert 1 <= kept[FREQUENT] <= 10
    assert 1 <= kept[NOTHING] <= 7
    assert {*left_out(out).values()} == {"concept_cap"}
    assert steps["panels to be published before the cap on concepts"] == steps["panels"] == 35
    assert steps["triplets"] == sum(kept.values()) == 35 - len(left_out(out))


def test_the_audit_tells_what_the_cap_leaves_out(corpus, tmp_path):
    """The funnel and the rejects add up, and the examples are panels that are left out."""
    out = shutil.copytree(corpus[1], tmp_path / "out")
    medconcept("audit", out)
    steps = dict(zip(*pq.read_table(out / "audit/coverage/funnel.parquet").to_pydict().values(), strict=True))
    rejects = pq.read_table(out / "audit/coverage/rejects.parquet").to_pylist()
    panels = left_out(out)
    assert [tuple(row.values())[:3] for row in rejects] == [("selection", "concept_cap", len(panels))]
    assert steps["panels"] - steps["triplets"] == len(panels) > 0
    examples = (out / "audit/data/reject_examples.js").read_text()
    assert sum(panel in examples for panel in panels) == 5


def test_it_is_what_the_panels_of_a_corpus_without_a_cap_lead_to(corpus, tmp_path):
    source, out, _ = corpus
    built(source, tmp_path / "free", concept_cap=None)
    assert not list(tmp_path.glob("free/dedup/capped/*/*.*"))
    index = pq.read_table(sorted(tmp_path.glob("free/units/*/index-*.parquet")))
    frequent = find_frequent(count_concepts(index["cuis"]), CAP)
    expected = {*find_capped(index, frequent, CAP)["panel_id"].to_pylist()}
    assert left_out(out).keys() == expected
    free = published(tmp_path / "free")
    assert published(out) == {panel: row for panel, row in free.items() if panel not in expected}


@pytest.mark.parametrize("keep_units", [pytest.param(True, marks=pytest.mark.full), False])
def test_an_update_ends_as_a_fresh_build(source, tmp_path, keep_units):
    out = tmp_path / "out"
    built(source, out, keep_units=keep_units)
    for number in range(40, 60):  # the rare concept becomes frequent
        write(source, number, RARE)
    write(source, 5, NOTHING)
    source.inventory("2026-11-22T01-00Z")
    update(str(out), {"engine": "inline"}, Console(quiet=True))
    assert list(faults(open_store(str(out)))) == []
    built(source, tmp_path / "fresh")
    assert digest(out) == digest(tmp_path / "fresh")
    assert left_out(out) == left_out(tmp_path / "fresh")
    assert captions(out)[RARE] < 23


def test_a_larger_cap_keeps_what_a_smaller_one_keeps_and_without_one_nothing_stays_of_it(corpus, tmp_path):
    source, out, _ = corpus
    again, kept = shutil.copytree(out, tmp_path / "out"), [published(out).keys()]
    for cap in (12, None):
        built(source, again, replaced=True, concept_cap=cap)
        kept.append(published(again).keys())
    assert kept[0] < kept[1] < kept[2]
    assert not [*again.glob("dedup/capped/*/*.*"), *again.glob("dedup/uncapped/*.*")]


def test_duplicates_are_left_out_before_concepts_are_counted(source, tmp_path):
    write(source, 99, FREQUENT, picture=1)
    source.inventory()
    splits = {"train": 1.0, "validation": 0.0, "test": 0.0}
    built(source, tmp_path / "out", duplicates="drop", concept_cap=27, splits=splits)  # CT is in 27 without it
    assert [*left_out(tmp_path / "out").values()] == ["duplicate"]


@pytest.mark.parametrize("step", ["concepts", "frequent", "capped", "selection", "uncapped"])
def test_what_is_damaged_or_lost_of_the_cap_is_told_and_made_again(corpus, tmp_path, step):
    source, out, _ = corpus
    again = shutil.copytree(out, tmp_path / "out")
    path = next(again.glob(f"dedup/{step}/**/*.parquet"))
    path.write_bytes(path.read_bytes()[:-9])
    assert any(str(path.relative_to(again)) in line for line in faults(open_store(str(again))))
    path.unlink()
    built(source, again)
    assert digest(again) == digest(out)


def test_a_panel_that_the_cap_left_out_is_explained(corpus, run):
    _, out, _ = corpus
    panel = min(left_out(out))
    told = json.loads(run("explain", out, panel, "--json")[1])
    assert (told["outcome"]["state"], told["outcome"]["reason"]) == ("left_out", "concept_cap")
    assert told["cap"]["cap"] == CAP
    assert told["cap"]["chance"] < told["cap"]["hash"]
    assert all(concept["panels"] > CAP for concept in told["cap"]["concepts"])
    assert "CAP ON CONCEPTS" in run("explain", out, panel)[1]


def test_a_capped_corpus_is_rebuilt_from_its_lock(corpus, run, tmp_path):
    source, out, _ = corpus
    assert run("lock", out, tmp_path / "lock")[0] == 0
    status, told, _ = run("build", source.root, tmp_path / "out", "--locked", tmp_path / "lock", "--engine", "inline")
    assert status == 0
    assert f"the digest is {digest(out)}, that of" in told


def test_workers_of_other_processes_decide_the_same(corpus, tmp_path):
    source, out, _ = corpus
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("\n".join(f"{name}: {value}" for name, value in RECIPE.items()))
    medconcept("build", source.root, tmp_path / "local", "--recipe", recipe, "--workers", "2")
    assert digest(tmp_path / "local") == digest(out)
