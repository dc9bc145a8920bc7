"""Published records of MedConcept-23M, found again in a mirror of today's layout; and why some are not."""

import json
from html import escape

import pytest

from tests.conftest import SHARED
from tests.pictures import drawing, encoded
from tests.pipeline.servers import free_ports

ARTICLE = '<article xmlns:xlink="http://www.w3.org/1999/xlink"><body>{figures}</body></article>'
FIGURE = (
    '<fig id="{fig_id}"><label>{fig_label}</label><caption><p>{fig_caption}</p></caption>'
    '<graphic xlink:href="{graphic_ref}"/></fig>'
)


def jats(*records):
    """The article that these records are of."""
    return ARTICLE.format(figures="".join(FIGURE.format_map(escaped(each)) for each in records)).encode()


def escaped(record):
    return {name: escape(value) for name, value in record.items() if isinstance(value, str)}


def record(pmc, number=1, **fields):
    """A record as it was published, of the figure `number` of an article."""
    known = {
        "pmid": "31",
        "pmc": str(pmc),
        "fig_caption": f"Chest CT of the lung, slice {number}.",
        "fig_id": f"F{number}",
        "fig_label": f"Figure {number}",
        "graphic_ref": f"gr{number}",
        "href": f"gr{number}",
        "image": f"oa_package/0a/1b/PMC{pmc}/gr{number}.jpg",
    }
    return known | {"caption": fields.get("fig_caption", known["fig_caption"])} | fields


def picture(seed):
    return encoded(drawing(seed, (96, 80)), "JPEG")


@pytest.fixture
def rebuilt(tmp_path, run, mirror):
    """Rebuild records, or lines as they are, from `mirror`; gives the report's rows by line, and what was told."""
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("licenses: all\npanels: whole\nduplicates: flag\n")

    def rebuilt(*records, **options):
        file, out = tmp_path / "records.jsonl", tmp_path / "out"
        lines = [each if isinstance(each, str) else json.dumps(each) for each in records]
        file.write_text("".join(f"{line}\n" for line in lines))
        named = [word for name, value in ({"recipe": recipe} | options).items() for word in (f"--{name}", value)]
        command = ["rebuild", file, mirror.inventory().root, out, "--engine", "inline", *named]
        status, told, error = run(*command)
        assert status == 0, error
        rows = [json.loads(line) for line in (out / "rebuilt.jsonl").read_text().splitlines()]
        return sorted(rows, key=lambda row: row["line"]), told

    return rebuilt


def published_sample():
    folder = SHARED / "data" / "medconcept_sample"
    if not folder.is_dir():
        pytest.skip("the published records of shared/data/medconcept_sample are not here")
    lines = (folder / "records.jsonl").read_text().splitlines()
    return [(each, (folder / "images" / each["image"]).read_bytes()) for each in map(json.loads, lines)]


@pytest.mark.parametrize("recipe", ["medconcept23m", "default"])
def test_all_records_that_were_published_are_found(rebuilt, mirror, recipe):
    sample = published_sample()
    for each, image in sample:
        mirror.add(f"PMC{each['pmc']}.1", jats(each), {f"{each['graphic_ref']}.jpg": image})
    mirror.add("PMC1.1", jats(record(1)), {"gr1.jpg": picture(1)})  # of no record: it is not built
    rows, told = rebuilt(*(each for each, _ in sample), recipe=recipe)
    assert "20 of 20 records are triplets, 20 under the same caption" in told
    assert [row["outcome"] for row in rows] == ["found"] * 20
    assert all(row["by"] == ["graphic", "id", "caption", "label"] for row in rows)
    firsts = [row["triplets"][0] for row in rows]
    assert firsts == [f"PMC{each['pmc']}v1-f001-p01" for each, _ in sample]
    assert all(len(row["triplets"]) == 1 for row in rows) == (recipe != "default")  # which cuts figures into panels
    assert "          20  article versions planned" in told


