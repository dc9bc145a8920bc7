"""The command line: wrong usage is one line and exit 2, a wrong thing is one line and exit 1."""

import json
import shutil

import pytest


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "command"),
        (["bild", "demo", "out"], "Did you mean 'build'"),
        (["vocabulary", "biuld", "out"], "Did you mean 'build'?"),
        (["build", "demo", "out", "--limti", "3"], "--limit"),
        (["build", "demo", "out", "--engine", "rey"], "did you mean ray?"),
        (["build", "demo", "out", "--limit", "many"], 'must be a whole number, not "many"'),
        (["plan", "demo", "--core-hour", "-1"], 'must be at least 0, not "-1"'),
        (["link", "in", "out", "--linker", "dictionray"], "did you mean dictionary?"),
        (["link", "in", "out", "--concept-groups", "ANAT,DISOR"], "did you mean DISO?"),
        (["build", "demo"], "OUT"),
        (["build", "demo", "out", "--engine", "spark"], "spark"),
        (["build", "demo", "out", "--limit", "0"], "limit"),
        (["build", "demo", "out", "--", "--runner=DirectRunner"], "takes no options"),
        (["vocabulary", "build", "file"], "--umls"),
    ],
)
def test_wrong_usage(run, arguments, told):
    status, output, error = run(*arguments)
    assert (status, output) == (2, "")
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["build", "{tmp}/nowhere", "{tmp}/out"], "nowhere"),
        (["plan", "{tmp}"], "no source"),
        (["build", "http://127.0.0.1:9", "{tmp}/out", "--patience", "0"], "127.0.0.1:9"),
        (["build", "demo", "{tmp}/out", "--recipe", "nonsense"], "no recipe nonsense"),
        (["build", "demo", "{tmp}/out", "--recipe", "defualt"], "did you mean default?"),
        (["build", "demo", "{tmp}/out", "--recipe", "../recipes/default"], "no recipe ../recipes/default"),
        (["build", "demo", "{tmp}/out", "--recipe", "{tmp}/none.yaml"], "there is no such file"),
        (["build", "demo", "{tmp}/out", "--recipe", "{tmp}/deep.yaml"], "nested too deeply"),
        (["build", "demo", "{tmp}/out", "--recipe", "{tmp}/latin.yaml"], "it is not UTF-8"),
        (["build", "demo", "{tmp}/out", "--recipe", "{tmp}/list.yaml"], "no mapping of settings"),
        (["build", "gs://bucket", "{tmp}/out"], "gs: is not known"),
        (["build", "", "{tmp}/out"], "an empty name"),
        (["build", "demo", "https://host/out"], "not written"),
        (["plan", "S3://bucket"], "begins with s3://"),
        (["verify", "file:///out"], "write /out"),
        (["digest", "hdfs://node/out"], "hdfs: is not known"),
        (["audit", "s3:/bucket"], "begins with s3://"),
        (["export", "az:out", "{tmp}/out.jsonl"], "az: is not known"),
        (["leakage", "s3://", "--images", "{tmp}"], "names no bucket"),
        (["update", "C:\\out"], "C: is not known"),
        (
            ["build", "demo", "{tmp}/out", "--recipe", "{tmp}/unknown.yaml"],
            "licences is no setting; did you mean licenses?",
        ),
        (["build", "demo", "{tmp}/out", "--recipe", "{tmp}/broken.yaml"], "no valid YAML"),
        (["build", "demo", "{tmp}/out", "--umls", "{tmp}"], "MRCONSO.RRF"),
        (["build", "demo", "{tmp}/unknown.yaml"], "is a file"),
        (["verify", "{tmp}/out"], "holds no run"),
        (["digest", "{tmp}/out"], "holds no run"),
        (["audit", "{tmp}/out"], "holds no run"),
        (["link", "{tmp}/broken.yaml", "{tmp}/out.jsonl"], "broken.yaml:1"),
        (["build", "demo", "{tmp}/out", "--engine", "beam", "--", "--runner=Nobody"], "Nobody"),
        (["split", "{tmp}/nowhere.jpg", "-o", "{tmp}/out.jsonl"], "nowhere.jpg"),
    ],
)
def test_wrong_input(run, arguments, told, tmp_path):
    (tmp_path / "unknown.yaml").write_text("licences: all\n")
    (tmp_path / "broken.yaml").write_text("{licenses: [\n")
    (tmp_path / "deep.yaml").write_text("[" * 5000)
    (tmp_path / "latin.yaml").write_bytes(b"withheld: \xe9")
    (tmp_path / "list.yaml").write_text("- licenses")
    status, output, error = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert (status, output) == (1, "")
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("command", [[], ["build"], ["update"], ["vocabulary"], ["vocabulary", "build"], ["split"]])
def test_help_is_told_for_h_too(run, command):
    status, output, error = run(*command, "-h")
    assert (status, error) == (0, "")
    assert output.startswith("Usage: medconcept")
    assert output == run(*command, "--help")[1]


def test_the_version(run):
    assert run("--version") == (0, "medconcept 0.1.0\n", "")


