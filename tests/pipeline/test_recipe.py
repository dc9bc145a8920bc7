"""What a recipe's file may hold, and what of it is told in one line."""

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import recipe as module
from pipeline.config.documents import LARGEST, read_mapping
from pipeline.config.recipe import Config, Recipe, Splits, load_recipe
from schemas.errors import UserError


@pytest.fixture
def load(tmp_path):
    def load(text):
        file = tmp_path / "recipe.yaml"
        file.write_text(text)
        return load_recipe(str(file))

    return load


LAUGHS = "a0: &a0 ha\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("unit_articles: yes", "unit_articles must be a whole number, not true"),
        ("unit_articles: 2.0", "unit_articles must be a whole number, not 2.0"),
        ("unit_articles: '2'", 'unit_articles must be a whole number, not "2"'),
        ("shard_rows: on", "shard_rows must be a whole number, not true"),
        ("concept_score: yes", "concept_score must be a number, not true"),
        ("concept_score: '.5'", 'concept_score must be a number, not ".5"'),
        ("concept_score: .nan", "concept_score must be"),
        ("splits: {train: yes, validation: no, test: no}", "splits.train must be a number, not true"),
        ("imaging_terms: 1", "imaging_terms must be true or false, not 1"),
        ("imaging_terms: 'yes'", 'imaging_terms must be true or false, not "yes"'),
        ("withheld: 7", "withheld must be a text, not 7"),
        ("concept_groups: {ANAT: 1}", "concept_groups must be"),
        ("grain: figure", "grain must be one of"),
        ("min_side: -1", "min_side must be"),
        ("min_side: 64.0", "min_side must be a whole number, not 64.0"),
        ("max_triplets_per_figure: 0", "max_triplets_per_figure must be"),
        ("modalities: [ct]", "ct is no modality (radiology, microscopy, "),
        ("modalities: []", "it names no modality (radiology, "),
        ("licenses: [all]", "licenses: all is no licence (CC BY, CC BY-NC, "),
        ("licenses: []", "licenses: it names no licence (CC BY, "),
        ("licenses: free", "licenses must be one of commercial, noncommercial, all or a list, not"),
        ("panels: cut", "panels must be one of"),
        ("concept_cap: 0", "concept_cap must be at least 1"),
        ("linker: scispacy:../model", "linker must be one of"),
        ("linker: scispacy:..", "linker must be one of"),
        ("linker: scispacy:./model", "linker must be one of"),
        ("linker: scispacy:https://host/model.whl", "linker must be one of"),
        ("linker: scispacy:-e", "linker must be one of"),
        ("licenses: !!python/object/apply:os.system [true]", "line 1, column 11: could not determine a constructor"),
        ("licenses: !!python/name:os.system", "could not determine a constructor"),
        ("licenses: 2026-13-45", "no timestamp: month must be in 1..12"),
        ("licenses: !!bool maybe", "line 1, column 11: no bool"),
        ("licenses: !!int x", "no int"),
        ("licenses: !!timestamp x", "no timestamp"),
        (f"unit_articles: {'9' * 5000}", "no int"),
        ("splits: &s {train: 1.0, validation: 0.0, test: 0.0}\nx: *s", "line 2, column 4: an alias (*) is not taken"),
        (LAUGHS, "an alias (*) is not taken"),
        ("a: &a\n  <<: *a", "an alias (*) is not taken"),
        ("? [a]\n: 1", "unhashable"),
        ("1: 2", "1 is no setting"),
        ("licenses: all\n" + "#" * LARGEST, "is larger than 65,536 bytes"),
        ("licenses: all\npanels: whole\nlicenses: all", "line 3, column 1: 'licenses' is given twice"),
        ("splits: {train: 1.0, test: 0.0, train: 0.9}", "line 1, column 33: 'train' is given twice"),
        ("{min_side: 1, 'min_side': 2}", "'min_side' is given twice"),
        ("<<: {panels: whole}\npanels: split", "'panels' is given twice"),
        ("? |\n  a\n  b\n: 1\n? |\n  a\n  b\n: 1", "is given twice"),
        ("false", "no mapping of settings"),
        ("[]", "no mapping of settings"),
        (f"unit_articles: {':'.join(['59'] * 15_000)}", "no int: too large a number"),
        ("shard_rows: 1000000001", "shard_rows must be at most 1e+09"),
    ],
)
def test_what_is_no_recipe_is_told_in_one_line(load, text, told):
    begun = time.monotonic()
    with pytest.raises(UserError) as raised:
        load(text)
    assert told in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert len(str(raised.value)) < 1000
    assert time.monotonic() - begun < 10


