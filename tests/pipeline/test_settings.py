"""A changed setting on an output that exists is told and changes nothing; --replace obeys it, growth needs no leave."""

import json
import shutil

import pyarrow.parquet as pq
import pytest
from corpora import mirror

from tests.running import digest
from transforms.concepts.lexicon import Lexicon


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return mirror(tmp_path_factory.mktemp("source") / "mirror", [1, 2], [3], [4], [5])


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    file = tmp_path_factory.mktemp("recipe") / "whole.yaml"
    file.write_text("panels: whole\nunit_articles: 1\n")
    return file


@pytest.fixture
def out(tmp_path, run, source, recipe):
    """A corpus of three articles: 1, 3 and 4."""
    assert run("build", source, tmp_path / "out", "--recipe", recipe, "--limit", "3")[0] == 0
    return tmp_path / "out"


def articles(out):
    return sorted(
        name for file in out.glob("plan/*-0000-*.parquet") for name in pq.read_table(file)["article_id"].to_pylist()
    )


def state(out):
    return {path.relative_to(out): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def changed(recipe, text, name="changed"):
    file = recipe.with_name(f"{name}.yaml")
    file.write_text(f"{recipe.read_text()}{text}\n")
    return file


NAMES = ("withheld", "empty", "linker")


def release(folder):
    """A UMLS release of one concept."""
    folder.mkdir()
    (folder / "MRCONSO.RRF").write_text("C0000001|ENG|P|L1|PF|S1|Y|A1||||MSH|MH|D1|Lung|0|N||\n")
    (folder / "MRSTY.RRF").write_text("C0000001|T023|A1|Body Part|AT1|256|\n")
    return folder


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ["--limit", "3"],
            "recipe.panels: whole -> split; recipe.concept_score: None -> 0.6; recipe.unit_a",
        ),
        (["--limit", "3", "--recipe", "{changed}"], "recipe.splits.train: 0.9 -> 0.8"),
        (["--limit", "3", "--recipe", "{groups}"], "recipe.concept_groups: ANAT, CHEM, DEVI, DISO, GENE, LIVB, PHEN, "),
        (["--limit", "3", "--recipe", "{groups}"], " -> all; recipe.concept_score: None -> 0.5"),
        (["--limit", "2", "--recipe", "{recipe}"], "limit: 3 -> 2"),
        (["--limit", "3", "--recipe", "{recipe}", "--licenses", "all"], "recipe.licenses: commercial -> all"),
        (["--limit", "3", "--recipe", "{recipe}", "--umls", "{umls}"], "vocabulary: "),
        (["--limit", "3", "--recipe", "{alone}"], "recipe.imaging_terms: True -> False"),
    ],
)
def test_a_changed_setting_is_told_and_nothing_changes(run, source, recipe, out, tmp_path, options, told):
    release(tmp_path / "umls")
    recipe.with_name("alone.yaml").write_text(f"{recipe.read_text()}imaging_terms: false\n")
    before = state(out)
    places = {
        "recipe": recipe,
        "umls": tmp_path / "umls",
        "alone": recipe.with_name("alone.yaml"),
        "changed": changed(recipe, "splits: {train: .8, validation: .1, test: .1}"),
        "groups": changed(recipe, "concept_groups: all\nconcept_score: .5", "groups"),
    }
    status, output, error = run("build", source, out, *(option.format(**places) for option in options))
    assert (status, output) == (1, "")
    assert told in error
    assert "--replace" in error
    assert error.count("\n") == 1
    assert state(out) == before


def test_replace_obeys(run, source, recipe, out):
    assert run("build", source, out, "--recipe", recipe, "--limit", "1", "--replace")[0] == 0
    assert articles(out) == ["PMC4v1"]
    assert run("verify", out)[0] == 0


def test_which_concepts_are_linked_is_in_the_receipts(run, source, recipe, out):
    def stated():
        receipts = [json.loads(path.read_text())["made_by"] for path in out.glob("units/*/*.json")]
        ((groups, score),) = {(str(each["concept_groups"]), each["concept_score"]) for each in receipts}
        return groups, score

    before = stated()
    options = ("--recipe", changed(recipe, "concept_groups: [DISO, ANAT]\nconcept_score: .5"), "--limit", "3")
    assert run("build", source, out, *options, "--replace")[0] == 0
    assert before != stated() == ("['ANAT', 'DISO']", 0.5)
    assert run("verify", out)[0] == 0
    record = json.loads((out / "run.json").read_text())
    record["config"]["recipe"] |= {"concept_groups": "all", "concept_score": 0.25}
    (out / "run.json").write_text(json.dumps(record))
    _, told, _ = run("verify", out)
    assert "made with concept_groups ['ANAT', 'DISO'], not 'all' as run.json says" in told
    assert "made with concept_score 0.5, not 0.25 as run.json says" in told


