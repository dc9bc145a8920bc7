"""`medconcept captions`: labels of the corpus, the account, and what a faulty line leaves behind."""

import json
import os

import pytest

GOOD = '{"id": 1, "caption": "(A) Lung. (B) Liver. All are old."}\n'


@pytest.fixture
def texts(tmp_path):
    return tmp_path / "in.jsonl"


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("command", ["captions", "link"])
@pytest.mark.parametrize("before", [None, "kept\n"])
def test_a_faulty_line_leaves_the_file_as_it_was(run, texts, tmp_path, command, before):
    out = tmp_path / "out" / "rows.jsonl"
    out.parent.mkdir()
    if before:
        out.write_text(before)
    texts.write_text('{"id": 1, "caption": "A", "text": "A"}\n' * 300 + "no JSON\n")
    status, _, told = run(command, texts, out)
    assert (status, told.count("\n")) == (1, 1)
    assert "in.jsonl:301: no JSON" in told
    assert os.listdir(out.parent) == (["rows.jsonl"] if before else [])
    assert not before or out.read_text() == before


def test_a_link_stays_one(run, texts, tmp_path):
    texts.write_text(GOOD)
    (tmp_path / "out.jsonl").symlink_to(tmp_path / "rows.jsonl")
    assert run("captions", texts, tmp_path / "out.jsonl")[0] == 0
    assert (tmp_path / "out.jsonl").is_symlink()
    assert rows(tmp_path / "rows.jsonl")[0]["id"] == 1


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_name_for_is_no_id(run, texts, tmp_path, number):
    texts.write_text(f'{{"id": {number}, "caption": "A"}}')
    status, _, told = run("captions", texts, tmp_path / "out.jsonl")
    assert status == 1
    assert f"in.jsonl:1: no JSON: {number} is no number" in told


def test_a_label_may_name_several_panels_as_in_the_corpus(run, texts, tmp_path):
    texts.write_text(
        '{"id": 1, "caption": "Mice. (A, B) Lung. (C) Liver. (D) Skin.", "labels": ["A, B", "C-D", "D", "E", "A, E"]}'
    )
    run("captions", texts, tmp_path / "out.jsonl")
    found = {panel["label"]: (panel["own"], panel["text"]) for panel in rows(tmp_path / "out.jsonl")[0]["panels"]}
    whole = "Mice. (A, B) Lung. (C) Liver. (D) Skin."
    assert found == {
        "A, B": ("(A, B) Lung.", "(A, B) Lung. Mice."),
        "C-D": ("(C) Liver. (D) Skin.", "(C) Liver. (D) Skin. Mice."),
        "D": ("(D) Skin.", "(D) Skin. Mice."),
        "E": ("", whole),
        "A, E": ("", whole),
    }


def test_the_account_gives_the_words_of_a_list_to_each_panel(run, texts, tmp_path):
    texts.write_text('{"id": 1, "caption": "Stains of (A) CK7 and (B) CK20. All are old."}')
    _, told, _ = run("captions", texts, tmp_path / "out.jsonl", "--explain")
    assert "  A, B: Stains of\n" in told
    assert "  all: All are old.\n" in told
