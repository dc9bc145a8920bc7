"""The audit's page in a browser: what each view shows of the small folder."""

import csv
import io

import pytest
from folder import AUDITED, HOSTILE, NOTHING, TINY, columns, write_folder

VIEWS = ["overview", "coverage", "concepts", "C0024109", "uncovered", "quality", "rejects", "duplicates", "compare"]


def test_the_page_is_light_and_names_no_other_place(tiny):
    text = tiny.read_text()
    assert len(text) < 200_000
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text
    assert "unsafe" not in text


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_by_its_address(browser, tiny, view):
    browser.open(tiny, f"#{view}")
    assert "cannot be shown" not in browser.text()
    assert browser.run("document.title").endswith("Coverage of Tiny")
    assert browser.run("document.querySelector('nav [aria-current]').hash") == (
        "#concepts" if view == "C0024109" else f"#{view}"
    )


def test_the_overview_tells_headline_funnel_and_dimensions(browser, tiny):
    browser.open(tiny)
    assert browser.texts("main > .tiles b") == ["1,200", "5", "2.46", "87.3%"]
    assert [row.split("\n")[0] for row in browser.texts(".bars th[scope=row]")][:3] == TINY["funnel"]["columns"]["step"]
    assert "300 panels are duplicates" in browser.text()
    assert browser.texts(".bars tbody tr.unstated th") == ["not stated"] * 2


def test_a_dimension_is_shown_as_bars_and_table(browser, tiny):
    browser.open(tiny, "#coverage")
    assert browser.texts(".window tbody tr.row .title") == ["CT", "Plot", "not stated"]
    browser.choose("main select", "journal")
    assert browser.run("location.hash") == "#coverage/journal"
    assert "Old Journal" in browser.text(".window")


def test_two_dimensions_cross_in_a_table_of_counts(browser, tiny):
    browser.open(tiny, "#coverage/modality")
    browser.choose("main .field + .field select", "year")
    assert browser.run("location.hash") == "#coverage/modality/year"
    assert browser.texts(".heat thead th") == ["2019", "2021"]
    assert browser.texts(".heat tbody tr:first-child > *") == ["CT", "200", "500"]
    # The same file turned, for it holds modality by year alone.
    browser.open(tiny, "#coverage/year/modality")
    assert browser.texts(".heat tbody tr:first-child > *") == ["2019", "200", "100", "0"]


def test_a_concepts_page_tells_its_numbers_samples_and_neighbours(browser, tiny):
    browser.open(tiny, "#C0024109")
    assert browser.text("h1") == "Lung"
    assert browser.texts(".tiles b")[:3] == ["700", "200", "900"]
    assert browser.texts(".tags li") == ["Body Part, Organ, or Organ Component"]
    assert browser.texts(".sample mark.here") == ["lung", "Lung"]
    assert browser.run("document.querySelectorAll('.sample img').length") == 2
    assert browser.run("[...document.querySelectorAll('.sample img')].every((image) => image.naturalWidth === 160)")
    assert browser.text(".card:last-child tbody tr").split() == ["Pneumothorax", "C0032326", "120", "2.35"]
    assert browser.texts(".card.half:nth-child(2) th[scope=row]") == ["radiology/ct", "not stated"]
    assert browser.run("[...document.querySelectorAll('.column title')].map((title) => title.textContent)") == [
        "2016: 0",
        "2017: 0",
        "2018: 0",
        "2019: 200",
        "2020: 0",
        "2021: 500",
    ]


def test_what_a_text_denies_or_leaves_open_is_said_in_words(browser, tiny):
    browser.open(tiny, "#C0024109")
    # The offsets count code points: the picture of lungs before "beside" is one.
    assert browser.texts(".sample:first-child mark") == ["pneumothoraxnegated", "lung", "noduleuncertain"]


def test_a_caption_is_text_whatever_it_holds(browser, tiny):
    browser.open(tiny, "#C0024109")
    assert HOSTILE in browser.text(".sample:nth-child(2) .caption")
    browser.open(tiny, "#C0000001")
    assert browser.text("h1") == HOSTILE
    browser.open(tiny, "#concepts")
    assert HOSTILE in browser.texts(".window .title")


def test_a_concept_without_a_triplet_says_what_is_known_of_it(browser, tiny):
    browser.open(tiny, "#C0027051")
    assert "Myocardial infarction (Disease or Syndrome), and no triplet mentions it" in browser.text()
    browser.open(tiny, "#C9999999")
    assert "No triplet mentions it, and it is not listed" in browser.text()


def test_back_returns_through_the_views(browser, tiny):
    browser.open(tiny, "#concepts?q=lung")
    browser.click(".window tbody a")
    assert browser.text("h1") == "Lung"
    browser.run("void history.back()")
    browser.wait("document.querySelector('h1').innerText === 'Concepts'")
    assert browser.run("document.querySelector('main input').value") == "lung"


def test_the_uncovered_are_filtered_by_type(browser, tiny):
    browser.open(tiny, "#uncovered")
    assert browser.texts(".window .title") == ["Myocardial infarction", "Varicosity", "Zebra"]
    assert "The first 3 of 4,996. Expected by" in browser.text()
    browser.choose("main select", "Finding")
    assert browser.texts(".window .title") == ["Varicosity"]