@pytest.mark.parametrize("limit", [["--limit", "4"], []])
def test_a_larger_limit_is_growth(run, source, recipe, out, limit):
    assert run("build", source, out, "--recipe", recipe, *limit)[0] == 0
    assert len(articles(out)) == 4


@pytest.mark.parametrize("options", [["--engine", "inline"], ["--concurrency", "2"], ["--workers", "1"]])
def test_where_the_work_is_done_is_no_setting_of_the_corpus(run, source, recipe, out, options):
    assert run("build", source, out, "--recipe", recipe, "--limit", "3", *options)[0] == 0


def test_an_update_takes_its_settings_from_the_output(run, source, recipe, out):
    before = digest(out)
    assert run("update", out)[0] == 0
    assert digest(out) == before
    assert json.loads((out / "run.json").read_bytes())["config"]["recipe"]["panels"] == "whole"


def test_an_update_needs_neither_the_release_nor_its_compiled_form(run, source, recipe, tmp_path):
    umls, out = release(tmp_path / "umls"), tmp_path / "out"
    assert run("build", source, out, "--recipe", recipe, "--umls", umls)[0] == 0
    before = digest(out)
    shutil.rmtree(umls)
    assert run("update", out)[0] == 0
    assert digest(out) == before


def test_an_update_may_name_where_the_source_is_now(run, source, out, tmp_path):
    moved = shutil.copytree(source, tmp_path / "moved")
    before = digest(out)
    assert run("update", out, moved)[0] == 0
    assert digest(out) == before
    assert json.loads((out / "run.json").read_bytes())["config"]["source"] == str(moved)


def test_an_update_of_what_is_no_output(run, source):
    status, _, error = run("update", source)
    assert status == 1
    assert "holds no run" in error


def rejected(out):
    files = sorted(out.glob("units/*/rejects-*.parquet"))
    return {row["article_id"]: row["reason"] for file in files for row in pq.read_table(file).to_pylist()}


@pytest.mark.parametrize("name", ["PMC4", "PMC4.1", "pmc4v1  # by letter of the publisher"])
def test_excluded_articles_are_rejects_and_stay_out(run, source, recipe, out, tmp_path, name):
    (tmp_path / "takedown.txt").write_text(f"# takedowns\n\n{name}\nPMC77\n")
    options = ("--recipe", recipe, "--limit", "3")
    assert run("build", source, out, *options, "--exclude", tmp_path / "takedown.txt")[0] == 0
    assert rejected(out) == {"PMC4v1": "excluded"}
    assert run("verify", out)[0] == 0
    status, _, error = run("build", source, out, *options)
    assert status == 1
    assert "exclude: 2 fewer, among them PMC4" in error
    assert run("update", out)[0] == 0
    assert rejected(out) == {"PMC4v1": "excluded"}


@pytest.mark.parametrize("recorded", [True, False])
def test_nothing_is_left_of_an_article_that_is_taken_down(run, source, recipe, out, tmp_path, recorded):
    (tmp_path / "takedown.txt").write_text("PMC1")
    command = ("update", out)
    if not recorded:
        (out / "run.json").unlink()
        command = ("build", source, out, "--recipe", recipe)
    assert run(*command, "--exclude", tmp_path / "takedown.txt")[0] == 0
    for file in out.rglob("*.parquet"):
        columns = [name for name in pq.read_schema(file).names if name in ("panel_id", "one", "other")]
        named = [value for row in pq.read_table(file, columns=columns).to_pylist() for value in row.values()]
        assert not [value for value in named if value and value.startswith("PMC1v")], file


def test_an_exclusion_that_names_nothing_is_told(run, source, recipe, tmp_path):
    (tmp_path / "takedown.txt").write_text("PMC1\nPMC123456\n")
    _, _, error = run("build", source, tmp_path / "out", "--recipe", recipe, "--exclude", tmp_path / "takedown.txt")
    assert "exclude: 1 articles are not in the inventory, the first is PMC123456" in error


@pytest.mark.parametrize("damage", ["", "{", None])
def test_a_record_that_cannot_be_read_is_written_anew_where_the_receipts_agree(run, source, recipe, out, damage):
    before = digest(out)
    (out / "run.json").write_text(damage) if damage is not None else (out / "run.json").unlink()
    options = ("--recipe", recipe, "--limit", "3")
    status, _, error = run("build", source, out, *options, "--licenses", "all")
    assert status == 1
    assert "--replace" in error
    status, _, error = run("build", source, out, *options)
    assert (status, "run.json" in error) == (0, True)
    assert digest(out) == before
    assert run("verify", out)[0] == 0


