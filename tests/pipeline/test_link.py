"""`medconcept link` and `medconcept export`: files, streams, other linkers, and what goes wrong."""

import json
import subprocess
import sys

import pytest

from pipeline.resources.linkers import open_linker
from pipeline.storage.cache import cache
from schemas.errors import UserError
from tests.lexicons import CONCEPTS, compiled
from tests.running import MEDCONCEPT, medconcept


@pytest.fixture
def vocabulary(tmp_path):
    return compiled(tmp_path, *CONCEPTS).file


def test_a_stream_is_linked_line_by_line(vocabulary):
    lines = [
        '{"id": 7, "text": "A blood clot."}',
        "",
        '{"id": null, "text": "\\ud800 Cell"}',
        '{"id": [1], "text": ""}',
    ]
    command = [*MEDCONCEPT, "link", "-", "-", "--linker", "trigram", "--vocabulary", str(vocabulary)]
    done = subprocess.run(command, input="\n".join(lines).encode(), capture_output=True, check=True)
    one, two, three = map(json.loads, done.stdout.decode().splitlines())
    assert (one["id"], two["id"], three["id"]) == (7, None, [1])
    assert one["concepts"] == [
        {
            "cui": "C0040053",
            "name": "Thrombosis",
            "semantic_types": ["T047"],
            "start": 2,
            "end": 12,
            "text": "blood clot",
            "score": 1.0,
            "negated": False,
            "uncertain": False,
        }
    ]
    assert (two["concepts"][0]["text"], two["concepts"][0]["start"]) == ("Cell", 2)
    assert three["concepts"] == []
    assert done.stderr == b""


def test_a_line_may_bring_abbreviations(run, vocabulary, tmp_path):
    lines = [
        '{"id": 1, "text": "A BC of the breast", "abbreviations": {"BC": "breast cancer"}}',
        '{"id": 2, "text": "A BC"}',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    status, _, _ = run("link", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--vocabulary", vocabulary)
    one, two = [json.loads(line)["concepts"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert status == 0
    assert (one[0]["text"], one[0]["cui"]) == ("BC", "C0006142")
    assert two == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"id": 1, "text": "\xff"}', "in.jsonl:2: no JSON"),
        (b'{"id": 1, "text": ["A"]}', "in.jsonl:2: no object"),
        (b'{"text": "A"}', "in.jsonl:2: no object"),
        (b'{"id": 1, "text": "A", "abbreviations": ["HCC"]}', 'in.jsonl:2: "abbreviations" is no object of texts'),
    ],
)
def test_a_faulty_line_is_named(run, vocabulary, tmp_path, line, told):
    (tmp_path / "in.jsonl").write_bytes(b'{"id": 1, "text": "A"}\n' + line)
    arguments = ["--linker", "trigram", "--vocabulary", vocabulary]
    status, _, error = run("link", tmp_path / "in.jsonl", tmp_path / "out.jsonl", *arguments)
    assert status == 1
    assert told in error
    assert error.count("\n") == 1


def test_only_some_concepts_and_only_sure_ones(run, tmp_path):
    vocabulary = compiled(tmp_path, ("C0030705", "Patients"), ("C0024109", "Lung"), types=("T023",)).file
    (tmp_path / "in.jsonl").write_text('{"id": 1, "text": "Lungs of patients"}')

    def linked(*options):
        arguments = ("--linker", "trigram", "--vocabulary", vocabulary, *options)
        assert run("link", tmp_path / "in.jsonl", tmp_path / "out.jsonl", *arguments)[0] == 0
        return [each["text"] for each in json.loads((tmp_path / "out.jsonl").read_text())["concepts"]]

    assert linked("--concept-groups", "all") == ["Lungs", "patients"]
    assert linked() == linked("--concept-groups", "ANAT, DISO") == ["Lungs"]
    assert linked("--concept-groups", "DISO") == []
    assert linked("--concept-groups", "all", "--concept-score", "1") == ["patients"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--linker", "metamap"],
        ["--umls", "a", "--vocabulary", "b"],
        ["--concept-groups", "ANATOMY"],
        ["--concept-groups", ""],
        ["--concept-score", "80"],
    ],
)
def test_wrong_usage(run, tmp_path, arguments):
    status, _, error = run("link", tmp_path / "in.jsonl", tmp_path / "out.jsonl", *arguments)
    assert status == 2
    assert error.count("\n") == 1


@pytest.mark.parametrize(("linker", "package"), [("quickumls", "quickumls.install"), ("scispacy", "nmslib")])
def test_a_linker_that_is_not_installed(monkeypatch, tmp_path, linker, package):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, package.split(".")[0], None)
    lexicon = compiled(tmp_path, *CONCEPTS)
    with pytest.raises(UserError, match=rf"medconcept\[{linker}\]"):
        open_linker(linker, lexicon)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_an_index_is_built_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lexicon = compiled(tmp_path, *CONCEPTS)
    open_linker("trigram", lexicon)
    indexes = cache() / "linkers"
    (index,) = (path for path in indexes.glob(f"{lexicon.version}-trigram-2-*") if path.is_dir())
    built = {path: path.stat().st_mtime_ns for path in index.iterdir()}
    assert open_linker("trigram", lexicon).link(["Cells"])[0][0]["cui"] == "C0007634"
    assert {path: path.stat().st_mtime_ns for path in index.iterdir()} == built


def test_a_dataset_in_the_published_format(tmp_path):
    medconcept("build", "demo", tmp_path / "out", "--recipe", "medconcept23m")
    told = medconcept("export", tmp_path / "out", tmp_path / "records.jsonl").stdout
    records = [json.loads(line) for line in (tmp_path / "records.jsonl").read_text("utf-8").splitlines()]
    assert told == f"{len(records)} records\n"
    assert records
    assert {record["umls_meta_info"] != [] for record in records} == {True}
    assert set(records[0]) == {
        "pmid",
        "pmc",
        "fig_caption",
        "fig_id",
        "fig_label",
        "fig_list-items",
        "graphic_ref",
        "href",
        "caption",
        "image",
        "umls_meta_info",
    }
    for record in records:
        assert record["pmc"].isdigit()
        for info in record["umls_meta_info"]:
            assert record["caption"][info["start"] : info["end"]] == info["text"]
            assert info["umls_similarity"] >= 0.8


def test_a_folder_without_a_dataset(run, tmp_path):
    status, _, error = run("export", tmp_path, tmp_path / "records.jsonl")
    assert (status, error.count("\n")) == (1, 1)