def test_histograms_carry_their_numbers_as_a_table(browser, tiny):
    browser.open(tiny, "#quality")
    labels = browser.run("[...document.querySelectorAll('svg[role=img]')].map((node) => node.ariaLabel)")
    assert labels[0] == "Tokens of a caption: 1,200 values, most in 40 to 60."
    browser.click("main summary")
    assert browser.texts("details[open] tbody tr")[:2] == ["0 to 20\t50", "20 to 40\t400"]
    assert browser.texts("details[open] tbody tr")[-1] == "100 or more\t20"
    assert "CLIP reads 77" in browser.run("document.querySelector('.mark-text').textContent")


def test_rejects_open_their_examples(browser, tiny):
    browser.open(tiny, "#rejects")
    browser.click(".bars a")
    assert browser.run("location.hash") == "#rejects/jats/no_caption"
    assert "figure without words" in browser.text("details[open]")


def test_duplicates_stand_side_by_side(browser, tiny):
    browser.open(tiny, "#duplicates")
    assert browser.texts(".tiles b") == ["8", "17", "0"]
    assert browser.texts(".pair .said") == [
        "stands for the group · in the corpus",
        "exact, similarity 1.00 · left out",
    ]


def test_drift_is_told_with_its_test(browser, tiny):
    browser.open(tiny, "#compare")
    assert browser.text(".scroll tbody tr").split("\t") == ["Triplets", "1,200", "1,000", "+200"]
    assert "−3.0 points" in browser.text(".scroll")
    assert browser.texts(".window .sub") == [
        "gained · p < .001, more than chance · C0034079",
        "changed · p = .300, may be chance · C0024109",
        "gained · not tested",
        "lost · p = .002, more than chance · C0040405",
    ]
    # The other corpus has no name for a concept: it goes by its CUI.
    assert browser.texts(".window .title")[2] == "C0999999"
    browser.choose("#choose-kind", "lost")
    assert browser.texts(".window tr.row > *") == [
        "Tomography\nlost · p = .002, more than chance · C0040405",
        "0",
        "30",
        "−30",
    ]


def test_drift_is_told_for_each_dimension(browser, tiny):
    browser.open(tiny, "#compare")
    browser.choose("#choose-of", "license")
    assert browser.run("location.hash") == "#compare/license"
    assert browser.texts(".window .title") == ["CC BY", "not stated"]
    browser.open(tiny, "#compare/modality?chance=more")
    assert browser.texts(".window .title") == ["CT"]


def test_csv_holds_what_is_shown(browser, tiny):
    browser.open(tiny, "#concepts?sort=name")
    browser.choose(".fields .field:nth-child(3) select", "only")
    browser.click(".counted button")
    rows = list(csv.DictReader(io.StringIO(browser.downloaded("concepts.csv"), newline="")))
    assert [(row["cui"], row["name"], row["types"], row["negated"]) for row in rows] == [
        ("C0000001", HOSTILE, "Finding", "20")
    ]


def test_a_build_without_an_audit_says_what_the_audit_adds(browser, tmp_path):
    tables = {name: value for name, value in TINY.items() if name not in AUDITED} | {"details": None}
    page = write_folder(tmp_path, tables, {})
    for view in ("C0024109", "uncovered", "rejects", "duplicates"):
        browser.open(page, f"#{view}")
        assert "come with medconcept audit OUT" in browser.text()
    browser.open(page, "#compare")
    assert "medconcept audit OUT --compare OTHER" in browser.text()


def test_an_empty_corpus_shows_empty_views(browser, tmp_path):
    bare = {name: _emptied(value) for name, value in TINY.items()}
    summary = TINY["summary"]
    bare["summary"] = summary | {
        "headline": [entry | {"value": 0} for entry in summary["headline"]],
        "parts": {"concepts": 0},
        "crosses": [],
    }
    bare["details"] = TINY["details"] | {"compare": None}
    bare["uncovered"] |= {"note": None, "by_type": columns(tui=[], name=[], vocabulary=[], covered=[])}
    page = write_folder(tmp_path, bare, {})
    for view in VIEWS:
        browser.open(page, f"#{view}")
        assert "cannot be shown" not in browser.text()
    browser.open(page)
    assert "holds no triplets" in browser.text()


def _emptied(value):
    """A data file of the same form without rows."""
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {key: _emptied(part) for key, part in value.items()}
    return 0 if isinstance(value, (int, float)) else value


def test_a_missing_file_is_named(chromium, tmp_path):
    page = write_folder(tmp_path)
    (tmp_path / "audit" / "data" / "funnel.js").unlink()
    chromium.open(page)
    assert "The file data/funnel.js is missing." in chromium.text("[role=alert]")


@pytest.mark.parametrize("digits", [2, 3])
def test_the_page_finds_the_file_of_a_concept_as_python_does(browser, tmp_path, digits):
    cuis = [f"C{number:07d}" for number in range(0, 4000, 77)]
    counts = dict.fromkeys(("triplets", "articles", "mentions", "negated", "uncertain"), [1] * len(cuis))
    index = columns(cui=cuis, name=cuis, types=[[0]] * len(cuis), **counts)
    details = TINY["details"] | {"hex": digits}
    tables = TINY | {"summary": TINY["summary"] | {"parts": {"concepts": 1}}, "concepts-00": index, "details": details}
    browser.open(write_folder(tmp_path, tables, dict.fromkeys(cuis, NOTHING)))
    for cui in cuis:
        browser.go(cui)
        assert browser.text("h1") == cui
        assert "No sample of it was kept" in browser.text()