def test_an_output_of_an_older_version_is_refused_in_one_line(run, source, recipe, out):
    record = json.loads((out / "run.json").read_text())
    del record["layout"]
    (out / "run.json").write_text(json.dumps(record))
    before, options = state(out), ("build", source, out, "--recipe", recipe, "--limit", "3")
    for command in (options, ("update", out), ("verify", out), ("digest", out)):
        status, _, error = run(*command)
        assert (status, error.count("\n")) == (1, 1)
        assert "was built by another version of medconcept" in error
        assert state(out) == before
    assert run(*options, "--replace")[0] == 0
    assert run("verify", out)[0] == 0


def test_an_update_adds_exclusions(run, out, tmp_path):
    units = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("units/*/*.json")}
    for name in ("PMC1", "PMC3"):
        (tmp_path / "takedown.txt").write_text(name)
        assert run("update", out, "--exclude", tmp_path / "takedown.txt")[0] == 0
    assert rejected(out) == {"PMC1v1": "excluded", "PMC3v1": "excluded"}
    again = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("units/*/*.json")}
    assert len([unit for unit in units if again[unit] == units[unit]]) == 1
    assert run("verify", out)[0] == 0


@pytest.mark.parametrize(("line", "told"), [("12345", "takedown.txt:2: '12345'"), ("PMC1.x", "PMC1.x")])
def test_a_line_that_is_no_article_is_told(run, source, tmp_path, line, told):
    (tmp_path / "takedown.txt").write_text(f"PMC1\n{line}\n")
    status, _, error = run("build", source, tmp_path / "out", "--exclude", tmp_path / "takedown.txt")
    assert status == 1
    assert told in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--umls", "nowhere"],
        ["--vocabulary", "nowhere"],
        ["--encoder", "nowhere.onnx"],
        ["--recipe", "nowhere.yaml"],
        ["--exclude", "nowhere"],
        ["--recipe", "{withheld}"],
        ["--recipe", "{empty}"],
        ["--recipe", "{linker}"],
        ["--engine", "beam", "--", "--runner=Nobody"],
    ],
)
def test_a_start_that_fails_leaves_nothing_behind(run, source, tmp_path, options):
    (tmp_path / "withheld.yaml").write_text("withheld: nowhere\n")
    (tmp_path / "images").mkdir()
    (tmp_path / "empty.yaml").write_text(f"withheld: {tmp_path / 'images'}\n")
    (tmp_path / "linker.yaml").write_text("linker: scispacy:en_no_such_model\n")
    options = [option.format(**{name: tmp_path / f"{name}.yaml" for name in NAMES}) for option in options]
    status, output, error = run("build", source, tmp_path / "out", *options)
    assert (status, output) == (1, "")
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_cluster_that_is_not_there_leaves_nothing_behind(run, source, tmp_path, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    assert run("build", source, tmp_path / "out", "--engine", "ray")[0] == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("compiled", "setting", "told"),
    [
        ((), "false", "compiled with the list"),
        (("--no-imaging",), "true", "compiled without the list"),
    ],
)
def test_a_vocabulary_that_is_not_what_the_recipe_says(run, source, recipe, tmp_path, compiled, setting, told):
    file = tmp_path / "v.lexicon"
    assert run("vocabulary", "build", "--umls", release(tmp_path / "umls"), *compiled, file)[0] == 0
    chosen = changed(recipe, f"imaging_terms: {setting}")
    status, output, error = run("build", source, tmp_path / "out", "--recipe", chosen, "--vocabulary", file)
    assert (status, output) == (1, "")
    assert error == f"medconcept: {file}: {told} of imaging terms, and the recipe says imaging_terms: {setting}\n"
    assert not (tmp_path / "out").exists()


def test_a_corpus_without_the_list_is_built_and_verified(run, source, recipe, tmp_path):
    chosen = changed(recipe, "imaging_terms: false")
    options = ("--recipe", chosen, "--limit", "1", "--umls", release(tmp_path / "umls"))
    assert run("build", source, tmp_path / "out", *options)[0] == 0
    assert run("verify", tmp_path / "out")[0] == 0
    [file] = (tmp_path / "out" / "vocabulary").iterdir()
    lexicon = Lexicon.open(file)
    assert (lexicon.imaging_terms, lexicon.concepts) == (False, 1)
