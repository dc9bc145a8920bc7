"""What the page claims is so: totals, shares, kinds of change, what a list leaves out."""

import csv
import io

import pytest
from folder import TINY, columns, counts, write_folder


def shown_rows(browser):
    return browser.texts(".window tbody tr.row .title")


def read_csv(browser, name):
    return list(csv.reader(io.StringIO(browser.downloaded(name), newline="")))


def funnel(*steps):
    names, numbers = zip(*steps, strict=True)
    return columns(step=list(names), count=list(numbers), note=[None] * len(steps))


def rejects(*rows):
    stage, reason, count, articles = (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 4
    return columns(stage=stage, reason=reason, count=count, articles=articles)


@pytest.mark.parametrize("told", [[], [("dedup/selection", "concept_cap", 20, 9)]])
def test_rejects_never_say_that_nothing_was_left_out_where_the_funnel_loses_panels(browser, tmp_path, told):
    changed = {"funnel": funnel(("panels", 50), ("triplets", 21)), "rejects": rejects(*told)}
    browser.open(write_folder(tmp_path, TINY | changed), "#rejects")
    assert "Nothing was left out" not in browser.text()
    assert "Nothing leaves without" not in browser.text()
    assert f"{29 - sum(row[2] for row in told)} fewer triplets than panels" in browser.text(".banner")


def test_the_drops_of_selection_are_told_like_others(browser, tmp_path):
    rows = [("jats", "no_caption", 40, 12), ("dedup/selection", "concept_cap", 29, 9)]
    changed = {
        "funnel": funnel(("panels", 50), ("triplets", 21)),
        "rejects": rejects(*rows),
        "reject_examples": columns(
            stage=["dedup/selection"], reason=["concept_cap"], id=["PMC7v1-f001-p02"], detail=["lung has 5"]
        ),
    }
    browser.open(write_folder(tmp_path, TINY | changed), "#rejects")
    assert not browser.run("document.querySelector('.banner')")
    browser.click(".bars a[href*=concept_cap]")
    assert "lung has 5" in browser.text("details[open]")
    assert "medconcept explain OUT PMC7v1-f001-p02" in browser.text("details[open]")
    (browser.downloads / "rejects.csv").unlink(missing_ok=True)
    browser.click(".head button")
    assert read_csv(browser, "rejects.csv") == [
        ["stage", "reason", "count", "articles"],
        *([str(cell) for cell in row] for row in rows),
    ]


def drift(**fields):
    """The comparison of one table of articles."""
    return {"headline": [], "tables": [{"id": "article", "title": "Articles", **fields}]}


def test_what_is_the_same_is_not_changed(browser, tmp_path):
    same = columns(cui=["C0024109", "C0032326"], name=["Lung", "Air"], here=[7, 4], there=[7, 3], p=[1.0, 0.4])
    browser.open(write_folder(tmp_path, TINY | {"compare_concepts": same}), "#compare?kind=changed")
    assert shown_rows(browser) == ["Air"]
    browser.choose("#choose-kind", "same")
    assert shown_rows(browser) == ["Lung"]
    assert browser.text(".window .sub").startswith("same")


def test_a_change_that_no_count_shows_is_told(browser, tmp_path):
    keys = ["PMC2003", "PMC2004"]
    table = columns(key=keys, name=keys, here=[2, 2], there=[2, 2], p=[None] * 2, change=["changed", "same"])
    page = write_folder(tmp_path, TINY | {"compare": drift(**table)})
    browser.open(page, "#compare/article?kind=changed")
    assert shown_rows(browser) == ["PMC2003"]


def test_an_articles_versions_are_told_where_they_are_stated(browser, tmp_path):
    keys = ["PMC2003", "PMC2004"]
    table = columns(
        key=keys, name=keys, here=[2, 2], there=[2, 2], p=[None] * 2, change=["changed"] * 2,
        version_here=[2, None], version_there=[None, None],
    )  # fmt: skip
    browser.open(write_folder(tmp_path, TINY | {"compare": drift(**table)}), "#compare/article")
    assert browser.texts(".window .sub") == ["changed · not tested · version 2, there –", "changed · not tested"]
    (browser.downloads / "compare-article.csv").unlink(missing_ok=True)
    browser.click(".counted button")
    header, row, _ = read_csv(browser, "compare-article.csv")
    assert dict(zip(header, row, strict=True))["version_here"] == "2"


def test_a_table_without_a_difference_says_how_many_are_the_same(browser, tmp_path):
    none = columns(key=[], name=[], here=[], there=[], p=[], change=[])
    told = drift(**none, totals={"gained": 0, "lost": 0, "changed": 0, "same": 90})
    browser.open(write_folder(tmp_path, TINY | {"compare": told}), "#compare/article")
    assert browser.text("main .empty") == "Nothing differs: 90 are the same on both sides."


def test_a_table_that_was_cut_says_of_how_many_by_kind(browser, tmp_path):
    keys = [f"PMC{number}" for number in range(500)]
    table = columns(key=keys, name=keys, here=[0] * 500, there=[1] * 500, p=[None] * 500)
    totals = {"gained": 7, "lost": 1660, "changed": 0, "same": 12}
    told = drift(**table, totals=totals, whole="coverage/articles.parquet")
    page = write_folder(tmp_path, TINY | {"compare": told})
    browser.open(page, "#compare/article")
    assert browser.text(".counted p") == (
        "500 rows. Listed are 0 of 7 gained, 500 of 1,660 lost; all stand in coverage/articles.parquet. "
        "12 that are the same are not listed"
    )
    browser.choose("#choose-kind", "gained")
    assert "0 of 500 rows. Listed are 0 of 7 gained;" in browser.text(".counted p")


def test_a_comparison_names_recipe_and_vocabulary_of_both_sides(browser, tmp_path):
    there = {"name": "d23", "kind": "dataset", "recipe": "medconcept23m", "vocabulary": None}
    compared = TINY["details"]["compare"] | {
        "sides": {"here": {"name": "Tiny", "recipe": "default", "vocabulary": "starter-1"}, "there": there},
        "not_compared": [
            {"id": "type", "title": "Semantic types", "why": "there, links have none"},
            {"id": "group", "title": "Groups", "why": "there, links have none"},
            {"id": "year", "title": "Years", "why": "not stated"},
        ],
    }
    tables = {"details": TINY["details"] | {"compare": compared}, "compare": TINY["compare"] | {"unit": "figure"}}
    browser.open(write_folder(tmp_path, TINY | tables), "#compare")
    rows = [line.split("\t") for line in browser.texts(".scroll tr")]
    assert ["Recipe", "default", "medconcept23m"] in rows
    assert ["Vocabulary", "starter-1", "not stated"] in rows
    note = browser.text(".card:last-child .note")
    assert "Both sides are counted in figures." in note
    assert "Not compared: semantic types, groups (there, links have none). Not compared: years (not stated)." in note


YEARS = [str(year) for year in range(1890, 2025)]


@pytest.mark.parametrize(("view", "place"), [("modality/year", "thead th"), ("year/modality", "tbody th")])
def test_a_crossing_by_year_shows_the_newest(browser, tmp_path, view, place):
    cross = {"a": ["CT", "Plot"], "b": [*YEARS, "not stated"], "counts": [[2] * 136, [1] * 136]}
    browser.open(write_folder(tmp_path, TINY | {"cross_modality_year": cross}), f"#coverage/{view}")
    names = browser.texts(f".heat {place}")
    assert names[0] == "earlier"
    assert names[-2:] == ["2024", "not stated"]
    assert names[1:-1] == YEARS[-(len(names) - 2) :]
    cells = [int(cell) for cell in browser.texts(".heat tbody td")]
    assert sum(cells) == 3 * 136


def test_a_crossing_shows_the_largest_and_sums_up_the_others(browser, tmp_path):
    names = [f"kind {number}" for number in range(60)] + ["other", "not stated"]
    cross = {"a": names, "b": ["CC BY"], "counts": [[number] for number in range(60)] + [[500], [3]]}
    page = write_folder(tmp_path, TINY | {"cross_modality_license": cross})
    browser.open(page, "#coverage/modality/license")
    rows = dict(line.split("\t") for line in browser.texts(".heat tbody tr"))
    assert list(rows)[:2] == ["kind 59", "kind 58"]
    assert list(rows)[-2:] == ["other", "not stated"]
    assert sum(map(int, rows.values())) == sum(range(60)) + 503
    (browser.downloads / "coverage-modality-license.csv").unlink(missing_ok=True)
    browser.click(".head button")
    assert len(read_csv(browser, "coverage-modality-license.csv")) == 63


@pytest.mark.parametrize(
    ("view", "share"), [("type", "66.7%"), ("group", "75.0%"), ("license", "91.7%"), ("modality", "58.3%")]
)
def test_a_share_is_of_all_triplets_though_rows_overlap(browser, tmp_path, view, share):
    types = counts(("T047", "Disease", 800, 700, 250), ("T033", "Finding", 700, 150, 70), (None, None, 100, 9, 9))
    groups = counts(("DISO", "Disorders", 900, 800, 260), ("ANAT", "Anatomy", 600, 500, 90))
    browser.open(write_folder(tmp_path, TINY | {"by_type": types, "by_group": groups}), f"#coverage/{view}")
    assert browser.text(".bars tbody tr td:last-child") == share


TWO_TYPES = "Body Part, Organ, or Organ Component, Finding"


def missing(**fields):
    """A list of two missing concepts of 2,502 of one type, and of others."""
    return columns(cui=["C0000101", "C0000102"], name=["One", "Two"], expected=[2.0, 1.0], **fields) | {
        "note": None,
        "vocabulary": 2600,
        "covered": 2,
        "by_type": columns(
            tui=["T023", "T033", "T999", None],
            name=["Body Part, Organ, or Organ Component", "Finding", "Rare", "not stated"],
            vocabulary=[2502, 40, 1, 57],
            covered=[2, 0, 0, 0],
        ),
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"type": [TWO_TYPES, ""]},
        {"type": [TWO_TYPES, ""], "tuis": [["T023", "T033"], []]},
    ],
)
def test_a_concept_of_several_types_is_found_by_each(browser, tmp_path, fields):
    browser.open(write_folder(tmp_path, TINY | {"uncovered": missing(**fields)}), "#uncovered")
    for title, rows in {
        "Body Part, Organ, or Organ Component": ["One"],
        "Finding": ["One"],
        "Rare": [],
        "not stated": ["Two"],
    }.items():
        browser.choose("#choose-semantic-type", title)
        assert shown_rows(browser) == rows
    browser.click(".bars a")
    assert browser.run("document.querySelector('#choose-semantic-type').value") == (
        "Body Part, Organ, or Organ Component"
    )
    listed = (
        "2 of 2,598 are listed, the most expected of all and of each type." if "tuis" in fields else "The first 2 of"
    )
    assert listed in browser.text(".card .note")
    assert browser.text(".counted p") == "1 of 2 concepts. Of this type 1 of 2,500 missing ones are listed"