@pytest.mark.parametrize(
    ("command", "line", "told"),
    [
        ("link", b'{"id": 1, "text": "\xff"}', "no JSON"),
        ("link", b'["id", "text"]', "no object"),
        ("link", b'{"id": 1, "text": null}', "no object"),
        ("captions", b'{"id": 1, "caption": "(A) One.", "labels": "A"}', "no list of texts"),
        ("captions", b'{"id": 1, "caption": "(A) One.", "letters": [1]}', '"letters" is no list of texts'),
        ("captions", b'{"id": 1, "caption": "(A) One.", "markup": {}}', '"markup" is no list of'),
        (
            "captions",
            b'{"id": 1, "caption": "A", "markup": [{"kind": "bold", "start": 0, "end": 9}]}',
            '"markup" is no',
        ),
    ],
)
def test_a_line_that_is_no_request(run, command, line, told, tmp_path):
    (tmp_path / "in.jsonl").write_bytes(b'{"id": 0, "text": "", "caption": "", "labels": []}\n\n' + line)
    status, _, error = run(command, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert status == 1
    assert f"in.jsonl:3: {told}" in error or f'in.jsonl:3: "labels" is {told}' in error


def test_any_text_comes_back_as_json(run, tmp_path):
    text = "pleural effusion \\ud83d\\ude00 pneumothorax"
    (tmp_path / "in.jsonl").write_text(f'{{"id": "\\ud800", "text": "{text}"}}\n')
    assert run("link", tmp_path / "in.jsonl", tmp_path / "out.jsonl")[0] == 0
    row = json.loads((tmp_path / "out.jsonl").read_text())
    assert [concept["start"] for concept in row["concepts"]] == [0, 19]


def test_verify_tells_faults_and_fails(run, demo, tmp_path):
    out = shutil.copytree(demo, tmp_path / "out")
    (lost,) = out.glob("dedup/groups/*/duplicates-*.parquet")
    lost.unlink()
    status, output, _ = run("verify", out)
    assert status == 1
    assert output.splitlines()[0] == f"{lost.relative_to(out)}: missing"


def test_a_ray_cluster_that_is_not_there(run, monkeypatch, tmp_path):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    status, _, error = run("build", "demo", tmp_path, "--engine", "ray")
    assert status == 1
    assert "no Ray cluster at 127.0.0.1:1" in error


def test_link_and_captions_read_and_write_lines(run, tmp_path):
    texts, linked = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    texts.write_text('{"id": 7, "text": "CT shows a pleural effusion."}\n', encoding="utf-8")
    run("link", texts, linked)
    (row,) = map(json.loads, linked.read_text().splitlines())
    assert row["id"] == 7
    assert ("C0032227", "pleural effusion") in [(c["cui"], c["text"]) for c in row["concepts"]]

    texts.write_text('{"id": "a", "caption": "Lung. (A) CT. (B) X-ray.", "labels": ["A", "B", "C"]}\n')
    run("captions", texts, linked)
    (row,) = map(json.loads, linked.read_text().splitlines())
    assert [panel["label"] for panel in row["panels"]] == ["A", "B", "C"]
    assert row["panels"][1] == {
        "label": "B",
        "text": "(B) X-ray. Lung.",
        "own": "(B) X-ray.",
        "spans": [[0, 5], [14, 24]],
    }
    assert row["panels"][2]["spans"] == [[0, 24]]


def test_captions_explains_which_clause_went_to_which_panel(run, tmp_path):
    texts = tmp_path / "in.jsonl"
    rows = [{"id": 7, "caption": "Lung. (A) Low and (B) high dose."}, {"id": 8, "caption": "A lung."}]
    texts.write_text("".join(json.dumps(row) + "\n" for row in rows))
    _, told, _ = run("captions", texts, tmp_path / "out.jsonl", "--explain")
    assert told.startswith("7 splits into A (")
    assert "  all: Lung.\n      before the first letter (rule)\n" in told
    assert "  A: (A) Low\n      at its letter" in told
    assert told.endswith("8 does not split: it names no panels\n")
    # Where the rows go to standard output, the account does not.
    _, rows, told = run("captions", texts, "-", "--explain")
    assert [json.loads(row)["id"] for row in rows.splitlines()] == [7, 8]
    assert "7 splits into A (" in told


def test_captions_takes_markup_and_the_letters_of_the_picture(run, tmp_path):
    texts, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    title = [{"kind": "title", "start": 0, "end": 13}]
    row = {"id": 1, "caption": "Liver of mice (A) Control (B) Treated", "markup": title, "letters": ["A", "B"]}
    texts.write_text(json.dumps(row) + "\n")
    run("captions", texts, out)
    assert [panel["spans"][0] for panel in json.loads(out.read_text())["panels"]] == [[0, 13], [0, 13]]


def test_plan_counts_and_estimates(run):
    _, told, _ = run("plan", "demo", "--cores", "8")
    assert "articles" in told
    assert "8 cores" in told


def test_what_is_read_is_not_written_over(run, tmp_path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"id": 1, "caption": "(A) One. (B) Two."}\n')
    (tmp_path / "link.jsonl").symlink_to(texts)
    before = texts.read_bytes()
    for command in (
        ("captions", texts, texts),
        ("captions", texts, tmp_path / "link.jsonl"),
        ("split", texts, "-o", texts),
    ):
        status, _, error = run(*command)
        assert (status, error.count("\n")) == (1, 1)
        assert "name another file to write" in error
    assert texts.read_bytes() == before