def test_what_is_gone_is_told_with_the_reason(rebuilt, mirror):
    """Articles 1-8 of which only the first stands as it was."""
    own = [record(number) for number in range(1, 9)]
    for number, each in enumerate(own, 1):
        mirror.add(f"PMC{number}.1", jats(each), {"gr1.jpg": picture(number)})
    del mirror.etags["PMC2.1"]
    mirror.add("PMC3.1", jats(own[2]), {"gr1.jpg": picture(3)}, is_retracted=True)
    mirror.add("PMC4.1", jats(own[3]), {"gr1.jpg": picture(4)}, is_pmc_openaccess=False)
    mirror.add("PMC5.1", jats(record(5, 2)), {"gr2.jpg": picture(5)})
    mirror.add("PMC6.1", jats(own[5]))
    mirror.add("PMC7.1", jats(own[6] | {"fig_caption": "MRI of the knee."}), {"gr1.jpg": picture(7)})
    mirror.add("PMC8.1", jats(own[7]), {"gr1.jpg": b"GIF8"})
    rows, told = rebuilt(*own)
    assert [row["outcome"] for row in rows] == [
        "found",
        "article_gone",
        "article_withdrawn",
        "license",
        "figure_missing",
        "picture_missing",
        "caption_changed",
        "picture_unreadable",
    ]
    assert rows[2]["detail"] == "fetch_articles/retracted"
    assert rows[6]["triplets"] == ["PMC7v1-f001-p01"]
    assert "2 of 8 records are triplets, 1 under the same caption" in told


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"fig_id": "fig-1"}, ["graphic", "caption", "label"]),
        ({"graphic_ref": "GR1.TIF"}, ["graphic", "id", "caption", "label"]),
        ({"graphic_ref": "nihms-7-f0001"}, ["id", "caption", "label"]),
        ({"fig_id": "fig-1", "graphic_ref": "nihms-7-f0001"}, ["caption", "label"]),
        ({"fig_caption": "Chest\u00a0CT of the\n lung , slice 1"}, ["graphic", "id", "caption", "label"]),
        ({"fig_label": "Fig. 1"}, ["graphic", "id", "caption"]),
    ],
)
def test_a_figure_is_found_by_what_of_it_still_stands(rebuilt, mirror, change, by):
    now = record(1) | change
    media = {f"{now['graphic_ref'].partition('.')[0]}.jpg": picture(1), "gr2.jpg": picture(2)}
    mirror.add("PMC1.1", jats(record(1, 2), now), media)
    rows, _ = rebuilt(record(1))
    assert (rows[0]["outcome"], rows[0]["by"]) == ("found", by)
    assert rows[0]["triplets"] == ["PMC1v1-f002-p01"]


def test_an_article_is_known_by_its_old_path_and_taken_in_its_newest_version(rebuilt, mirror):
    mirror.add("PMC1.1", jats(record(1)), {"gr1.jpg": picture(1)})
    mirror.add("PMC1.2", jats(record(1)), {"gr1.jpg": picture(2)})
    nameless = {name: value for name, value in record(1).items() if name != "pmc"}
    rows, _ = rebuilt(nameless, record(1) | {"pmc": "PMC1", "fig_label": "Fig. 1"}, {"fig_id": "F1"})
    assert [row["outcome"] for row in rows] == ["found", "found", "no_article_named"]
    assert rows[0]["triplets"] == ["PMC1v2-f001-p01"]


def test_each_line_gets_an_outcome_whatever_it_is(rebuilt, mirror):
    mirror.add("PMC1.1", jats(record(1)), {"gr1.jpg": picture(1)})
    bare = {"image": "oa_package/0a/1b/PMC1/gr1.jpg"}
    lines = [
        record(1),
        '{"pmc": "1", "fig_id"',
        "",
        '["pmc", "1"]',
        record(1),
        record(1) | {"fig_caption": "MRI of the knee."},
        bare,
        record(404),
        {"pmc": "1"},
        {"pmc": "10" * 30, "fig_id": "\ud800"},
        {"pmc": None, "image": "gr1.jpg"},
        record(404),
    ]
    rows, told = rebuilt(*lines)
    assert [(row["line"], row["outcome"]) for row in rows] == [
        (1, "found"),
        (2, "malformed"),
        (4, "malformed"),
        (5, "repeated"),
        (6, "caption_changed"),
        (7, "found"),
        (8, "article_gone"),
        (9, "figure_missing"),
        (10, "no_article_named"),
        (11, "no_article_named"),
        (12, "repeated"),
    ]
    assert rows[1]["detail"].startswith("no JSON: ")
    assert rows[2]["detail"] == "no JSON object"
    assert (rows[3]["detail"], rows[10]["detail"]) == ("as line 1", "as line 8")
    assert rows[5]["by"] == ["graphic"]
    assert "3 of 11 records are triplets, 1 under the same caption" in told