def test_a_recipe_of_a_gigabyte_is_refused_at_once(tmp_path):
    file = tmp_path / "huge.yaml"
    file.touch()
    os.truncate(file, 1 << 30)
    begun = time.monotonic()
    with pytest.raises(UserError, match="is larger than"):
        load_recipe(str(file))
    assert time.monotonic() - begun < 1


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "endless.yaml").symlink_to("/dev/zero")
    for name in ("pipe", "endless"):
        with pytest.raises(UserError, match="there is no such file"):
            load_recipe(str(tmp_path / f"{name}.yaml"))


def test_what_a_recipe_may_say(load):
    assert load("") == load("# nothing") == Recipe()
    whole = load(
        "unit_articles: 2\nconcept_score: 1\nsplits: {train: 1, validation: 0, test: 0}\nimaging_terms: no\n"
        "linker: scispacy:en_core_sci_sm\nconcept_groups: [DISO, ANAT]\nlanguages: [pt, en, pt]\n"
        "modalities: [unknown, drawn, radiology/ct]\n"
    )
    assert (whole.unit_articles, whole.concept_score, whole.imaging_terms) == (2, 1.0, False)
    assert (whole.splits.train, whole.concept_groups, whole.languages) == (1.0, ("ANAT", "DISO"), ("en", "pt"))
    assert whole.modalities == ("drawn", "radiology/ct", "unknown")
    config = Config(source="demo", output="out", recipe=whole, limit=3)
    assert Config.model_validate_json(json.dumps(config.model_dump(mode="json"))) == config
    assert Config.model_validate(config.model_dump()) == config


SCALARS = ["yes", "1", "2026-01-99", "!!int", "!!float x", "!!set", "!!binary =", "&a", "*a", "<<", "~", "0x", "-", ":"]


@given(st.lists(st.sampled_from([*SCALARS, " ", "\n", "a: ", "[", "]", "{", "}", ",", "? ", "- ", "'", '"', "|"])))
def test_any_document_is_a_mapping_or_one_line(tmp_path_factory, parts):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text("".join(parts))
    told = ""
    try:
        read_mapping(file)
    except UserError as error:
        told = str(error)
    assert len(told.splitlines()) <= 1


def test_norwegian_is_no_denial(load):
    for languages in ("[en, no]", "no"):
        with pytest.raises(UserError, match='languages: YAML reads no as false: write "no" for Norwegian'):
            load(f"languages: {languages}")
    assert load('languages: [en, "no"]').languages == ("en", "no")


SHIPPED = sorted((Path(module.__file__).parent / "recipes").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_recipe_states_every_setting_so_that_no_later_default_changes_its_corpus(path):
    stated = read_mapping(path)
    assert list(stated) == [name for name in Recipe.model_fields if name != "withheld"]
    assert stated["splits"].keys() == Splits.model_fields.keys()
    assert load_recipe(path.stem) == Recipe(**stated)


def test_the_shipped_recipes_are_those_of_the_corpora_that_people_know():
    names = {"default", "medconcept23m", "whole-figures", "open-pmc", "biomedica", "pmc-15m", "medpmc", "roco"}
    assert {path.stem for path in SHIPPED} == names | {"coverage-first"}


def test_the_default_recipe_says_what_a_recipe_says_that_states_nothing():
    assert load_recipe("default").model_copy(update={"concept_score": None}) == Recipe()


def test_licences_are_a_group_or_a_list(load):
    assert load("licenses: [CC BY-NC, CC0, CC0]").licenses == ("CC BY-NC", "CC0")
    config = Config(source="demo", output="out", recipe=load("licenses: [CC0]"))
    assert Config.model_validate_json(json.dumps(config.model_dump(mode="json"))) == config
