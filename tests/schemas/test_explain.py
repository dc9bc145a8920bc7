"""Faults in plain words: which setting, what it must be, what was probably meant."""

import errno

import pyarrow.fs as pafs
import pytest
from pydantic import ValidationError

from pipeline.config.recipe import Recipe
from pipeline.config.run_record import RunRecord
from pipeline.sources.cloud import _Document
from schemas.explain import blamed, explain, explain_os_error
from transforms.captions.language import LANGUAGES
from transforms.concepts.semantic_types import GROUPS
from transforms.duplicates.encoder import Declaration

#: What a reader of YAML or JSON may find in any place.
VALUES = [None, True, "", "x", -1, 0.5, float("nan"), float("inf"), [], [1], {}, {"x": 1}, 10**30, "ü" * 300]
#: Words of the library that checks documents.
JARGON = ("Input", "input", "Extra", "Field required", "should", "pydantic", "http", "Value error", "valid", "Keys")


def explained(model, document):
    check = model.model_validate_json if isinstance(document, bytes) else model.model_validate
    with pytest.raises(ValidationError) as raised:
        check(document)
    return explain(raised.value, model)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"licences": "all"}, "licences is no setting; did you mean licenses?"),
        ({"splits": {"trian": 1}}, "splits.trian is no setting; did you mean train?"),
        ({"splits": {3: 1}}, "splits.3 is no setting: there are train, validation, test"),
        ({"splits": {"train": 1}}, "splits: the splits do not add up to 1"),
        ({"splits": [1]}, "splits must be a mapping of names to values, not [1]"),
        ({"splits": {"train": 2}}, "splits.train must be at most 1, not 2"),
        (
            {"licenses": "Comercial"},
            "licenses must be one of commercial, noncommercial, all or a list, "
            'not "Comercial"; did you mean commercial?',
        ),
        ({"panels": ["split"]}, 'panels must be one of split, whole, single, not ["split"]'),
        ({"unit_articles": "many"}, 'unit_articles must be a whole number, not "many"'),
        ({"unit_articles": 1.5}, "unit_articles must be a whole number, not 1.5"),
        ({"unit_articles": 0}, "unit_articles must be at least 1, not 0"),
        ({"withheld": ""}, 'withheld must be a text that is not empty, not ""'),
        ({"withheld": 3}, "withheld must be a text, not 3"),
        (
            {"linker": "dictionray"},
            "linker must be one of dictionary, trigram, quickumls, scispacy, scispacy:MODEL, "
            'not "dictionray"; did you mean dictionary?',
        ),
        ({"languages": []}, f"languages: it names no language ({', '.join(LANGUAGES)})"),
        (
            {"languages": ["eng"]},
            f"languages: eng is no language ({', '.join(LANGUAGES)}); did you mean en?",
        ),
        ({"concept_groups": "ALL"}, 'concept_groups must be a list or one of all, not "ALL"; did you mean all?'),
        (
            {"concept_groups": ["ANAT", "diso"]},
            f"concept_groups: diso is no group of semantic types ({', '.join(GROUPS)}); did you mean DISO?",
        ),
        ({"concept_score": 80}, "concept_score must be at most 1, not 80"),
    ],
)
def test_a_fault_of_a_recipe(document, told):
    assert explained(Recipe, document) == told


def test_several_faults_and_several_types_in_one_line():
    document = b'{"pmcid": 1, "version": 1, "is_pmc_openaccess": "yes", "is_historical_ocr": false, "pmid": 1.5}'
    assert explained(_Document, document) == (
        "is_retracted is missing; license_code is missing; xml_url is missing; pmcid must be a text, not 1; "
        'pmid must be a whole number or a text, not 1.5; is_pmc_openaccess must be true or false, not "yes"'
    )


def test_what_is_no_document_at_all():
    assert explained(RunRecord, b"{") == "no JSON: EOF while parsing an object at line 1 column 1"
    assert explained(RunRecord, b"[1]") == "the document must be a mapping of names to values, not [1]"


@pytest.mark.parametrize("model", [Recipe, RunRecord, Declaration, _Document])
@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:9])
def test_nothing_speaks_of_inputs_and_fields(model, value):
    documents = [{name: value} for name in model.model_fields] + [{"config": {"recipe": {"splits": {"train": value}}}}]
    for document in documents:
        try:
            model.model_validate(document)
        except ValidationError as error:
            told = explain(error, model)
            assert not [word for word in JARGON if word in told.replace("validation", "")], told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("/out/units/a1/panels.parquet.1234.part", "/out/units/a1/panels.parquet: Permission denied"),
        ("/out/.v.lexicon.part", "/out/v.lexicon: Permission denied"),
        ("/cache/tmpab1_9xyz/demo/a.xml", "/cache: Permission denied"),
        (b"/cache/\xff", "/cache/\udcff: Permission denied"),
        ("/out/a.part", "/out/a: Permission denied"),
        ("/out/tmpfiles/x", "/out/tmpfiles/x: Permission denied"),
    ],
)
def test_a_file_is_told_by_its_final_name(name, told):
    assert explain_os_error(PermissionError(errno.EACCES, "Permission denied", name)) == told


def test_arrow_and_python_say_the_same_of_a_file(tmp_path):
    missing = tmp_path / "missing" / "a"
    with pytest.raises(FileNotFoundError) as arrow:
        pafs.LocalFileSystem().open_output_stream(f"{missing}.77.part")
    with pytest.raises(FileNotFoundError) as python:
        missing.open("wb")
    assert explain_os_error(arrow.value) == explain_os_error(python.value) == f"{missing}: No such file or directory"


def test_other_errors_keep_their_words():
    assert explain_os_error(OSError("HTTP 503 SlowDown")) == "HTTP 503 SlowDown"
    assert explain_os_error(OSError()) == "OSError"


def test_a_write_that_knows_no_name_gets_one():
    with pytest.raises(OSError, match="full") as raised, blamed("out.jsonl"):
        raise OSError(errno.ENOSPC, "Disk full")
    assert explain_os_error(raised.value) == "out.jsonl: Disk full"
    with pytest.raises(OSError, match="full") as raised, blamed("out.jsonl"):
        raise OSError(errno.ENOSPC, "Disk full", "in.jsonl")
    assert explain_os_error(raised.value) == "in.jsonl: Disk full"
