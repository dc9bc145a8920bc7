"""Small and odd corpora: each builds, verifies, and says when nothing came out."""

import random
import shutil

import pytest
from corpora import mirror
from rich.console import Console
from servers import Mirror

from pipeline.config.recipe import Config, Recipe
from pipeline.phases.verify import faults
from pipeline.reports.digest import dataset_digest
from pipeline.run import build
from pipeline.storage.store import open_store
from tests.running import medconcept, verify

MANY = list(range(140))

CORPORA = {
    "one article": [[1]],
    "one article without figures": [[]],
    "the first unit is empty": [[], [1, 2], [3]],
    "the last unit is empty": [[1, 2], [3], []],
    "every unit is empty": [[], [], []],
    "one panel": [[], [1], []],
    "all panels are equal": [[7, 7], [7], [7, 7, 7]],
    "140 panels in the second of two units": [[], MANY],
    "70 panels in the first of two units": [MANY[:70], []],
    "70 panels in the second of two units": [[], MANY[:70]],
    "140 equal panels": [[], [5] * 140],
}


def built(source, out, **settings):
    """Build here; the triplets as the funnel counts them, and the last line."""
    recipe = Recipe(**{"unit_articles": 1, "panels": "whole", "duplicates": "keep"} | settings)
    lines = build(Config(source=str(source), output=str(out), recipe=recipe, engine="inline"), Console(quiet=True))
    assert list(faults(open_store(str(out)))) == []
    (count,) = (line.split()[0] for line in lines if line.endswith("  triplets"))
    return int(count.replace(",", "")), lines[-1]


@pytest.mark.parametrize("articles", CORPORA.values(), ids=CORPORA)
def test_it_builds_and_verifies(tmp_path, articles):
    count, told = built(mirror(tmp_path / "mirror", *articles), tmp_path / "out")
    assert count == sum(map(len, articles))
    assert ("not one triplet" in told) is (count == 0)


@pytest.mark.parametrize("duplicates", ["drop", "flag"])
def test_equal_panels_under_each_policy(tmp_path, duplicates):
    source = mirror(tmp_path / "mirror", [], [5] * 70, [5, 6])
    count, _ = built(source, tmp_path / "out", duplicates=duplicates)
    assert count == (2 if duplicates == "drop" else 72)


def test_one_unit(tmp_path):
    count, _ = built(mirror(tmp_path / "mirror", [], [1, 2], [3]), tmp_path / "out", unit_articles=256)
    assert count == 3


def test_many_cells_of_which_some_units_have_no_panel(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.phases.dedup.index.CELL", 8)
    count, _ = built(mirror(tmp_path / "mirror", [], list(range(30)), [], [40], [5] * 30), tmp_path / "out")
    assert count == 61


def test_only_rejects_are_told(tmp_path):
    count, told = built(mirror(tmp_path / "mirror", [1], [2], is_retracted=True), tmp_path / "out")
    assert (count, told) == (0, "the dataset is empty: not one triplet (2 retracted)")


def test_only_pictures_without_captions_are_told(tmp_path):
    count, told = built(mirror(tmp_path / "mirror", [1], [2, 3], caption=""), tmp_path / "out")
    assert (count, told) == (0, "the dataset is empty: not one triplet (3 no_caption)")


def test_no_article_is_one_line_and_leaves_nothing(tmp_path):
    source = Mirror(tmp_path / "mirror").inventory().root
    done = medconcept("build", source, tmp_path / "out", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "it lists no article" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.full
@pytest.mark.parametrize("name", ["every unit is empty", "70 panels in the second of two units"])
def test_every_engine_builds_it(tmp_path, name):
    source, recipe = mirror(tmp_path / "mirror", *CORPORA[name]), tmp_path / "recipe.yaml"
    recipe.write_text("unit_articles: 1\npanels: whole\nduplicates: keep\n")
    built(source, tmp_path / "inline")
    for engine in ("local", "ray", "beam"):
        medconcept("build", source, tmp_path / engine, "--recipe", recipe, "--engine", engine)
        verify(tmp_path / engine)
        assert dataset_digest(open_store(str(tmp_path / engine))) == dataset_digest(
            open_store(str(tmp_path / "inline"))
        )


@pytest.mark.slow
@pytest.mark.full
@pytest.mark.parametrize("seed", range(4))
def test_a_random_part_of_the_real_mirror(tmp_path, pmc, seed):
    draw = random.Random(seed)
    part = tmp_path / "mirror"
    for document in draw.sample(sorted(pmc.glob("metadata/*.json")), 12):
        shutil.copytree(pmc / document.stem, part / document.stem)
        (part / "metadata").mkdir(exist_ok=True)
        shutil.copy(document, part / "metadata")
    built(part, tmp_path / "out", unit_articles=draw.randint(1, 5), panels="split", duplicates="drop")