@pytest.mark.parametrize("view", ["uncovered?type=Nowhere", "concepts?type=99", "compare?kind=odd"])
def test_an_address_that_names_no_choice_shows_all(browser, tiny, view):
    browser.open(tiny, f"#{view}")
    assert len(shown_rows(browser)) > 1
    assert set(browser.run("[...document.querySelectorAll('.fields select')].map((field) => field.value)")) == {""}


def test_types_beyond_the_bars_are_said_to_be_there(browser, tmp_path):
    names = [f"Type {number}" for number in range(25)]
    by_type = columns(tui=names, name=names, vocabulary=list(range(40, 15, -1)), covered=[1] * 25)
    uncovered = missing(type=["", "Type 24"]) | {"by_type": by_type}
    browser.open(write_folder(tmp_path, TINY | {"uncovered": uncovered}), "#uncovered")
    assert "These are 20 of 25 types; all can be chosen above." in browser.text()
    browser.choose("#choose-semantic-type", "Type 24")
    assert shown_rows(browser) == ["Two"]


def test_a_concept_beyond_the_list_is_not_said_to_be_unknown(browser, tmp_path):
    listed = missing(type=["", "Finding"]) | {"whole": "coverage/uncovered.parquet"}
    page = write_folder(tmp_path, TINY | {"uncovered": listed})
    browser.open(page, "#C5002400")
    assert "not listed among the 2 of 2,598 missing concepts" in browser.text()
    assert "the vocabulary may hold it. All stand in coverage/uncovered.parquet" in browser.text()
    browser.open(page, "#C0000101")
    assert "One (semantic type not stated), and no triplet mentions it" in browser.text()


