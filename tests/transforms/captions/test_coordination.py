"""Where coordinated phrases of a caption are cut, and what a list says to all of its panels."""

import pytest

from transforms.captions.parts import part_text, spans_text
from transforms.captions.split import split_caption


def texts(caption):
    """The text of each panel, as a trainer gets it."""
    return {part.label: part_text(caption, part) for part in split_caption(caption).parts}


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        # The first letters name all panels that those behind them part, and introduce none.
        (
            "T. (A, B) Heat maps of liver for wild-type (A) and mutant (B) mice on a diet. (C) Weights.",
            {
                "A": "(A, B) Heat maps of liver for wild-type (A) mice on a diet. T.",
                "B": "(A, B) Heat maps of liver for mutant (B) mice on a diet. T.",
            },
        ),
        (
            "T. (C–D) Box plots comparing basal Wnt3 (C) and Wnt5 (D) signals in all tumours. (E) Blot.",
            {
                "C": "(C–D) Box plots comparing basal Wnt3 (C) signals in all tumours. T.",
                "D": "(C–D) Box plots comparing basal Wnt5 (D) signals in all tumours. T.",
            },
        ),
        # Without a full stop before them.
        (
            "(A) Layout of the trial (B, C) Kaplan-Meier curves of (B) survival and (C) relapse. (D) Plot.",
            {
                "A": "(A) Layout of the trial",
                "B": "(B, C) Kaplan-Meier curves of (B) survival",
                "C": "(B, C) Kaplan-Meier curves of (C) relapse.",
            },
        ),
        # What a colon ends is said of all of them.
        (
            "(A, B) Dose curves: tumour cells (A); normal cells (B). (C) Scheme.",
            {"A": "(A, B) Dose curves: tumour cells (A);", "B": "(A, B) Dose curves: normal cells (B)."},
        ),
        # Later sentences are about all of them as well.
        (
            "(A, B) Curves of (A) survival and (B) relapse. Shades are errors. (C) Plot.",
            {"A": "(A, B) Curves of (A) survival Shades are errors.", "C": "(C) Plot."},
        ),
    ],
)
def test_letters_that_part_those_before_them(caption, expected):
    assert expected.items() <= texts(caption).items()


def test_one_statement_about_letters_is_not_cut():
    found = texts(
        "(A–B) Van Gieson stain shows fibrosis in fat mice (B, arrow) compared to lean ones (A). (C) Weights."
    )
    assert "Van Gieson stain" in found["A"]
    found = texts("(A, B) Tumours were larger in fed (A) than in fasted mice (B). (C) Scheme.")
    assert found["A"] == found["B"] == "(A, B) Tumours were larger in fed (A) than in fasted mice (B)."


@pytest.mark.parametrize(
    ("caption", "first", "second"),
    [
        (
            "Chest X-ray (A) on admission and (B) after 3 days.",
            "Chest X-ray (A) on admission",
            "Chest X-ray (B) after 3 days.",
        ),
        (
            "Films were measured (A) by dye after 4 hours, and (B) by counting.",
            "Films were measured (A) by dye after 4 hours,",
            "Films were measured (B) by counting.",
        ),
    ],
)
def test_a_letter_between_a_conjunction_and_a_preposition_stands_ahead(caption, first, second):
    assert texts(caption) == {"A": first, "B": second}


@pytest.mark.parametrize(
    ("caption", "second"),
    [
        # A number stays with its unit.
        (
            "Slices were fixed for 30 min (A) or overnight (B) in formalin.",
            "Slices were fixed for overnight (B) in formalin.",
        ),
        (
            "Slices were left for 6 h (A) or the whole night (B) in PBS.",
            "Slices were left for the whole night (B) in PBS.",
        ),
        # What an article begins is not cut.
        (
            "Signals of the outer coil from an empty tank (A), a tank with gel (B) and tank with oil (C).",
            "Signals of the outer coil from a tank with gel (B)",
        ),
        (
            "Power against the effect size, for a small cohort (A), a large one with dropouts (B) and matched one (C).",
            "Power against the effect size, for a large one with dropouts (B)",
        ),
        # Names of measures ask for what is measured.
        ("(A) Speed and (B) mean distance of migration. (C) Scheme.", "(B) mean distance of migration."),
        ("(A) Speed and (B) survival of mice. (C) Scheme.", "(B) survival of mice."),
    ],
)
def test_where_phrases_are_cut(caption, second):
    assert texts(caption)["B"] == second


def test_what_a_comma_sets_off_from_the_last_of_a_list_is_of_all():
    found = texts("T. (A) Enriched pathways and (B) ontology terms, processes and functions, for all the 758 genes.")
    assert found["A"] == "(A) Enriched pathways for all the 758 genes. T."
    assert texts("T. (A) A kidney and (B) a liver, from mice. (C) Plot.")["A"] == "(A) A kidney from mice. T."


def test_measures_share_what_is_measured_and_what_is_said_of_it():
    found = texts(
        "(A) Means, (B) standard deviations and (C) total number of bouts. These values are smooth. (D) Scheme."
    )
    assert found["A"] == "(A) Means, of bouts. These values are smooth."
    assert found["B"] == "(B) standard deviations of bouts. These values are smooth."


def test_where_a_cut_is_unsure_each_panel_has_the_whole():
    found = texts(
        "Shares of mice that had either lymph node metastases (A) or lung metastases (B). Axes are cut. (C) Plot."
    )
    whole = "Shares of mice that had either lymph node metastases (A) or lung metastases (B)."
    assert found["A"].startswith(whole)
    assert found["B"].startswith(whole)


def test_the_words_of_a_list_stand_with_its_phrases():
    caption = "Areas. Densities of voxels linked to V1 (a), V2 (b) and V4 (c). In each panel, the seed is white."
    part = split_caption(caption).parts[1]
    assert spans_text(caption, part.own) == "Densities of voxels linked to V2 (b)"
    assert spans_text(caption, part.shared) == "Areas. In each panel, the seed is white."