def test_what_is_excluded_is_told(rebuilt, mirror, tmp_path):
    for number in (1, 2):
        mirror.add(f"PMC{number}.1", jats(record(number)), {"gr1.jpg": picture(number)})
    (tmp_path / "takedowns").write_text("PMC2\n")
    rows, _ = rebuilt(record(1), record(2), exclude=tmp_path / "takedowns")
    assert [(row["outcome"], row.get("detail")) for row in rows] == [("found", None), ("rejected", "plan/excluded")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", 'records.jsonl: no record names an article by "pmc"; line 1 is no record: no JSON: '),
        ("[]", "line 1 is no record: no JSON object"),
        ('{"fig_id": "F1"}', 'no record names an article by "pmc"'),
        ('{"pmc": "77"}', "lists none of its articles"),
        ("", "no record names an article"),
        (None, "cannot be read"),
    ],
)
def test_records_that_say_nothing_are_refused_in_one_line(run, mirror, tmp_path, text, told):
    mirror.add("PMC1.1", jats(record(1)), {"gr1.jpg": picture(1)})
    file = tmp_path / "records.jsonl"
    if text is not None:
        file.write_text(text)
    status, _, error = run("rebuild", file, mirror.inventory().root, tmp_path / "out", "--engine", "inline")
    assert (status, len(error.splitlines())) == (1, 1)
    assert told in error
    assert not (tmp_path / "out" / "run.json").exists()


def test_other_records_are_another_corpus(run, rebuilt, mirror, tmp_path):
    for number in (1, 2):
        mirror.add(f"PMC{number}.1", jats(record(number)), {"gr1.jpg": picture(number)})
    rebuilt(record(1))
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps(record(2)))
    arguments = ("rebuild", other, mirror.root, tmp_path / "out", "--recipe", tmp_path / "recipe.yaml")
    status, _, error = run(*arguments, "--engine", "inline")
    assert status == 1
    assert "the list of articles" in error
    status, told, _ = run(*arguments, "--engine", "inline", "--replace")
    assert status == 0
    assert "1 of 1 records are triplets" in told


def test_a_record_without_a_caption_contradicts_none(rebuilt, mirror):
    """Nor do an empty caption and an empty label agree with that of a figure without one."""
    mirror.add("PMC1.1", jats(record(1)), {"gr1.jpg": picture(1)})
    said = {name: value for name, value in record(1).items() if name not in ("fig_caption", "caption", "fig_label")}
    rows, told = rebuilt(said, said | {"fig_caption": "", "fig_label": "*"})
    assert [(row["outcome"], row["by"]) for row in rows] == [("found", ["graphic", "id"])] * 2
    assert "2 of 2 records are triplets, 0 under the same caption" in told


def test_it_is_watched_as_a_build_is(rebuilt, mirror, tmp_path):
    pytest.importorskip("prometheus_client")
    mirror.add("PMC1.1", jats(record(1)), {"gr1.jpg": picture(1)})
    rebuilt(record(1), log=tmp_path / "log", **{"metrics-port": free_ports(1)[0]})
    events = [json.loads(line)["event"] for line in (tmp_path / "log").read_text().splitlines()]
    assert [events[0], events[-1]] == ["run_started", "run_ended"]
    assert "item_done" in events


def test_the_report_is_not_written_over_the_records(run, mirror, tmp_path):
    report = tmp_path / "out" / "rebuilt.jsonl"
    report.parent.mkdir()
    report.write_text(json.dumps(record(1)) + "\n")
    status, _, error = run("rebuild", report, mirror.inventory().root, tmp_path / "out")
    assert (status, error.count("\n")) == (1, 1)
    assert "name a copy of it" in error
    assert report.read_text() == json.dumps(record(1)) + "\n"