@pytest.mark.parametrize("view", ["uncovered", "C5002400"])
def test_an_output_without_its_vocabulary_does_not_say_that_nothing_is_missing(browser, tmp_path, view):
    none = columns(cui=[], name=[], type=[], expected=[]) | {"note": None, "vocabulary": 0, "covered": 0}
    none["by_type"] = columns(tui=[], name=[], vocabulary=[], covered=[])
    browser.open(write_folder(tmp_path, TINY | {"uncovered": none}), f"#{view}")
    assert "What the vocabulary holds is not known here." in browser.text()
    assert "Nothing is missing" not in browser.text()


def test_a_list_of_all_missing_concepts_says_what_is_not_linked(browser, tmp_path):
    whole = missing(type=["", ""]) | {"vocabulary": 4, "covered": 2}
    browser.open(write_folder(tmp_path, TINY | {"uncovered": whole}), "#C5002400")
    assert "not listed among the 2 missing concepts: the recipe links no such concept." in browser.text()


def test_a_build_without_an_audit_does_not_say_what_the_vocabulary_lacks(browser, tmp_path):
    browser.open(write_folder(tmp_path, TINY | {"details": None}, {}), "#C5002400")
    assert "No triplet mentions it." in browser.text()
    assert "come with medconcept audit OUT" in browser.text()
    assert "listed" not in browser.text()


@pytest.mark.parametrize("view", ["coverage/type", "coverage/group", "uncovered"])
def test_the_page_says_why_types_are_not_stated(browser, tmp_path, view):
    note = {"note": "57 of 2,600 concepts have none."}
    by_type = TINY["uncovered"]["by_type"] | note
    tables = {"by_type": TINY["by_type"] | note, "by_group": TINY["by_group"] | note}
    tables["uncovered"] = TINY["uncovered"] | {"by_type": by_type}
    browser.open(write_folder(tmp_path, TINY | tables), f"#{view}")
    assert "57 of 2,600 concepts have none." in browser.text()


def test_a_missing_concept_whose_name_is_covered_says_so(browser, tmp_path):
    listed = missing(type=["", "Finding"], covered_as=["C0024109", None])
    page = write_folder(tmp_path, TINY | {"uncovered": listed})
    browser.open(page, "#uncovered")
    assert browser.texts(".window .sub") == [
        "C0000101 · not stated · covered by that name as C0024109",
        "C0000102 · Finding",
    ]
    browser.click(".window .title")
    browser.click("main .empty a")
    assert browser.text("h1") == "Lung"


@pytest.mark.parametrize(
    ("fields", "label", "value"),
    [({"shared": 1}, "Pictures in two splits", "1"), ({}, "Triplets whose picture is in two splits", "4")],
)
def test_a_picture_in_two_splits_is_counted_once(browser, tmp_path, fields, label, value):
    splits = columns(split=["train", "test"], articles=[2, 1], figures=[2, 2], triplets=[2, 2], leaks=[2, 2])
    duplicates = TINY["duplicates"] | {"splits": splits} | fields
    browser.open(write_folder(tmp_path, TINY | {"duplicates": duplicates}), "#duplicates")
    assert browser.text(".tiles li:last-child").split("\n") == [value, label]


@pytest.mark.parametrize("view", ["c0024109", "C0024109?x=1"])
def test_a_cui_is_read_in_any_case(browser, tiny, view):
    browser.open(tiny, f"#{view}")
    assert browser.text("h1") == "Lung"


@pytest.mark.parametrize("view", ["C12", "nothing", "__proto__"])
def test_an_address_that_names_no_view_says_so(browser, tiny, view):
    browser.open(tiny, f"#{view}")
    assert browser.text("h1") == "No such view"
    assert view in browser.text("main .empty")


def test_a_spreadsheet_runs_no_cell(browser, tmp_path):
    names = ["=cmd|' /C calc'!A0", "@sum(1)", "-itis", " +1", "\t=1", "plain", "a=b"]
    journals = counts(*((name, name, 9 - row, 1, 1) for row, name in enumerate(names)))
    browser.open(write_folder(tmp_path, TINY | {"by_journal": journals}), "#coverage/journal")
    (browser.downloads / "coverage-journal.csv").unlink(missing_ok=True)
    browser.click(".counted button")
    read = read_csv(browser, "coverage-journal.csv")[1:]
    assert [row[1] for row in read] == [*(f"'{name}" for name in names[:5]), "plain", "a=b"]
    assert [row[2] for row in read] == ["9", "8", "7", "6", "5", "4", "3"]


def test_a_number_below_zero_stays_a_number_in_a_csv(browser, tiny):
    browser.open(tiny, "#compare?kind=lost")
    (browser.downloads / "compare-concept.csv").unlink(missing_ok=True)
    browser.click(".counted button")
    assert "-30" in read_csv(browser, "compare-concept.csv")[1]


def test_samples_name_the_command_that_explains_them(browser, tiny):
    browser.open(tiny, "#C0024109")
    assert "medconcept explain OUT PMC1v1-f001-p01" in browser.text(".sample")
